//! Questions for exactly the missing records, as they are stored, and the pages that answer them.

use crate::{Engine, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageSummary, Series};
use causeway_domain::{Failure, FindingKey, Stream, VendorKey, stored};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `confirm/index.json`: how many questions there are. Earlier versions asked for findings only, and stored one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredQuestions")]
pub(crate) struct QuestionCounts {
    pub(crate) assets: u32,
    pub(crate) findings: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredQuestions {
    AboutFindings(u32),
    ByStream { assets: u32, findings: u32 },
}

impl From<StoredQuestions> for QuestionCounts {
    fn from(stored: StoredQuestions) -> Self {
        match stored {
            StoredQuestions::AboutFindings(findings) => Self { assets: 0, findings },
            StoredQuestions::ByStream { assets, findings } => Self { assets, findings },
        }
    }
}

impl QuestionCounts {
    /// Each question, by the stream of the records that it is about and its number.
    pub(crate) fn each(self) -> impl Iterator<Item = (Stream, u32)> {
        let assets = (0..self.assets).map(|number| (Stream::Assets, number));
        assets.chain((0..self.findings).map(|number| (Stream::Findings, number)))
    }

    /// How many there are.
    pub(crate) fn total(self) -> u64 {
        u64::from(self.assets) + u64::from(self.findings)
    }

    /// How many are about records of `stream`.
    pub(crate) fn of(self, stream: Stream) -> u32 {
        match stream {
            Stream::Assets => self.assets,
            Stream::Findings => self.findings,
        }
    }
}

/// `confirm/<n>.json`, `confirm/assets-<n>.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Records that are missing, in key order.
    pub(crate) keys: Vec<Missing>,
    /// Records of the same stream that this run saw.
    pub(crate) controls: Vec<Control>,
}

/// A missing record. An asset has no finding id.
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
    /// Its key.
    pub(crate) fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.clone(), finding: self.finding.clone() }
    }
}

/// A record that this run saw; an answer without it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    asset: String,
    finding: String,
    #[serde(default)]
    vendor_key: Option<VendorKey>,
}

impl Control {
    /// The record with this key, made of that row.
    pub(crate) fn new(key: FindingKey, vendor_key: Option<VendorKey>) -> Self {
        Self { asset: key.asset, finding: key.finding, vendor_key }
    }

    /// Its key.
    pub(crate) fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.clone(), finding: self.finding.clone() }
    }
}

/// `confirm/sites.json`, `confirm/assets-sites.json`: sites that this run saw, each with a record of the stream that was seen
/// there; `None` where only records of the other stream were.
/// Records without a site are a site like any other, called `""`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sites(pub(crate) BTreeMap<String, Option<Control>>);

stored!(Question, QuestionCounts, Sites);

/// A question as it is put to the vendor.
pub(crate) struct ToAsk {
    /// The rows to ask for.
    pub(crate) missing: Vec<VendorKey>,
    /// The rows of all controls.
    pub(crate) controls: Vec<VendorKey>,
    /// Sites of missing findings that no finding can control, each with an asset that was seen there.
    pub(crate) sites: BTreeMap<String, VendorKey>,
}

/// Question `number` about records of `stream`.
pub(crate) async fn to_ask(
    engine: &Engine,
    keys: RunKeys<'_>,
    (stream, number): (Stream, u32),
) -> Result<ToAsk, Failure> {
    let objects = engine.objects.as_ref();
    let Question { keys: missing, mut controls } =
        store::require(objects, &keys.confirm(stream, number)).await?;
    let sites: Sites = store::require(objects, &keys.confirm_sites(stream)).await?;
    controls.extend(missing.iter().filter_map(|missing| sites.0.get(&missing.site)?.clone()));
    let uncontrolled = |missing: &&Missing| missing.again && matches!(sites.0.get(&missing.site), Some(None));
    let uncontrolled = missing.iter().filter(uncontrolled).map(|missing| missing.site.clone()).collect();
    let seen_assets = match stream {
        Stream::Findings => assets_at(engine, keys, uncontrolled).await?,
        Stream::Assets => BTreeMap::new(),
    };
    // The first questions may be written before any record was heard of.
    if controls.is_empty() {
        controls.extend(sites.0.values().flatten().next().cloned());
    }
    let rows: BTreeSet<VendorKey> = controls.into_iter().filter_map(|control| control.vendor_key).collect();
    let missing: BTreeSet<VendorKey> = missing.into_iter().filter_map(|missing| missing.vendor_key).collect();
    let (missing, controls) = (missing.into_iter().collect(), rows.into_iter().collect());
    Ok(ToAsk { missing, controls, sites: seen_assets })
}

/// An asset of each of `sites` that was seen in this run.
async fn assets_at(
    engine: &Engine,
    keys: RunKeys<'_>,
    sites: BTreeSet<String>,
) -> Result<BTreeMap<String, VendorKey>, Failure> {
    if sites.is_empty() {
        return Ok(BTreeMap::new());
    }
    // A run that an earlier version began has no such list.
    let seen = store::read(engine.objects.as_ref(), &keys.confirm_sites(Stream::Assets)).await?;
    let Sites(seen) = seen.unwrap_or_default();
    let asset = |site: String| {
        let key = seen.get(&site)?.as_ref()?.vendor_key.clone()?;
        Some((site, key))
    };
    Ok(sites.into_iter().filter_map(asset).collect())
}

/// Whether `page` answers a question.
pub(crate) fn is_answer(page: &PageSummary) -> bool {
    page.page.series == Series::Confirm
}
