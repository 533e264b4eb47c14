//! What is sent, to the byte.

use crate::world::{Reply, SYNC, World, assets, shipped_profile};
use causeway_domain::{FailureKind, Stream};
use causeway_maps::TargetModel;
use causeway_ports::Destination;
use causeway_qualys_etm::TargetProfile;
use serde_json::{Value, json};

/// An asset with everything the product maps can write, one that is known by its findings only, and one whose map was
/// extended by a user.
const RICH: &str = include_str!("../fixtures/rich_batch.json");

async fn sent(world: &World, batch: &str) -> Value {
    world.deliver(batch).await.unwrap();
    world.calls(SYNC).pop().unwrap().json()
}

#[tokio::test]
async fn a_rich_batch() {
    let world = World::new(|_| Reply::Usual).await;
    let receipt = world.deliver(RICH).await.unwrap();
    assert_eq!((receipt.delivery, receipt.accepted, receipt.findings), (3, 3, 4));
    let call = world.calls(SYNC).pop().unwrap();
    assert_eq!(call.header("authorization"), "Bearer head.payload0.sign");
    assert_eq!(call.header("content-type"), "application/json");
    assert!(call.header("user-agent").starts_with("Causeway/"), "{call:?}");
    insta::assert_json_snapshot!(call.json());
}

#[tokio::test]
async fn the_envelope_is_exact() {
    let world = World::with(json!({ "source": "SNOW" }), json!({}), |_| Reply::Usual).await;
    world.deliver(&assets(2)).await.unwrap();
    insta::assert_snapshot!(world.calls(SYNC).pop().unwrap().body);
}

/// Another connection may have sent findings of the same assets.
#[tokio::test]
async fn a_connection_that_reads_no_findings_sends_no_empty_list() {
    let batch = json!([
        { "asset": "d-1", "verdict": "new", "body": { "externalId": "d-1" }, "findings": [] },
        { "asset": "d-2", "verdict": "changed", "body": { "externalId": "d-2" }, "findings": [
            { "finding": "v1", "verdict": "unchanged", "status": "open", "body": { "name": "one" } }] },
    ])
    .to_string();
    let world = World::new(|_| Reply::Usual).await;
    assert_eq!(sent(&world, &batch).await["assetData"][0]["findings"], json!([]));
    let world = World::with(json!({ "data_to_sync": "assets" }), json!({}), |_| Reply::Usual).await;
    let sent = sent(&world, &batch).await;
    assert!(!sent["assetData"][0].as_object().unwrap().contains_key("findings"), "{sent}");
    assert_eq!(sent["assetData"][1]["findings"][0]["name"], "one", "what is known is still sent as a whole");
}

#[tokio::test]
async fn the_same_batch_is_the_same_request() {
    let world = World::new(|_| Reply::Usual).await;
    let first = world.deliver(RICH).await.unwrap();
    let second = world.deliver(RICH).await.unwrap();
    let calls = world.calls(SYNC);
    assert_eq!(calls[0].body, calls[1].body);
    assert_eq!((first.accepted, first.refused), (second.accepted, second.refused));
    world.deliver(&assets(1)).await.unwrap();
    let id = |number: usize| world.calls(SYNC)[number].json()["connectorMetaData"]["requestId"].clone();
    assert_ne!(id(0), id(2));
    assert!(uuid::Uuid::parse_str(id(0).as_str().unwrap()).is_ok());
}

