//! What an answer may hold beside nothing: findings as the draft has them, to the byte.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

use causeway_domain::layout::RunKeys;
use causeway_domain::page::{PageId, PageSummary};
use causeway_domain::plan::{LedgerIndex, LedgerSegment};
use causeway_domain::{ConnectionName, FindingKey, RunId, Stream};
use causeway_ledger::segment;
use causeway_local::Home;
use causeway_ports::Objects;
use causeway_runs::answers_repeat_draft;
use std::sync::Arc;
use tempfile::TempDir;

const RUN: &str = "20260301T000000Z-00000009";

fn key(finding: &str) -> FindingKey {
    FindingKey { asset: "a".to_owned(), finding: finding.to_owned() }
}

/// A staged line of a finding.
fn seen(finding: &str, value: &str) -> String {
    let front =
        format!(r#"{{"asset":"a","finding":"{finding}","part":0,"status":"open","scope":{{"site":"S"}}"#);
    format!(r#"{front},"hash":"h{finding}","body":{{"value":"{value}"}}}}"#)
}

/// The line that a drafted ledger has of it.
fn drafted(finding: &str, last_seen: &str) -> String {
    let front = format!(r#"{{"asset":"a","finding":"{finding}","status":"open","scope":{{"site":"S"}}"#);
    let runs = format!(r#""first_seen":"20260101T000000Z-00000001","last_seen":"{last_seen}""#);
    format!(r#"{front},"hash":"h{finding}",{runs},"body":{{"value":"1"}}}}"#)
}

struct Store {
    objects: Arc<dyn Objects>,
    connection: ConnectionName,
    run: RunId,
    _folder: TempDir,
}

impl Store {
    fn new() -> Self {
        let (connection, run) = (ConnectionName::parse("plant").unwrap(), RunId::parse(RUN).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let objects = Arc::new(Home::open(folder.path()).unwrap().objects());
        Self { objects, connection, run, _folder: folder }
    }

    fn keys(&self) -> RunKeys<'_> {
        RunKeys::new(&self.connection, &self.run)
    }

    /// A ledger of two segments; `v4` was seen by an earlier run only.
    async fn ledger(&self) -> LedgerIndex {
        let mut segments = Vec::new();
        for (number, findings) in [["v1", "v2"], ["v4", "v5"]].into_iter().enumerate() {
            let of_run = |finding| if finding == "v4" { "20260201T000000Z-00000008" } else { RUN };
            let lines = findings.map(|finding| drafted(finding, of_run(finding)) + "\n").concat();
            let put =
                segment::put(self.objects.as_ref(), lines, |hash| format!("ledger/{number}-{hash}")).await;
            let (first, last) = (key(findings[0]), key(findings[1]));
            segments.push(LedgerSegment { key: put.unwrap(), first, last, records: 2 });
        }
        LedgerIndex { segments, open: Vec::new() }
    }

    /// An answer of `lines`, which are of `findings`.
    async fn answer(&self, number: u32, findings: &[&str], lines: &[String]) -> PageSummary {
        let page = PageId::answer(Stream::Findings, number);
        let (text, rows) = (lines.join("\n") + "\n", lines.len());
        let bytes = text.len();
        let put = segment::put(self.objects.as_ref(), text, |hash| self.keys().page_data(page, hash)).await;
        serde_json::from_value(serde_json::json!({
            "page": page, "fetched": rows, "mapped": rows, "rejected": 0, "staged": rows, "tail": [],
            "key_range": [key(findings[0]), key(findings[findings.len() - 1])],
            "data": put.unwrap(), "data_bytes": bytes, "dropped_fields": [], "traffic": {}, "observed_at": "2026-03-01T00:00:00Z",
        }))
        .unwrap()
    }

    async fn nothing_else(&self, answers: &[PageSummary]) -> bool {
        answers_repeat_draft(&self.objects, self.keys(), &self.ledger().await, answers).await.unwrap()
    }
}

#[tokio::test]
async fn findings_as_the_run_saw_them_are_nothing_new() {
    let store = Store::new();
    assert!(store.nothing_else(&[]).await);
    let first = store.answer(0, &["v1", "v5"], &[seen("v1", "1"), seen("v5", "1")]).await;
    let second = store.answer(1, &["v2", "v5"], &[seen("v2", "1"), seen("v5", "1")]).await;
    assert!(store.nothing_else(&[second, first.clone()]).await);
    let rejected = PageSummary { rejected: 1, ..first };
    assert!(!store.nothing_else(&[rejected]).await);
}

#[tokio::test]
async fn whatever_else_an_answer_has_is_new() {
    let store = Store::new();
    let other_words = seen("v1", "1")
        .replace(r#""status":"open","scope":{"site":"S"}"#, r#""scope":{"site":"S"},"status":"open""#);
    for (finding, line, what) in [
        ("v0", seen("v0", "1"), "before all that is known"),
        ("v3", seen("v3", "1"), "between the segments"),
        ("v15", seen("v15", "1"), "inside a segment"),
        ("v6", seen("v6", "1"), "behind all that is known"),
        ("v4", seen("v4", "1"), "known, and not seen by this run"),
        ("v1", seen("v1", "2"), "another body of the same hash"),
        ("v1", seen("v1", "1").replace("hv1", "hv2"), "another hash"),
        ("v1", seen("v1", "1").replace("open", "fixed"), "another status"),
        ("v1", seen("v1", "1").replace(r#""site":"S""#, r#""site":"T""#), "another site"),
        ("v1", other_words, "the same in another order"),
    ] {
        let answer = store.answer(0, &[finding], &[line]).await;
        assert!(!store.nothing_else(&[answer]).await, "{what}");
    }
}
