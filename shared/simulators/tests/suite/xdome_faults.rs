//! Faults happen where and how the script says.

use crate::client::{DEVICES, Outcome, RELATIONS, ask, client, keys, send, walk};
use causeway_simulators::faults::{Action, Fault, RowsOf};
use causeway_simulators::xdome::{Change, Rows, Token, XdomeConfig};
use causeway_simulators::{Running, XdomeControl, XdomeSimulator};
use serde_json::{Value, json};
use std::time::Duration;

async fn start() -> Outcome<Running<XdomeControl>> {
    Ok(XdomeSimulator::start(XdomeConfig { devices: 60, findings: 300, ..XdomeConfig::default() }).await?)
}

fn always(action: Action) -> Vec<Fault> {
    vec![Fault { action, ..Fault::default() }]
}

fn question() -> Value {
    json!({"fields": ["device_uid", "vulnerability_id"], "limit": 50, "include_count": true})
}

#[test]
fn a_script_can_be_written_in_toml() {
    let text = r#"
        [[faults]]
        endpoint = "relations"
        offset_from = 1000
        offset_before = 3000
        nth = 2
        times = 1
        action = { kind = "too-many-requests", retry_after = 2 }

        [[faults]]
        every = 10
        action = { kind = "change", change = { change = "remove-first", stream = "relations", rows = 3 } }
    "#;
    let config: XdomeConfig = toml::from_str(text).unwrap();
    let shift = Change::RemoveFirst { stream: Rows::Relations, rows: 3 };
    assert_eq!(config.faults[0].action, Action::TooManyRequests { retry_after: Some(2), to_wait: None });
    assert_eq!(config.faults[1].action, Action::Change { change: shift });
}

#[tokio::test]
async fn answers_instead_of_the_work() {
    let running = start().await.unwrap();
    let mut seen = Vec::new();
    let actions = [
        Action::TooManyRequests { retry_after: Some(3), to_wait: Some(9) },
        Action::TooManyRequests { retry_after: None, to_wait: None },
        Action::StatusBefore { status: 502 },
        Action::StatusAfter { status: 500 },
        Action::Html { status: 200 },
        Action::Html { status: 503 },
        Action::Detail { text: "maintenance".to_owned() },
    ];
    for action in actions {
        running.control.set_faults(always(action)).unwrap();
        let answer = ask(&running.base_url, RELATIONS, &question()).await.unwrap();
        let headers = ["content-type", "retry-after", "x-ratelimit-towait-sec"]
            .map(|name| answer.header(name).map(str::to_owned));
        seen.push((answer.status, headers, answer.text()));
    }
    insta::assert_json_snapshot!(seen);
}

#[tokio::test]
async fn rows_and_counts_are_spoiled() {
    let running = start().await.unwrap();
    let page = async |action: Action| {
        running.control.set_faults(always(action)).unwrap();
        ask(&running.base_url, RELATIONS, &question()).await.unwrap().json()
    };
    let list = |page: &Value| page["devices_vulnerabilities"].as_array().unwrap().clone();
    let sound = page(Action::None).await;
    let rows = keys(&list(&sound));
    assert_eq!(page(Action::NullList).await, json!({"devices_vulnerabilities": null, "count": 300}));
    assert_eq!(page(Action::EmptyList).await, json!({"devices_vulnerabilities": [], "count": 300}));
    assert_eq!(page(Action::WrongCount { by: -20 }).await["count"], 280);
    let fewer = keys(&list(&page(Action::DropRows { every: 10 }).await));
    assert_eq!((fewer.len(), &fewer[9]), (45, &rows[10]));
    let twice = keys(&list(&page(Action::DuplicateRows { every: 10 }).await));
    assert_eq!((twice.len(), &twice[9], &twice[10]), (55, &rows[9], &rows[9]));
    let nulls = list(&page(Action::NullRows { every: 10 }).await);
    assert_eq!((nulls.len(), nulls[9].is_null(), nulls[10].is_null()), (50, true, false));
    let keyless = list(&page(Action::NullKeys { every: 2, of: RowsOf::Vulnerability }).await);
    assert!(keyless[1]["vulnerability_id"].is_null() && keyless[1]["device_uid"].is_string());
    let keyless = list(&page(Action::NullKeys { every: 2, of: RowsOf::Both }).await);
    assert!(keyless[1]["device_uid"].is_null() && keyless[0]["device_uid"].is_string());
}

