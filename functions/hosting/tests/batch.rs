//! Batches on a real queue of this machine: what is reported, what is removed, and that no message hurts another.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail a test, too")]

use async_trait::async_trait;
use aws_lambda_events::sqs::SqsMessage;
use causeway_aws::Arrived;
use causeway_connectors::ShippedConnectors;
use causeway_domain::Failure;
use causeway_hosting::{Batch, Counts, Inbox, TimeLimit, Work};
use causeway_local::{DeadLetter, Home, LocalQueue, LocalQueues, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Clock, Ids, Outgoing, Queue, Received, Settlement};
use causeway_runs::{Engine, Pacing, Queues};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Stands for SQS: one queue of a home, and its messages as an event hands them out.
struct World {
    engine: Engine,
    queue: Arc<LocalQueue>,
    queues: LocalQueues,
    _home: TempDir,
}

struct Inboxed(Arc<LocalQueue>);

#[async_trait]
impl Inbox for Inboxed {
    async fn accept(&self, arrived: Arrived) -> Result<Option<Received>, Failure> {
        let Arrived { body, receipt, receives, attributes } = arrived;
        match attributes.get("due").map(String::as_str) {
            Some("later") => Ok(None),
            Some(_) => Err(Failure::new(causeway_domain::FailureKind::StoreUnavailable, "queue", "away")),
            None => Ok(Some(Received { body, receipt, receives, last_receive: receives >= 5 })),
        }
    }

    fn queue(&self) -> &dyn Queue {
        self.0.as_ref()
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let home = Home::open(&folder.path().join("home")).unwrap();
        let queues = home.queues(Arc::clone(&clock), Arc::clone(&ids)).unwrap();
        let settings = QueueSettings { visibility: Duration::from_secs(3600), max_receives: 100 };
        let queue = Arc::new(queues.queue("work", settings));
        let secrets = home.secrets(None, Arc::clone(&clock)).unwrap();
        let connectors = ShippedConnectors::new(Arc::new(secrets), Arc::clone(&clock), Arc::clone(&ids));
        let port = || -> Arc<dyn Queue> { Arc::<LocalQueue>::clone(&queue) };
        let engine = Engine {
            objects: Arc::new(home.objects()),
            queues: Queues { work: port(), finalize: port(), deliver: port() },
            clock,
            ids,
            connectors: Arc::new(connectors),
            pacing: Pacing::FUNCTIONS,
        };
        Self { engine, queue, queues, _home: folder }
    }

    /// Sends the bodies and takes them as a batch; ids are the bodies.
    async fn messages(&self, bodies: &[&str]) -> Vec<SqsMessage> {
        let send = |body: &&str| Outgoing { body: (*body).to_owned(), delay: Duration::ZERO };
        self.queue.send(&bodies.iter().map(send).collect::<Vec<_>>()).await.unwrap();
        let received = self.queue.receive(bodies.len()).await.unwrap();
        assert_eq!(received.len(), bodies.len());
        received.into_iter().map(|received| message(&received.body.clone(), received)).collect()
    }

    async fn work_off(
        &self,
        messages: Vec<SqsMessage>,
        seconds: i64,
        work: Work,
    ) -> (BTreeSet<String>, Counts) {
        let now = self.engine.clock.now();
        let limit = TimeLimit::of(now, now + SignedDuration::from_secs(seconds));
        let inbox = Arc::new(Inboxed(Arc::clone(&self.queue)));
        let batch = Batch { engine: &self.engine, inbox, limit, work };
        let (response, counts) = batch.work_off(messages).await.unwrap();
        let reported: Vec<String> =
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        let unique: BTreeSet<String> = reported.iter().cloned().collect();
        assert_eq!(reported.len(), unique.len(), "an id is reported once: {reported:?}");
        (unique, counts)
    }

    async fn letters(&self) -> Vec<DeadLetter> {
        self.queues.dead_letters().await.unwrap()
    }

    async fn dead(&self) -> BTreeSet<String> {
        self.letters().await.into_iter().map(|dead| dead.body).collect()
    }

    /// Bodies that can be received now.
    async fn visible(&self) -> BTreeSet<String> {
        self.queue.receive(100).await.unwrap().into_iter().map(|received| received.body).collect()
    }
}

fn message(id: &str, received: Received) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(id.to_owned());
    message.receipt_handle = Some(received.receipt);
    message.body = Some(received.body);
    message.attributes.insert("ApproximateReceiveCount".to_owned(), received.receives.to_string());
    message
}

fn set(bodies: &[&str]) -> BTreeSet<String> {
    bodies.iter().map(|body| (*body).to_owned()).collect()
}

