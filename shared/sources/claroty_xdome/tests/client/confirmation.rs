//! Asking for exactly the missing findings.

use crate::fixture::{Setup, source};
use crate::vendor::{Reply, Vendor};
use causeway_claroty_xdome::ClarotyXdome;
use causeway_domain::page::Confirmation;
use causeway_domain::{Stream, VendorKey};
use causeway_ports::{Fetched, SingleRecords, Source, Transformed};
use serde_json::{Value, json};

fn key(device: &str, vulnerability: &str) -> VendorKey {
    VendorKey::of_texts([device, vulnerability])
}

fn rows(pairs: &[(&str, &str)]) -> Reply {
    let rows: Vec<_> =
        pairs.iter().map(|(device, id)| json!({"device_uid": device, "vulnerability_id": id})).collect();
    Reply::ok(&json!({"devices_vulnerabilities": rows}))
}

/// The records of a page, which a replay makes as well.
fn replays_the_same(source: &ClarotyXdome, fetched: Fetched) -> Transformed {
    let replayed = source.replay(Stream::Findings, &fetched.raw.into_stored()).unwrap();
    assert_eq!(replayed, fetched.transformed);
    replayed
}

async fn confirmed(replies: impl IntoIterator<Item = Reply>) -> (Confirmation, Value, Vendor) {
    let vendor = Vendor::start(replies).await;
    let (source, _) = source(&vendor);
    let keys = [key("d-1", "V1"), key("d-2", "V2")];
    let controls = [key("d-9", "V9")];
    let (fetched, confirmation) = source.confirm(Stream::Findings, &keys, &controls).await.unwrap();
    (confirmation, serde_json::from_slice(&fetched.raw.into_stored()).unwrap(), vendor)
}

#[tokio::test]
async fn a_control_that_came_back_makes_the_answer_trusted() {
    let (confirmation, body, vendor) = confirmed([rows(&[("d-2", "V2"), ("d-9", "V9")])]).await;
    assert_eq!(confirmation, Confirmation::Trusted);
    assert_eq!(body["devices_vulnerabilities"].as_array().unwrap().len(), 2);
    let requests = vendor.requests();
    let mut question = requests[0].body.clone();
    question.as_object_mut().unwrap().shift_remove("fields");
    insta::assert_snapshot!(format!("{question:#}"));
}