#[tokio::test]
async fn bodies_break_stall_and_crawl() {
    let running = start().await.unwrap();
    let whole = ask(&running.base_url, RELATIONS, &question()).await.unwrap().body;
    let with = async |action: Action| {
        running.control.set_faults(always(action)).unwrap();
        ask(&running.base_url, RELATIONS, &question()).await
    };
    let cut = with(Action::Truncate { bytes: 100, clean: true }).await.unwrap();
    assert_eq!((cut.status, cut.body.as_slice()), (200, &whole[..100]));
    running.control.set_faults(always(Action::Truncate { bytes: 100, clean: false })).unwrap();
    let request =
        client().unwrap().post(format!("{}{RELATIONS}", running.base_url)).bearer_auth(Token::DEFAULT);
    let mut broken = request.json(&question()).send().await.unwrap();
    assert_eq!((broken.status().as_u16(), broken.content_length()), (200, Some(whole.len() as u64)));
    assert_eq!(broken.chunk().await.unwrap().unwrap(), whole[..100]);
    assert!(broken.chunk().await.is_err());
    assert!(with(Action::HangBefore { milliseconds: 1 }).await.is_err());
    assert!(with(Action::HangAfter { milliseconds: 1 }).await.is_err());
    let slow = with(Action::SlowBody { pieces: 5, milliseconds: 1 }).await.unwrap();
    assert!(slow.body == whole);
    assert_eq!(running.control.state().traffic.answered("relations", 0), 2);
}

#[tokio::test]
async fn a_client_with_less_patience_than_a_hang_gives_up() {
    let running = start().await.unwrap();
    running.control.set_faults(always(Action::HangBefore { milliseconds: 60_000 })).unwrap();
    let request =
        client().unwrap().post(format!("{}{DEVICES}", running.base_url)).timeout(Duration::from_millis(50));
    let failed = send(request.bearer_auth(Token::DEFAULT).json(&json!({}))).await.unwrap_err();
    assert!(failed.downcast_ref::<reqwest::Error>().unwrap().is_timeout());
}

#[tokio::test]
async fn rows_move_while_pages_are_read() {
    let running = start().await.unwrap();
    let active = json!({"field": "device_retired", "operation": "in", "value": [false]});
    let question = json!({"fields": ["device_uid", "vulnerability_id"], "filter_by": active});
    let before = keys(&walk(&running.base_url, RELATIONS, &question, 40).await.unwrap());
    let shift = Fault {
        offset_from: Some(40),
        times: Some(1),
        action: Action::Change { change: Change::RemoveFirst { stream: Rows::Relations, rows: 4 } },
        ..Fault::default()
    };
    running.control.set_faults(vec![shift]).unwrap();
    let walked = keys(&walk(&running.base_url, RELATIONS, &question, 40).await.unwrap());
    assert_eq!(walked[..40], before[..40]);
    assert_eq!(walked[40..], before[44..], "the page after the change lost four rows that still exist");
}

#[tokio::test]
async fn a_token_expires_in_the_middle() {
    let running = start().await.unwrap();
    let expiry = Fault { nth: Some(2), action: Action::ExpireToken, ..Fault::default() };
    running.control.set_faults(vec![expiry]).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&running.base_url, RELATIONS, &question()).await.unwrap().status);
    }
    assert_eq!(statuses, [200, 401, 401, 401]);
    running.control.set_tokens(vec![Token { text: Token::DEFAULT.to_owned(), ..Token::default() }]);
    assert_eq!(ask(&running.base_url, RELATIONS, &question()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_refused_field_is_named_as_one_that_never_was() {
    let running = start().await.unwrap();
    let fields = vec!["vulnerability_id".to_owned()];
    running.control.set_faults(always(Action::RefuseFields { fields })).unwrap();
    let refused = ask(&running.base_url, RELATIONS, &question()).await.unwrap();
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("vulnerability_id"), "{refused:?}");
    let other = json!({"fields": ["device_uid"], "limit": 5});
    assert_eq!(ask(&running.base_url, RELATIONS, &other).await.unwrap().status, 200);
}
