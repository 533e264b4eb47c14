//! The exact requests.

use crate::fixture::{PAGE, Setup, TOKEN, message, source};
use crate::vendor::{RecordedRequest, Reply, Vendor, devices};
use causeway_domain::Stream;
use causeway_domain::page::Window;
use causeway_ports::Source;
use serde_json::json;

fn findings(count: u64) -> Reply {
    Reply::ok(&json!({"devices_vulnerabilities": [], "count": count}))
}

fn shown(request: &RecordedRequest) -> String {
    format!("{} {}\n{:#}", request.method, request.path, request.body)
}

#[tokio::test]
async fn opening_asks_each_stream_for_one_row_and_the_count() {
    let vendor =
        Vendor::start([devices(42), Reply::ok(&json!({"devices_vulnerabilities": null, "count": "512"}))])
            .await;
    let (source, _) = source(&vendor);
    let opened = source.open().await.unwrap();
    let seen: Vec<_> = opened.iter().map(|stream| (stream.stream, stream.count, stream.page_size)).collect();
    assert_eq!(seen, [(Stream::Assets, Some(42), 500), (Stream::Findings, Some(512), 500)]);
    assert_eq!(opened[0].traffic.requests, 1);
    assert!(opened[0].traffic.bytes > 0);
    insta::assert_snapshot!(vendor.requests().iter().map(shown).collect::<Vec<_>>().join("\n\n"));
}

#[tokio::test]
async fn a_page_asks_for_its_window_and_its_bytes_are_passed_on() {
    let body = r#"{"devices_vulnerabilities": [ {"device_uid":"d-1","unasked":[1]}, null ] }"#;
    let vendor = Vendor::start([Reply::status(200, body)]).await;
    let setup = Setup::of(&vendor.url)
        .with("device_categories", json!(["OT", "Medical"]))
        .with("retired_devices_only", json!(true));
    let fetched = setup.build().unwrap().fetch(Stream::Findings, PAGE).await.unwrap();
    assert_eq!(fetched.raw.into_stored(), body);
    insta::assert_snapshot!(shown(&vendor.requests()[0]));
}

#[tokio::test]
async fn requests_carry_the_required_headers() {
    let vendor = Vendor::start([devices(1)]).await;
    let (source, _) = source(&vendor);
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    let headers = vendor.requests()[0].headers.clone();
    assert_eq!(vendor.requests()[0].bearer(), TOKEN);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["accept"], "application/json");
    assert_eq!(headers["user-agent"], format!("Causeway/{} (claroty-xdome)", env!("CARGO_PKG_VERSION")));
    let encodings = headers["accept-encoding"].to_str().unwrap();
    assert!(encodings.contains("gzip") && encodings.contains("zstd"), "{encodings}");
}

#[tokio::test]
async fn assets_only_reads_assets_only() {
    let vendor = Vendor::start([devices(3)]).await;
    let setup = Setup::of(&vendor.url).with("data_to_sync", json!("assets"));
    let opened = setup.build().unwrap().open().await.unwrap();
    assert_eq!(opened.len(), 1);
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_address_changes_nothing() {
    let vendor = Vendor::start([devices(3)]).await;
    let source = Setup::of(&format!("{}/", vendor.url)).build().unwrap();
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!(vendor.requests()[0].path, "/api/v1/devices/");
}

#[tokio::test]
async fn a_null_list_is_an_empty_page() {
    let vendor = Vendor::start([Reply::ok(&json!({"devices": null, "count": null}))]).await;
    let (source, _) = source(&vendor);
    let fetched = source.fetch(Stream::Assets, PAGE).await.unwrap();
    assert_eq!((fetched.transformed.fetched, fetched.transformed.records.len()), (0, 0));
}

#[tokio::test]
async fn opening_without_a_count_is_refused() {
    let none = || Reply::ok(&json!({"devices": [], "count": null}));
    let vendor = Vendor::start([none()]).await;
    let (source, _) = source(&vendor);
    let failure = source.open().await.unwrap_err();
    insta::assert_snapshot!(message(&failure, &vendor), @"MalformedAnswer: POST /api/v1/devices/: asked for `count`, but the answer has none");
}

#[tokio::test]
async fn the_count_is_asked_for_at_offset_zero_only() {
    let vendor = Vendor::start([findings(0), findings(0)]).await;
    let (source, _) = source(&vendor);
    for offset in [0, 999] {
        source.fetch(Stream::Findings, Window { offset, limit: 1000 }).await.unwrap();
    }
    let requests = vendor.requests();
    assert_eq!(requests[0].body["include_count"], json!(true));
    assert_eq!(requests[1].body.get("include_count"), None);
}
