//! The world changes as ordered, and tells truly what changed.

use crate::client::{DEVICES, Outcome, RELATIONS, ask, client, get, keys, send, walk};
use causeway_simulators::xdome::{
    Advance, Change, Changed, FindingRef, Relevance, Rows, TruthFinding, XdomeConfig,
};
use causeway_simulators::{Running, XdomeControl, XdomeSimulator};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

async fn start() -> Outcome<Running<XdomeControl>> {
    Ok(XdomeSimulator::start(XdomeConfig { devices: 200, findings: 2_000, ..XdomeConfig::default() }).await?)
}

type Held = BTreeMap<FindingRef, TruthFinding>;

fn held(control: &XdomeControl) -> Held {
    let key = |one: &TruthFinding| FindingRef {
        device_uid: one.device_uid.clone(),
        vulnerability_id: one.vulnerability_id.clone(),
    };
    control.truth_findings().into_iter().map(|one| (key(&one), one)).collect()
}

/// Checks a report against the world before and after.
fn verify(before: &Held, after: &Held, changed: &Changed) {
    let keys = |held: &Held| held.keys().cloned().collect::<BTreeSet<_>>();
    let (old, new) = (keys(before), keys(after));
    let listed = |list: &[FindingRef]| list.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(new.difference(&old).cloned().collect::<BTreeSet<_>>(), listed(&changed.added));
    assert_eq!(old.difference(&new).cloned().collect::<BTreeSet<_>>(), listed(&changed.removed));
    for key in old.intersection(&new) {
        let (was, is) = (&before[key], &after[key]);
        let expected = match (was.relevance.is_open(), is.relevance) {
            (true, Relevance::Fixed) => Some(&changed.fixed),
            (true, Relevance::Irrelevant) => Some(&changed.irrelevant),
            (false, now) if now.is_open() => Some(&changed.reopened),
            _ if was.score_hundredths != is.score_hundredths => Some(&changed.rescored),
            _ => None,
        };
        match expected {
            Some(list) => assert!(list.contains(key), "{key:?} changed and is not listed"),
            None => {
                let lists = [&changed.fixed, &changed.irrelevant, &changed.reopened, &changed.rescored];
                assert!(!lists.iter().any(|list| list.contains(key)), "{key:?} is listed and did not change");
                assert_eq!(was.resolution_date, is.resolution_date);
            }
        }
        assert_eq!(is.resolution_date.is_some(), !is.relevance.is_open());
    }
}

#[tokio::test]
async fn time_passes_and_everything_that_changed_is_listed() {
    let running = start().await.unwrap();
    for round in 0..3 {
        let before = held(&running.control);
        let advance = Advance { percent: Some(10.0), rename_site: round == 1, ..Advance::default() };
        let changed = running.control.apply(&Change::Advance(advance)).unwrap();
        verify(&before, &held(&running.control), &changed);
        let lists =
            [&changed.added, &changed.removed, &changed.fixed, &changed.irrelevant, &changed.reopened];
        assert!(lists.iter().all(|list| !list.is_empty()) && !changed.rescored.is_empty());
        assert_eq!((changed.devices_added.len(), changed.devices_removed.len()), (2, 2));
        assert_eq!(changed.sites_renamed.len(), usize::from(round == 1));
    }
    assert_eq!(running.control.state().version, 3);
}

#[tokio::test]
async fn counts_that_are_given_are_exact() {
    let running = start().await.unwrap();
    let before = held(&running.control);
    let nothing = Advance { percent: Some(0.0), ..Advance::default() };
    let still = nothing.clone();
    let exact = Advance { new: Some(3), vanished: Some(4), fixed: Some(5), rescored: Some(6), ..nothing };
    let changed = running.control.apply(&Change::Advance(exact)).unwrap();
    verify(&before, &held(&running.control), &changed);
    let counts = [changed.added.len(), changed.removed.len(), changed.fixed.len(), changed.rescored.len()];
    assert_eq!(counts, [3, 4, 5, 6]);
    assert!(changed.devices_added.is_empty() && changed.devices_changed.is_empty());
    assert_eq!(running.control.apply(&Change::Advance(still)).unwrap(), Changed::default());
}

#[tokio::test]
async fn unchanged_rows_keep_their_bytes() {
    let running = start().await.unwrap();
    let fields =
        ["uid", "device_name", "last_seen_list", "is_online", "last_seen_reported", "first_seen_list"];
    let rows = async || walk(&running.base_url, DEVICES, &json!({"fields": fields}), 200).await.unwrap();
    let before = rows().await;
    let only = Advance { percent: Some(0.0), devices_changed: Some(3), days: Some(9), ..Advance::default() };
    let changed = running.control.apply(&Change::Advance(only)).unwrap();
    let after = rows().await;
    let differing =
        before.iter().zip(&after).filter(|(was, is)| was != is).map(|(_, is)| is["uid"].as_str().unwrap());
    assert_eq!(differing.collect::<Vec<_>>(), changed.devices_changed);
}

#[tokio::test]
async fn the_same_orders_give_the_same_world() {
    let (one, other) = (start().await.unwrap(), start().await.unwrap());
    for running in [&one, &other] {
        running.control.apply(&Change::Advance(Advance::default())).unwrap();
        running.control.apply(&Change::InsertFirst { stream: Rows::Relations, rows: 5 }).unwrap();
    }
    let truth = async |base: &str| get(base, "/_simulator/truth").await.unwrap().body;
    assert!(truth(&one.base_url).await == truth(&other.base_url).await);
}