/// Does what the body says.
fn obeying(
    _engine: Engine,
    received: Received,
) -> std::pin::Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move {
        match received.body.split(' ').next().unwrap_or_default() {
            "done" => Settlement::Done,
            "retry" => Settlement::RetryIn(Duration::from_secs(600)),
            "dead" => Settlement::DeadLetter("as it says".to_owned()),
            "hang" => std::future::pending().await,
            other => panic!("poisoned: {other}"),
        }
    })
}

fn use_case(
    engine: Engine,
    received: Received,
) -> std::pin::Pin<Box<dyn Future<Output = Settlement> + Send>> {
    Box::pin(async move { causeway_runs::fetch(&engine, &received).await })
}

#[tokio::test]
async fn each_message_has_its_own_fate() {
    let world = World::new();
    let messages = world.messages(&["done 1", "retry 1", "dead 1", "done 2", "retry 2"]).await;
    let (reported, counts) = world.work_off(messages, 60, obeying).await;
    assert_eq!(reported, set(&["retry 1", "retry 2"]));
    assert_eq!(world.dead().await, set(&["dead 1"]));
    assert!(world.visible().await.is_empty(), "what is to be tried again waits for its pause");
    let expected = [
        ("messages", 5),
        ("done", 2),
        ("sent_on", 0),
        ("dead_lettered", 1),
        ("retried", 2),
        ("not_begun", 0),
    ];
    assert_eq!(counts, Counts::of(expected));
}

#[tokio::test]
async fn a_panic_is_the_affair_of_its_message() {
    let world = World::new();
    let page = r#"{"version":1,"connection":"plant-north","run":"20260101T000000Z-00000001","generation":1,"work":{"kind":"confirm","number":0}}"#;
    let messages = world.messages(&["done 1", page, "boom", "done 2"]).await;
    let (reported, _) = world.work_off(messages, 60, obeying).await;
    assert_eq!(reported, set(&[page]), "a message comes back");
    assert_eq!(world.dead().await, set(&["boom"]), "what is no message at all is put aside");
}

#[tokio::test]
async fn work_that_always_panics_is_given_up_by_name() {
    let world = World::new();
    let page = r#"{"version":1,"connection":"plant-north","run":"20260101T000000Z-00000001","generation":1,"work":{"kind":"confirm","number":0}}"#;
    let mut messages = world.messages(&[page]).await;
    messages[0].attributes.insert("ApproximateReceiveCount".to_owned(), "5".to_owned());
    let (reported, _) = world.work_off(messages, 60, obeying).await;
    assert!(reported.is_empty());
    assert_eq!(world.dead().await, set(&[page]));
    let marks = world.engine.objects.list("runs/").await.unwrap();
    assert_eq!(
        marks,
        ["runs/plant-north/20260101T000000Z-00000001/failures/findings/confirm/000000.json"],
        "the finalizer sees it"
    );
}

#[tokio::test]
async fn near_the_time_limit_nothing_is_begun_and_all_of_it_is_visible_at_once() {
    let world = World::new();
    let messages = world.messages(&["boom 1", "boom 2", "boom 3"]).await;
    let (reported, counts) = world.work_off(messages, 0, obeying).await;
    assert_eq!(reported, set(&["boom 1", "boom 2", "boom 3"]));
    assert_eq!(world.visible().await, reported);
    let none = [
        ("messages", 3),
        ("done", 0),
        ("sent_on", 0),
        ("dead_lettered", 0),
        ("retried", 0),
        ("not_begun", 3),
    ];
    assert_eq!(counts, Counts::of(none));
}

#[tokio::test]
async fn work_in_flight_is_waited_for_until_the_margin() {
    let world = World::new();
    let check = r#"{"version":1,"connection":"plant-north","run":"20260101T000000Z-00000001","generation":1,"work":{"kind":"finalize","check":0}}"#;
    let hanging: Work = |_, _| Box::pin(std::future::pending());
    let began = world.engine.clock.now();
    let messages = world.messages(&[check]).await;
    let (reported, _) = world.work_off(messages, 2, hanging).await;
    let took = world.engine.clock.now().duration_since(began);
    assert_eq!(reported, set(&[check]));
    assert!(
        took < SignedDuration::from_secs(2),
        "the answer came after {took:?}, when the function is killed"
    );
}

