//! 422: fields that the vendor no longer offers.

use crate::fixture::{PAGE, message, source};
use crate::vendor::{Reply, Vendor, devices};
use causeway_domain::page::DroppedField;
use causeway_domain::{FailureKind, Stream};
use causeway_ports::Source;

fn names(dropped: &[DroppedField]) -> Vec<&str> {
    dropped.iter().map(|dropped| dropped.field.as_str()).collect()
}

#[tokio::test]
async fn a_refused_field_is_dropped_reported_and_remembered() {
    let vendor = Vendor::start([Reply::Refuse(&["hw_version"], true), devices(1), devices(1)]).await;
    let (source, _) = source(&vendor);
    let first = source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!(names(&first.dropped_fields), ["hw_version"]);
    assert_eq!((first.traffic.requests, first.traffic.retries), (2, 1));
    let second = source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!((second.traffic.requests, names(&second.dropped_fields)), (1, vec!["hw_version"]));
    let requests = vendor.requests();
    assert!(requests[0].fields().contains(&"hw_version"));
    assert!(requests[1..].iter().all(|request| !request.fields().contains(&"hw_version")));
    assert_eq!(requests[0].fields().len(), requests[1].fields().len() + 1);
}

#[tokio::test]
async fn several_fields_and_several_rounds_without_names() {
    let vendor = Vendor::start([
        Reply::Refuse(&["model", "hw_version"], false),
        Reply::Refuse(&["device_name"], false),
        devices(1),
    ])
    .await;
    let (source, _) = source(&vendor);
    let fetched = source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!(names(&fetched.dropped_fields), ["device_name", "hw_version", "model"]);
}

#[tokio::test]
async fn a_new_run_asks_for_a_field_that_came_back() {
    let none = || Reply::status(200, r#"{"devices_vulnerabilities":[],"count":0}"#);
    let vendor =
        Vendor::start([Reply::Refuse(&["model"], true), devices(1), none(), devices(1), none()]).await;
    let (source, _) = source(&vendor);
    assert_eq!(names(&source.open().await.unwrap()[0].dropped_fields), ["model"]);
    assert!(source.open().await.unwrap()[0].dropped_fields.is_empty());
}

#[tokio::test]
async fn a_field_that_a_required_target_needs_is_never_dropped() {
    let vendor = Vendor::start([Reply::Refuse(&["model", "first_seen_list"], true)]).await;
    let (source, _) = source(&vendor);
    let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    insta::assert_snapshot!(message(&failure, &vendor), @r#"RequiredFieldRejected: POST /api/v1/devices/: the vendor no longer offers "first_seen_list", which is needed for "created""#);
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn the_key_is_never_dropped() {
    let vendor = Vendor::start([Reply::Refuse(&["vulnerability_id"], false)]).await;
    let (source, _) = source(&vendor);
    let failure = source.fetch(Stream::Findings, PAGE).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RequiredFieldRejected);
    insta::assert_snapshot!(message(&failure, &vendor), @r#"RequiredFieldRejected: POST /api/v1/device_vulnerability_relations/: the vendor no longer offers "vulnerability_id", which is needed for "record key""#);
}

#[tokio::test]
async fn the_scope_is_never_dropped() {
    for field in [&["device_category"], &["site_name"], &["retired"]] {
        let vendor = Vendor::start([Reply::Refuse(field, true)]).await;
        let (source, _) = source(&vendor);
        let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::RequiredFieldRejected, "{failure}");
    }
}

#[tokio::test]
async fn repeats_without_refused_fields_end() {
    let ninth_field = r#"{"detail":[{"loc":["body","fields",8],"msg":"no"}]}"#;
    let vendor = Vendor::start((0..40).map(|_| Reply::status(422, ninth_field))).await;
    let (source, _) = source(&vendor);
    let failure = source.fetch(Stream::Findings, PAGE).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RequestRejected, "{failure}");
    let sent: Vec<_> = vendor.requests().iter().map(|request| request.fields().len()).collect();
    assert_eq!(sent.len(), 9);
    assert!(sent.is_sorted_by(|earlier, later| later + 1 == *earlier), "{sent:?}");
}

#[tokio::test]
async fn a_422_about_anything_else_is_reported_without_the_repeated_request() {
    let secretive = r#"{"detail":[{"type":"enum","loc":["body","filter_by","operands",0,"operation"],
        "msg":"Input should be 'in'","input":"tok-3f9a-first and the whole request"}]}"#;
    for body in [secretive, r#"{"detail":"Too many fields"}"#, "<html>no</html>", ""] {
        let vendor = Vendor::start([Reply::status(422, body)]).await;
        let (source, _) = source(&vendor);
        let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
        let name = format!("refused_{}", body.len());
        insta::assert_snapshot!(name, message(&failure, &vendor));
        assert_eq!(vendor.requests().len(), 1);
    }
}
