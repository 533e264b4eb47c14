//! What rejected records block (I-7).

use crate::Engine;
use crate::progress::records;
use causeway_domain::page::Reject;
use causeway_domain::{Failure, PageSummary};
use causeway_reconcile::mutant;
use std::collections::BTreeSet;

/// More rejected keys than this block the whole scope instead of being kept one by one.
const KEPT: usize = 200_000;

/// Keys that must not be closed in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Blocked {
    assets: BTreeSet<String>,
    findings: BTreeSet<(String, String)>,
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
        if self.assets.len() + self.findings.len() >= KEPT {
            self.without_key += 1;
            return;
        }
        match (reject.asset, reject.finding) {
            (Some(asset), Some(finding)) => drop(self.findings.insert((asset, finding))),
            (Some(asset), None) => drop(self.assets.insert(asset)),
            (None, _) => self.without_key += 1,
        }
    }

    /// How many different keys were rejected.
    pub(crate) fn keys(&self) -> u64 {
        (self.assets.len() + self.findings.len()) as u64
    }

    /// Whether a record of this key was rejected.
    pub(crate) fn contains(&self, asset: &str, finding: &str) -> bool {
        if finding.is_empty() { self.asset(asset) } else { self.finding(asset, finding) }
    }

    /// Whether a record of this asset itself was rejected.
    pub(crate) fn asset(&self, asset: &str) -> bool {
        self.assets.contains(asset)
    }

    /// Whether the vendor row that this finding is made of was rejected. A row with several CVEs makes several
    /// findings `<row>:<CVE>`, and is rejected under its own id.
    pub(crate) fn finding(&self, asset: &str, finding: &str) -> bool {
        let blocked = |id: &str| self.findings.contains(&(asset.to_owned(), id.to_owned()));
        !self.findings.is_empty()
            && (blocked(finding)
                || !mutant::on("misses-the-row-of-a-reject")
                    && finding.rsplit_once(':').is_some_and(|(row, _)| blocked(row)))
    }
}
