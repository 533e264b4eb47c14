//! Pages, filters, sorts and the shapes of rows.

use crate::client::{DEVICES, Outcome, RELATIONS, ask, ask_as, get, keys, walk};
use causeway_simulators::xdome::{Relevance, Token, XdomeConfig};
use causeway_simulators::{Running, XdomeControl, XdomeSimulator};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn start(devices: u32, findings: u32) -> Outcome<Running<XdomeControl>> {
    Ok(XdomeSimulator::start(XdomeConfig { devices, findings, ..XdomeConfig::default() }).await?)
}

#[tokio::test]
async fn pages_hold_every_row_once_in_total_order() {
    let running = start(150, 1_500).await.unwrap();
    let question = json!({"fields": ["device_uid", "vulnerability_id"]});
    let rows = walk(&running.base_url, RELATIONS, &question, 170).await.unwrap();
    let walked = keys(&rows);
    assert_eq!(walked.len(), 1_500);
    assert!(walked.windows(2).all(|pair| pair[0] < pair[1]));
    let truth = running.control.truth_findings();
    let held: Vec<(String, String)> =
        truth.iter().map(|finding| (finding.device_uid.clone(), finding.vulnerability_id.clone())).collect();
    assert_eq!(walked, held);
    let devices = walk(&running.base_url, DEVICES, &json!({"fields": ["uid"]}), 64).await.unwrap();
    assert_eq!(devices.len(), 150);
    assert_eq!(devices.iter().filter_map(|row| row["uid"].as_str()).collect::<BTreeSet<_>>().len(), 150);
}

#[tokio::test]
async fn counts_come_at_offset_0_only_and_pages_have_100_rows_by_default() {
    let running = start(150, 300).await.unwrap();
    let page = async |body: Value| ask(&running.base_url, DEVICES, &body).await.unwrap().json();
    let first = page(json!({"fields": ["uid"], "include_count": true})).await;
    assert_eq!((first["count"].as_u64(), first["devices"].as_array().unwrap().len()), (Some(150), 100));
    let later = page(json!({"fields": ["uid"], "include_count": true, "offset": 100, "limit": 5000})).await;
    assert_eq!((&later["count"], later["devices"].as_array().unwrap().len()), (&Value::Null, 50));
    let none = page(json!({"fields": ["uid"], "limit": 0, "include_count": true})).await;
    assert_eq!(none, json!({"devices": [], "count": 150}));
    let beyond = page(json!({"fields": ["uid"], "offset": 4000})).await;
    assert_eq!(beyond, json!({"devices": [], "count": null}));
}

#[tokio::test]
async fn filters_select_matching_rows() {
    let running = start(300, 3_000).await.unwrap();
    let truth = running.control.truth_findings();
    let (one, other) = (&truth[10], &truth[2_000]);
    let count = async |filter: Value| {
        let body = json!({"fields": ["device_uid"], "limit": 0, "include_count": true, "filter_by": filter});
        let answer = ask(&running.base_url, RELATIONS, &body).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["count"].as_u64().unwrap() as usize
    };
    let active = json!({"field": "device_retired", "operation": "in", "value": [false]});
    let open = json!({"field": "vulnerability_relevance", "operation": "in",
        "value": ["Confirmed", "Potentially Relevant"]});
    let ot = json!({"field": "device_category", "operation": "equals", "value": "OT"});
    let both = json!({"operation": "and", "operands": [active, open, ot]});
    let expected = truth.iter().filter(|row| !row.retired && row.relevance.is_open() && row.category == "OT");
    let expected = expected.count();
    assert!(expected > 0 && expected < 3_000);
    assert_eq!(count(both.clone()).await, expected);
    assert_eq!(count(json!({"operation": "not", "operands": [both]})).await, 3_000 - expected);
    let named = json!({"operation": "and", "operands": [
        {"field": "device_uid", "operation": "in", "value": [one.device_uid, other.device_uid]},
        {"field": "vulnerability_id", "operation": "in", "value": [one.vulnerability_id]}]});
    let expected = truth
        .iter()
        .filter(|row| [&one.device_uid, &other.device_uid].contains(&&row.device_uid))
        .filter(|row| row.vulnerability_id == one.vulnerability_id)
        .count();
    assert_eq!(count(named).await, expected);
    let closed = json!({"field": "device_vulnerability_resolution_date", "operation": "is_not_null"});
    let expected = truth.iter().filter(|row| !row.relevance.is_open()).count();
    assert_eq!(count(closed).await, expected);
    let since = "2026-01-01T00:00:00Z";
    let after =
        |operation| json!({"field": "vulnerability_last_updated", "operation": operation, "value": since});
    let (newer, older) = (count(after("greater_or_equal")).await, count(after("less")).await);
    assert!(newer > 0 && older > 0 && newer + older == 3_000);
    let listed = json!({"field": "vulnerability_cve_ids", "operation": "is_null"});
    let expected = truth.iter().filter(|row| row.cve_ids.is_empty()).count();
    assert!(expected > 0);
    assert_eq!(count(listed).await, expected);
}

