//! A connection in a stack, from its secret to what its runs logged.

use super::done;
use super::emulated::{Emulated, NAME};
use crate::process::{Place, Result, ended};
use crate::running::SMALL;
use crate::simulator::Simulator;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use causeway_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Error, Read};
use std::process::Command;

fn connection_file(stack: &Emulated, vendor: &Simulator) -> Result<()> {
    let text = format!(
        "name = \"plant-north\"\n\n[source.claroty-xdome]\napi_url = \"{}\"\napi_token_secret = \"xdome-token\"\n\
         page_size = 40\nrequests_per_second = 33\n\n[destination.files]\nfolder = \"out\"\n\n\
         [schedule]\noccurs = \"cron\"\ncron = \"0 4 * * *\"\ntime_zone = \"Europe/Berlin\"\n",
        vendor.text("base_url"),
    );
    stack.place.write("plant.toml", &text).map(drop)
}

async fn schedules(stack: &Emulated) -> Vec<String> {
    let client = aws_sdk_scheduler::Client::new(&stack.config);
    let listed = client.list_schedules().group_name(NAME).send().await.expect("schedules").schedules;
    listed.into_iter().filter_map(|schedule| schedule.name).collect()
}

/// What the functions write about a run, as CloudWatch keeps it.
async fn log(stack: &Emulated, function: &str, lines: &[(i64, String)]) {
    let client = aws_sdk_cloudwatchlogs::Client::new(&stack.config);
    let group = format!("/aws/lambda/{NAME}-{function}");
    client.create_log_group().log_group_name(&group).send().await.expect("a log group");
    client
        .create_log_stream()
        .log_group_name(&group)
        .log_stream_name("1")
        .send()
        .await
        .expect("a log stream");
    let events =
        lines.iter().map(|(at, text)| InputLogEvent::builder().timestamp(*at).message(text).build().unwrap());
    let put = client.put_log_events().log_group_name(&group).log_stream_name("1");
    put.set_log_events(Some(events.collect())).send().await.expect("log events");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_is_worked_on_as_a_home_is() -> Result<()> {
    let outside = Place::new()?;
    let vendor = outside.simulate(&SMALL)?;
    let stack = Emulated::start().await?;
    let place = &stack.place;
    assert!(place.call(&["connection", "list"])?.stdout.contains("causeway --stack north connection apply"));

    connection_file(&stack, &vendor)?;
    let applied = place.call(&["connection", "apply", "plant.toml"])?;
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.stderr.contains("  causeway --stack north secret set xdome-token\n"), "{applied:?}");
    assert!(applied.stderr.contains("Its schedule starts it next on "), "{applied:?}");
    assert_eq!(schedules(&stack).await, ["plant-north"]);
    let stored = place.pipe(vendor.text("token"), &["secret", "set", "xdome-token"])?;
    assert_eq!(stored.code, 0, "{stored:?}");
    assert_eq!(place.call(&["secret", "list", "--json"])?.json()?[0]["name"], "xdome-token");
    let listed = place.call(&["connection", "list", "--json"])?.json()?;
    assert_eq!((&listed[0]["connection"], &listed[0]["state"]), (&json!("plant-north"), &json!("Scheduled")));

    let run = left_running(place)?;
    let resumed = stack.with_functions(place.command(&["run", "plant-north", "--json"]).spawn()?).await?;
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert!(resumed.stderr.contains(&format!("resuming run {run}")), "{resumed:?}");
    let account = resumed.json()?;
    assert_eq!((&account["run"], &account["outcome"]), (&json!(run), &json!("complete")), "{account}");
    assert!(account["delivered"]["findings"].as_u64() >= Some(1), "{account}");
    assert!(!place.path().join("out").exists(), "the destination files writes into the bucket");

    let runs = place.call(&["runs", "--json"])?.json()?;
    assert_eq!((runs.as_array().map(Vec::len), &runs[0]["run"]), (Some(1), &json!(run)), "{runs}");
    assert_eq!(place.call(&["run", "show", &run[..17], "--json"])?.json()?["outcome"], "complete");
    let plan = place.call(&["plan", "show", "plant-north"])?;
    assert!(plan.code == 0 && plan.stdout.contains(&run), "{plan:?}");
    let known = place.call(&["findings", "--json"])?.json()?;
    assert_eq!(known.as_array().map(|all| all.is_empty()), Some(false), "{known}");
    let maps = place.call(&["map", "list", "--json"])?.json()?;
    let used = maps.as_array().into_iter().flatten().any(|map| map["used_by"] != json!([]));
    assert!(used, "{maps}");
    logs(&stack, &run).await?;

    let deleted = place.call(&["connection", "delete", "plant-north"])?;
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert_eq!(schedules(&stack).await, Vec::<String>::new());
    assert_eq!(place.call(&["connection", "list", "--json"])?.json()?, json!([]));
    assert!(!place.path().join("home").exists(), "nothing is made on this machine");
    Ok(())
}

