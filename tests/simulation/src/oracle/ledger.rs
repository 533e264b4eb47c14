//! Reading what runs wrote: ledgers, verdicts, deliveries, staged records.

use crate::ports::store::Store;
use causeway_domain::plan::{LedgerIndex, VerdictRecord};
use causeway_domain::record::{ClosedBy, PartsRead};
use causeway_domain::{FindingKey, FindingStatus, RunId, Scope};
use causeway_ledger::{LedgerRecord, StagedRecord};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) status: FindingStatus,
    pub(crate) closed_by: Option<ClosedBy>,
    pub(crate) hash: String,
    pub(crate) last_seen: RunId,
    pub(crate) missing: u32,
    pub(crate) scope: Scope<'static>,
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// A ledger by the key of its index.
pub(crate) fn ledger(store: &Store, index: &str) -> BTreeMap<FindingKey, Known> {
    let index: LedgerIndex = store.json(index).unwrap_or_default();
    let mut known = BTreeMap::new();
    for segment in &index.segments {
        let text = store.list_text(&segment.key);
        for line in lines(&text) {
            let Ok(record) = serde_json::from_slice::<LedgerRecord<'_>>(line) else { continue };
            let key = FindingKey { asset: record.asset.to_string(), finding: record.finding.to_string() };
            let line = Known {
                status: record.status,
                closed_by: record.closed_by,
                hash: record.hash.to_string(),
                last_seen: record.last_seen,
                missing: record.missing,
                scope: record.scope.into_owned(),
            };
            known.insert(key, line);
        }
    }
    known
}

/// Keys, hashes and states of the records of a staged page, and whether each only stands for an unread list.
pub(crate) fn staged(store: &Store, data: &str) -> Vec<(FindingKey, String, FindingStatus, bool)> {
    let text = store.list_text(data);
    let record = |line| {
        let record: StagedRecord<'_> = serde_json::from_slice(line).ok()?;
        let key = FindingKey { asset: record.asset.to_string(), finding: record.finding.to_string() };
        Some((key, record.hash.to_string(), record.status, record.parts_read == PartsRead::None))
    };
    lines(&text).filter_map(record).collect()
}

/// A list of values.
pub(crate) fn values<T: DeserializeOwned>(store: &Store, key: &str) -> Vec<T> {
    lines(&store.list_text(key)).filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// Verdicts that are not *unchanged*.
pub(crate) fn verdicts(store: &Store, keys: &[String]) -> Vec<VerdictRecord> {
    keys.iter().flat_map(|key| values(store, key)).collect()
}

/// Assets of a delivery.
pub(crate) fn assets_of(store: &Store, data: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Named {
        asset: String,
    }
    values::<Named>(store, data).into_iter().map(|named| named.asset).collect()
}