#[tokio::test]
async fn lists_addresses_and_numbers_can_be_filtered() {
    let running = start(300, 0).await.unwrap();
    let question = json!({"fields": ["uid", "ip_list", "risk_score_points"]});
    let rows = walk(&running.base_url, DEVICES, &question, 300).await.unwrap();
    let count = async |filter: Value| {
        let body = json!({"fields": ["uid"], "limit": 5000, "filter_by": filter});
        ask(&running.base_url, DEVICES, &body).await.unwrap().json()["devices"].as_array().unwrap().len()
    };
    let in_first = |row: &&Value| {
        let texts = row["ip_list"].as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.into_iter().any(|text| text.starts_with("10.0."))
    };
    let expected = rows.iter().filter(in_first).count();
    assert!(expected > 0);
    assert_eq!(
        count(json!({"field": "ip_list", "operation": "in_subnet", "value": "10.0.0.0/16"})).await,
        expected
    );
    let text = json!({"field": "ip_list", "operation": "has_any_starts_with", "value": "10.0."});
    assert_eq!(count(text).await, expected);
    let points = json!({"field": "risk_score_points", "operation": "between", "value": [20, 40]});
    let between = |row: &&Value| {
        row["risk_score_points"].as_f64().is_some_and(|points| (20.0..=40.0).contains(&points))
    };
    assert_eq!(count(points).await, rows.iter().filter(between).count());
}

#[tokio::test]
async fn other_orders_are_kept_too() {
    let running = start(120, 0).await.unwrap();
    let sort = json!([{"field": "site_name", "order": "desc"}, {"field": "uid", "order": "desc"}]);
    let question = json!({"fields": ["uid", "site_name"], "sort_by": sort});
    let rows = walk(&running.base_url, DEVICES, &question, 50).await.unwrap();
    let walked: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["site_name"].as_str().unwrap(), row["uid"].as_str().unwrap())).collect();
    assert_eq!(walked.len(), 120);
    assert!(walked.windows(2).all(|pair| pair[0] > pair[1]));
}

#[tokio::test]
async fn a_token_of_few_sites_sees_fewer_rows() {
    let config = XdomeConfig {
        devices: 100,
        findings: 500,
        tokens: vec![
            Token { text: "all".to_owned(), ..Token::default() },
            Token {
                text: "one".to_owned(),
                sites: Some(vec!["Rotterdam Refinery".to_owned()]),
                ..Token::default()
            },
        ],
        ..XdomeConfig::default()
    };
    let running = XdomeSimulator::start(config).await.unwrap();
    let body = json!({"fields": ["device_uid", "device_site_name"], "limit": 5000, "include_count": true});
    let all = ask_as(&running.base_url, RELATIONS, &body, "all").await.unwrap().json();
    let one = ask_as(&running.base_url, RELATIONS, &body, "one").await.unwrap().json();
    let there =
        running.control.truth_findings().iter().filter(|row| row.site == "Rotterdam Refinery").count();
    assert_eq!((all["count"].as_u64(), one["count"].as_u64()), (Some(500), Some(there as u64)));
    let rows = one["devices_vulnerabilities"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["device_site_name"] == "Rotterdam Refinery"));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let body =
        json!({"fields": ["uid", "device_name", "ip_list", "last_seen_list", "slot_cards"], "limit": 200});
    let mut bodies = Vec::new();
    for seed in [5, 5, 6] {
        let config = XdomeConfig { seed, devices: 200, findings: 900, ..XdomeConfig::default() };
        let running = XdomeSimulator::start(config).await.unwrap();
        let devices = ask(&running.base_url, DEVICES, &body).await.unwrap().body;
        let truth = get(&running.base_url, "/_simulator/truth").await.unwrap().body;
        bodies.push((devices, truth));
    }
    assert!(bodies[0] == bodies[1]);
    assert!(bodies[0].0 != bodies[2].0 && bodies[0].1 != bodies[2].1);
}

