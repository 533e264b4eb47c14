//! Messages that nobody understands, and functions that are killed.

use crate::world::{World, pause, small};
use causeway_cloud::Result;
use causeway_cloud::stack::{STACKS, Stack};
use causeway_simulators::XdomeConfig;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

/// What is put aside, with its reason, is put aside soon, and nothing else waits for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn poisoned_messages_are_put_aside_with_a_reason_and_block_nothing() -> Result<()> {
    let stack = Stack::of_stage(STACKS[0]).await?;
    let unknown = "{\"version\":99,\"connection\":\"poisoned\",\"run\":\"x\",\"generation\":1,\"work\":{\"kind\":\"page\"}}";
    let poisons = ["not json", "{}", unknown, "[]", "null"];
    for queue in ["Work", "Finalize", "Deliver"] {
        for poison in poisons {
            let send = stack.sqs().send_message().queue_url(stack.output(&format!("{queue}QueueUrl")));
            send.message_body(format!("{poison} ")).send().await?;
        }
    }
    let world = World::new("beside-poison", small(21)).await?;
    world.run_well("first").await?;
    for queue in ["Work", "Finalize", "Deliver"] {
        let found = put_aside(&stack, stack.output(&format!("{queue}DeadQueueUrl")), poisons.len()).await?;
        for poison in poisons {
            let reason = found.get(poison).ok_or_else(|| format!("{queue}: {poison} is not in {found:?}"))?;
            assert!(reason.len() > 10, "{queue}: {poison} has no reason: {reason}");
        }
    }
    Ok(())
}

/// Bodies and reasons of the dead letters, once there are `count` of these.
async fn put_aside(stack: &Stack, url: &str, count: usize) -> Result<BTreeMap<String, String>> {
    let began = Instant::now();
    let mut found = BTreeMap::new();
    while found.len() < count {
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("only {found:?} in {url}").into());
        }
        let receive = stack.sqs().receive_message().queue_url(url).max_number_of_messages(10);
        let received = receive
            .visibility_timeout(600)
            .wait_time_seconds(1)
            .message_attribute_names("All")
            .send()
            .await?;
        for message in received.messages() {
            let reason =
                message.message_attributes().and_then(|attributes| attributes.get("reason")?.string_value());
            // Others of the suite give up too; theirs are messages.
            let body = message.body().unwrap_or_default().trim_end();
            if !body.contains("\"version\":1,") {
                found.insert(body.to_owned(), reason.unwrap_or_default().to_owned());
            }
        }
    }
    Ok(found)
}

/// With kill -9, in the second stack, so that the other tests are spared the waits.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn functions_that_are_killed_in_mid_run_cost_time_and_nothing_else() -> Result<()> {
    let vendor = XdomeConfig { latency_ms: 700, ..small(22) };
    let world = World::within(STACKS[1], "killed", vendor, "").await?;
    let run = world.stack.start("killed", "first").await?;
    world.until_staged(&run, 2).await?;
    let mut killed = kill(&format!("{}-worker", STACKS[1]))?;
    // The finalizer looks again and again; it is killed wherever it is.
    let delivering = async |_: &_| {
        let receipts = world.stack.keys(&format!("runs/killed/{run}/deliveries")).await?;
        Ok(!receipts.is_empty())
    };
    world.until("deliveries are queued", delivering).await?;
    killed += kill(&format!("{}-finalizer", STACKS[1]))?;
    killed += kill(&format!("{}-deliverer", STACKS[1]))?;
    world.ends(&run, "complete").await?;
    assert!(killed >= 2, "{killed} killed");
    let machine = world.twin().await?;
    assert_eq!(world.kept(), machine.run_well()?);
    pause().await;
    Ok(())
}

/// Kills every process that is this function; returns how many there were.
fn kill(function: &str) -> Result<usize> {
    let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let mut killed = 0;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        // Not a process, or gone meanwhile, or somebody else's.
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()) {
            let id = entry.file_name();
            killed += usize::from(Command::new("kill").arg("-9").arg(id).status()?.success());
        }
    }
    Ok(killed)
}
