//! The receiver: sign-in, envelope, what it keeps, how it fails.

use crate::client::{Outcome, Seen, client, get, send};
use causeway_simulators::etm::EtmConfig;
use causeway_simulators::faults::{Action, Endpoint, Fault};
use causeway_simulators::{EtmControl, EtmSimulator, Running};
use serde_json::{Value, json};

async fn start(edit: impl FnOnce(&mut EtmConfig)) -> Outcome<Running<EtmControl>> {
    let mut config = EtmConfig::default();
    edit(&mut config);
    Ok(EtmSimulator::start(config).await?)
}

async fn sign_in(base: &str, password: &str) -> Outcome<Seen> {
    let form = [("username", EtmConfig::DEFAULT_USERNAME), ("password", password), ("token", "true")];
    send(client()?.post(format!("{base}/auth")).form(&form)).await
}

async fn token(base: &str) -> Outcome<String> {
    Ok(sign_in(base, EtmConfig::DEFAULT_PASSWORD).await?.text())
}

async fn push(base: &str, token: &str, body: &Value) -> Outcome<Seen> {
    let url = format!("{base}/rest/2.0/am/connector/asset/data/sync");
    send(client()?.post(url).bearer_auth(token).json(body)).await
}

fn envelope(assets: &[Value]) -> Value {
    let meta = json!({"connectorUuid": EtmConfig::DEFAULT_CONNECTOR, "source": "WEBHOOK", "assetCount": assets.len()});
    json!({"connectorMetaData": meta, "assetData": assets})
}

fn asset(key: &str, findings: &[Value]) -> Value {
    let identity = json!({"sourceNativeKey": key, "hostName": format!("plc-{key}")});
    json!({"identityAttributes": identity, "coreAttributes": {"hostName": format!("plc-{key}")}, "findings": findings})
}

fn finding(id: &str, status: &str) -> Value {
    json!({"externalFindingId": id, "status": status, "name": "Überlauf \"7\""})
}

#[tokio::test]
async fn signing_in_gives_a_raw_token() {
    let running = start(|_| ()).await.unwrap();
    let good = sign_in(&running.base_url, EtmConfig::DEFAULT_PASSWORD).await.unwrap();
    assert_eq!(good.status, 201);
    assert_eq!(good.text().split('.').count(), 3);
    assert_eq!(sign_in(&running.base_url, "wrong").await.unwrap().status, 401);
    assert_eq!(get(&running.base_url, "/auth").await.unwrap().status, 405);
    assert_eq!(running.control.summary().tokens_issued, 1);
}

#[tokio::test]
async fn a_token_lives_for_its_requests() {
    let running = start(|config| config.token_requests = Some(2)).await.unwrap();
    let token = token(&running.base_url).await.unwrap();
    let body = envelope(&[asset("a", &[])]);
    let mut statuses = vec![push(&running.base_url, "none", &body).await.unwrap().status];
    for _ in 0..3 {
        statuses.push(push(&running.base_url, &token, &body).await.unwrap().status);
    }
    assert_eq!(statuses, [401, 200, 200, 401]);
}

#[tokio::test]
async fn envelopes_out_of_order_are_refused() {
    let known = "00000000-0000-4000-8000-000000000001".to_owned();
    let running = start(|config| config.connectors = vec![known.clone()]).await.unwrap();
    let token = token(&running.base_url).await.unwrap();
    let meta = |edit: Value| {
        let mut body = envelope(&[asset("a", &[])]);
        body["connectorMetaData"]["connectorUuid"] = json!(known);
        for (name, value) in edit.as_object().into_iter().flatten() {
            body["connectorMetaData"][name] = value.clone();
        }
        body
    };
    let mut keyless = meta(json!({}));
    keyless["assetData"][0]["identityAttributes"] = json!({"hostName": "plc"});
    let mut findings = meta(json!({}));
    findings["assetData"][0]["findings"] = json!("none");
    let bodies = [
        json!([]),
        json!({"assetData": []}),
        meta(json!({"connectorUuid": "x"})),
        meta(json!({"connectorUuid": "00000000-0000-4000-8000-000000000002"})),
        meta(json!({"assetCount": 2})),
        meta(json!({"source": ""})),
        keyless,
        findings,
        meta(json!({"assetCount": "1"})),
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let answer = push(&running.base_url, &token, &body).await.unwrap();
        answers.push((answer.status, answer.json()));
    }
    insta::assert_json_snapshot!(answers);
}

