//! *Test Connection*.

use crate::fixture::{Setup, source};
use crate::vendor::{Reply, Vendor, devices};
use causeway_ports::check::CheckVerdict;
use causeway_ports::{Check, Testable};
use serde_json::json;
use tokio::net::TcpListener;

/// The checks as a person reads them.
pub(crate) fn shown(checks: &[Check], vendor: &Vendor) -> String {
    let host = vendor.url.rsplit('/').next().unwrap();
    let lines = checks.iter().map(|check| {
        let verdict = match &check.verdict {
            CheckVerdict::Passed => "passed",
            CheckVerdict::Failed(failure) => failure.advice(),
            CheckVerdict::Skipped => "skipped",
        };
        format!("{}: {verdict}\n    {}", check.name, check.detail)
            .replace(host, "vendor")
            .replace("::1", "127.0.0.1")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn findings(count: u64) -> Reply {
    Reply::ok(&json!({"devices_vulnerabilities": [], "count": count}))
}

#[tokio::test]
async fn all_five_pass() {
    let replies =
        [devices(1), devices(1), findings(1), Reply::Refuse(&["model"], true), devices(42), findings(512)];
    let vendor = Vendor::start(replies).await;
    let (source, _) = source(&vendor);
    insta::assert_snapshot!(shown(&source.test().await, &vendor));
    let limits: Vec<_> = vendor.requests().iter().map(|request| request.body["limit"].clone()).collect();
    assert_eq!(limits, vec![json!(1); 6], "the cheapest calls");
}

#[tokio::test]
async fn a_refused_token_stops_the_test() {
    let refused = || Reply::status(401, r#"{"detail":"Invalid token"}"#);
    let vendor = Vendor::start([refused(), refused()]).await;
    let (source, _) = source(&vendor);
    insta::assert_snapshot!(shown(&source.test().await, &vendor));
}

#[tokio::test]
async fn a_token_that_may_not_read_findings_is_known() {
    let forbidden = || Reply::status(403, r#"{"detail":"Forbidden"}"#);
    let vendor = Vendor::start([devices(1), devices(1), forbidden()]).await;
    let (source, _) = source(&vendor);
    insta::assert_snapshot!(shown(&source.test().await, &vendor));
}

#[tokio::test]
async fn no_device_in_scope_passes_with_a_hint() {
    let none = || Reply::ok(&json!({"devices": [], "count": 0}));
    let vendor = Vendor::start([none(), none(), none()]).await;
    let setup = Setup::of(&vendor.url).with("data_to_sync", json!("assets"));
    let checks = setup.build().unwrap().test().await;
    insta::assert_snapshot!(shown(&checks, &vendor));
}

#[tokio::test]
async fn a_closed_port_fails_the_first_check() {
    let vendor = Vendor::start([]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let checks = Setup::of(&format!("http://{address}")).build().unwrap().test().await;
    insta::assert_snapshot!(shown(&checks, &vendor).replace(&address.to_string(), "vendor"));
}
