//! What an operator does with a stack, by the command line and by the API.

use crate::command_line::CommandLine;
use crate::world::{World, pause, small};
use causeway_cloud::Result;
use causeway_cloud::stack::STACKS;
use causeway_simulators::xdome::Token;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Nothing is sent before a person has looked at it.
const HOLD: &str = "[guards]\nhold_always = true";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_held_plan_is_looked_at_discarded_and_approved_from_the_command_line() -> Result<()> {
    let world = World::within(STACKS[0], "operated", small(51), HOLD).await?;
    let operator = CommandLine::of_stack(&world.stack)?;
    let preview = operator.json(&["preview", "operated"])?;
    assert!(preview.to_string().contains("operated"), "{preview:#}");
    assert_eq!(world.stack.keys("runs/operated/").await?, Vec::<String>::new(), "a preview leaves nothing");

    operator.ends(4, &["run", "operated"], "")?;
    let plan = operator.json(&["plan", "show", "operated"])?;
    assert!(plan.to_string().contains("each plan waits for approval"), "{plan:#}");
    let discarded = operator.json(&["plan", "discard", "operated", "--note", "not yet"])?;
    assert!(discarded.to_string().contains("not yet"), "{discarded:#}");
    assert!(world.kept().is_empty(), "what is held or discarded arrives nowhere");

    operator.ends(4, &["run", "operated"], "")?;
    operator.call(&["plan", "approve", "operated", "--by", "ann"], "")?;
    assert_eq!(world.kept(), world.twin().await?.run_well()?, "an approved plan arrives whole");

    let run = text(&operator.json(&["runs", "operated"])?, "/0/run")?;
    let shown = operator.json(&["run", "show", &run])?;
    assert_eq!(text(&shown, "/outcome")?, "complete", "{shown:#}");
    assert!(shown.to_string().contains("\"ann\""), "{shown:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn a_held_plan_is_looked_at_discarded_and_approved_by_the_api() -> Result<()> {
    let world = World::within(STACKS[0], "decided", small(52), HOLD).await?;
    let ask = async |method: Method, rest: &str| {
        let body = (method == Method::POST).then(|| json!({}));
        world.stack.ask(method, &world.path(rest), body.as_ref()).await
    };
    let preview = ask(Method::POST, "/preview").await?;
    assert!(preview.to_string().contains("decided"), "{preview:#}");
    let first = world.stack.start("decided", "first").await?;
    world.ends(&first, "held").await?;
    let plan = ask(Method::GET, &format!("/runs/{first}/plan")).await?;
    assert!(plan.to_string().contains("each plan waits for approval"), "{plan:#}");
    ask(Method::POST, &format!("/runs/{first}/plan/discard")).await?;
    assert!(world.kept().is_empty(), "what is held or discarded arrives nowhere");

    let second = world.stack.start("decided", "second").await?;
    world.ends(&second, "held").await?;
    ask(Method::POST, &format!("/runs/{second}/plan/approve")).await?;
    world.ends(&second, "complete").await?;
    assert_eq!(world.kept(), world.twin().await?.run_well()?, "an approved plan arrives whole");
    let listed = ask(Method::GET, "/runs").await?;
    assert!(listed.to_string().contains(&first) && listed.to_string().contains(&second), "{listed:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn what_a_stack_knows_is_replayed_exported_and_told() -> Result<()> {
    let world = World::within(STACKS[0], "known", small(53), "[run]\nkeep_raw_pages = true").await?;
    let operator = CommandLine::of_stack(&world.stack)?;
    let file =
        world.described("[run]\nkeep_raw_pages = true\n\n[schedule]\noccurs = \"daily\"\nat = [\"02:30\"]");
    std::fs::write(operator.folder().join("known.toml"), file)?;
    for _ in 0..2 {
        operator.call(&["connection", "apply", "known.toml"], "")?;
    }
    operator.call(&["secret", "set", "known-token"], Token::DEFAULT)?;
    operator.call(&["secret", "set", "known-other"], "a-secret")?;
    operator.call(&["secret", "delete", "known-other"], "")?;
    operator.call(&["secret", "set", "known-other"], "it comes back")?;
    assert!(operator.call(&["secret", "list"], "")?.contains("known-token"));
    operator.call(&["connection", "test", "known"], "")?;
    operator.call(&["run", "known"], "")?;
    let arrived = world.kept();
    assert!(arrived.len() > 100, "{}", arrived.len());

    let requests = world.vendor.control.state().traffic;
    operator.call(&["map", "clone", "claroty-xdome-host-asset", "known-findings"], "")?;
    operator.call(&["replay", "known", "--map", "known-findings"], "")?;
    assert_eq!(world.kept(), arrived, "the same pages by the same rows are the same records");
    operator.call(&["map", "delete", "known-findings"], "")?;
    assert_eq!(world.vendor.control.state().traffic, requests, "a replay does not ask the vendor");

    operator.call(&["export", "findings", "known", "--to", "findings.csv"], "")?;
    let lines = std::fs::read_to_string(operator.folder().join("findings.csv"))?.lines().count();
    let known = operator.json(&["findings", "known", "--limit", "0"])?;
    assert_eq!(Some(lines - 1), known.pointer("/0/known").and_then(Value::as_array).map(Vec::len));
    let run = text(&operator.json(&["runs", "known"])?, "/1/run")?;
    logged(&operator, &run).await?;
    operator.call(&["connection", "delete", "known"], "")?;
    assert!(!operator.call(&["connection", "list"], "")?.contains("known"));
    Ok(())
}

/// CloudWatch shows lines some time after they were written. The run was started from here, so no scheduler tells of it.
async fn logged(operator: &CommandLine, run: &str) -> Result<()> {
    let began = Instant::now();
    loop {
        let told = operator.call(&["run", "logs", run], "")?;
        if ["worker", "finalizer", "deliverer"].iter().all(|function| told.contains(function)) {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("functions are missing in the log of {run}: {told}").into());
        }
        pause().await;
    }
}

fn text(value: &Value, place: &str) -> Result<String> {
    let found = value.pointer(place).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {place} in {value:#}").into())
}