#[tokio::test]
async fn the_latest_of_everything_is_kept() {
    let running = start(|config| config.keep_payloads = 3).await.unwrap();
    let base = &running.base_url;
    let token = token(base).await.unwrap();
    let first = [
        asset("a", &[finding("V2", "ACTIVE"), finding("V1", "ACTIVE"), json!({"name": "no id"})]),
        asset("b", &[json!({"id": 7, "findingStatus": "ACTIVE"}), finding("V9", "ACTIVE")]),
    ];
    push(base, &token, &envelope(&first)).await.unwrap();
    let second = [asset("a", &[finding("V1", "FIXED"), finding("V2", "ACTIVE")])];
    let accepted = push(base, &token, &envelope(&second)).await.unwrap();
    assert_eq!(accepted.json()["responseCode"], "SUCCESSFULLY_PUBLISHED");
    insta::assert_json_snapshot!(running.control.findings(None, None), {"[].hash" => "[hash]"});
    insta::assert_json_snapshot!(running.control.assets(), {"[].hash" => "[hash]"});
    insta::assert_json_snapshot!(running.control.summary());
    let fixed = get(base, "/_simulator/findings?status=FIXED").await.unwrap().lines();
    assert_eq!((fixed.len(), &fixed[0]["finding"]), (1, &json!("V1")));
    let of_b = get(base, "/_simulator/findings?asset=b").await.unwrap().lines();
    assert_eq!(of_b.len(), 2);
    assert_eq!(get(base, "/_simulator/assets").await.unwrap().lines().len(), 2);
    assert_eq!(get(base, "/_simulator/summary").await.unwrap().json()["findings"], 4);
}

#[tokio::test]
async fn more_than_one_piece_of_assets_is_shown_whole() {
    let running = start(|_| ()).await.unwrap();
    let token = token(&running.base_url).await.unwrap();
    let assets: Vec<Value> =
        (0..2_500).map(|number| asset(&format!("{number:05}"), &[finding("V", "ACTIVE")])).collect();
    push(&running.base_url, &token, &envelope(&assets)).await.unwrap();
    for path in ["/_simulator/assets", "/_simulator/findings"] {
        let lines = get(&running.base_url, path).await.unwrap().lines();
        assert_eq!(lines.len(), 2_500);
        assert!(lines.windows(2).all(|pair| pair[0]["asset"].as_str() < pair[1]["asset"].as_str()));
    }
}

#[tokio::test]
async fn work_is_done_or_not_as_the_fault_says() {
    let running = start(|_| ()).await.unwrap();
    let base = &running.base_url;
    let token = token(base).await.unwrap();
    let mut seen = Vec::new();
    let actions = [
        ("before", Action::StatusBefore { status: 503 }),
        ("conflict", Action::StatusBefore { status: 409 }),
        ("limit", Action::TooManyRequests { retry_after: None, to_wait: Some(12) }),
        ("after", Action::StatusAfter { status: 504 }),
        ("html", Action::Html { status: 200 }),
        (
            "refused",
            Action::RefuseAssets {
                assets: vec!["refused".to_owned()],
                message: "bad".to_owned(),
                status: 207,
                times_each: None,
            },
        ),
        ("expired", Action::ExpireToken),
    ];
    for (key, action) in actions {
        let fault = Fault { endpoint: Some(Endpoint::Sync), times: Some(1), action, ..Fault::default() };
        running.control.set_faults(vec![fault]).unwrap();
        let answer =
            push(base, &token, &envelope(&[asset(key, &[]), asset(&format!("{key}-2"), &[])])).await.unwrap();
        let kept = running.control.assets().iter().filter(|asset| asset.asset.starts_with(key)).count();
        seen.push((key, answer.status, answer.header("x-ratelimit-towait-sec").map(str::to_owned), kept));
    }
    insta::assert_json_snapshot!(seen);
    let hang = Fault { action: Action::HangAfter { milliseconds: 1 }, ..Fault::default() };
    let token = sign_in(base, EtmConfig::DEFAULT_PASSWORD).await.unwrap().text();
    running.control.set_faults(vec![hang]).unwrap();
    assert!(push(base, &token, &envelope(&[asset("silent", &[])])).await.is_err());
    assert!(running.control.assets().iter().any(|asset| asset.asset == "silent"));
}