#[tokio::test]
async fn a_batch_larger_than_what_is_worked_on_side_by_side_is_worked_off() {
    let world = World::new();
    let bodies: Vec<String> =
        (0..50).map(|n| format!("{} {n}", if n % 7 == 0 { "retry" } else { "done" })).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let messages = world.messages(&bodies).await;
    let (reported, _) = world.work_off(messages, 60, obeying).await;
    assert_eq!(reported.len(), 8, "{reported:?}");
}

#[tokio::test]
async fn bad_messages_are_put_aside_with_a_reason_and_block_nobody() {
    let world = World::new();
    let huge = "x".repeat(causeway_domain::message::MAX_BYTES + 1);
    let future = r#"{"version":99,"what":"ever"}"#;
    let foreign = r#"{"version":1,"connection":"a","run":"20261101T100000Z-0000000a","generation":1,"work":{"kind":"finalize","check":0}}"#;
    let messages = world.messages(&["", "not json", &huge, future, foreign]).await;
    let (reported, _) = world.work_off(messages, 60, use_case).await;
    assert!(reported.is_empty(), "{reported:?}");
    let dead = world.letters().await;
    assert_eq!(dead.len(), 5, "never lost");
    let reason = |body: &str| dead.iter().find(|dead| dead.body == body).unwrap().reason.clone();
    assert!(reason("").contains("empty"));
    assert!(reason("not json").contains("expected"));
    assert!(reason(&huge).contains("more than"));
    assert!(reason(future).contains("version 99"));
    assert!(reason(foreign).contains("not work for a worker"));
}

#[tokio::test]
async fn messages_before_their_time_are_sent_on_and_one_that_cannot_be_taken_in_comes_back() {
    let world = World::new();
    let mut messages = world.messages(&["boom early", "boom away", "done"]).await;
    for message in &mut messages {
        let due = match message.body.as_deref() {
            Some("boom early") => "later",
            Some("boom away") => "fails",
            _ => continue,
        };
        let mut attribute = aws_lambda_events::sqs::SqsMessageAttribute::default();
        attribute.string_value = Some(due.to_owned());
        message.message_attributes.insert("due".to_owned(), attribute);
    }
    let (reported, counts) = world.work_off(messages, 60, obeying).await;
    assert_eq!(reported, set(&["boom away"]));
    let expected = [
        ("messages", 3),
        ("done", 1),
        ("sent_on", 1),
        ("dead_lettered", 0),
        ("retried", 1),
        ("not_begun", 0),
    ];
    assert_eq!(counts, Counts::of(expected));
}

#[tokio::test]
async fn an_id_twice_is_one_message_and_no_message_is_no_work() {
    let world = World::new();
    let mut messages = world.messages(&["retry 1", "retry 2"]).await;
    messages[1].message_id = messages[0].message_id.clone();
    let (reported, counts) = world.work_off(messages, 60, obeying).await;
    assert_eq!(reported.len(), 1);
    let one = [
        ("messages", 1),
        ("done", 0),
        ("sent_on", 0),
        ("dead_lettered", 0),
        ("retried", 1),
        ("not_begun", 0),
    ];
    assert_eq!(counts, Counts::of(one));
    let (reported, _) = world.work_off(Vec::new(), 60, obeying).await;
    assert!(reported.is_empty());
}

#[tokio::test]
async fn without_an_id_what_is_done_is_done_and_what_must_come_back_brings_all_back() {
    let world = World::new();
    let mut messages = world.messages(&["done 1"]).await;
    messages[0].message_id = None;
    assert!(world.work_off(messages, 60, obeying).await.0.is_empty());
    let mut messages = world.messages(&["retry 1"]).await;
    messages[0].message_id = Some(String::new());
    let now = world.engine.clock.now();
    let limit = TimeLimit::of(now, now + SignedDuration::from_secs(60));
    let inbox = Arc::new(Inboxed(Arc::clone(&world.queue)));
    let batch = Batch { engine: &world.engine, inbox, limit, work: obeying };
    assert!(batch.work_off(messages).await.is_err(), "the invocation fails, so that all messages come back");
}

#[test]
fn time_limits_leave_shares_of_short_times() {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let left = |seconds: i64| {
        let killed = now + SignedDuration::from_secs(seconds);
        let limit = TimeLimit::of(now, killed);
        [limit.begin_until, limit.wait_until].map(|moment| killed.duration_since(moment).as_millis())
    };
    assert_eq!(left(900), [30_000, 3_000]);
    assert_eq!(left(60), [20_000, 3_000]);
    assert_eq!(left(6), [2_000, 1_200]);
    assert_eq!(left(0), [0, 0]);
    assert_eq!(TimeLimit::until_ms(now, 0), TimeLimit { begin_until: now, wait_until: now });
}