/// Puts a value that occurs once at every canonical target, and looks for it in what is sent.
#[tokio::test]
async fn every_target_of_the_product_maps_arrives() {
    let marked = |stream| {
        let targets =
            TargetModel::canonical(stream).known().iter().filter(|target| **target != "externalFindingId");
        targets.fold(json!({}), |mut body, target| {
            put(&mut body, target, &format!("<{target}>"));
            body
        })
    };
    let (asset, finding) = (marked(Stream::Assets), marked(Stream::Findings));
    let batch = json!([{ "asset": "d-1", "verdict": "new", "body": asset, "findings": [
        { "finding": "v1", "verdict": "fixed", "status": "fixed", "body": finding },
    ] }]);
    let world = World::new(|_| Reply::Usual).await;
    let payload = sent(&world, &batch.to_string()).await.to_string();
    for stream in [Stream::Assets, Stream::Findings] {
        for target in TargetModel::canonical(stream).known() {
            let mark =
                if *target == "externalFindingId" { "\"v1\"".to_owned() } else { format!("<{target}>") };
            assert!(payload.contains(&mark), "{target} is not in {payload}");
        }
    }
}

fn put(place: &mut Value, target: &str, mark: &str) {
    let (first, rest) = target.split_once('.').unwrap_or((target, ""));
    let (name, list) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let mut inside = &mut place[name];
    if list {
        if inside.is_null() {
            *inside = json!([Value::Null]);
        }
        inside = &mut inside[0];
    }
    if rest.is_empty() {
        *inside = json!(mark);
    } else {
        put(inside, rest, mark);
    }
}

#[tokio::test]
async fn a_tenant_changes_names_and_values_in_a_file() {
    let edited = shipped_profile()
        .replace("target = \"findingStatus\"", "target = \"status\"")
        .replace("open = \"ACTIVE\"", "open = \"NEW\"")
        .replace(
            "source = \"tags\"\nfunctions = [{ join = \", \" }]\ntarget = \"&\"",
            "source = \"tags\"\ntarget = \"labels\"",
        );
    let settings = json!({ "profile": "tenant.toml" });
    let world = World::with(settings, json!({ "tenant.toml": edited }), |_| Reply::Usual).await;
    let sent = sent(&world, RICH).await;
    let asset = &sent["assetData"][0];
    assert_eq!(asset["findings"][0]["status"], "NEW");
    assert_eq!(asset["findings"][0]["findingStatus"], Value::Null);
    assert_eq!(asset["coreAttributes"]["customConnectorAttributes"]["labels"], json!(["Claroty xDome"]));
}

#[tokio::test]
async fn an_asset_the_profile_cannot_express_does_not_stop_the_others() {
    let edited = shipped_profile().replacen(
        "target = \"identityAttributes.hostName\"",
        "target = \"identityAttributes.hostName\"\nrequired = true",
        1,
    );
    let settings = json!({ "profile": "tenant.toml" });
    let world = World::with(settings, json!({ "tenant.toml": edited }), |_| Reply::Usual).await;
    let receipt = world.deliver(RICH).await.unwrap();
    assert_eq!(world.calls(SYNC)[0].assets(), ["7f1c", "9e77"]);
    assert_eq!((receipt.accepted, receipt.refused.len()), (2, 1));
    assert_eq!(receipt.refused[0].asset, "8a2d");
    assert!(receipt.refused[0].reason.contains("identityAttributes.hostName"), "{receipt:?}");
}

#[test]
fn a_mistake_in_a_profile_is_reported_with_its_line() {
    let line = shipped_profile().lines().position(|line| line == "target = \"findingStatus\"").unwrap();
    let wrong = shipped_profile().replace("target = \"findingStatus\"", "taget = \"findingStatus\"");
    let errors = TargetProfile::load("tenant.toml", &wrong).unwrap_err();
    assert!(errors.mistakes.iter().any(|mistake| mistake.line == line + 1), "{errors}");
    assert_eq!(causeway_domain::Failure::from(errors).kind, FailureKind::MapInvalid);
    assert_eq!(TargetProfile::definitions("qualys-etm", shipped_profile()).unwrap().len(), 3);
}

#[tokio::test]
async fn batches_follow_the_setting() {
    let limits = World::with(json!({ "batch_assets": 25 }), json!({}), |_| Reply::Usual).await.etm.limits();
    assert_eq!((limits.assets, limits.findings, limits.bytes), (25, 5000, 5 << 20));
}
