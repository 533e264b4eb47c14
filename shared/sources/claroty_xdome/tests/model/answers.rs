//! Which bodies are pages, and which fail.

use crate::{lines, settings, transform};
use causeway_domain::{FailureKind, RowKey, Stream};

#[test]
fn an_answer_that_is_not_the_list_fails_the_page() {
    let bodies: &[&[u8]] = &[
        br#"{"devices":[{"uid":"a","first_seen_list":["2025-01-01"]}],"count":1}"#,
        br#"{"devices":null,"count":null}"#,
        br#"{"devices":[],"count":"17"}"#,
        br#"{"devices":[],"count":-3}"#,
        br#"{"devices":[{"uid":"a"},null],"count":2}"#,
        br#"{"devices":[],"count":"17","unknown":{"x":1},"detail":"with rows"}"#,
        br#"{"devices":[],"count":1,"count":2}"#,
        br#"{"detail":null,"error":{"code":7}}"#,
        br#"{"devices_vulnerabilities":[]}"#,
        b"\xef\xbb\xbf {\"devices\":[]}",
        br#"{"detail":"Internal error, please retry"}"#,
        br#"{"error":{"code":7},"devices_vulnerabilities":[]}"#,
        br#"{}"#,
        br#"[{"uid":"a"}]"#,
        br#"{"devices":{"uid":"a"}}"#,
        br#"{"devices":"secret"}"#,
        br#"{"devices":[{"uid":"a"},{"ui"#,
        br#"{"devices":[{"uid":"a"}]"#,
        "{\"devices\":[{\"uid\":\"ü".as_bytes().split_last().unwrap().1,
        b"",
        b"  <html><body>502</body></html>",
        b"{\"devices\":[\xff]}",
        br#"{"devices":[}"#,
        br#"{"devices":[]} and more"#,
    ];
    let transform = transform(&settings());
    let seen = bodies.iter().map(|body| {
        let outcome = match transform.transform(Stream::Assets, body) {
            Ok(done) => format!(
                "{} fetched, {} records, count {:?}",
                done.fetched,
                done.records.len(),
                done.vendor_count
            ),
            Err(failure) => format!("{:?} {failure}", failure.kind),
        };
        format!("{}\n  → {outcome}", String::from_utf8_lossy(body).escape_debug())
    });
    insta::assert_snapshot!(seen.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_rejected_row_of_several_cves_blocks_all_that_it_made() {
    let shipped = crate::map("claroty-xdome-host-asset").1;
    let strict =
        shipped.replacen("target = \"finding[].name\"", "target = \"finding[].name\"\nrequired = true", 1);
    let transform = causeway_claroty_xdome::model::Transform::new(
        &settings(),
        crate::map("claroty-xdome-asset"),
        ("strict.toml", &strict),
    )
    .unwrap();
    let body = br#"{"devices_vulnerabilities":[
        {"device_uid":"d","vulnerability_id":"V","vulnerability_cve_ids":["CVE-2024-0001","CVE-2024-0002"],"vulnerability_name":""},
        {"device_uid":"d","vulnerability_id":"W","vulnerability_cve_ids":["CVE-2024-0003"],"vulnerability_name":null},
        {"device_uid":"d","vulnerability_id":"X","vulnerability_name":[]}]}"#;
    let done = transform.transform(Stream::Findings, body).unwrap();
    assert_eq!((done.records.len(), done.row_keys.len()), (0, 3));
    insta::assert_json_snapshot!(serde_json::to_value(&done.rejects).unwrap());
}

#[test]
fn cves_that_multiply_a_row_beyond_all_bounds_fail_the_page() {
    let cves: Vec<String> = (0..20_000).map(|number| format!("\"CVE-2024-{number:05}\"")).collect();
    let long = "x".repeat(100_000);
    let body = format!(
        r#"{{"devices_vulnerabilities":[{{"device_uid":"d","vulnerability_id":"V","vulnerability_cve_ids":[{}],"vulnerability_description":"{long}"}}]}}"#,
        cves.join(",")
    );
    let failure = transform(&settings()).transform(Stream::Findings, body.as_bytes()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::AnswerTooLarge);
    assert!(failure.detail.contains("256 MiB"), "{failure}");
}

#[test]
fn a_list_that_is_there_twice_hides_no_row() {
    let body = br#"{"devices":[{"uid":"a"}],"devices":[]}"#;
    let failure = transform(&settings()).transform(Stream::Assets, body).unwrap_err();
    assert_eq!(failure.kind, FailureKind::MalformedAnswer);
}

