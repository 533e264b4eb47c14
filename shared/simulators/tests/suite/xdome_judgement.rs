//! What the vendor says to requests that are wrong, and in which words.

use crate::client::{DEVICES, Outcome, RELATIONS, Seen, ask, ask_as, client, get, send};
use causeway_simulators::faults::Endpoint;
use causeway_simulators::xdome::{Token, XdomeConfig};
use causeway_simulators::{RateLimit, Running, XdomeControl, XdomeSimulator};
use serde_json::{Value, json};

async fn small(edit: impl FnOnce(&mut XdomeConfig)) -> Outcome<Running<XdomeControl>> {
    let mut config = XdomeConfig { devices: 20, findings: 60, ..XdomeConfig::default() };
    edit(&mut config);
    Ok(XdomeSimulator::start(config).await?)
}

/// Status and body, with the list of all accepted names cut to what a person can read.
fn shown(seen: &Seen) -> Value {
    let mut body = seen.json();
    let details = body.get_mut("detail").and_then(Value::as_array_mut).into_iter().flatten();
    for detail in details {
        for pointer in ["/msg", "/ctx/expected"] {
            if let Some(text) = detail.pointer_mut(pointer) {
                *text = json!(shortened(text.as_str().unwrap_or_default()));
            }
        }
    }
    json!([seen.status, body])
}

fn shortened(text: &str) -> String {
    let names: Vec<&str> = text.split(", ").collect();
    match names.as_slice() {
        [first, second, .., last] if names.len() > 40 => {
            format!("{first}, {second}, … {} more …, {last}", names.len() - 3)
        }
        _ => text.to_owned(),
    }
}

#[tokio::test]
async fn a_wrong_body_is_answered_422_with_all_mistakes() {
    let running = small(|_| ()).await.unwrap();
    let mut answers = serde_json::Map::new();
    let bodies = [
        ("not an object", json!(["uid"])),
        ("no fields", json!({"limit": 1})),
        ("empty fields", json!({"fields": []})),
        ("fields of another type", json!({"fields": "uid"})),
        ("unknown fields", json!({"fields": ["uid", "device_uid", "model", "vulnerability_id"]})),
        ("extra member", json!({"fields": ["uid"], "page": 2})),
        ("limit and offset", json!({"fields": ["uid"], "limit": 5001, "offset": -1})),
        ("limit as text", json!({"fields": ["uid"], "limit": "10", "include_count": "yes"})),
        ("empty sort", json!({"fields": ["uid"], "sort_by": []})),
        (
            "wrong sort",
            json!({"fields": ["uid"], "sort_by": [
                {"field": "nothing", "order": "asc"}, {"field": "uid", "order": "up", "nulls": "last"}]}),
        ),
    ];
    for (name, body) in bodies {
        answers.insert(name.to_owned(), shown(&ask(&running.base_url, DEVICES, &body).await.unwrap()));
    }
    insta::assert_json_snapshot!(answers);
}

#[tokio::test]
async fn a_wrong_filter_is_answered_422() {
    let running = small(|_| ()).await.unwrap();
    let mut answers = serde_json::Map::new();
    let filters = [
        ("operator for operation", json!({"field": "uid", "operator": "in", "value": ["x"]})),
        ("unknown operation", json!({"field": "risk_score_points", "operation": "gte", "value": 1})),
        ("operation of another class", json!({"field": "retired", "operation": "contains", "value": "x"})),
        ("unknown field", json!({"field": "device_uid", "operation": "in", "value": ["x"]})),
        ("deprecated field", json!({"field": "infected", "operation": "is_null"})),
        ("in with a scalar", json!({"field": "uid", "operation": "in", "value": "x"})),
        (
            "compound operation",
            json!({"operation": "xor", "operands": [{"field": "uid", "operation": "is_null"}]}),
        ),
        ("no operands", json!({"operation": "and", "operands": []})),
        ("a map", json!({"cmdb_asset_tag": "A-1"})),
    ];
    for (name, filter) in filters {
        let body = json!({"fields": ["uid"], "filter_by": filter});
        answers.insert(name.to_owned(), shown(&ask(&running.base_url, DEVICES, &body).await.unwrap()));
    }
    insta::assert_json_snapshot!(answers);
}

