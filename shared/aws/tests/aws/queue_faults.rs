//! SQS where emulators do as one wishes: parts of a batch that fail, chained delays, receipts that are no longer good.

use crate::faulty::{ManualClock, RecordedRequest, Reply, Server, answer, fault, json};
use causeway_aws::{Arrived, QueueSettings, SqsQueue};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Outgoing, Queue, Received, Settlement};
use serde_json::{Value, json as value};
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
/// 2026-11-28T10:00:00Z.
const BEGUN: i64 = 1_795_860_000_000;
const LIVE: &str = "https://sqs/1/north-work";
const DEAD: &str = "https://sqs/1/north-work-dead";

async fn queue(answers: Vec<Reply>) -> (Server, SqsQueue) {
    let server = Server::start(answers).await;
    let settings = QueueSettings { url: LIVE.into(), dead_url: DEAD.into(), max_receives: 5 };
    let clock = Arc::new(ManualClock::at("2026-11-28T10:00:00Z"));
    let queue = SqsQueue::new(&server.config().await, settings, clock);
    (server, queue)
}

fn message(body: &str, delay: Duration) -> Outgoing {
    Outgoing { body: body.into(), delay }
}

fn received() -> Received {
    Received { body: "text".into(), receipt: "r1".into(), receives: 2, last_receive: false }
}

/// A batch in which the messages of these ids fail.
fn batch(failed: &[&str], code: &str, sender: bool) -> Reply {
    let failed: Vec<Value> = failed
        .iter()
        .map(|id| value!({"Id": id, "Code": code, "Message": "told by SQS", "SenderFault": sender}))
        .collect();
    json(&value!({"Successful": [], "Failed": failed}))
}

fn sent() -> Reply {
    batch(&[], "", false)
}

fn done() -> Reply {
    json(&value!({}))
}

fn entries(asked: &RecordedRequest) -> Vec<Value> {
    assert_eq!(asked.operation(), "SendMessageBatch");
    asked.json()["Entries"].as_array().unwrap().clone()
}

fn bodies(asked: &RecordedRequest) -> Vec<String> {
    entries(asked).iter().map(|entry| entry["MessageBody"].as_str().unwrap().to_owned()).collect()
}

fn operations(server: &Server) -> Vec<String> {
    server.asked().iter().map(|asked| asked.operation().to_owned()).collect()
}

#[tokio::test]
async fn what_fails_in_a_batch_is_sent_again_and_nothing_else() {
    let (server, queue) = queue(vec![
        batch(&["1", "3"], "InternalError", false),
        batch(&["0"], "InternalError", false),
        sent(),
    ])
    .await;
    let messages: Vec<_> = ["a", "b", "c", "d"].map(|body| message(body, Duration::ZERO)).into();
    queue.send(&messages).await.unwrap();
    let tried: Vec<_> = server.asked().iter().map(bodies).collect();
    assert_eq!(tried, [vec!["a", "b", "c", "d"], vec!["b", "d"], vec!["b"]]);
}

#[tokio::test]
async fn what_fails_for_long_or_for_its_own_fault_is_a_failure() {
    let again = || batch(&["0"], "InternalError", false);
    let (server, queue) = queue((0..5).map(|_| again()).collect()).await;
    let failure = queue.send(&[message("a", Duration::ZERO)]).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StoreUnavailable);
    assert_eq!(
        failure.to_string(),
        "queue north-work: 1 of the messages were not taken: InternalError: told by SQS"
    );
    server.asked();
    let (_, queue) = self::queue(vec![batch(&["0"], "InvalidMessageContents", true)]).await;
    let failure = queue.send(&[message("\u{1}", Duration::ZERO)]).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::MessageInvalid);
}

#[tokio::test]
async fn batches_hold_ten_messages_and_a_mebibyte() {
    let (server, queue) = queue((0..4).map(|_| sent()).collect()).await;
    let half = "x".repeat(512 << 10);
    let mut messages: Vec<_> = (0..21).map(|number| message(&number.to_string(), Duration::ZERO)).collect();
    messages.extend([message(&half, Duration::ZERO), message(&half, Duration::ZERO)]);
    queue.send(&messages).await.unwrap();
    let mut sizes: Vec<_> = server.asked().iter().map(|asked| bodies(asked).len()).collect();
    sizes.sort_unstable();
    assert_eq!(
        sizes,
        [1, 2, 10, 10],
        "the two halves fill a batch to the last byte, so 20 goes with neither"
    );
}

#[tokio::test]
async fn a_long_delay_is_a_chain_of_messages_that_carry_when_it_ends() {
    let (server, queue) = queue(vec![sent(), sent(), done()]).await;
    let delays = [Duration::from_secs(900), HOUR, Duration::from_millis(1_500)];
    queue.send(&delays.map(|delay| message("later", delay))).await.unwrap();
    let first = entries(&asked(&server, 0));
    let told: Vec<_> =
        first.iter().map(|entry| (entry["DelaySeconds"].as_i64().unwrap(), due(entry))).collect();
    assert_eq!(told, [(900, None), (900, Some(BEGUN + 3_600_000)), (2, None)]);

    let due = BEGUN + 1_000_000;
    let early = arrived(&[("due", &due.to_string()), ("receives", "2")]);
    assert_eq!(queue.accept(early).await.unwrap(), None, "1000 s too early");
    let next = &entries(&asked(&server, 1))[0];
    assert_eq!((next["DelaySeconds"].as_i64(), self::due(next)), (Some(900), Some(due)));
    assert_eq!(next["MessageAttributes"]["receives"]["StringValue"], "2", "being sent on is no attempt");
    assert_eq!(operations(&server)[2], "DeleteMessage");
}