/// A run that is started and left; its id.
fn left_running(place: &Place) -> Result<String> {
    let mut child = place.command(&["run", "plant-north"]).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().ok_or_else(|| Error::other("no stderr"))?);
    let mut told = String::new();
    while !told.contains("started") {
        assert!(stderr.read_line(&mut told)? > 0, "it ended before it started a run: {told}");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status()?.success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest)?;
    assert_eq!(ended(child)?.code, 130, "{rest}");
    assert!(rest.contains("Stopped watching; run "), "{rest}");
    let run = told.split_whitespace().skip_while(|word| *word != "run").nth(1);
    Ok(run.unwrap_or_default().to_owned())
}

async fn logs(stack: &Emulated, run: &str) -> Result<()> {
    let now = SystemClock.now().as_millisecond();
    let none = stack.place.call(&["run", "logs", "plant-north"])?;
    assert!(none.code == 0 && none.stderr.contains("No log lines of this run yet"), "{none:?}");
    let line = |message: &str, run: &str| {
        json!({
            "timestamp": "2026-11-28T14:00:00Z", "level": "INFO", "message": message, "records": 40,
            "target": "causeway_runs::milestone", "run": run,
            "span": { "connection": "plant-north", "run": run, "work": "assets/0", "name": "message" },
        })
        .to_string()
    };
    log(
        stack,
        "worker",
        &[
            (now - 2000, line("page staged", run)),
            (now - 1500, line("page of another run", "20200101T000000Z-00000000")),
            (now - 1000, format!("a line that is no JSON names {run}\n")),
        ],
    )
    .await;
    log(stack, "finalizer", &[(now - 1900, line("run decided", run))]).await;
    let told = stack.place.call(&["run", "logs", "plant-north"])?;
    assert_eq!(told.code, 0, "{told:?}");
    let lines: Vec<&str> = told.stdout.lines().map(|line| line[25..].trim_end()).collect();
    let expected = [
        "worker     INFO   page staged  work=assets/0  records=40".to_owned(),
        "finalizer  INFO   run decided  work=assets/0  records=40".to_owned(),
        format!("worker            a line that is no JSON names {run}"),
    ];
    assert_eq!(lines, expected, "in the order of time");
    let told = stack.place.call(&["run", "logs", run, "--follow", "--json"])?;
    let lines: Vec<Value> =
        told.stdout.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?;
    assert_eq!((lines.len(), &lines[1]["function"]), (3, &json!("finalizer")), "{told:?}");
    assert_eq!(lines[1]["event"]["message"], "run decided", "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_decides_about_a_plan_is_the_identity_of_the_credentials() -> Result<()> {
    let outside = Place::new()?;
    let vendor = outside.simulate(&SMALL)?;
    let stack = Emulated::start().await?;
    let place = &stack.place;
    connection_file(&stack, &vendor)?;
    done(&place.call(&["connection", "apply", "plant.toml"])?);
    done(&place.pipe(vendor.text("token"), &["secret", "set", "xdome-token"])?);
    let first = stack.with_functions(place.command(&["run", "plant-north"]).spawn()?).await?;
    assert_eq!(first.code, 0, "{first:?}");

    let emptied = outside.simulate(&["claroty-xdome", "--devices", "60", "--findings", "3"])?;
    connection_file(&stack, &emptied)?;
    done(&place.call(&["connection", "apply", "plant.toml"])?);
    let held = stack.with_functions(place.command(&["run", "plant-north"]).spawn()?).await?;
    assert_eq!(held.code, 4, "{held:?}");
    let discarded = place.call(&["plan", "discard", "plant-north", "--json"])?;
    assert_eq!(discarded.code, 0, "{discarded:?}");
    let by = discarded.json()?["discarded"]["by"].as_str().unwrap_or_default().to_owned();
    assert!(by.starts_with("arn:aws:") && by.contains("000000000000"), "{by}");
    Ok(())
}
