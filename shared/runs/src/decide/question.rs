//! Questions for exactly the missing findings, as they are stored, and the pages that answer them.

use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageSummary, Series};
use causeway_domain::{Failure, FindingKey, VendorKey, stored};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `confirm/<n>.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Findings that are missing, in key order.
    pub(crate) keys: Vec<Missing>,
    /// Findings that this run saw.
    pub(crate) controls: Vec<Control>,
}

/// A missing finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(crate) asset: String,
    pub(crate) finding: String,
    /// Questions that an earlier version wrote have none, and nothing is asked for without.
    #[serde(default)]
    pub(crate) vendor_key: Option<VendorKey>,
    /// The site it was last seen at; `""` without one.
    #[serde(default)]
    pub(crate) site: String,
    /// Whether the run before missed it too.
    pub(crate) again: bool,
}

impl Missing {
    /// Key of the finding.
    pub(crate) fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.clone(), finding: self.finding.clone() }
    }
}

/// A finding that this run saw; an answer without it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    asset: String,
    finding: String,
    #[serde(default)]
    vendor_key: Option<VendorKey>,
}

impl Control {
    /// The finding with this key, made of that row.
    pub(crate) fn new(key: FindingKey, vendor_key: Option<VendorKey>) -> Self {
        Self { asset: key.asset, finding: key.finding, vendor_key }
    }

    /// Key of the finding.
    pub(crate) fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.clone(), finding: self.finding.clone() }
    }
}

/// `confirm/sites.json`: sites that this run saw, each with a finding that was seen there; `None` where only assets were.
/// Records without a site are a site like any other, called `""`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sites(pub(crate) BTreeMap<String, Option<Control>>);

stored!(Question, Sites);

/// The rows to ask for and the rows of all controls of question `number`.
pub(crate) async fn to_ask(
    engine: &Engine,
    keys: RunKeys<'_>,
    number: u32,
) -> Result<(Vec<VendorKey>, Vec<VendorKey>), Failure> {
    let objects = engine.objects.as_ref();
    let Question { keys: missing, mut controls } = store::require(objects, &keys.confirm(number)).await?;
    let sites: Sites = store::require(objects, &keys.confirm_sites()).await?;
    controls.extend(missing.iter().filter_map(|missing| sites.0.get(&missing.site)?.clone()));
    // The first questions may be written before any finding was heard of.
    if controls.is_empty() {
        controls.extend(sites.0.values().flatten().next().cloned());
    }
    let rows: BTreeSet<VendorKey> = controls.into_iter().filter_map(|control| control.vendor_key).collect();
    let missing: BTreeSet<VendorKey> = missing.into_iter().filter_map(|missing| missing.vendor_key).collect();
    Ok((missing.into_iter().collect(), rows.into_iter().collect()))
}

/// Whether `page` answers a question.
pub(crate) fn is_answer(page: &PageSummary) -> bool {
    page.page.series == Series::Confirm
}