#[tokio::test]
async fn rows_before_a_page_shift_it() {
    let running = start().await.unwrap();
    let active = json!({"field": "device_retired", "operation": "in", "value": [false]});
    let question = json!({"fields": ["device_uid", "vulnerability_id"], "filter_by": active});
    let rows = async || keys(&walk(&running.base_url, RELATIONS, &question, 5000).await.unwrap());
    let before = rows().await;
    let removed =
        running.control.apply(&Change::RemoveFirst { stream: Rows::Relations, rows: 7 }).unwrap().removed;
    assert_eq!((removed.len(), rows().await.as_slice()), (7, &before[7..]));
    let added =
        running.control.apply(&Change::InsertFirst { stream: Rows::Relations, rows: 9 }).unwrap().added;
    let after = rows().await;
    assert_eq!((added.len(), after.len()), (9, before.len() + 2));
    assert_eq!(after.last(), before.last());
    let devices = async || walk(&running.base_url, DEVICES, &json!({"fields": ["uid"]}), 5000).await.unwrap();
    let before = devices().await;
    let added =
        running.control.apply(&Change::InsertFirst { stream: Rows::Devices, rows: 3 }).unwrap().devices_added;
    let after = devices().await;
    let first: Vec<&str> = after.iter().take(3).map(|row| row["uid"].as_str().unwrap()).collect();
    assert_eq!(first, added);
    assert_eq!(&after[3..], before);
    running.control.apply(&Change::RemoveFirst { stream: Rows::Devices, rows: 3 }).unwrap();
    assert_eq!(devices().await, before);
}

#[tokio::test]
async fn single_findings_and_devices_come_and_go() {
    let running = start().await.unwrap();
    let control = &running.control;
    let target = control.truth_findings().into_iter().find(|one| one.relevance.is_open()).unwrap();
    let (uid, id) = (target.device_uid, target.vulnerability_id);
    let key = FindingRef { device_uid: uid.clone(), vulnerability_id: id.clone() };
    let (device_uid, vulnerability_id) = (uid.clone(), id.clone());
    let fix = Change::SetRelevance { device_uid, vulnerability_id, relevance: Relevance::Fixed };
    control.apply(&fix).unwrap();
    let fixed = &held(control)[&key];
    assert_eq!(fixed.relevance, Relevance::Fixed);
    assert!(fixed.resolution_date.as_ref().unwrap().starts_with("2026-11-01T06:00:00"));
    control.apply(&Change::DeleteFinding(key.clone())).unwrap();
    assert!(!held(control).contains_key(&key));
    assert!(control.apply(&Change::DeleteFinding(key.clone())).is_err());
    let again = Change::InsertFinding { device_uid: uid.clone(), vulnerability_id: Some(id) };
    assert_eq!(control.apply(&again).unwrap().added, std::slice::from_ref(&key));
    assert!(control.apply(&again).is_err());
    let more =
        control.apply(&Change::InsertFinding { device_uid: uid.clone(), vulnerability_id: None }).unwrap();
    assert!(held(control).contains_key(&more.added[0]));
    let gone = control.apply(&Change::DeleteDevice { device_uid: uid.clone() }).unwrap();
    assert_eq!(gone.devices_removed, std::slice::from_ref(&uid));
    assert!(gone.removed.contains(&key) && !held(control).keys().any(|key| key.device_uid == uid));
    let back =
        Change::InsertDevice { device_uid: Some(uid.clone()), site: Some("Leuna Chemical Park".to_owned()) };
    assert_eq!(control.apply(&back).unwrap().devices_added, std::slice::from_ref(&uid));
    control.apply(&Change::SetRetired { device_uid: uid.clone(), retired: true }).unwrap();
    let device = control.truth_devices().into_iter().find(|device| device.device_uid == uid).unwrap();
    assert_eq!((device.site.as_str(), device.retired, device.findings), ("Leuna Chemical Park", true, 0));
}

#[tokio::test]
async fn a_site_goes_for_good_over_http() {
    let running = start().await.unwrap();
    let order = async |path: &str, body: serde_json::Value| {
        let request = client().unwrap().post(format!("{}/_simulator/{path}", running.base_url)).json(&body);
        send(request).await.unwrap()
    };
    let site = "Leuna Chemical Park";
    let renamed = order("changes", json!({"change": "rename-site", "site": site, "to": "Leuna II"})).await;
    assert_eq!(renamed.json()["sites_renamed"], json!([[site, "Leuna II"]]));
    assert_eq!(order("changes", json!({"change": "remove-site", "site": site})).await.status, 400);
    let removed = order("changes", json!({"change": "remove-site", "site": "Leuna II"})).await.json();
    assert!(!removed["devices_removed"].as_array().unwrap().is_empty());
    order("changes", json!({"change": "advance", "percent": 50, "devices_added": 40})).await;
    let devices = get(&running.base_url, "/_simulator/truth?stream=devices").await.unwrap().lines();
    assert!(!devices.iter().any(|device| device["site"] == "Leuna II"));
    assert_eq!(order("tokens", json!([{"text": "new"}])).await.status, 200);
    let refused = ask(&running.base_url, DEVICES, &json!({"fields": ["uid"]})).await.unwrap();
    assert_eq!(refused.status, 401);
    let state = get(&running.base_url, "/_simulator/state").await.unwrap().json();
    assert_eq!((&state["version"], &state["traffic"]["requests"]["devices"]["401"]), (&json!(3), &json!(1)));
}