#[tokio::test]
async fn a_message_that_is_due_is_taken_in_with_all_its_receives() {
    let (server, queue) = queue(Vec::new()).await;
    for due in [BEGUN - 1, BEGUN + 1_000] {
        let taken =
            queue.accept(arrived(&[("due", &due.to_string()), ("receives", "3")])).await.unwrap().unwrap();
        assert_eq!((taken.receives, taken.last_receive), (4, false), "{due}");
    }
    let taken = queue.accept(arrived(&[("receives", "4"), ("due", "soon")])).await.unwrap().unwrap();
    assert_eq!((taken.body.as_str(), taken.receipt.as_str(), taken.receives), ("text", "r1", 5));
    assert!(taken.last_receive);
    server.asked();
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_on_stays() {
    let (server, queue) = queue(vec![fault(400, "com.amazonaws.sqs#OverLimit", "no")]).await;
    let due = (BEGUN + 1_000_000).to_string();
    assert!(queue.accept(arrived(&[("due", &due)])).await.is_err());
    assert_eq!(operations(&server), ["SendMessageBatch"]);
}

#[tokio::test]
async fn a_pause_beyond_what_sqs_hides_is_sent_on() {
    let (server, queue) = queue(vec![done()]).await;
    queue.settle(&received(), Settlement::RetryIn(Duration::from_millis(61_001))).await.unwrap();
    assert_eq!(server.asked()[0].json()["VisibilityTimeout"], 62);

    let (server, queue) = self::queue(vec![done(), sent(), done()]).await;
    queue.settle(&received(), Settlement::RetryIn(13 * HOUR)).await.unwrap();
    assert_eq!(operations(&server), ["ChangeMessageVisibility", "SendMessageBatch", "DeleteMessage"]);
    let next = &entries(&asked(&server, 1))[0];
    assert_eq!(due(next), Some(BEGUN + 13 * 3_600_000));
    assert_eq!(next["MessageAttributes"]["receives"]["StringValue"], "2");
}

#[tokio::test]
async fn a_dead_letter_is_sent_before_its_message_is_removed() {
    let (server, queue) = queue(vec![done(), sent(), done()]).await;
    queue.settle(&received(), Settlement::DeadLetter("bad \u{1f}text".into())).await.unwrap();
    assert_eq!(operations(&server), ["ChangeMessageVisibility", "SendMessageBatch", "DeleteMessage"]);
    let letter = asked(&server, 1);
    assert_eq!(letter.json()["QueueUrl"], DEAD);
    let attributes = &entries(&letter)[0]["MessageAttributes"];
    assert_eq!(attributes["reason"], value!({"DataType": "String", "StringValue": "bad  text"}));
    assert_eq!(attributes["receives"], value!({"DataType": "Number", "StringValue": "2"}));

    let (server, queue) =
        self::queue(vec![done(), fault(403, "AccessDeniedException", "sqs:SendMessage")]).await;
    let denied = queue.settle(&received(), Settlement::DeadLetter("bad".into())).await.unwrap_err();
    assert_eq!((denied.kind, denied.subject.as_str()), (FailureKind::AccessDenied, "queue north-work-dead"));
    assert_eq!(operations(&server).len(), 2, "the message is not removed");
}

#[tokio::test]
async fn a_receipt_that_is_no_longer_good_changes_nothing() {
    let stale = [
        ("ReceiptHandleIsInvalid", 400),
        ("com.amazonaws.sqs#ReceiptHandleIsInvalid", 404),
        ("InvalidParameterValue", 400),
        ("com.amazonaws.sqs#MessageNotInflight", 400),
    ];
    for (code, status) in stale {
        for settlement in [
            Settlement::Done,
            Settlement::RetryIn(HOUR),
            Settlement::RetryIn(20 * HOUR),
            Settlement::DeadLetter("x".into()),
        ] {
            let (server, queue) = queue(vec![fault(status, code, "The receipt handle has expired.")]).await;
            queue
                .settle(&received(), settlement.clone())
                .await
                .unwrap_or_else(|failure| panic!("{code} {settlement:?}: {failure}"));
            server.asked();
        }
    }
}

#[tokio::test]
async fn a_queue_that_is_not_there_and_one_that_may_not_be_used_are_told_apart() {
    let failure = async |answer: Reply| -> Failure {
        let (_, queue) = queue(vec![answer]).await;
        queue.receive(1).await.unwrap_err()
    };
    let missing = fault(400, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.");
    assert_eq!(failure(missing).await.kind, FailureKind::StoreMissing);
    let query = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    let missing = answer(400, &query, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#);
    let missing = failure(missing).await;
    assert_eq!(missing.kind, FailureKind::StoreMissing, "{missing}");
    let denied = failure(fault(
        403,
        "AccessDeniedException",
        "User x is not authorized to perform: sqs:receivemessage",
    ))
    .await;
    assert_eq!(denied.kind, FailureKind::AccessDenied);
    assert!(denied.detail.contains("sqs:receivemessage"), "{denied}");
}

fn asked(server: &Server, number: usize) -> RecordedRequest {
    server.seen()[number].clone()
}

fn due(entry: &Value) -> Option<i64> {
    entry["MessageAttributes"]["due"]["StringValue"].as_str()?.parse().ok()
}

fn arrived(attributes: &[(&str, &str)]) -> Arrived {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Arrived { body: "text".into(), receipt: "r1".into(), receives: 1, attributes: attributes.collect() }
}
