//! Whole pages through the shipped maps.

use crate::{DEVICES, RELATIONS, settings, transform};
use causeway_domain::Stream;
use causeway_domain::record::StagedRecord;
use causeway_ports::Transformed;
use serde_json::{Value, json};

fn shown(done: &Transformed) -> Value {
    let records = done.records.iter().map(|record| serde_json::from_str::<Value>(record.line).unwrap());
    json!({
        "fetched": done.fetched,
        "vendor_count": done.vendor_count,
        "row_keys": done.row_keys,
        "records": records.collect::<Vec<_>>(),
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
fn a_line_is_exactly_a_staged_record() {
    let transform = transform(&settings());
    for (stream, body) in [(Stream::Assets, DEVICES), (Stream::Findings, RELATIONS)] {
        for record in transform.transform(stream, body).unwrap().records.iter() {
            assert!(!record.line.contains('\n'), "{}", record.line);
            let staged: StagedRecord<'_> = serde_json::from_str(record.line).unwrap();
            assert_eq!(serde_json::to_string(&staged).unwrap(), record.line);
            assert_eq!((staged.asset.as_ref(), staged.finding.as_ref()), (record.asset, record.finding));
            assert_eq!(staged.part, record.part);
        }
    }
}

#[test]
fn white_space_of_the_server_changes_no_hash() {
    let transform = transform(&settings());
    let spaced = br#"{"devices":[{"uid":"a","first_seen_list":["2025-01-01"],"os_name":[ "x" ,
        {"y" : "a \" b" } ]}]}"#;
    let tight =
        br#"{"devices":[{"uid":"a","first_seen_list":["2025-01-01"],"os_name":["x",{"y":"a \" b"}]}]}"#;
    let line = |body: &[u8]| {
        transform.transform(Stream::Assets, body).unwrap().records.iter().next().unwrap().line.to_owned()
    };
    assert_eq!(line(spaced), line(tight));
}