/// An id may hold what separates ids elsewhere, and a number is no text to the vendor.
#[tokio::test]
async fn the_vendor_is_asked_by_its_own_ids_as_it_writes_them() {
    let answer = json!({"devices_vulnerabilities": [{"device_uid": "d:9", "vulnerability_id": "17"}]});
    let vendor = Vendor::start([Reply::ok(&answer)]).await;
    let (source, _) = source(&vendor);
    let missing: Vec<VendorKey> =
        serde_json::from_str(r#"[["d|1","ICSA-21-161-01:CVE-2021-44228"],["d 2",4711]]"#).unwrap();
    let controls: Vec<VendorKey> = serde_json::from_str(r#"[["d:9",17]]"#).unwrap();
    let (_, confirmation) = source.confirm(Stream::Findings, &missing, &controls).await.unwrap();
    assert_eq!(confirmation, Confirmation::Trusted);
    let operands = &vendor.requests()[0].body["filter_by"]["operands"];
    assert_eq!(operands[0]["value"], json!(["d 2", "d:9", "d|1"]));
    assert_eq!(operands[1]["value"], json!(["ICSA-21-161-01:CVE-2021-44228", 17, 4711]));
}

/// One row with `NaN` must not keep the question for all others without an answer.
#[tokio::test]
async fn keys_alone_show_the_existing_rows_if_a_row_breaks_the_answer() {
    let broken = || Reply::status(200, r#"{"devices_vulnerabilities":[{"device_uid":"d-2","x":NaN}]}"#);
    let vendor = Vendor::start([broken(), broken(), rows(&[("d-2", "V2"), ("d-9", "V9")])]).await;
    let (source, _) = source(&vendor);
    let (fetched, confirmation) = source
        .confirm(Stream::Findings, &[key("d-1", "V1"), key("d-2", "V2")], &[key("d-9", "V9")])
        .await
        .unwrap();
    assert_eq!(confirmation, Confirmation::Trusted);
    let requests = vendor.requests();
    assert_eq!(requests[2].fields(), ["device_uid", "vulnerability_id"]);
    let read = replays_the_same(&source, fetched);
    let rejected: Vec<_> = read.rejects.into_iter().map(|reject| reject.vendor_key.unwrap()).collect();
    assert_eq!((rejected, read.records.len()), (vec![key("d-2", "V2"), key("d-9", "V9")], 0));
}

#[tokio::test]
async fn rows_of_the_cross_product_are_expected() {
    let (confirmation, ..) = confirmed([rows(&[("d-1", "V9"), ("d-9", "V9")])]).await;
    assert_eq!(confirmation, Confirmation::Trusted);
}

#[tokio::test]
async fn anything_else_proves_nothing() {
    let numbers = json!({"devices_vulnerabilities": [null, {"device_uid": "d-9", "vulnerability_id": "V9"}]});
    let cases = [
        Reply::ok(&json!({"devices_vulnerabilities": null})),
        rows(&[("d-2", "V2")]),
        rows(&[("d-9", "V9"), ("d-7", "V2")]),
        rows(&[("d-9", "V9"), ("d-2", "V7")]),
        Reply::ok(&numbers),
    ];
    let mut seen = Vec::new();
    for reply in cases {
        seen.push(format!("{:?}", confirmed([reply]).await.0));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

/// Of two keys in one row it is not certain which finding exists, so neither is absent.
#[tokio::test]
async fn a_row_that_has_its_key_twice_proves_nothing() {
    let control = r#"{"device_uid":"d-9","vulnerability_id":"V9"}"#;
    for row in [
        r#"{"device_uid":"d-1","device_uid":"d-2","vulnerability_id":"V2"}"#,
        r#"{"device_uid":"d-2","vulnerability_id":"V1","vulnerability_id":"V2"}"#,
        r#"{"device_uid":"d-1","device_\u0075id":"d-2","vulnerability_id":"V2"}"#,
    ] {
        let answer = format!(r#"{{"devices_vulnerabilities":[{row},{control}]}}"#);
        let (confirmation, ..) = confirmed([Reply::status(200, &answer)]).await;
        assert!(matches!(confirmation, Confirmation::Untrusted(_)), "{row}: {confirmation:?}");
    }
}

#[tokio::test]
async fn without_controls_nothing_is_proved() {
    let vendor = Vendor::start([rows(&[("d-1", "V1")])]).await;
    let (source, _) = source(&vendor);
    let (_, confirmation) = source.confirm(Stream::Findings, &[key("d-1", "V1")], &[]).await.unwrap();
    assert!(matches!(confirmation, Confirmation::Untrusted(_)), "{confirmation:?}");
}

#[tokio::test]
async fn long_answers_are_read_to_their_end_and_keep_the_rows_text() {
    let row = r#"{"device_uid":"d-9","vulnerability_id":"V9","score":7.50}"#;
    let full = format!(r#"{{"devices_vulnerabilities":[{}]}}"#, vec![row; 5000].join(" , "));
    let vendor =
        Vendor::start([Reply::status(200, &full), Reply::status(200, r#"{"devices_vulnerabilities":[]}"#)])
            .await;
    let source = Setup::of(&vendor.url).build().unwrap();
    let (fetched, confirmation) = source.confirm(Stream::Findings, &[], &[key("d-9", "V9")]).await.unwrap();
    assert_eq!(confirmation, Confirmation::Trusted);
    let offsets: Vec<_> = vendor.requests().iter().map(|request| request.body["offset"].clone()).collect();
    assert_eq!(offsets, [json!(0), json!(5000)]);
    let text = String::from_utf8(fetched.raw.clone().into_stored().to_vec()).unwrap();
    assert_eq!(text.matches("7.50").count(), 5000);
    assert_eq!(fetched.traffic.requests, 2);
    assert_eq!(replays_the_same(&source, fetched).fetched, 5000);
}

#[tokio::test]
async fn an_answer_without_end_proves_nothing() {
    let row = r#"{"device_uid":"d-9","vulnerability_id":"V9"}"#;
    let full = format!(r#"{{"devices_vulnerabilities":[{}]}}"#, vec![row; 5000].join(","));
    let vendor = Vendor::start((0..60).map(|_| Reply::status(200, &full))).await;
    let (source, _) = source(&vendor);
    let (_, confirmation) = source.confirm(Stream::Findings, &[], &[key("d-9", "V9")]).await.unwrap();
    assert!(matches!(confirmation, Confirmation::Untrusted(_)), "{confirmation:?}");
    assert_eq!(vendor.requests().len(), 50);
}

/// Devices are asked for by their own endpoint, without a filter of the connection: one that was retired is not gone.
#[tokio::test]
async fn missing_devices_are_asked_for_by_their_uid_alone() {
    let device = |uid: &str, retired: bool| json!({"uid": uid, "retired": retired, "device_category": "IT"});
    let answers = [
        (json!({"devices": [device("d-2", true), device("d-9", false)]}), Confirmation::Trusted),
        (
            json!({"devices": []}),
            Confirmation::Untrusted("no record that is known to exist came back".to_owned()),
        ),
        (
            json!({"devices": [device("d-9", false), device("d-7", false)]}),
            Confirmation::Untrusted(
                "the answer holds (d-7), which was not asked for: the filter is not applied".to_owned(),
            ),
        ),
    ];
    for (answer, expected) in answers {
        let vendor = Vendor::start([Reply::ok(&answer)]).await;
        let (source, _) = source(&vendor);
        let key = |uid| VendorKey::of_texts([uid]);
        let asked = source.confirm(Stream::Assets, &[key("d-1"), key("d-2")], &[key("d-9")]).await;
        let (fetched, confirmation) = asked.unwrap();
        assert_eq!(confirmation, expected);
        let request = &vendor.requests()[0];
        let filter = json!({"field": "uid", "operation": "in", "value": ["d-1", "d-2", "d-9"]});
        assert_eq!(request.body["filter_by"]["operands"], json!([filter]));
        assert_eq!(fetched.transformed.fetched, answer["devices"].as_array().unwrap().len() as u64);
    }
}
