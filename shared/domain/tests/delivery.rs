//! Deliveries: how batches are cut, and how answers add up to a receipt.

#![expect(clippy::unwrap_used, reason = "test helpers fail the test that calls them")]

use causeway_domain::delivery::{
    AssetDelivery, BatchAnswer, BatchLimits, BatchSize, ItemAnswer, Phase, Receipt, Refusal,
};
use causeway_domain::run::DeliveredCounts;
use causeway_domain::{Failure, FailureKind};
use proptest::prelude::*;
use std::time::Duration;

fn batches(limits: BatchLimits, items: &[BatchSize]) -> Vec<Vec<BatchSize>> {
    let (mut batches, mut batch, mut size) = (Vec::new(), Vec::new(), BatchSize::default());
    for item in items {
        if !limits.admit(size, *item) {
            batches.push(std::mem::take(&mut batch));
            size = BatchSize::default();
        }
        batch.push(*item);
        size += *item;
    }
    batches.extend((!batch.is_empty()).then_some(batch));
    batches
}

fn item() -> impl Strategy<Value = BatchSize> {
    (0..40_usize, 1..400_usize).prop_map(|(findings, bytes)| BatchSize { assets: 1, findings, bytes })
}

proptest! {
    #[test]
    fn a_batch_exceeds_a_limit_only_as_a_single_item(
        items in proptest::collection::vec(item(), 0..200),
        (assets, findings, bytes) in (1..20_usize, 1..60_usize, 1..600_usize),
    ) {
        let limits = BatchLimits { assets, findings, bytes };
        let batches = batches(limits, &items);
        prop_assert_eq!(batches.concat(), items, "no item is lost, and the order is kept");
        for batch in &batches {
            let mut size = BatchSize::default();
            batch.iter().for_each(|item| size += *item);
            let within = size.assets <= assets && size.findings <= findings && size.bytes <= bytes;
            prop_assert!(!batch.is_empty() && (within || batch.len() == 1), "{:?}", size);
        }
        for pair in batches.windows(2) {
            let mut size = BatchSize::default();
            pair[0].iter().chain(&pair[1][..1]).for_each(|item| size += *item);
            let full = size.assets > assets || size.findings > findings || size.bytes > bytes;
            prop_assert!(full, "the first item of a batch did not fit the one before");
        }
    }
}

const ASSETS: &str = r#"[
    {"asset":"a","verdict":"new","body":{},"findings":[
        {"finding":"v1","verdict":"new","status":"open","body":{}},
        {"finding":"v2","verdict":"new","status":"open","body":{}}]},
    {"asset":"b","verdict":"new","body":{},"findings":[]},
    {"asset":"c","verdict":"new","body":{},"findings":[]}]"#;

fn assets() -> Vec<AssetDelivery<'static>> {
    serde_json::from_str(ASSETS).unwrap()
}

fn again(kind: FailureKind, seconds: u64) -> ItemAnswer {
    let pause = (seconds > 0).then(|| Duration::from_secs(seconds));
    ItemAnswer::Again(Failure::new(kind, "receiver", "test").after(pause))
}

fn answer(items: Vec<ItemAnswer>) -> BatchAnswer {
    BatchAnswer { items, ..BatchAnswer::default() }
}

#[test]
fn answers_of_several_tries_add_up() {
    let (mut assets, mut receipt) = (assets(), Receipt::default());
    let first =
        vec![ItemAnswer::Accepted, again(FailureKind::RateLimited, 90), ItemAnswer::Refused("no".to_owned())];
    let failure = receipt.add(&assets, answer(first)).unwrap().unwrap();
    assert_eq!((failure.kind, receipt.is_final()), (FailureKind::RateLimited, false));
    assets.retain(|asset| receipt.again.contains(asset.asset.as_ref()));
    assert_eq!(assets.len(), 1);
    assert_eq!(receipt.add(&assets, BatchAnswer::accepting(1)).unwrap(), None);
    assert_eq!((receipt.accepted, receipt.findings, receipt.refused.len()), (2, 2, 1));
    assert!(receipt.is_final());
    let reopened = receipt.reopened();
    assert_eq!((reopened.accepted, reopened.refused.len()), (2, 0));
    assert!(reopened.again.contains("c"));
}

#[test]
fn the_failure_that_allows_the_fewest_tries_decides() {
    let cases = [
        ([FailureKind::RateLimited, FailureKind::Unavailable], FailureKind::Unavailable),
        ([FailureKind::Unavailable, FailureKind::RateLimited], FailureKind::Unavailable),
        ([FailureKind::Timeout, FailureKind::Unauthorized], FailureKind::Unauthorized),
    ];
    for ([one, other], expected) in cases {
        let items = vec![again(one, 5), again(other, 0), ItemAnswer::Accepted];
        let failure = Receipt::default().add(&assets(), answer(items)).unwrap().unwrap();
        assert_eq!((failure.kind, failure.retry_after), (expected, Some(Duration::from_secs(5))));
    }
}

#[test]
fn an_answer_about_other_items_settles_nothing() {
    let mut receipt = Receipt::default();
    let failure = receipt.add(&assets(), BatchAnswer::accepting(2)).unwrap_err();
    assert_eq!((failure.kind, receipt.accepted), (FailureKind::MalformedAnswer, 0));
}

#[test]
fn links_count_no_asset_twice_and_a_refused_one_as_refused() {
    let refused = |asset: &str| Refusal { asset: asset.to_owned(), reason: "no".to_owned() };
    let items = Receipt { accepted: 4, findings: 9, refused: vec![refused("d")], ..Receipt::default() };
    let mut links = Receipt { delivery: 1, phase: Phase::Links, ..Receipt::default() };
    links.withheld.insert("d".to_owned());
    let answers = vec![ItemAnswer::Accepted, ItemAnswer::Refused("no".to_owned()), ItemAnswer::Accepted];
    assert_eq!(links.add(&assets(), answer(answers)).unwrap(), None);
    assert_eq!((links.accepted, links.findings, links.new_assets(), items.new_assets()), (2, 0, 0, 4));
    let counts = DeliveredCounts::of(&[items, links.clone()]);
    let expected = DeliveredCounts { deliveries: 2, assets: 3, findings: 9, refused_assets: 2 };
    assert_eq!(counts, expected);
    assert!(links.is_final() && !links.is_whole());
    let reopened = links.reopened();
    assert_eq!(
        (reopened.again.len(), reopened.withheld.len()),
        (2, 0),
        "refused and withheld are sent again"
    );
    let whole = Receipt { phase: Phase::Links, ..Receipt::default() };
    assert!(whole.is_whole() && serde_json::to_string(&whole).unwrap().contains(r#""phase":"links""#));
}

/// As the version before stored it.
#[test]
fn an_earlier_receipt_is_read() {
    let text = r#"{
  "delivery": 3,
  "accepted": 249,
  "findings": 4811,
  "refused": [{"asset": "8a2d", "reason": "no host name"}],
  "traffic": {"requests": 2, "bytes": 1200, "retries": 0, "waited_ms": 0},
  "figures": {"attempts": 1, "at": "2026-05-01T08:00:00Z", "took_ms": 812}
}"#;
    let receipt: Receipt = serde_json::from_str(text).unwrap();
    assert!(receipt.is_final());
    assert_eq!((receipt.attempt, receipt.accepted, receipt.refused.len()), (0, 249, 1));
    let text = serde_json::to_string(&receipt).unwrap();
    let new = ["again", "phase", "withheld"];
    assert!(!new.iter().any(|new| text.contains(new)), "a receipt is written as before: {text}");
}
