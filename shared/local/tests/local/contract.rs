//! The contract of the ports, as the stores of one machine keep it.

use crate::stage::Stage;
use async_trait::async_trait;
use causeway_contract::queue::DeadLetters;
use causeway_contract::{check, objects, queue, secrets};
use causeway_local::{LocalQueues, QueueSettings, SystemClock};
use causeway_ports::{Clock, Objects, SecretKeeper};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_keep_the_contract() {
    let stages = Mutex::new(Vec::new());
    let stage = async |_| {
        let stage = Stage::new();
        let objects: Arc<dyn Objects> = Arc::new(stage.home.objects());
        stages.lock().unwrap().push(stage);
        objects
    };
    check(objects::cases(), stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn queues_keep_the_contract() {
    let stages = Mutex::new(Vec::new());
    let stage = async |_| {
        let stage = Stage::new();
        let visibility = Duration::from_secs(2);
        let settings = QueueSettings { visibility, max_receives: 3 };
        let queues = stage.queues();
        let queue = Arc::new(queues.queue("work", settings));
        let clock = Arc::clone(&stage.clock) as Arc<dyn Clock>;
        stages.lock().unwrap().push(stage);
        queue::Stage { queue, clock, visibility, dead: Box::new(Dead(queues)) }
    };
    check(queue::cases(), stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn secrets_keep_the_contract() {
    let stages = Mutex::new(Vec::new());
    let stage = async |_| {
        let stage = Stage::new();
        let secrets = stage.home.secrets(None, Arc::new(SystemClock)).unwrap();
        stages.lock().unwrap().push(stage);
        Arc::new(secrets) as Arc<dyn SecretKeeper>
    };
    check(secrets::cases(), stage).await;
}

struct Dead(LocalQueues);

#[async_trait]
impl DeadLetters for Dead {
    async fn look(&self) -> Vec<(String, String)> {
        let own = |reason: &str| reason.ends_with("times and never finished");
        let letters = self.0.dead_letters().await.unwrap().into_iter();
        letters
            .map(|letter| (letter.body, if own(&letter.reason) { String::new() } else { letter.reason }))
            .collect()
    }
}
