//! Whole pages through the shipped maps.

use crate::lines;
use crate::{DEVICES, RELATIONS, settings, transform};
use causeway_domain::Stream;
use causeway_ports::Transformed;
use serde_json::{Value, json};

fn shown(done: &Transformed) -> Value {
    json!({
        "fetched": done.fetched,
        "vendor_count": done.vendor_count,
        "row_keys": done.row_keys,
        "records": lines(&done.records),
        "rejects": done.rejects,
    })
}

#[test]
fn devices_become_assets() {
    let done = transform(&settings()).transform(Stream::Assets, DEVICES).unwrap();
    insta::assert_json_snapshot!(shown(&done));
}

#[test]
fn relations_become_one_finding_per_cve() {
    let done = transform(&settings()).transform(Stream::Findings, RELATIONS).unwrap();
    insta::assert_json_snapshot!(shown(&done));
}

#[test]
fn white_space_of_the_server_changes_no_hash() {
    let transform = transform(&settings());
    let spaced = br#"{"devices":[{"uid":"a","first_seen_list":["2025-01-01"],"os_name":[ "x" ,
        {"y" : "a \" b" } ]}]}"#;
    let tight =
        br#"{"devices":[{"uid":"a","first_seen_list":["2025-01-01"],"os_name":["x",{"y":"a \" b"}]}]}"#;
    let staged = |body: &[u8]| lines(&transform.transform(Stream::Assets, body).unwrap().records);
    assert_eq!(staged(spaced), staged(tight));
}
