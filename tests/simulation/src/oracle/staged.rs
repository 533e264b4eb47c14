//! What the staged pages of a run say, read independently of the product.

use super::{RUNS, ledger};
use crate::ports::store::Store;
use crate::vendor::table::{finding_id, row_of};
use causeway_domain::page::{Confirmation, Reject};
use causeway_domain::reading::Next;
use causeway_domain::{FindingKey, FindingStatus, PageSummary, RunId, Series, Stream};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A record as one page has it.
pub(super) struct Version {
    pub(super) observed_at: Timestamp,
    pub(super) main: bool,
    pub(super) hash: String,
    pub(super) status: FindingStatus,
    /// Whether it only stands for a row whose list could not be read.
    pub(super) nothing_read: bool,
}

/// The staged pages of one run.
#[derive(Default)]
pub(super) struct Pages {
    /// All versions of each record.
    pub(super) versions: BTreeMap<FindingKey, Vec<Version>>,
    /// Questions whose answer can be trusted, with what came back.
    pub(super) answers: BTreeMap<(Stream, u32), BTreeSet<FindingKey>>,
    rejected: BTreeSet<(String, Option<String>)>,
    /// Rows of the manifest's pages that were rejected without a readable key.
    pub(super) keyless: u64,
    pub(super) main_pages: u64,
    /// Of each chain its last page: how often it was begun anew, its number, and whether more follow.
    pub(super) chains: BTreeMap<(Stream, u16), (u16, u32, bool)>,
    /// Chains that were read to their end, though one of them may have been begun anew by a late worker.
    pub(super) ended: BTreeSet<(Stream, u16)>,
    /// Chains that came to the vendor's own end, by how often they were begun anew.
    whole: BTreeSet<(Stream, u16, u16)>,
    /// Chains with a page that is no evidence.
    doubtful: BTreeSet<(Stream, u16, u16)>,
    /// Whether two pages have different versions of a record.
    pub(super) changed: u64,
}

impl Pages {
    pub(super) fn of(store: &Store, run: &RunId) -> Self {
        let mut pages = Self::default();
        let prefix = format!("{RUNS}{run}/pages/");
        let keys: Vec<&String> = store.keys(&prefix).filter(|key| key.ends_with(".json")).collect();
        let judged = store.written(&format!("{RUNS}{run}/coverage.json"));
        for key in keys {
            // A page that a late worker staged after the coverage was judged is none of the manifest's.
            let late = judged.is_some_and(|judged| store.written(key) > Some(judged));
            if let Some(summary) = store.json::<PageSummary>(key) {
                pages.add(store, &summary, late);
            }
        }
        let differ = |versions: &&Vec<Version>| {
            versions.iter().any(|version| versions.iter().any(|other| other.hash != version.hash))
        };
        pages.changed = pages.versions.values().filter(differ).count() as u64;
        pages
    }

    fn add(&mut self, store: &Store, summary: &PageSummary, late: bool) {
        let main = summary.page.series.is_planned() && !late;
        self.main_pages += u64::from(summary.page.series == Series::Main);
        if let (Series::Chain(chain), Some(link), true) = (summary.page.series, &summary.link, main) {
            let goes_on = matches!(link.next, Next::Page { .. });
            let last = self.chains.entry((summary.page.stream, chain.lane)).or_default();
            *last = (*last).max((chain.restart, summary.page.number, goes_on));
            if !goes_on {
                self.ended.insert((summary.page.stream, chain.lane));
            }
            let begun = (summary.page.stream, chain.lane, chain.restart);
            self.whole.extend((link.next == Next::End).then_some(begun));
            self.doubtful.extend(link.doubt.is_some().then_some(begun));
        }
        let records = summary.data.as_ref().map(|data| ledger::staged(store, data)).unwrap_or_default();
        if summary.page.series == Series::Confirm && summary.confirmation == Some(Confirmation::Trusted) {
            let returned = records.iter().map(|(key, ..)| key.clone()).collect();
            self.answers.insert((summary.page.stream, summary.page.number), returned);
        }
        for (key, hash, status, nothing_read) in records {
            let observed_at = summary.observed_at;
            let version = Version { observed_at, main, hash, status, nothing_read };
            self.versions.entry(key).or_default().push(version);
        }
        // Later pages may have come after the plan was reckoned; the manifest's pages were all there.
        if !main {
            return;
        }
        let rejects = summary.rejects.as_ref().map(|key| ledger::values::<Reject>(store, key));
        for reject in rejects.unwrap_or_default() {
            match reject.asset {
                Some(asset) => drop(self.rejected.insert((asset, reject.finding))),
                None => self.keyless += 1,
            }
        }
    }

    /// Whether a chain was read to its end by pages that are all evidence.
    pub(super) fn is_proof(&self, stream: Stream, lane: u16) -> bool {
        let of_lane = |begun: &&(Stream, u16, u16)| (begun.0, begun.1) == (stream, lane);
        self.whole.iter().filter(of_lane).any(|begun| !self.doubtful.contains(begun))
    }

    /// Whether the record's row, or its asset's, was rejected.
    pub(super) fn rejected(&self, key: &FindingKey) -> bool {
        let number = row_of(&key.asset, &key.finding).and_then(|id| id.1);
        self.rejected.contains(&(key.asset.clone(), number.map(finding_id)))
            || self.rejected.contains(&(key.asset.clone(), None))
    }

    /// The versions that may count: the newest of the manifest's pages, and whatever was observed no earlier.
    pub(super) fn newest(&self, key: &FindingKey) -> Vec<&Version> {
        let Some(versions) = self.versions.get(key) else { return Vec::new() };
        let newest = versions.iter().filter(|version| version.main).map(|version| version.observed_at).max();
        versions.iter().filter(|version| newest.is_none_or(|at| version.observed_at >= at)).collect()
    }
}
