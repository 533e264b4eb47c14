//! The queue: visibility, delays, receipts, dead letters.

use crate::{Case, cases};
use async_trait::async_trait;
use causeway_domain::FailureKind;
use causeway_ports::{Clock, Outgoing, Queue, Received, Settlement};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// Longest that a message may keep us waiting beyond its time.
const PATIENCE: Duration = Duration::from_secs(30);

/// An empty queue.
pub struct Stage {
    /// The queue; a message is received three times at most.
    pub queue: Arc<dyn Queue>,
    /// The time it goes by.
    pub clock: Arc<dyn Clock>,
    /// How long a message that was received stays hidden; at least two seconds.
    pub visibility: Duration,
    /// Where its dead letters are.
    pub dead: Box<dyn DeadLetters>,
}

/// Looks at dead letters.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// All that are there now: text and reason, which is empty when the queue put the message aside by itself.
    async fn look(&self) -> Vec<(String, String)>;
}

/// All cases.
pub fn cases() -> Vec<Case<Stage>> {
    cases![
        a_message_is_hidden_while_worked_on_and_gone_when_done,
        a_message_that_is_not_settled_comes_back,
        a_message_comes_back_after_its_pause,
        a_delayed_message_comes_when_it_is_due,
        a_stale_receipt_changes_nothing,
        a_message_received_too_often_is_put_aside,
        a_person_gets_the_reason_of_a_dead_letter,
        many_messages_are_shared_out_among_receivers,
        large_messages_arrive_whole,
        a_message_that_is_too_large_is_refused_with_its_list,
    ]
}

impl Stage {
    /// The next message, which comes in time.
    async fn one(&self) -> Received {
        let waiting = PATIENCE.as_millis() / 100;
        for _ in 0..waiting {
            if let Some(received) = self.now().await {
                return received;
            }
            self.clock.sleep(Duration::from_millis(100)).await;
        }
        panic!("no message came in {PATIENCE:?}");
    }

    /// A message that is visible now.
    async fn now(&self) -> Option<Received> {
        self.queue.receive(1).await.unwrap().pop()
    }

    async fn dead(&self, wanted: usize) -> Vec<(String, String)> {
        let mut dead = self.dead.look().await;
        for _ in 0..PATIENCE.as_millis() / 100 {
            if dead.len() >= wanted {
                break;
            }
            self.clock.sleep(Duration::from_millis(100)).await;
            dead.extend(self.dead.look().await);
        }
        dead
    }
}

fn message(body: impl Into<String>) -> Outgoing {
    Outgoing { body: body.into(), delay: Duration::ZERO }
}

async fn a_message_is_hidden_while_worked_on_and_gone_when_done(stage: Stage) {
    let text = "{\"say\":\"Grüße, 世界 \\u0000\"}\n\t";
    stage.queue.send(&[message(text)]).await.unwrap();
    let received = stage.one().await;
    assert_eq!((received.body.as_str(), received.receives, received.last_receive), (text, 1, false));
    assert_eq!(stage.now().await, None, "it is hidden");
    stage.queue.settle(&received, Settlement::Done).await.unwrap();
    stage.clock.sleep(stage.visibility).await;
    assert_eq!(stage.now().await, None, "it is gone");
}

async fn a_message_that_is_not_settled_comes_back(stage: Stage) {
    stage.queue.send(&[message("a")]).await.unwrap();
    let (first, second) = (stage.one().await, stage.one().await);
    assert_eq!((second.body.as_str(), second.receives), ("a", 2));
    assert_ne!(first.receipt, second.receipt);
    stage.queue.settle(&second, Settlement::Done).await.unwrap();
}

async fn a_message_comes_back_after_its_pause(stage: Stage) {
    stage.queue.send(&[message("a")]).await.unwrap();
    let received = stage.one().await;
    stage.queue.settle(&received, Settlement::RetryIn(Duration::ZERO)).await.unwrap();
    let received = stage.now().await.expect("at once after no pause");
    let begun = stage.clock.now();
    let pause = stage.visibility + Duration::from_secs(2);
    stage.queue.settle(&received, Settlement::RetryIn(pause)).await.unwrap();
    let third = stage.one().await;
    let passed = stage.clock.now().duration_since(begun).unsigned_abs();
    assert!(passed + Duration::from_millis(500) >= pause, "came after {passed:?}, not {pause:?}");
    assert_eq!((third.receives, third.last_receive), (3, true));
}

