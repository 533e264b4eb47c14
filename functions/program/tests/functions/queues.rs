//! Finalizer and deliverer, which treat what their queues bring in the same way.

use crate::{LASTS, sample, start};
use causeway_runtime_api::{Aws, InvocationResult};
use serde_json::{Value, json};

/// The function, its queue of dead letters, the sample event of another function, and what it says of that one's work.
const BOTH: [(&str, &str, &str, &str); 2] = [
    ("finalizer", "finalize-dead", "sqs-worker", "not work for the finalizer"),
    ("deliverer", "deliver-dead", "sqs-finalizer", "not work for a deliverer"),
];

#[tokio::test]
async fn work_of_a_connection_that_is_gone_is_done() {
    for (name, ..) in BOTH {
        let aws = Aws::start().await.unwrap();
        let mut function = start(name, &aws).await;
        let answer = function.invoke(sample(&format!("sqs-{name}")), LASTS).await;
        let none = json!({ "batchItemFailures": [] });
        assert_eq!(answer, Some(InvocationResult::Response(none)), "{:#?}", function.log());
        assert!(aws.of("s3:PutObject").is_empty(), "{:?}", aws.calls());
    }
}

#[tokio::test]
async fn work_of_others_and_no_work_at_all_are_put_aside() {
    for (name, dead, other, told) in BOTH {
        let aws = Aws::start().await.unwrap();
        let mut function = start(name, &aws).await;
        let mut event = sample(other);
        let records = event["Records"].as_array_mut().unwrap();
        records.truncate(1);
        let mut malformed = records[0].clone();
        malformed["messageId"] = json!("other");
        malformed["body"] = json!("{");
        records.push(malformed);
        let answer = function.invoke(event, LASTS).await;
        let none = json!({ "batchItemFailures": [] });
        assert_eq!(answer, Some(InvocationResult::Response(none)), "{:#?}", function.log());
        let dead = aws.sent_to(dead);
        let reason = |call: &Value| call["MessageAttributes"]["reason"]["StringValue"].to_string();
        assert_eq!(dead.len(), 2, "{dead:?}");
        assert!(dead.iter().map(reason).any(|reason| reason.contains(told)), "{dead:?}");
        assert!(dead.iter().map(reason).any(|reason| reason.contains("EOF")), "{dead:?}");
    }
}

#[tokio::test]
async fn a_denied_queue_brings_the_messages_back() {
    for (name, ..) in BOTH {
        let aws = Aws::start().await.unwrap();
        aws.deny("s3");
        aws.deny("sqs");
        let mut function = start(name, &aws).await;
        let event = sample(&format!("sqs-{name}"));
        let id = event["Records"][0]["messageId"].clone();
        let answer = function.invoke(event, LASTS).await;
        let all = json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
        assert_eq!(answer, Some(InvocationResult::Response(all)), "{:#?}", function.log());
    }
}
