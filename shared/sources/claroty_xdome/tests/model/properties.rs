//! Whatever the vendor sends, a page ends in records and rejects that add up, or in a failure.

use crate::lines;
use crate::{settings, transform};
use causeway_claroty_xdome::model::Transform;
use causeway_domain::Stream;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static TRANSFORM: LazyLock<Transform> = LazyLock::new(|| transform(&settings()));

/// JSON of any shape, a few levels deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2025-03-28T02:19:42.757340+00:00")),
        Just(json!("CVE-2024-0001")),
        Just(json!("10.0.0.1 / (Last Known IP)")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// A row with any values in the columns that matter.
fn row(stream: Stream) -> impl Strategy<Value = Value> {
    let fields: Vec<String> =
        TRANSFORM.request_fields(stream).iter().map(|name| (*name).to_owned()).collect();
    let columns = prop::sample::subsequence(fields.clone(), 0..=fields.len());
    let keyed = (columns, prop::collection::vec(value(), fields.len()), any::<bool>()).prop_map(
        move |(columns, values, keyed)| {
            let mut row: serde_json::Map<String, Value> = columns.into_iter().zip(values).collect();
            if keyed {
                for (name, text) in [("uid", "u"), ("device_uid", "d"), ("vulnerability_id", "v")] {
                    row.insert(name.to_owned(), json!(text));
                }
                row.insert("first_seen_list".to_owned(), json!(["2025-01-01T00:00:00Z", null]));
            }
            Value::Object(row)
        },
    );
    prop_oneof![8 => keyed, 1 => value()]
}

/// The same answer with white space, and with a name that only the slower way of cutting reads.
fn otherwise_written(list: &str, rows: &[Value]) -> [String; 2] {
    let pretty = serde_json::to_string_pretty(&json!({ list: rows, "count": rows.len() })).unwrap();
    let marked = rows.iter().map(|row| {
        let mut row = row.clone();
        if let Value::Object(members) = &mut row {
            members.insert("ESCAPED".to_owned(), json!([]));
        }
        row.to_string().replacen("\"ESCAPED\"", "\"\\u0061\"", 1)
    });
    let rows = marked.collect::<Vec<_>>().join(",");
    [pretty, format!("{{\"\\u0061\":1,\"{list}\":[{rows}]}}")]
}

fn check(stream: Stream, list: &str, rows: &[Value]) -> Result<(), TestCaseError> {
    let body = json!({ list: rows }).to_string();
    let done = TRANSFORM.transform(stream, body.as_bytes()).unwrap();
    let mapped = done.records.iter().filter(|record| record.part == 0).count();
    prop_assert_eq!(done.fetched as usize, rows.len());
    prop_assert_eq!(mapped + done.rejects.len(), rows.len());
    prop_assert_eq!(done.row_keys.len(), rows.len());
    let assets: BTreeSet<&str> = done.records.iter().map(|record| record.asset).collect();
    let staged = lines(&done.records);
    let staged = staged.iter().filter_map(|line| line.get("asset")?.as_str()).collect();
    prop_assert_eq!(assets, staged);
    prop_assert_eq!(&done, &TRANSFORM.transform(stream, body.as_bytes()).unwrap());
    for body in otherwise_written(list, rows) {
        let other = TRANSFORM.transform(stream, body.as_bytes()).unwrap();
        prop_assert_eq!(&done.records, &other.records, "{}", body);
        prop_assert_eq!(done.rejects.len(), other.rejects.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_of_any_shape_add_up_assets(rows in prop::collection::vec(row(Stream::Assets), 0..6)) {
        check(Stream::Assets, "devices", &rows)?;
    }

    #[test]
    fn rows_of_any_shape_add_up_findings(rows in prop::collection::vec(row(Stream::Findings), 0..6)) {
        check(Stream::Findings, "devices_vulnerabilities", &rows)?;
    }

    #[test]
    fn any_bytes_are_an_answer_or_a_failure(body in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(TRANSFORM.transform(Stream::Assets, &body));
        let mut list = b"{\"devices_vulnerabilities\":[".to_vec();
        list.extend(body);
        drop(TRANSFORM.transform(Stream::Findings, &list));
    }

    #[test]
    fn a_page_cut_anywhere_fails(at in 1..crate::RELATIONS.trim_ascii_end().len()) {
        let cut = crate::RELATIONS.get(..at).unwrap();
        let failure = TRANSFORM.transform(Stream::Findings, cut).unwrap_err();
        prop_assert_eq!(failure.kind, causeway_domain::FailureKind::TruncatedAnswer);
    }
}