async fn a_delayed_message_comes_when_it_is_due(stage: Stage) {
    let begun = stage.clock.now();
    let delay = Duration::from_secs(3);
    stage.queue.send(&[Outgoing { body: "later".into(), delay }, message("now")]).await.unwrap();
    let now = stage.one().await;
    assert_eq!(now.body, "now");
    stage.queue.settle(&now, Settlement::Done).await.unwrap();
    let later = stage.one().await;
    let passed = stage.clock.now().duration_since(begun).unsigned_abs();
    assert_eq!(later.body, "later");
    assert!(passed + Duration::from_millis(500) >= delay, "came after {passed:?}, not {delay:?}");
}

async fn a_stale_receipt_changes_nothing(stage: Stage) {
    stage.queue.send(&[message("a")]).await.unwrap();
    let (slow, fast) = (stage.one().await, stage.one().await);
    assert_eq!(fast.receives, 2);
    for settlement in
        [Settlement::Done, Settlement::RetryIn(Duration::ZERO), Settlement::DeadLetter("x".into())]
    {
        stage.queue.settle(&slow, settlement).await.unwrap();
    }
    assert_eq!(stage.now().await, None, "it is still with the second receiver");
    assert_eq!(stage.dead.look().await, []);
    stage.queue.settle(&fast, Settlement::RetryIn(Duration::ZERO)).await.unwrap();
    assert_eq!(stage.one().await.receives, 3);
}

async fn a_message_received_too_often_is_put_aside(stage: Stage) {
    stage.queue.send(&[message("poison")]).await.unwrap();
    for receives in 1..=3 {
        let received = stage.one().await;
        assert_eq!((received.receives, received.last_receive), (receives, receives == 3));
        stage.queue.settle(&received, Settlement::RetryIn(Duration::ZERO)).await.unwrap();
    }
    assert_eq!(stage.now().await, None);
    let dead = stage.dead(1).await;
    assert_eq!(dead.iter().map(|(body, _)| body.as_str()).collect::<Vec<_>>(), ["poison"]);
}

async fn a_person_gets_the_reason_of_a_dead_letter(stage: Stage) {
    stage.queue.send(&[message("bad"), message("good")]).await.unwrap();
    for _ in 0..2 {
        let received = stage.one().await;
        let settlement = match received.body.as_str() {
            "bad" => Settlement::DeadLetter("POST /api: 403, the token may not read \"sites\"".into()),
            _ => Settlement::Done,
        };
        stage.queue.settle(&received, settlement).await.unwrap();
    }
    let reason = "POST /api: 403, the token may not read \"sites\"";
    assert_eq!(stage.dead(1).await, [("bad".to_owned(), reason.to_owned())]);
    assert_eq!(stage.now().await, None);
}

async fn many_messages_are_shared_out_among_receivers(stage: Stage) {
    let bodies: Vec<String> = (0..57).map(|number| format!("{number:02}")).collect();
    stage.queue.send(&bodies.iter().map(message).collect::<Vec<_>>()).await.unwrap();
    let receiver = || async {
        let mut mine = Vec::new();
        loop {
            let received = stage.queue.receive(13).await.unwrap();
            assert!(received.len() <= 13, "{} are more than asked for", received.len());
            if received.is_empty() {
                return mine;
            }
            for message in received {
                stage.queue.settle(&message, Settlement::Done).await.unwrap();
                mine.push(message.body);
            }
        }
    };
    let mut all: Vec<String> = join_all((0..4).map(|_| receiver())).await.into_iter().flatten().collect();
    all.sort();
    // One that takes longer than it is hidden comes twice.
    all.dedup();
    assert_eq!(all, bodies);
}

async fn large_messages_arrive_whole(stage: Stage) {
    // Any two of them are more than a batch of SQS may hold.
    let mut bodies: Vec<String> = ["a", "b", "c"].map(|letter| letter.repeat(600 << 10)).into();
    bodies.push("d".repeat(1 << 20));
    stage.queue.send(&bodies.iter().map(message).collect::<Vec<_>>()).await.unwrap();
    let mut all = Vec::new();
    for _ in 0..bodies.len() {
        let received = stage.one().await;
        stage.queue.settle(&received, Settlement::Done).await.unwrap();
        all.push(received.body);
    }
    all.sort();
    assert!(all == bodies, "of lengths {:?}", all.iter().map(String::len).collect::<Vec<_>>());
}

async fn a_message_that_is_too_large_is_refused_with_its_list(stage: Stage) {
    let refused = stage.queue.send(&[message("a"), message("x".repeat((1 << 20) + 1))]).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::MessageInvalid);
    assert_eq!(stage.now().await, None);
    stage.queue.send(&[]).await.unwrap();
}
