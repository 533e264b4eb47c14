//! Values in the many forms vendors write them: what is read of them, and what counts as unreadable.

use crate::{settings, transform};
use causeway_domain::Stream;
use causeway_ports::Transformed;
use serde_json::{Value, json};

/// The only row of a page with these fields.
fn page(stream: Stream, fields: &Value) -> Transformed {
    let (list, mut row) = match stream {
        Stream::Assets => ("devices", json!({"uid": "d", "first_seen_list": ["2025-01-01"]})),
        Stream::Findings => ("devices_vulnerabilities", json!({"device_uid": "d", "vulnerability_id": "V"})),
    };
    let fields = fields.as_object().unwrap().clone();
    row.as_object_mut().unwrap().extend(fields);
    let body = json!({ list: [row] }).to_string();
    transform(&settings()).transform(stream, body.as_bytes()).unwrap()
}

/// The record of such a page, and how many values could not be read.
fn record(stream: Stream, fields: &Value) -> (Value, u64) {
    let done = page(stream, fields);
    assert_eq!(done.records.len(), 1, "{fields}: {:?}", done.rejects);
    let record = serde_json::from_str(done.records.iter().next().unwrap().line).unwrap();
    (record, done.unreadable_values)
}

#[test]
fn the_dates_of_a_list_are_found_among_other_values() {
    let seen = "2025-03-28T02:19:42+00:00";
    let cases = [
        (json!([" ", seen]), "2025-03-28T02:19:42Z", 1),
        (json!(["N/A", seen]), "2025-03-28T02:19:42Z", 1),
        (json!([seen, "N/A"]), "2025-03-28T02:19:42Z", 1),
        (json!(["0000-00-00T00:00:00Z", seen]), "2025-03-28T02:19:42Z", 1),
        (json!(["0001-01-01T00:00:00+00:00", 0, "2025", seen, "9999-12-31"]), "2025-03-28T02:19:42Z", 4),
        (json!([null, "", [], seen]), "2025-03-28T02:19:42Z", 0),
        (json!(seen), "2025-03-28T02:19:42Z", 0),
    ];
    for (list, expected, unreadable) in cases {
        let (record, count) = record(Stream::Assets, &json!({ "first_seen_list": list }));
        assert_eq!((&record["body"]["created"], count), (&json!(expected), unreadable), "{list}");
        let (record, count) = record_of_last_seen(&list);
        assert_eq!((&record["body"]["modified"], count), (&json!(expected), unreadable), "{list}");
    }
    for list in [json!(["N/A"]), json!("1970-01-01T00:00:00Z"), json!(["9999-12-31"])] {
        let done = page(Stream::Assets, &json!({ "first_seen_list": list }));
        assert_eq!((done.records.len(), done.rejects.len()), (0, 1), "{list}");
        let (record, count) = record_of_last_seen(&list);
        assert_eq!((record["body"].get("modified"), count), (None, 1), "{list}");
    }
}

fn record_of_last_seen(list: &Value) -> (Value, u64) {
    record(Stream::Assets, &json!({ "last_seen_list": list }))
}

#[test]
fn an_implausible_date_of_a_finding_is_absent() {
    for date in [json!("0001-01-01T00:00:00Z"), json!(0), json!("2025"), json!("9999-12-31T00:00:00Z")] {
        let fields = json!({
            "vulnerability_relevance": "Fixed",
            "device_vulnerability_resolution_date": date,
            "device_vulnerability_detection_date": date,
        });
        let (record, count) = record(Stream::Findings, &fields);
        assert_eq!((record.get("fixed_on"), count), (None, 2), "{date}");
        assert_eq!(record["body"].get("firstFoundOn"), None, "{date}");
    }
    let fields = json!({
        "vulnerability_relevance": "Fixed",
        "device_vulnerability_resolution_date": ["N/A", "2026-02-01T10:00:00Z"],
    });
    let (record, _) = record(Stream::Findings, &fields);
    assert_eq!(record["fixed_on"], "2026-02-01T10:00:00Z");
    assert_eq!(record["body"]["lastFixedOn"], "2026-02-01T10:00:00Z");
}
