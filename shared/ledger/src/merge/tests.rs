//! Pages in any order and number, merged at once or in many passes: one sequence, the latest record of each key.

use crate::segment;
use crate::{Staged, sorted_runs};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageFigures, PageId, PageSummary, Series, Traffic};
use causeway_domain::{ConnectionName, Failure, FindingKey, RunId, Stream};
use causeway_ports::{Etag, Objects, PutCondition, PutOutcome, Stored};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A page: when it was read, whether it answers a question, and its records as (key, content).
type Read = (u8, bool, BTreeMap<u8, u8>);

/// What a merge hands out: key, content, and whether it came only when asked for.
type Merged = Vec<(String, String, bool)>;

fn reads() -> impl Strategy<Value = Vec<Read>> {
    let records = prop::collection::btree_map(0_u8..20, 0_u8..4, 0..6);
    prop::collection::vec((0_u8..8, prop::bool::weighted(0.2), records), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_budget_gives_the_latest_record_of_every_key(reads in reads()) {
        // Two pages read at the very same moment agree, as two answers of one moment do.
        let reads: Vec<Read> = reads.into_iter().enumerate().map(|(n, (at, asked, records))| (at * 16 + n as u8, asked, records)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let expected = naive(&reads);
        for budget in [0, 100, 300, u64::MAX] {
            let merged = runtime.block_on(merge(&reads, budget));
            prop_assert_eq!(&merged, &expected, "budget {}", budget);
        }
        let mut backwards = reads;
        backwards.reverse();
        prop_assert_eq!(runtime.block_on(merge(&backwards, 100)), expected);
    }
}

/// The same over whole tables: the answer to a question counts, else what was observed last.
fn naive(reads: &[Read]) -> Merged {
    let mut latest: BTreeMap<u8, ((bool, u8), u8, bool)> = BTreeMap::new();
    for (at, asked, records) in reads {
        for (key, content) in records {
            let entry = latest.entry(*key).or_insert(((*asked, *at), *content, *asked));
            entry.2 &= *asked;
            if (*asked, *at) > entry.0 {
                (entry.0, entry.1) = ((*asked, *at), *content);
            }
        }
    }
    latest.into_iter().map(|(key, (_, content, asked))| (finding(key), content.to_string(), asked)).collect()
}

async fn merge(reads: &[Read], budget: u64) -> Merged {
    let objects: Arc<dyn Objects> = Arc::new(Memory::default());
    let (name, run) =
        (ConnectionName::parse("plant").unwrap(), RunId::parse("20260101T000000Z-00000001").unwrap());
    let keys = RunKeys::new(&name, &run);
    let mut pages = Vec::new();
    for (number, read) in reads.iter().enumerate() {
        pages.push(stage(objects.as_ref(), keys, number as u32, read).await);
    }
    let mut staged = Staged::new(&objects, sorted_runs(&objects, keys, &pages, budget).await.unwrap());
    let mut merged = Vec::new();
    while let Some(line) = staged.next().await.unwrap() {
        let content: serde_json::Value = serde_json::from_slice(&line.line.text).unwrap();
        merged.push((line.line.finding().to_owned(), content["content"].to_string(), line.when_asked));
    }
    merged
}

async fn stage(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    number: u32,
    (at, asked, records): &Read,
) -> PageSummary {
    let series = if *asked { Series::Confirm } else { Series::Main };
    let mut text = Vec::new();
    for (key, content) in records {
        let line = serde_json::json!({ "asset": "a", "finding": finding(*key), "content": content });
        segment::push_line(&mut text, &line).unwrap();
    }
    let of = |key: &u8| FindingKey { asset: "a".to_owned(), finding: finding(*key) };
    let range = records.keys().next().zip(records.keys().last()).map(|(first, last)| (of(first), of(last)));
    let staged = page(objects, keys, (series, number), text, range).await;
    PageSummary { observed_at: Timestamp::from_second(i64::from(*at)).unwrap(), ..staged }
}

/// A staged page of lines.
pub(crate) async fn page(
    objects: &dyn Objects,
    keys: RunKeys<'_>,
    (series, number): (Series, u32),
    text: impl Into<Vec<u8>>,
    key_range: Option<(FindingKey, FindingKey)>,
) -> PageSummary {
    let (page, text) = (PageId { stream: Stream::Findings, series, number }, text.into());
    let (rows, data_bytes) = (segment::lines(&Bytes::from(text.clone())).count() as u64, text.len() as u64);
    let data = match key_range {
        Some(_) => Some(segment::put(objects, text, |hash| keys.page_data(page, hash)).await.unwrap()),
        None => None,
    };
    PageSummary {
        page,
        window: None,
        link: None,
        fetched: rows,
        mapped: rows,
        rejected: 0,
        staged: rows,
        first: None,
        tail: Vec::new(),
        keyless: Vec::new(),
        vendor_count: None,
        key_range,
        data,
        data_bytes,
        rejects: None,
        raw: None,
        dropped_fields: Vec::new(),
        observed_at: Timestamp::UNIX_EPOCH,
        traffic: Traffic::default(),
        figures: PageFigures::default(),
        confirmation: None,
        visible_sites: Default::default(),
    }
}

fn finding(key: u8) -> String {
    format!("v{key:03}")
}

/// Objects that are written once and read back.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Bytes>>);

#[async_trait]
impl Objects for Memory {
    async fn get(&self, key: &str) -> Result<Option<Stored>, Failure> {
        let body = self.0.lock().unwrap().get(key).cloned();
        Ok(body.map(|body| Stored { body, etag: Etag(String::new()) }))
    }

    async fn put(&self, key: &str, body: Bytes, _: PutCondition) -> Result<PutOutcome, Failure> {
        self.0.lock().unwrap().insert(key.to_owned(), body);
        Ok(PutOutcome::Written(Etag(String::new())))
    }

    async fn list(&self, _: &str) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
}
