//! A page of the vendor: every row becomes records or a reject, never both and never neither (I-3).

use crate::document::Document;
use causeway_claroty_xdome::XdomeSettings;
use causeway_claroty_xdome::model::{Transform, shipped};
use causeway_domain::page::MAX_STAGED_BYTES;
use causeway_domain::{Definition, FailureKind, RowKey, Stream};
use causeway_ledger::{StagedPage, StagedRecord};
use causeway_ports::{Record, Transformed};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The connection that all properties about xDome speak of. Answers are bounded tightly, so that a bomb is seen.
pub(crate) const CONNECTION: &str = r#"
name = "plant"
[source.claroty-xdome]
api_url = "https://vendor.example"
dashboard_url = "https://dashboard.example/"
api_token_secret = "token"
max_answer_mib = 1
requests_per_second = 33
[[source.claroty-xdome.severity.risk]]
source = "Critical"
severity = 5
qds = 95
[destination.files]
folder = "out"
"#;

static DEFINITION: LazyLock<Definition> = LazyLock::new(|| {
    Definition::parse(CONNECTION, "plant.toml", causeway_connectors::catalog()).expect("a valid definition")
});

/// The shipped maps, compiled.
pub(crate) static TRANSFORM: LazyLock<Transform> = LazyLock::new(|| {
    let maps = shipped();
    let (asset, finding) = maps.first().zip(maps.get(1)).expect("two maps are shipped");
    Transform::new(settings(), *asset, *finding).expect("shipped maps compile")
});

/// Settings of the source.
pub(crate) fn settings() -> &'static XdomeSettings {
    static SETTINGS: LazyLock<XdomeSettings> =
        LazyLock::new(|| XdomeSettings::of(&DEFINITION.source).expect("they are read"));
    &SETTINGS
}

/// `bytes` as the whole body of an answer, of either stream.
pub fn xdome_page(bytes: &[u8]) {
    for (stream, list) in [(Stream::Assets, "devices"), (Stream::Findings, "devices_vulnerabilities")] {
        let transformed = TRANSFORM.transform(stream, bytes);
        assert_eq!(TRANSFORM.transform(stream, bytes), transformed, "the same page, another result");
        match transformed {
            Ok(transformed) => {
                holds(stream, &transformed);
                if let Some(rows) = rows_in(bytes, list) {
                    assert_eq!(transformed.fetched, rows, "rows of the answer were not fetched");
                }
            }
            Err(failure) => {
                use FailureKind::{AnswerTooLarge, MalformedAnswer, TruncatedAnswer, UnexpectedAnswer};
                let known = matches!(
                    failure.kind,
                    AnswerTooLarge | MalformedAnswer | TruncatedAnswer | UnexpectedAnswer
                );
                assert!(known, "{:?}: {failure}", failure.kind);
                assert!(failure.detail.len() < 1_000, "the failure repeats the answer: {failure}");
            }
        }
    }
}

/// Rows of every list called `list` in a body.
pub(crate) fn rows_in(body: &[u8], list: &str) -> Option<u64> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let document = Document::read(body)?;
    let rows = |list: &Document| if let Document::List(rows) = list { rows.len() as u64 } else { 0 };
    Some(document.all(list).map(rows).sum())
}

/// What holds of every page that was transformed.
pub(crate) fn holds(stream: Stream, page: &Transformed) {
    let rejected: BTreeSet<u64> = page.rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(rejected.len(), page.rejects.len(), "a row was rejected twice");
    assert!(rejected.last().is_none_or(|row| *row < page.fetched), "a reject of no row");
    assert!(page.rejects.iter().all(|reject| !reject.reason.is_empty()), "rejected without a reason");
    assert_eq!(page.row_keys.len() as u64, page.fetched, "a row without a key");
    let mapped: Vec<Record<'_>> = page.records.iter().filter(|record| record.part == 0).collect();
    assert_eq!(page.fetched, mapped.len() as u64 + page.rejects.len() as u64, "fetched = mapped + rejected");
    let kept = (0..page.fetched).filter(|row| !rejected.contains(row));
    for (row, record) in kept.zip(mapped) {
        let columns = page.row_keys.get(row as usize).and_then(RowKey::columns).expect("a key for each row");
        assert_eq!(
            columns.first().map(String::as_str),
            Some(record.asset),
            "row {row} is both mapped and rejected"
        );
    }
    let mut last = None;
    for record in page.records.iter() {
        let follows = if record.part == 0 { true } else { last == Some(record.part - 1) };
        assert!(follows, "parts of a row are missing");
        last = Some(record.part);
    }
    let staged = StagedPage::write(&page.records).expect("a page that can be staged");
    let bytes = staged.text.len() as u64;
    assert!(bytes <= MAX_STAGED_BYTES, "{bytes} bytes of one page");
    let lines: Vec<&[u8]> =
        staged.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len() as u64, staged.records, "a record is a line");
    lines.iter().for_each(|line| is_staged(stream, line));
}

fn is_staged(stream: Stream, line: &[u8]) {
    let staged: StagedRecord<'_> = serde_json::from_slice(line).expect("a line is a staged record");
    assert_eq!(serde_json::to_vec(&staged).expect("a record"), line, "a line as it is written");
    assert_eq!(staged.hash.len(), 32, "no hash");
    assert!(staged.body.get().starts_with('{'), "no object");
    assert!(!staged.asset.trim().is_empty(), "a record without an asset");
    assert_eq!(staged.finding.is_empty(), stream == Stream::Assets, "a key of the other stream");
}
