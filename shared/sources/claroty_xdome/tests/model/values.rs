//! Values in the many forms vendors write them: what is read of them, and what counts as unreadable.

use crate::lines;
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
    (lines(&done.records).remove(0), done.unreadable.total())
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

fn interfaces(list: &Value) -> (Value, u64) {
    let (record, count) = record(Stream::Assets, &json!({ "ip_list": list }));
    (record.pointer("/body/networkInterfaces").cloned().unwrap_or_default(), count)
}

#[test]
fn addresses_are_read_with_masks_and_ports_and_several_in_one_entry() {
    let one = |address: &str| json!([{"address": [{"address": address}]}]);
    let two = json!([{"address": [{"address": "10.0.0.1"}, {"address": "10.0.0.2"}]}]);
    for entry in [
        "10.0.0.1",
        " 10.0.0.1 ",
        "10.0.0.1/24",
        "10.0.0.1 /24",
        "10.0.0.1/255.255.255.0",
        "10.0.0.1 / 255.255.255.0",
        "10.0.0.1:502",
        "10.0.0.1:502/24",
        "10.0.0.1,",
        "10.0.0.1, fd00:20::41",
        "::ffff:10.0.0.1",
    ] {
        assert_eq!(interfaces(&json!([entry])), (one("10.0.0.1"), 0), "{entry}");
        assert_eq!(interfaces(&json!(entry)), (one("10.0.0.1"), 0), "{entry}");
    }
    for entry in [
        json!("10.0.0.1,10.0.0.2"),
        json!("10.0.0.1; 10.0.0.2"),
        json!("10.0.0.1 10.0.0.2"),
        json!("10.0.0.1/24, 10.0.0.2/24"),
        json!("10.0.0.1/24 10.0.0.2/24"),
        json!("10.0.0.1,10.0.0.2,10.0.0.1"),
        json!(["10.0.0.1", null, "10.0.0.2:80"]),
    ] {
        assert_eq!(interfaces(&json!([entry])), (two.clone(), 0), "{entry}");
    }
    let (cards, count) = interfaces(&json!([null, "10.0.0.1, 10.0.0.2", "N/A", "10.0.0.3/24"]));
    let third = one("10.0.0.3")[0].clone();
    assert_eq!((cards, count), (json!([two[0], third]), 1));
}

#[test]
fn what_is_no_address_is_counted_unless_it_is_one_of_version_6() {
    for entry in ["", " ", "fd00:20::41", "fe80::1%eth0", "fd00::1/64", "[fd00::1]:502", "FD00::1 , fd00::2"]
    {
        assert_eq!(interfaces(&json!([entry])), (Value::Null, 0), "{entry}");
    }
    for entry in [
        json!("N/A"),
        json!("10.0.0"),
        json!("10.0.0.256"),
        json!("10.0.0.1-10.0.0.9"),
        json!("0.0.0.0"),
        json!("127.0.0.1"),
        json!("255.255.255.255"),
        json!({"ip": "10.0.0.1"}),
        json!([["10.0.0.1"]]),
        json!(167_772_161),
        json!(true),
    ] {
        assert_eq!(interfaces(&json!([entry])), (Value::Null, 1), "{entry}");
    }
    let (_, count) = interfaces(&json!(["10.0.0.1, unknown", "x; y"]));
    assert_eq!(count, 3);
}

/// An address the device had once, or that its child device has, would make two devices one.
#[test]
fn an_annotated_address_is_shown_and_identifies_nothing() {
    let list = json!([
        "10.20.30.40 / (Last Known IP)",
        "10.20.30.41",
        "10.20.31.7 / 5c1d-child-07",
        "10.20.31.8 / 24",
        "10.20.31.9/(Slot 3, left)",
        "10.20.31.10/24, 10.20.31.11 / (Last Known IP, since May)",
        "fd00:20::41 / (Last Known IP)",
    ]);
    let (record, count) = record(Stream::Assets, &json!({ "ip_list": list }));
    let address = |text: &str| json!({"address": [{"address": text}]});
    assert_eq!(record["body"]["networkInterfaces"], json!([address("10.20.30.41"), address("10.20.31.10")]));
    assert_eq!(
        record["body"]["customConnectorAttributes"]["annotated_ip_list"],
        "10.20.30.40 / (Last Known IP), 10.20.31.7 / 5c1d-child-07, 10.20.31.8 / 24, 10.20.31.9/(Slot 3, left), \
         10.20.31.11 / (Last Known IP, since May), fd00:20::41 / (Last Known IP)"
    );
    assert_eq!(count, 0);
    let (_, count) = interfaces(&json!(["N/A", "unknown / (Last Known IP)"]));
    assert_eq!(count, 2);
}

