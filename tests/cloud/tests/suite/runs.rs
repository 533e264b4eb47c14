//! Runs that go well, whatever is sent twice or changed on the way.

use crate::world::{World, small};
use causeway_cloud::Result;
use causeway_cloud::stack::STACKS;
use causeway_simulators::xdome::{Advance, Change, Token, XdomeConfig};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn what_arrives_is_what_one_machine_delivers() -> Result<()> {
    let world = World::new("press", small(11)).await?;
    let machine = world.twin().await?;
    world.run_well("first").await?;
    assert_eq!(world.kept(), machine.run_well()?, "the first run");
    assert!(world.kept().len() > 100, "{}", world.kept().len());
    // A token is one run.
    let again = world.stack.start("press", "first").await?;
    assert_eq!(world.stack.start("press", "first").await?, again);
    let day = Advance {
        percent: Some(0.0),
        vanished: Some(3),
        fixed: Some(2),
        irrelevant: Some(1),
        rescored: Some(2),
        new: Some(4),
        ..Advance::default()
    };
    world.vendor.control.apply(&Change::Advance(day))?;
    world.run_well("second").await?;
    assert_eq!(world.kept(), machine.run_well()?, "the second run");
    Ok(())
}

/// The proxy of the stage sends each message twice whose connection is called so.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn messages_that_come_twice_change_nothing() -> Result<()> {
    let world = World::new("sent-twice", small(12)).await?;
    let machine = world.twin().await?;
    world.run_well("first").await?;
    assert_eq!(world.kept(), machine.run_well()?);
    let vendor = world.vendor.control.state();
    assert!(!world.kept().is_empty(), "{vendor:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_secret_that_is_rotated_in_mid_run_stops_nothing() -> Result<()> {
    let world = World::new("rotated", XdomeConfig { latency_ms: 400, ..small(13) }).await?;
    let run = world.stack.start("rotated", "first").await?;
    world.until_staged(&run, 2).await?;
    let new = Token { text: "rotated-token".to_owned(), ..Token::default() };
    // As it is done: both are valid until the new one is stored. Workers still have the old one in their caches.
    let old = Token { text: Token::DEFAULT.to_owned(), ..Token::default() };
    world.vendor.control.set_tokens(vec![old, new.clone()]);
    world.secret("rotated-token", "rotated-token").await?;
    world.vendor.control.set_tokens(vec![new]);
    world.ends(&run, "complete").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_schedule_starts_a_run() -> Result<()> {
    let every_minute = "[schedule]\noccurs = \"cron\"\ncron = \"* * * * *\"";
    let world = World::within(STACKS[0], "scheduled", small(14), every_minute).await?;
    let processed = async |state: &Value| Ok(state.get("state").and_then(Value::as_str) == Some("Processed"));
    world.until("the schedule starts a run", processed).await?;
    assert!(world.kept().len() > 100, "{}", world.kept().len());
    // Off it goes with its connection.
    world.until("no run is live", processed).await?;
    world.stack.ask(Method::DELETE, &world.path(""), None).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn what_was_given_up_is_redriven() -> Result<()> {
    let world = World::new("redriven", small(15)).await?;
    let refuse = json!([{ "endpoint": "sync", "action": { "kind": "status-before", "status": 500 } }]);
    world.receiver.control.set_faults(serde_json::from_value(refuse)?)?;
    let run = world.stack.start("redriven", "first").await?;
    world.ends(&run, "failed").await?;
    world.receiver.control.set_faults(Vec::new())?;
    world.stack.ask(Method::POST, &world.path(&format!("/runs/{run}/redrive")), None).await?;
    world.ends(&run, "complete").await?;
    let machine = world.twin().await?;
    assert_eq!(world.kept(), machine.run_well()?);
    Ok(())
}
