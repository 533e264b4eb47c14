//! A function that sends to the queue that it works off, as Lambda sees it.

use crate::{LASTS, sample, start};
use causeway_runtime_api::{Aws, Detection, InvocationResult};
use serde_json::{Value, json};

/// Rounds after which a chain is taken to be allowed.
const ENOUGH: u32 = 25;

/// A manifest of the run of the sample event, none of whose pages is staged.
fn manifest() -> String {
    let definition = json!({
        "name": "plant-north",
        "source": { "claroty-xdome": {
            "api_url": "https://vendor.example", "api_token_secret": "xdome-token",
            "maps": { "asset": "a.toml", "finding": "f.toml" } } },
        "destination": { "files": { "folder": "out" } },
    });
    json!({
        "version": 1, "connection": "plant-north", "run": "20261101T020000Z-0a1b2c3d", "generation": 7,
        "started_at": "2026-11-01T02:00:00Z", "deadline": "2099-11-01T02:00:00Z",
        "streams": [{ "stream": "assets", "count": 10, "page_size": 100, "pages": 1 }],
        "dropped_fields": [], "fingerprint": { "scope": "s", "maps": "m" }, "ledger": null, "traffic": {},
        "definition": { "definition": definition, "documents": {} },
    })
    .to_string()
}

/// A check that has come back as often as one message may, so that it goes on as a new one.
fn check(body: &Value) -> Value {
    let mut event = sample("sqs-finalizer");
    event["Records"][0]["body"] = body.clone();
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = json!("50");
    event["Records"].as_array_mut().unwrap().truncate(1);
    event
}

/// Invocations until Lambda drops a message, or until there were enough of them.
async fn rounds(detection: Detection) -> u32 {
    let aws = Aws::start().await.unwrap();
    aws.object("runs/plant-north/20261101T020000Z-0a1b2c3d/manifest.json", manifest());
    let mut function = start("finalizer", &aws).await;
    let mut body = sample("sqs-finalizer")["Records"][0]["body"].clone();
    let mut trace = Some("Root=1-6a0f3b5c-0123456789abcdef01234567".to_owned());
    for round in 0..ENOUGH {
        let Some(invoked) = detection.next(trace.as_deref()) else { return round };
        let answer = function.invoke_in(&invoked, check(&body), LASTS).await;
        assert_eq!(
            answer,
            Some(InvocationResult::Response(json!({ "batchItemFailures": [] }))),
            "{:#?}",
            function.log()
        );
        let sent = aws.sent_to("finalize");
        assert_eq!(sent.len(), round as usize + 1, "{:#?}", function.log());
        body = sent.last().unwrap()["MessageBody"].clone();
        let calls = aws.calls();
        let send = calls.iter().rfind(|call| call.action == "sqs:SendMessageBatch").unwrap();
        trace.clone_from(&send.trace);
        assert_eq!(trace.as_deref(), Some(invoked.as_str()), "a message carries the trace of its sender");
    }
    ENOUGH
}

/// Why the template has `RecursiveLoop: Allow`: without it a run whose checks go on as new messages is never decided.
#[tokio::test]
async fn lambda_drops_a_check_that_was_sent_on_often_unless_it_is_allowed() {
    assert_eq!(rounds(Detection::Terminate).await, 16);
    assert_eq!(rounds(Detection::Allow).await, ENOUGH);
}