/// Earlier versions joined the parts of a page in one envelope, with lists in place of unread rows.
#[test]
fn pages_kept_by_earlier_versions_are_replayed() {
    let kept = br#"{"count":7,"devices_vulnerabilities":[{"device_uid":"d","vulnerability_id":"V"},
        [{"unread_row":4,"key":{"device_uid":"d","vulnerability_id":7},"reason":"500"}],
        [{"unread_row":5,"key":null,"reason":"500"}],
        [{"unread_row":null,"key":{"device_uid":"d","vulnerability_id":null},"reason":"500"}]]}"#;
    let done = transform(&settings()).transform(Stream::Findings, kept).unwrap();
    assert_eq!((done.fetched, done.records.len(), done.vendor_count), (4, 1, Some(7)));
    let keys: Vec<&str> = done.row_keys.iter().map(RowKey::as_str).collect();
    assert_eq!(keys, ["d|V", "d|7", "#row-5", "#row-"]);
    insta::assert_json_snapshot!(serde_json::to_value(&done.rejects).unwrap());
}

#[test]
fn long_texts_are_only_data() {
    let long = "x".repeat(4_000_000);
    let body = format!(r#"{{"devices":[{{"uid":"a","first_seen_list":["2025-01-01"],"model":"{long}"}}]}}"#);
    let done = transform(&settings()).transform(Stream::Assets, body.as_bytes()).unwrap();
    assert_eq!((done.records.len(), done.rejects.len()), (1, 0));
    assert!(done.records.iter().next().unwrap().body.contains(&long));
}

/// Nothing of a vendor may call itself once for each level, and what a reader of JSON would refuse is not staged.
#[test]
fn deep_nesting_in_any_field_is_only_data() {
    let lists = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let objects = format!("{}1{}", "{\"url\":".repeat(100_000), "}".repeat(100_000));
    let transform = transform(&settings());
    for (stream, list, key) in [
        (Stream::Assets, "devices", r#""uid":"a","first_seen_list":["2025-01-01"]"#),
        (Stream::Findings, "devices_vulnerabilities", r#""device_uid":"a","vulnerability_id":"V""#),
    ] {
        let fields = transform.request_fields(stream);
        for field in fields.into_iter().chain(["unknown"]) {
            for deep in [&lists, &objects, &format!("[{objects},{lists}]")] {
                let body = format!(r#"{{"{list}":[{{{key},"{field}":{deep}}}]}}"#);
                let done = transform.transform(stream, body.as_bytes()).unwrap();
                assert_eq!(done.records.len() + done.rejects.len(), 1, "{field}");
                for record in done.records.iter() {
                    assert!(record.body.len() < 4_000, "{field}");
                }
                lines(&done.records);
            }
        }
    }
}

/// A name with an escape makes the whole answer go the slower way, and so nothing else may change.
#[test]
fn both_ways_of_cutting_make_the_same_of_odd_rows() {
    let deep = format!("{}1{}", r#"{"a":["#.repeat(40), "]}".repeat(40));
    let rows = [
        r#""device_uid":"a","device_uid":"b","vulnerability_id":"V","vulnerability_cve_ids":["cve-1"," CVE-1 ","CVE-2"]"#,
        r#""device_uid":"a","device_uid":null,"vulnerability_id":"V""#,
        r#""device_uid" : 12345678901234567890123 , "vulnerability_id" : 1e400"#,
        r#""device_uid":"\u0041\ud83d\ude80\ud800","vulnerability_id":"\"\\\n","vulnerability_name":"\udc00 ü漢\u0000""#,
        r#""device_uid":[1],"vulnerability_id":{"x":1}"#,
        r#""device_uid":true,"vulnerability_id":"V""#,
        r#""device_uid":"","vulnerability_id":"V""#,
        r#""device_uid":"d","vulnerability_id":"V","vulnerability_sources":[ {"url":"u" , "url":"w"},null,7,{"url":""}],"vulnerability_cve_ids":"CVE-3""#,
        r#""device_uid":"d","vulnerability_id":"V","vulnerability_name":DEEP,"vulnerability_sources":[DEEP]"#,
        r#""device_uid":"d","vulnerability_id":"V","vulnerability_relevance":" fixed","device_vulnerability_resolution_date":1743128382,"device_category":"\u007f","device_retired":"TRUE""#,
    ];
    let transform = transform(&settings());
    for row in rows {
        let row = row.replace("DEEP", &deep);
        let [plain, escaped] = ["", r#","\u0061":0"#].map(|more| {
            let body = format!(r#"{{"devices_vulnerabilities":[{{{row}{more}}},null,[],{{}}],"count":4}}"#);
            transform.transform(Stream::Findings, body.as_bytes()).unwrap()
        });
        assert_eq!(plain.records, escaped.records, "{row}");
        let told = |done: &causeway_ports::Transformed| {
            let told = done.rejects.iter().map(|reject| {
                let reason = reject.reason.split(" (row").next().unwrap_or_default().to_owned();
                (reject.row, reject.asset.clone(), reject.finding.clone(), reason)
            });
            (told.collect::<Vec<_>>(), done.vendor_count, done.fetched, done.unreadable.clone())
        };
        assert_eq!(told(&plain), told(&escaped), "{row}");
    }
}