#[tokio::test]
async fn the_list_of_accepted_names_heals_a_client() {
    let running =
        small(|config| config.rejected_fields = vec!["device_purdue_level".to_owned()]).await.unwrap();
    let asked = ["device_uid", "vulnerability_recommendations", "device_purdue_level", "uid", "device_name"];
    let refused = ask(&running.base_url, RELATIONS, &json!({"fields": asked})).await.unwrap();
    assert_eq!(refused.status, 422);
    let details = refused.json()["detail"].as_array().unwrap().clone();
    let places: Vec<(u64, &str)> = details
        .iter()
        .map(|detail| (detail["loc"][2].as_u64().unwrap(), detail["input"].as_str().unwrap()))
        .collect();
    assert_eq!(places, [(1, "vulnerability_recommendations"), (2, "device_purdue_level"), (3, "uid")]);
    let accepted = details[0]["ctx"]["expected"].as_str().unwrap();
    assert_eq!(accepted.replace(" or ", ", ").split(", ").count(), 213);
    assert_eq!(details[0]["msg"], format!("Input should be {accepted}"));
    let healed = ask(&running.base_url, RELATIONS, &json!({"fields": ["device_uid", "device_name"]})).await;
    assert_eq!(healed.unwrap().status, 200);
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_one_string() {
    let running = small(|_| ()).await.unwrap();
    let url = format!("{}{DEVICES}", running.base_url);
    let post = || client().unwrap().post(&url).bearer_auth(Token::DEFAULT);
    let bare = send(post().body(r#"{"fields":["uid"]}"#)).await.unwrap();
    let typed = send(post().header("content-type", "text/plain").body("{}")).await.unwrap();
    let broken =
        send(post().header("content-type", "application/json").body("{\"fields\": [")).await.unwrap();
    let empty = send(post()).await.unwrap();
    insta::assert_json_snapshot!([shown(&bare), shown(&typed), shown(&broken), shown(&empty)]);
}

#[tokio::test]
async fn paths_methods_and_tokens_are_judged_before_the_body() {
    let running = small(|config| {
        config.tokens.push(Token {
            text: "devices-only".to_owned(),
            endpoints: Some(vec![Endpoint::Devices]),
            expires_after: Some(2),
            ..Token::default()
        });
    })
    .await
    .unwrap();
    let base = &running.base_url;
    let method = get(base, DEVICES).await.unwrap();
    assert_eq!((method.status, method.text().as_str()), (405, r#"{"detail":"Method Not Allowed"}"#));
    let path = get(base, "/api/v1/assets").await.unwrap();
    assert_eq!((path.status, path.text().as_str()), (404, r#"{"detail":"Not Found"}"#));
    let body = json!({"fields": ["uid"]});
    let slashless = ask(base, "/api/v1/devices", &body).await.unwrap();
    assert_eq!((slashless.status, slashless.header("location")), (307, Some(DEVICES)));
    let nobody = send(client().unwrap().post(format!("{base}{DEVICES}")).json(&json!({}))).await.unwrap();
    assert_eq!((nobody.status, nobody.text().as_str()), (401, r#"{"detail":"Not authenticated"}"#));
    let statuses = [
        ask_as(base, DEVICES, &json!({}), "wrong").await.unwrap().status,
        ask_as(base, DEVICES, &body, "devices-only").await.unwrap().status,
        ask_as(base, RELATIONS, &body, "devices-only").await.unwrap().status,
        ask_as(base, DEVICES, &body, "devices-only").await.unwrap().status,
    ];
    assert_eq!(statuses, [401, 200, 403, 401]);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_answered_429() {
    let limit = RateLimit { per_second: 0, retry_after: Some(7) };
    let running = small(|config| config.rate_limit = Some(limit)).await.unwrap();
    let refused = ask(&running.base_url, DEVICES, &json!({"fields": ["uid"]})).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("7")));
}
