//! What happens seldom: work that a worker gives up, old runs, lines in the bucket, schedules without connection.

use crate::world::{World, small};
use causeway_cloud::Result;
use causeway_cloud::stack::STACKS;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn what_a_worker_gives_up_is_redriven_and_old_runs_are_removed() -> Result<()> {
    let keep = "[run]\nkeep_raw_pages = true\nkeep_runs = 1";
    let world = World::within(STACKS[0], "stumbling", small(41), keep).await?;
    let vendor = json!([
        { "endpoint": "relations", "nth": 2, "action": { "kind": "too-many-requests", "retry_after": 1 } },
        { "endpoint": "devices", "offset_from": 19, "offset_before": 20, "action": { "kind": "null-keys", "every": 9 } },
        { "endpoint": "relations", "offset_from": 100, "action": { "kind": "status-before", "status": 500 } },
    ]);
    world.vendor.control.set_faults(serde_json::from_value(vendor)?)?;
    let run = world.stack.start("stumbling", "first").await?;
    world.ends(&run, "failed").await?;
    world.vendor.control.set_faults(Vec::new())?;
    let slow =
        json!([{ "endpoint": "sync", "nth": 1, "action": { "kind": "too-many-requests", "to_wait": 1 } }]);
    world.receiver.control.set_faults(serde_json::from_value(slow)?)?;
    world.stack.ask(Method::POST, &world.path(&format!("/runs/{run}/redrive")), None).await?;
    // Devices without a key were rejected, so their findings are kept back.
    world.ends(&run, "partial").await?;
    for kind in ["raw", "rejects", "failures"] {
        let keys = world.stack.keys(&format!("runs/stumbling/{run}/{kind}/")).await?;
        assert!(!keys.is_empty(), "no {kind}");
    }
    world.run_well("second").await?;
    world.run_well("third").await?;
    // Removing follows once the run is decided.
    let prefix = format!("runs/stumbling/{run}/");
    world
        .until("the first run is removed", async |_| Ok(world.stack.keys(&prefix).await?.is_empty()))
        .await?;
    Ok(())
}

/// Pages expire by their tag; what must stay has none.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn pages_carry_the_tag_by_which_they_expire_and_nothing_else_does() -> Result<()> {
    let world = World::new("tagged", small(42)).await?;
    let run = world.run_well("first").await?;
    let s3 = world.stack.s3();
    let mut tagged = [0, 0];
    for key in world.stack.keys("").await?.iter().filter(|key| key.contains("/tagged/")) {
        let tags = s3.get_object_tagging().bucket(world.stack.bucket()).key(key).send().await?;
        let expires = tags.tag_set().iter().any(|tag| (tag.key(), tag.value()) == ("expires", "true"));
        assert_eq!(expires, key.starts_with(&format!("runs/tagged/{run}/pages/")), "{key}");
        tagged[usize::from(expires)] += 1;
    }
    assert!(tagged.iter().all(|count| *count > 5), "{tagged:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn lines_go_into_the_bucket() -> Result<()> {
    let world = World::new("lines", small(43)).await?;
    let file = world.described_with("[destination.files]\nfolder = \"lines\"");
    world.stack.ask(Method::PUT, &world.path(""), Some(&json!({ "file": file }))).await?;
    let tested = world.stack.ask(Method::POST, &world.path("/test"), None).await?;
    assert!(!tested.to_string().contains("\"failed\""), "{tested:#}");
    let wish = json!({ "token": "first" });
    let started = world.stack.ask(Method::POST, &world.path("/runs"), Some(&wish)).await?;
    let run = started.get("run").and_then(Value::as_str).ok_or_else(|| format!("no run: {started}"))?;
    world.ends(run, "complete").await?;
    let lines = world.stack.keys("files/lines/").await?;
    assert!(lines.iter().any(|key| key.contains("findings-")), "{lines:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn what_is_gone_is_told_and_leaves_nothing() -> Result<()> {
    let daily = "[schedule]\noccurs = \"daily\"\nat = [\"02:30\"]";
    let world = World::within(STACKS[0], "gone", small(44), daily).await?;
    let stack = &world.stack;
    let definition = "connections/gone/definition.json";
    stack.s3().delete_object().bucket(stack.bucket()).key(definition).send().await?;
    let event = json!({ "version": 1, "kind": "schedule", "connection": "gone", "scheduled_time": "x" });
    let answer = stack.invoke("scheduler", &event).await?;
    assert_eq!(answer.get("result").and_then(Value::as_str), Some("deleted"), "{answer}");
    let secret = json!({ "value": "text" });
    for _ in 0..2 {
        stack.ask(Method::PUT, "/v1/secrets/comes-and-goes", Some(&secret)).await?;
        stack.ask(Method::DELETE, "/v1/secrets/comes-and-goes", None).await?;
    }
    let missing = stack.call(Method::DELETE, "/v1/secrets/comes-and-goes", None).await?;
    assert_eq!(missing.status, 404, "{missing:?}");
    Ok(())
}

/// More than a function waits for: the message is sent again for later, and no attempt is used up.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_minute_that_the_vendor_asks_for_is_waited_outside_of_functions() -> Result<()> {
    let world = World::new("patient", small(45)).await?;
    let faults = json!([{ "endpoint": "relations", "offset_from": 19, "offset_before": 20, "times": 1,
        "action": { "kind": "too-many-requests", "retry_after": 61 } }]);
    world.vendor.control.set_faults(serde_json::from_value(faults)?)?;
    world.run_well("first").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_minute_that_the_receiver_asks_for_is_waited_outside_of_functions() -> Result<()> {
    let world = World::new("received-late", small(46)).await?;
    let faults =
        json!([{ "endpoint": "sync", "times": 1, "action": { "kind": "too-many-requests", "to_wait": 61 } }]);
    world.receiver.control.set_faults(serde_json::from_value(faults)?)?;
    world.run_well("first").await?;
    Ok(())
}