#[test]
fn a_mac_address_is_sent_unless_it_is_a_placeholder() {
    let macs = |list: &Value| {
        let (record, count) = record(Stream::Assets, &json!({ "mac_list": list }));
        (record["body"].get("networkInterfaces").cloned(), count)
    };
    for mac in [
        "02:1f:aa:00:00:01",
        "02-1F-AA-00-00-01",
        "021f.aa00.0001",
        "021faa000001",
        "00:1b:c5:00:00:00:00:01",
    ] {
        assert_eq!(macs(&json!([mac])), (Some(json!([{ "macAddress": mac }])), 0));
        assert_eq!(macs(&json!(format!(" {mac}"))), (Some(json!([{ "macAddress": mac }])), 0));
    }
    for mac in ["00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "N/A", "02:1f:aa:00:00", "unknown"] {
        assert_eq!(macs(&json!([mac, null])), (None, 1), "{mac}");
    }
    let list = json!([["02:1f:aa:00:00:01"], "02:1f:aa:00:00:02; 02:1f:aa:00:00:03", {}]);
    let sent = json!([{ "macAddress": "02:1f:aa:00:00:01" }, { "macAddress": "02:1f:aa:00:00:02" }]);
    assert_eq!(macs(&list), (Some(sent), 2));
}

#[test]
fn a_text_is_a_list_of_one() {
    let fields = json!({
        "vulnerability_manufacturer_remediation_info": "Update to 4.3",
        "vulnerability_sources": "https://advisories.example/2020/17",
        "vulnerability_cve_ids": "CVE-2024-0001",
    });
    let (one, count) = record(Stream::Findings, &fields);
    let lists = json!({
        "vulnerability_manufacturer_remediation_info": ["Update to 4.3"],
        "vulnerability_sources": [{"name": "CERT", "url": "https://advisories.example/2020/17"}],
        "vulnerability_cve_ids": ["CVE-2024-0001"],
    });
    assert_eq!((&one, count), (&record(Stream::Findings, &lists).0, 0));
    assert_eq!(one["body"]["remediation"]["remediationStrategy"], "Update to 4.3");
    assert_eq!(one["body"]["references"], json!(["https://advisories.example/2020/17"]));
    for (sources, expected, unreadable) in [
        (json!({"name": "CERT", "url": "https://a.example/1"}), Some(json!(["https://a.example/1"])), 0),
        (json!(["https://a.example/1", "CERT", 7]), Some(json!(["https://a.example/1"])), 2),
        (json!({"name": "CERT"}), None, 0),
        (json!([null, ""]), None, 0),
    ] {
        let (record, count) = record(Stream::Findings, &json!({ "vulnerability_sources": sources }));
        assert_eq!((record["body"].get("references"), count), (expected.as_ref(), unreadable), "{sources}");
    }
}

#[test]
fn unreadable_values_are_counted_by_the_field_of_the_vendor() {
    let fields = json!({
        "first_seen_list": ["N/A", "2025-01-01", "0001-01-01T00:00:00Z"],
        "last_seen_list": ["never"],
        "ip_list": ["10.0.0.1", "unknown"],
        "mac_list": ["00:00:00:00:00:00"],
        "device_name": {"a": 1},
    });
    let told = page(Stream::Assets, &fields).unreadable.to_string();
    assert_eq!(told, "first_seen_list 2, device_name 1, ip_list 1, last_seen_list 1, mac_list 1");
    let fields = json!({
        "vulnerability_cve_ids": ["CVE-2024-0001", "CVE-2024-0002"],
        "vulnerability_last_updated": "soon",
        "vulnerability_cvss_v3_score": "high",
        "vulnerability_sources": ["CERT"],
    });
    let told = page(Stream::Findings, &fields).unreadable.to_string();
    assert_eq!(told, "vulnerability_cvss_v3_score 1, vulnerability_last_updated 1, vulnerability_sources 1");
}
