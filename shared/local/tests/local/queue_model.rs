//! The queue against a model of its contract in memory, by random histories.

use crate::stage::{Stage, message};
use causeway_local::{LocalQueue, QueueSettings};
use causeway_ports::{Outgoing, Queue, Received, Settlement};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const SETTINGS: QueueSettings = QueueSettings { visibility: Duration::from_secs(30), max_receives: 3 };

#[derive(Debug, Clone)]
enum Step {
    Send {
        delays: Vec<u64>,
    },
    Receive {
        max: usize,
    },
    /// Settles one of all receipts ever given, stale ones too.
    Settle {
        pick: prop::sample::Index,
        settlement: Settlement,
    },
    Advance {
        seconds: u64,
    },
    /// Closes everything and takes the lock again, as after a kill.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let settlement = prop_oneof![
        3 => Just(Settlement::Done),
        3 => (0..40_u64).prop_map(|s| Settlement::RetryIn(Duration::from_secs(s))),
        1 => Just(Settlement::DeadLetter("given up".into())),
    ];
    prop_oneof![
        3 => prop::collection::vec(0..20_u64, 1..4).prop_map(|delays| Step::Send { delays }),
        5 => (1..4_usize).prop_map(|max| Step::Receive { max }),
        4 => (any::<prop::sample::Index>(), settlement)
            .prop_map(|(pick, settlement)| Step::Settle { pick, settlement }),
        4 => (1..40_u64).prop_map(|seconds| Step::Advance { seconds }),
        1 => Just(Step::Restart),
    ]
}

#[derive(Debug, Default)]
struct Model {
    now: u64,
    waiting: BTreeMap<String, Entry>,
    dead: BTreeMap<String, u32>,
}

#[derive(Debug, Default)]
struct Entry {
    visible_at: u64,
    receives: u32,
    receipt: Option<String>,
}

impl Model {
    /// Checks a receive: as many as allowed, each one visible, none too often; then does the same here.
    fn receive(&mut self, max: usize, taken: &[Received]) -> Result<(), TestCaseError> {
        let worn = |e: &Entry| e.visible_at <= self.now && e.receives >= SETTINGS.max_receives;
        for (body, entry) in self.waiting.extract_if(.., |_, entry| worn(entry)) {
            self.dead.insert(body, entry.receives);
        }
        let visible = self.waiting.values().filter(|entry| entry.visible_at <= self.now).count();
        prop_assert_eq!(taken.len(), visible.min(max));
        for message in taken {
            let Some(entry) = self.waiting.get_mut(&message.body) else {
                return Err(TestCaseError::fail(format!("{message:?} was not waiting")));
            };
            prop_assert!(entry.visible_at <= self.now, "{message:?} was hidden");
            entry.receives += 1;
            entry.visible_at = self.now + SETTINGS.visibility.as_secs();
            prop_assert_eq!(message.receives, entry.receives);
            prop_assert_eq!(message.last_receive, entry.receives == SETTINGS.max_receives);
            prop_assert!(entry.receipt.replace(message.receipt.clone()) != Some(message.receipt.clone()));
        }
        Ok(())
    }

    fn settle(&mut self, receipt: &str, settlement: &Settlement) {
        let Some((body, entry)) =
            self.waiting.iter_mut().find(|(_, e)| e.receipt.as_deref() == Some(receipt))
        else {
            return;
        };
        let body = body.clone();
        match settlement {
            Settlement::RetryIn(pause) => {
                entry.visible_at = self.now + pause.as_secs();
                entry.receipt = None;
            }
            Settlement::Done => drop(self.waiting.remove(&body)),
            Settlement::DeadLetter(_) => {
                let receives = entry.receives;
                self.waiting.remove(&body);
                self.dead.insert(body, receives);
            }
        }
    }

    fn restart(&mut self) {
        for entry in self.waiting.values_mut() {
            if entry.receipt.take().is_some() {
                entry.visible_at = self.now;
                entry.receives -= 1;
            }
        }
    }
}

async fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stage = Stage::new();
    let mut queue: LocalQueue = stage.queues().queue("work", SETTINGS);
    let bystander = stage.queues().queue("finalize", SETTINGS);
    bystander.send(&[message("bystander")]).await.unwrap();
    let (mut model, mut receipts, mut sent) = (Model::default(), Vec::new(), 0);
    for step in steps {
        match step {
            Step::Send { delays } => {
                let mut outgoing = Vec::new();
                for delay in delays {
                    let body = format!("message {sent}");
                    let entry = Entry { visible_at: model.now + delay, ..Entry::default() };
                    model.waiting.insert(body.clone(), entry);
                    outgoing.push(Outgoing { body, delay: Duration::from_secs(delay) });
                    sent += 1;
                }
                queue.send(&outgoing).await.unwrap();
            }
            Step::Receive { max } => {
                let taken = queue.receive(max).await.unwrap();
                model.receive(max, &taken)?;
                receipts.extend(taken);
            }
            Step::Settle { pick, settlement } if !receipts.is_empty() => {
                let received: &Received = pick.get(&receipts);
                model.settle(&received.receipt, &settlement);
                queue.settle(received, settlement).await.unwrap();
            }
            Step::Settle { .. } => {}
            Step::Advance { seconds } => {
                model.now += seconds;
                stage.clock.advance(Duration::from_secs(seconds));
            }
            Step::Restart => {
                let queues = stage.queues();
                queues.release_all(&stage.home.lock().unwrap()).await.unwrap();
                queue = queues.queue("work", SETTINGS);
                model.restart();
            }
        }
    }
    let dead = stage.queues().dead_letters().await.unwrap();
    let dead: BTreeMap<_, _> = dead.into_iter().map(|letter| (letter.body, letter.receives)).collect();
    prop_assert_eq!(&dead, &model.dead);
    let depths = stage.queues().depths().await.unwrap().remove("work").unwrap_or_default();
    prop_assert_eq!((depths.visible + depths.in_flight + depths.delayed) as usize, model.waiting.len());
    prop_assert_eq!(bystander.receive(9).await.unwrap().len(), 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histories_end_as_in_the_model(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Runtime::new().unwrap().block_on(play(steps))?;
    }
}
