//! Crash detection: the previous holder of the home, and the connections in work when it died.

use crate::stage::{Stage, message};
use causeway_domain::ConnectionName;
use causeway_local::{QueueSettings, Suspect};
use causeway_ports::{Queue, Settlement};
use std::time::Duration;

const SETTINGS: QueueSettings = QueueSettings { visibility: Duration::from_secs(60), max_receives: 3 };

#[tokio::test]
async fn only_a_holder_that_could_not_say_so_has_died() {
    let stage = Stage::new();
    let file = stage.home.path().join("engine.lock");
    let mut lock = stage.home.lock().unwrap();
    assert!(!lock.was_left_by_a_death(), "a new home");
    lock.serve().unwrap();
    let held = std::fs::read_to_string(&file).unwrap();
    drop(lock);
    assert!(!stage.home.lock().unwrap().was_left_by_a_death(), "an orderly end");
    // The state that a killed process leaves.
    std::fs::write(&file, held).unwrap();
    drop(stage.home.lock().unwrap());
    let mut lock = stage.home.lock().unwrap();
    assert!(lock.was_left_by_a_death(), "nobody has asked in between");
    lock.stopping();
    let killed_while_stopping = std::fs::read_to_string(&file).unwrap();
    drop(lock);
    std::fs::write(&file, killed_while_stopping).unwrap();
    assert!(!stage.home.lock().unwrap().was_left_by_a_death());
}

#[tokio::test]
async fn what_was_in_work_can_be_taken_alone() {
    let stage = Stage::new();
    let (queues, queue) = (stage.queues(), stage.queues().queue("work", SETTINGS));
    queue.send(&[message("a"), message("b"), message("waiting")]).await.unwrap();
    assert_eq!(queue.receive(2).await.unwrap().len(), 2);
    let lock = stage.home.lock().unwrap();
    let unsettled = queues.unsettled(&lock).await.unwrap();
    let bodies: Vec<_> = unsettled.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["a", "b"]);
    queues.release_all(&lock).await.unwrap();
    assert_eq!(queues.unsettled(&lock).await.unwrap(), []);
    let taken = queue.take(unsettled[1].id).await.unwrap().unwrap();
    assert_eq!((taken.body.as_str(), taken.receives), ("b", 1));
    assert!(queue.take(unsettled[1].id).await.unwrap().is_none(), "somebody has it");
    queue.settle(&taken, Settlement::Done).await.unwrap();
    assert!(queue.take(unsettled[1].id).await.unwrap().is_none(), "it is gone");
}

#[tokio::test]
async fn suspects_outlive_the_process() {
    let stage = Stage::new();
    let plant = ConnectionName::parse("plant").unwrap();
    let suspect = Suspect { at_work: true, deaths: 2, objects: 7 };
    stage.queues().suspect(&plant, suspect).await.unwrap();
    let known = stage.queues().suspects().await.unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [(plant.clone(), suspect)]);
    stage.queues().clear(&plant).await.unwrap();
    assert!(stage.queues().suspects().await.unwrap().is_empty());
}