#[tokio::test]
async fn rows_have_the_vendors_shapes() {
    let running = start(400, 4_000).await.unwrap();
    let aligned = [
        "mac_list",
        "ip_list",
        "vlan_list",
        "network_list",
        "first_seen_list",
        "last_seen_list",
        "ssid_list",
    ];
    let others = ["uid", "retired", "assignees", "model", "serial_number", "device_category", "slot_cards"];
    let fields = [aligned.as_slice(), others.as_slice()].concat();
    let question = json!({"fields": fields});
    let rows = walk(&running.base_url, DEVICES, &question, 400).await.unwrap();
    for row in &rows {
        let lengths: BTreeSet<usize> =
            aligned.iter().map(|name| row[name].as_array().unwrap().len()).collect();
        assert_eq!(lengths.len(), 1, "{row}");
    }
    let has = |test: &dyn Fn(&Value) -> bool| rows.iter().any(test);
    assert!(has(&|row| row["mac_list"].as_array().unwrap().len() > 2));
    assert!(has(&|row| row["ip_list"][0].as_str().unwrap().ends_with(" / (Last Known IP)")));
    assert!(has(&|row| row["ip_list"].as_array().unwrap().contains(&Value::Null)));
    assert!(has(&|row| row["ssid_list"] == json!([null])));
    assert!(has(&|row| row["serial_number"].is_null()) && has(&|row| row["retired"] == true));
    assert!(
        has(&|row| row.get("assignees_data").is_some()) && has(&|row| row.get("assignees_data").is_none())
    );
    assert!(has(&|row| row["last_seen_list"][0].as_str().unwrap().ends_with('Z')));
    assert!(has(&|row| row["last_seen_list"][0].as_str().unwrap().ends_with("+00:00")));
    let categories: BTreeSet<&str> =
        rows.iter().map(|row| row["device_category"].as_str().unwrap()).collect();
    assert_eq!(categories.into_iter().collect::<Vec<_>>(), ["IT", "IoT", "Medical", "OT"]);
    let relevances: BTreeSet<Relevance> =
        running.control.truth_findings().iter().map(|finding| finding.relevance).collect();
    assert_eq!(relevances.len(), 4);
}

/// All rows with every field there is.
async fn everything(base: &str, path: &str) -> Outcome<Vec<Value>> {
    let refused = ask(base, path, &json!({"fields": ["?"]})).await?.json();
    let names = refused.pointer("/detail/0/ctx/expected").and_then(Value::as_str).unwrap_or_default();
    let names = names.replace(" or ", ", ");
    let fields: Vec<&str> = names.split(", ").collect();
    walk(base, path, &json!({"fields": fields}), 500).await
}

#[tokio::test]
async fn one_row_of_each_kind_for_the_eye() {
    let running = start(400, 1_000).await.unwrap();
    let devices = everything(&running.base_url, DEVICES).await.unwrap();
    let relations = everything(&running.base_url, RELATIONS).await.unwrap();
    let controller = devices.iter().find(|row| row["slot_cards"].is_object() && row["number_of_nics"] == 2);
    insta::assert_json_snapshot!("device", controller.unwrap());
    let several = relations.iter().find(|row| row["vulnerability_cve_ids"].as_array().unwrap().len() > 2);
    let mut pair = several.unwrap().clone();
    // The device's columns are those of the device endpoint.
    pair.as_object_mut()
        .unwrap()
        .retain(|name, _| !name.starts_with("device_") || name.contains("vulnerability"));
    insta::assert_json_snapshot!("finding", pair);
}
