//! The worker, when something is wrong.

use crate::{LASTS, sample, start, start_in};
use causeway_runtime_api::{Aws, InvocationResult, Running};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const RUN: &str = "runs/plant-north/20261101T020000Z-0a1b2c3d";

fn with_bodies(bodies: &[&str]) -> Value {
    let record = sample("sqs-worker")["Records"][0].clone();
    let records = bodies.iter().enumerate().map(|(number, body)| {
        let mut record = record.clone();
        record["messageId"] = json!(format!("id-{number}"));
        record["body"] = json!(body);
        record
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

async fn reported(function: &mut Running, event: Value) -> Vec<String> {
    let answer = function.invoke(event, LASTS).await;
    let Some(InvocationResult::Response(response)) = answer else {
        panic!("{answer:?}\n{:#?}", function.log())
    };
    let failures = response["batchItemFailures"].as_array().unwrap().clone();
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

/// Reasons of the dead letters.
fn dead_letters(aws: &Aws) -> Vec<String> {
    let reason =
        |call: Value| call["MessageAttributes"]["reason"]["StringValue"].as_str().unwrap().to_owned();
    aws.sent_to("work-dead").into_iter().map(reason).collect()
}

/// A vendor that asks everybody for this pause.
async fn busy(retry_after: &str) -> String {
    let answer =
        format!("HTTP/1.1 429 Too Many Requests\r\nretry-after: {retry_after}\r\ncontent-length: 0\r\n\r\n");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 1 << 16];
                while caller.read(&mut request).await.is_ok_and(|read| read > 0) {
                    caller.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    url
}

/// A manifest whose vendor is at `api_url`, for the run of the sample event.
fn manifest(api_url: &str) -> String {
    let definition = json!({
        "name": "plant-north",
        "source": { "claroty-xdome": {
            "api_url": api_url, "api_token_secret": "xdome-token",
            "maps": { "asset": "a.toml", "finding": "f.toml" } } },
        "destination": { "files": { "folder": "out" } },
    });
    let map = |name: &str| {
        let shipped = causeway_connectors::catalog().shipped();
        shipped.into_iter().find(|(shipped, _)| shipped.contains(name)).unwrap().1
    };
    json!({
        "version": 1, "connection": "plant-north", "run": "20261101T020000Z-0a1b2c3d", "generation": 7,
        "started_at": "2026-11-01T02:00:00Z", "deadline": "2099-11-01T02:00:00Z", "streams": [],
        "dropped_fields": [], "fingerprint": { "scope": "s", "maps": "m" }, "ledger": null, "traffic": {},
        "definition": { "definition": definition, "documents": { "a.toml": map("xdome-asset"), "f.toml": map("host-asset") } },
    })
    .to_string()
}

#[tokio::test]
async fn an_environment_that_cannot_be_used_ends_it_with_one_line_that_names_all() {
    let variables = [("CAUSEWAY_STACK".to_owned(), "Plant!".to_owned())];
    let mut function = start_in("worker", Vec::from(variables)).await;
    assert!(!function.ended().await.unwrap().success());
    let log = function.log();
    let line: Value = serde_json::from_str(log.first().unwrap()).unwrap_or_else(|_| panic!("{log:?}"));
    let told = line["error"].as_str().unwrap();
    for named in [
        "CAUSEWAY_STACK is \"Plant!\"",
        "CAUSEWAY_BUCKET is not set",
        "CAUSEWAY_WORK_DEAD_QUEUE_URL",
        "CAUSEWAY_MAX_RECEIVES",
        "CAUSEWAY_WORKERS",
    ] {
        assert!(told.contains(named), "{named}: {told}");
    }
    assert_eq!((log.len(), line["level"].as_str()), (1, Some("ERROR")), "{log:?}");
}

#[tokio::test]
async fn bad_messages_become_dead_letters_with_reasons_and_the_others_go_on() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("worker", &aws).await;
    let huge = format!("{{\"version\":1,\"x\":\"{}\"}}", "x".repeat(300_000));
    let good = sample("sqs-worker")["Records"][0]["body"].as_str().unwrap().to_owned();
    let event = with_bodies(&["no json", " ", &huge, r#"{"version":3,"new":true}"#, &good]);
    assert_eq!(reported(&mut function, event).await, Vec::<String>::new());
    let mut dead = dead_letters(&aws);
    dead.sort();
    assert_eq!(dead.len(), 4, "{dead:?}");
    for reason in ["expected", "it is empty", "more than the 262144 allowed", "version 3 is not known"] {
        assert!(dead.iter().any(|dead| dead.contains(reason)), "{reason}: {dead:?}");
    }
    let figures = function.logged("_aws").await.unwrap();
    let figures: Value = serde_json::from_str(&figures).unwrap();
    assert_eq!(
        (&figures["Messages"], &figures["Done"], &figures["DeadLettered"]),
        (&json!(5), &json!(1), &json!(4))
    );
    assert_eq!((&figures["Stack"], &figures["Function"]), (&json!("plant"), &json!("worker")));
    // A batch without messages is no work, and the same process answers it.
    for empty in [json!({ "Records": [] }), json!({}), json!({ "Records": null })] {
        assert_eq!(reported(&mut function, empty).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_store_that_denies_or_lies_elsewhere_brings_the_messages_back() {
    let deny: fn(&Aws) = |aws| aws.deny("s3");
    for (breaks, told) in [(deny, "AccessDenied"), (|aws| aws.move_bucket(), "PermanentRedirect")] {
        let aws = Aws::start().await.unwrap();
        breaks(&aws);
        let mut function = start("worker", &aws).await;
        let mut reported = reported(&mut function, sample("sqs-worker")).await;
        let records = sample("sqs-worker")["Records"].as_array().unwrap().clone();
        let mut all: Vec<_> =
            records.iter().map(|record| record["messageId"].as_str().unwrap().to_owned()).collect();
        reported.sort();
        all.sort();
        assert_eq!(reported, all, "{:#?}", function.log());
        let line = function.logged(told).await.unwrap();
        assert!(line.contains("plant-north") && line.contains("20261101T020000Z-0a1b2c3d"), "{line}");
    }
}

#[tokio::test]
async fn a_queue_that_denies_loses_nothing() {
    let aws = Aws::start().await.unwrap();
    aws.deny("sqs");
    let mut function = start("worker", &aws).await;
    assert_eq!(reported(&mut function, with_bodies(&["no json"])).await, ["id-0"]);
    function.logged("AccessDenied").await.unwrap();
}

#[tokio::test]
async fn a_missing_secret_and_one_without_its_field_are_told_by_name_and_never_by_value() {
    for (value, told) in [(None, "plant/xdome-token"), (Some(r#"{"user":"hunter2"}"#), "without a field")] {
        let aws = Aws::start().await.unwrap();
        aws.object(&format!("{RUN}/manifest.json"), manifest("http://127.0.0.1:9"));
        if let Some(value) = value {
            aws.secret("plant/xdome-token", value);
        }
        let mut function = start("worker", &aws).await;
        let mut event = sample("sqs-worker");
        event["Records"].as_array_mut().unwrap().truncate(1);
        assert_eq!(reported(&mut function, event).await, Vec::<String>::new(), "{:#?}", function.log());
        let dead = dead_letters(&aws);
        assert!(dead.len() == 1 && dead[0].contains("secret xdome-token"), "{dead:?}");
        let marks = aws.of("s3:PutObject");
        assert_eq!(
            marks,
            [json!(format!("{RUN}/failures/assets/main/000000.json"))],
            "the finalizer sees it"
        );
        // The figures are the last that is written of a batch.
        function.logged("_aws").await.unwrap();
        let log = function.log().join("\n");
        assert!(dead[0].contains(told) || log.contains(told) || value.is_none(), "{dead:?}\n{log}");
        assert!(!log.contains("hunter2") && !dead[0].contains("hunter2"), "{log}");
    }
}

/// A pause that outlasts the invocation is waited for in the queue, and the page has not failed by it.
#[tokio::test]
async fn a_pause_that_the_invocation_has_no_time_for_is_left_to_the_queue() {
    let aws = Aws::start().await.unwrap();
    aws.object(&format!("{RUN}/manifest.json"), manifest(&busy("45").await));
    aws.secret("plant/xdome-token", "token");
    let mut function = start("worker", &aws).await;
    let mut event = sample("sqs-worker");
    event["Records"].as_array_mut().unwrap().truncate(1);
    let body = event["Records"][0]["body"].clone();
    // Work is begun for 40 s of it.
    let Some(InvocationResult::Response(response)) = function.invoke(event, Duration::from_secs(60)).await
    else {
        panic!("{:#?}", function.log())
    };
    assert_eq!(response["batchItemFailures"], json!([]), "{:#?}", function.log());
    let sent = aws.sent_to("work");
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!((&sent[0]["MessageBody"], sent[0]["DelaySeconds"].as_u64()), (&body, Some(45)));
    assert_eq!(dead_letters(&aws), Vec::<String>::new());
    let log = function.log().join("\n");
    assert!(!log.contains("time limit"), "{log}");
}
