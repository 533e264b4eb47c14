//! The deliverer.

use crate::{LASTS, sample, start};
use causeway_runtime_api::{Answer, Aws};
use serde_json::{Value, json};

#[tokio::test]
async fn work_of_a_connection_that_is_gone_is_done() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("deliverer", &aws).await;
    let answer = function.invoke(sample("sqs-deliverer"), LASTS).await;
    let none = json!({ "batchItemFailures": [] });
    assert_eq!(answer, Some(Answer::Response(none)), "{:#?}", function.log());
    assert!(aws.of("s3:PutObject").is_empty(), "{:?}", aws.calls());
}

#[tokio::test]
async fn work_of_others_and_no_work_at_all_are_put_aside() {
    let aws = Aws::start().await.unwrap();
    let mut function = start("deliverer", &aws).await;
    let mut event = sample("sqs-finalizer");
    let records = event["Records"].as_array_mut().unwrap();
    records.truncate(1);
    let mut malformed = records[0].clone();
    malformed["messageId"] = json!("other");
    malformed["body"] = json!("{");
    records.push(malformed);
    let answer = function.invoke(event, LASTS).await;
    let none = json!({ "batchItemFailures": [] });
    assert_eq!(answer, Some(Answer::Response(none)), "{:#?}", function.log());
    let dead = aws.sent_to("deliver-dead");
    let reason = |call: &Value| call["MessageAttributes"]["reason"]["StringValue"].to_string();
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert!(dead.iter().map(reason).any(|reason| reason.contains("not work for a deliverer")), "{dead:?}");
    assert!(dead.iter().map(reason).any(|reason| reason.contains("EOF")), "{dead:?}");
}

#[tokio::test]
async fn a_denied_queue_brings_the_messages_back() {
    let aws = Aws::start().await.unwrap();
    aws.deny("s3");
    aws.deny("sqs");
    let mut function = start("deliverer", &aws).await;
    let event = sample("sqs-deliverer");
    let id = event["Records"][0]["messageId"].clone();
    let answer = function.invoke(event, LASTS).await;
    let all = json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
    assert_eq!(answer, Some(Answer::Response(all)), "{:#?}", function.log());
}
