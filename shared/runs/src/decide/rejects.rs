//! What rejected records block (I-7).

use crate::run_objects::records;
use crate::{Engine, store};
use causeway_domain::page::Reject;
use causeway_domain::{Failure, PageSummary, VendorKey};
use causeway_ledger::Line;
use causeway_mutants::Mutant;
use serde::Deserialize;
use std::collections::BTreeSet;

/// More rejected keys than this block the whole scope instead of being kept one by one.
const KEPT: u64 = 200_000;

/// Keys that must not be closed in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Blocked {
    assets: BTreeSet<String>,
    /// Rows, by the vendor's own keys: whatever findings a row made, none of them is closed.
    rows: BTreeSet<Vec<String>>,
    /// Records without a readable key; with any, nothing in the scope is closed.
    pub(crate) without_key: u64,
}

impl Blocked {
    /// Reads the rejects of `pages`.
    pub(crate) async fn load(engine: &Engine, pages: &[PageSummary]) -> Result<Self, Failure> {
        let mut blocked = Self::default();
        for key in pages.iter().filter_map(|page| page.rejects.as_ref()) {
            for reject in records::<Reject>(engine, key).await? {
                blocked.add(reject);
            }
        }
        Ok(blocked)
    }

    fn add(&mut self, reject: Reject) {
        if self.keys() >= KEPT {
            self.without_key += 1;
            return;
        }
        // A finding whose row is not named may be any of its asset.
        match (reject.asset, reject.finding, reject.vendor_key) {
            (_, Some(_), Some(vendor_key)) => drop(self.rows.insert(vendor_key.texts())),
            (Some(asset), ..) => drop(self.assets.insert(asset)),
            (None, ..) => self.without_key += 1,
        }
    }

    /// How many different keys were rejected.
    pub(crate) fn keys(&self) -> u64 {
        (self.assets.len() + self.rows.len()) as u64
    }

    /// Whether a record of this asset itself was rejected.
    pub(crate) fn asset(&self, asset: &str) -> bool {
        self.assets.contains(asset)
    }

    /// Whether the row with this key, as texts, was rejected.
    pub(crate) fn row_with(&self, key: &[String]) -> bool {
        self.rows.contains(key)
    }

    /// Whether the row that the ledger's line `known` was made of was rejected.
    pub(crate) fn row(&self, known: &Line) -> Result<bool, Failure> {
        #[derive(Deserialize)]
        struct Keyed {
            #[serde(default)]
            vendor_key: Option<VendorKey>,
        }
        if self.rows.is_empty() || Mutant::MissesTheRowOfAReject.on() {
            return Ok(false);
        }
        let keyed: Keyed = serde_json::from_slice(&known.text)
            .map_err(|error| store::damaged("ledger record", &error.to_string()))?;
        Ok(keyed.vendor_key.is_some_and(|key| self.rows.contains(&key.texts())))
    }
}
