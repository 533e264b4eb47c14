//! The queue's contract, case by case; `queue_model` has the rest.

use crate::stage::{Stage, message};
use causeway_domain::FailureKind;
use causeway_local::{Depths, LocalQueue, QueueSettings};
use causeway_ports::{Clock, Outgoing, Queue, Received, Settlement};
use std::time::Duration;

const SETTINGS: QueueSettings = QueueSettings { visibility: Duration::from_secs(60), max_receives: 3 };

fn work(stage: &Stage) -> LocalQueue {
    stage.queues().queue("work", SETTINGS)
}

async fn one(queue: &LocalQueue) -> Option<Received> {
    queue.receive(1).await.unwrap().pop()
}

#[tokio::test]
async fn a_message_is_hidden_while_worked_on_and_gone_when_done() {
    let stage = Stage::new();
    let queue = work(&stage);
    queue.send(&[message("a"), message("b")]).await.unwrap();
    let taken = queue.receive(10).await.unwrap();
    assert_eq!(taken.iter().map(|m| m.body.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(one(&queue).await.is_none());
    queue.settle(&taken[0], Settlement::Done).await.unwrap();
    stage.clock.advance(SETTINGS.visibility);
    let again = one(&queue).await.unwrap();
    assert_eq!((again.body.as_str(), again.receives), ("b", 2));
    assert_ne!(again.receipt, taken[1].receipt);
    assert!(one(&queue).await.is_none());
}

#[tokio::test]
async fn a_stale_receipt_changes_nothing() {
    let stage = Stage::new();
    let queue = work(&stage);
    queue.send(&[message("a")]).await.unwrap();
    let slow = one(&queue).await.unwrap();
    stage.clock.advance(SETTINGS.visibility);
    let fast = one(&queue).await.unwrap();
    for settlement in
        [Settlement::Done, Settlement::RetryIn(Duration::ZERO), Settlement::DeadLetter("x".into())]
    {
        queue.settle(&slow, settlement).await.unwrap();
    }
    assert!(one(&queue).await.is_none(), "still with the second receiver");
    queue.settle(&fast, Settlement::RetryIn(Duration::from_secs(5))).await.unwrap();
    queue.settle(&fast, Settlement::Done).await.unwrap();
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(one(&queue).await.unwrap().receives, 3, "a receipt ends a message once");
    assert_eq!(stage.queues().dead_letters().await.unwrap(), []);
}

#[tokio::test]
async fn a_message_received_too_often_is_put_aside() {
    let stage = Stage::new();
    let queue = work(&stage);
    queue.send(&[message("poison")]).await.unwrap();
    for receives in 1..=3 {
        let taken = one(&queue).await.unwrap();
        assert_eq!((taken.receives, taken.last_receive), (receives, receives == 3));
        stage.clock.advance(SETTINGS.visibility);
    }
    assert!(one(&queue).await.is_none());
    let dead = stage.queues().dead_letters().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].queue.as_str(), dead[0].body.as_str(), dead[0].receives), ("work", "poison", 3));
    assert_eq!(
        (dead[0].reason.as_str(), dead[0].at),
        ("received 3 times and never finished", stage.clock.now())
    );
}

#[tokio::test]
async fn a_person_gets_the_reason_of_a_dead_letter() {
    let stage = Stage::new();
    let queue = work(&stage);
    queue.send(&[message("bad")]).await.unwrap();
    let taken = one(&queue).await.unwrap();
    queue.settle(&taken, Settlement::DeadLetter("403 from the vendor".into())).await.unwrap();
    assert_eq!(stage.queues().dead_letters().await.unwrap()[0].reason, "403 from the vendor");
    assert!(stage.queues().depths().await.unwrap().is_empty());
}

#[tokio::test]
async fn waiting_workers_learn_when_to_look_again() {
    let stage = Stage::new();
    let (queues, queue) = (stage.queues(), work(&stage));
    assert_eq!(queues.next_visible_at().await.unwrap(), None);
    let delay = Duration::from_millis(1_500);
    queue.send(&[Outgoing { body: "later".into(), delay }]).await.unwrap();
    let later = stage.clock.now() + delay;
    assert_eq!(queues.next_visible_at().await.unwrap(), Some(later));
    assert!(one(&queue).await.is_none());
    queues.queue("deliver", SETTINGS).send(&[message("now"), message("too")]).await.unwrap();
    assert_eq!(queues.queue("deliver", SETTINGS).receive(1).await.unwrap().len(), 1);
    let depths = queues.depths().await.unwrap();
    assert_eq!(depths["work"], Depths { delayed: 1, ..Depths::default() });
    assert_eq!(depths["deliver"], Depths { visible: 1, in_flight: 1, delayed: 0 });
    stage.clock.advance(delay);
    assert_eq!(one(&queue).await.unwrap().body, "later");
}

#[tokio::test]
async fn a_kill_gives_messages_back_without_using_them_up() {
    let stage = Stage::new();
    let queue = work(&stage);
    queue
        .send(&[message("interrupted"), Outgoing { body: "later".into(), delay: Duration::from_secs(9) }])
        .await
        .unwrap();
    for _ in 0..10 {
        assert_eq!(one(&queue).await.unwrap().receives, 1);
        let lock = stage.home.lock().unwrap();
        assert_eq!(stage.queues().release_all(&lock).await.unwrap(), 1);
    }
    let taken = one(&queue).await.unwrap();
    queue.settle(&taken, Settlement::RetryIn(Duration::ZERO)).await.unwrap();
    assert_eq!(stage.queues().release_all(&stage.home.lock().unwrap()).await.unwrap(), 0, "a failure counts");
    assert_eq!(one(&queue).await.unwrap().receives, 2);
}

#[tokio::test]
async fn a_message_larger_than_sqs_takes_is_refused_with_its_batch() {
    let stage = Stage::new();
    let queue = work(&stage);
    let refused = queue.send(&[message("a"), message("x".repeat((1 << 20) + 1))]).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::MessageInvalid);
    assert!(one(&queue).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_receivers_share_the_messages_out() {
    let stage = Stage::new();
    let bodies: Vec<_> = (0..60).map(|n| format!("{n:02}")).collect();
    work(&stage).send(&bodies.iter().map(message).collect::<Vec<_>>()).await.unwrap();
    let receivers: Vec<_> = (0..8)
        .map(|_| {
            let queue = work(&stage);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let taken = queue.receive(3).await.unwrap();
                    if taken.is_empty() {
                        return mine;
                    }
                    mine.extend(taken.into_iter().map(|m| m.body));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for receiver in receivers {
        all.extend(receiver.await.unwrap());
    }
    all.sort();
    assert_eq!(all, bodies);
}
