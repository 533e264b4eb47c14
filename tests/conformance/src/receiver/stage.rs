//! A receiver under test with its surroundings.

use super::driver::{Api, ReceiverDriver};
use super::items::Items;
use crate::stage::{Call, Deed, Log, OneSecret, PatientClock, Relay, ports};
use causeway_domain::delivery::{BatchAnswer, ItemAnswer, Phase};
use causeway_domain::{ConnectionName, Failure, RunId};
use causeway_ports::destination::Batch;
use causeway_ports::{Clock, Destination};
use std::sync::Arc;
use std::time::Duration;

/// A receiver, behind a relay if it has an API.
pub(crate) struct Stage<D: ReceiverDriver> {
    pub(crate) driver: D,
    pub(crate) receiver: D::Receiver,
    pub(crate) relay: Relay,
    pub(crate) clock: Arc<PatientClock>,
    pub(crate) secret: Arc<OneSecret>,
    log: Log,
}

impl<D: ReceiverDriver> Stage<D> {
    /// A receiver that has nothing yet.
    pub(crate) async fn new() -> Self {
        let log = Log::keep();
        let driver = D::start().await;
        let (ports, clock, secret) = ports(D::API.map_or("no-secret-at-all", |api| api.secret));
        let time: Arc<dyn Clock> = Arc::<PatientClock>::clone(&clock);
        let relay =
            Relay::to(&driver.address(), D::API.map_or("authorization", |api| api.credential.header()), time)
                .await;
        let receiver = driver.build(&relay.url, &ports);
        Self { driver, receiver, relay, clock, secret, log }
    }

    /// Delivers `items` as number `number` of a run. Whatever comes of it holds no secret.
    pub(crate) async fn deliver(&self, number: u32, items: &Items) -> Result<Vec<ItemAnswer>, Failure> {
        let connection = ConnectionName::parse("plant-north").expect("a name");
        let run = RunId::parse("20260501T080000Z-0a1b2c3d").expect("an id");
        let assets = items.deliveries();
        let phase = Phase::Items;
        let batch = Batch { connection: &connection, run: &run, number, phase, assets: &assets };
        let answer = self.receiver.deliver(&batch).await;
        self.is_discreet("an answer", &format!("{answer:?}"));
        if let Err(failure) = &answer {
            assert!(!failure.subject.is_empty() && !failure.detail.is_empty(), "a failure without words");
            assert!(failure.to_string().len() < 2000, "a failure that repeats the answer: {failure}");
        }
        let BatchAnswer { items: answers, .. } = answer?;
        assert_eq!(answers.len(), assets.len(), "one answer for each item");
        self.accepted_items_arrived(items, &answers);
        Ok(answers)
    }

    /// Delivers `items`, all of which must be accepted.
    pub(crate) async fn accept(&self, number: u32, items: &Items) {
        let answers = self
            .deliver(number, items)
            .await
            .unwrap_or_else(|failure| panic!("delivery {number}: {failure}"));
        for (id, answer) in items.ids().iter().zip(answers) {
            assert_eq!(answer, ItemAnswer::Accepted, "{id:?}");
        }
    }

    /// Checks that each accepted item has arrived with all its findings. Holds for every answer.
    fn accepted_items_arrived(&self, items: &Items, answers: &[ItemAnswer]) {
        let kept = self.driver.kept();
        for (item, answer) in items.deliveries().iter().zip(answers) {
            if *answer == ItemAnswer::Accepted {
                let id = item.asset.as_ref();
                let asset = kept.get(id).unwrap_or_else(|| panic!("{id:?} is accepted and did not arrive"));
                let arrived = |finding: &str| asset.findings.contains_key(finding);
                let lost: Vec<_> =
                    item.findings.iter().filter(|one| !arrived(&one.finding)).take(3).collect();
                assert!(lost.is_empty(), "{id:?} is accepted, and findings did not arrive: {lost:?}");
            }
        }
    }

    /// Breaks every request but sign-ins, from now on.
    pub(crate) fn break_calls(&self, api: Api, deed: Deed) {
        self.relay
            .follow(move |call| if api.credential.is_sign_in(call) { Deed::Pass } else { deed.clone() });
    }

    /// Ends all faults, and waits until no pause is in force.
    pub(crate) fn heal(&self) {
        self.relay.pass();
        self.clock.advance(Duration::from_secs(600));
    }

    /// Requests that are no sign-ins.
    pub(crate) fn calls(&self, api: Api) -> Vec<Call> {
        self.relay.calls().into_iter().filter(|call| !api.credential.is_sign_in(call)).collect()
    }

    /// Fails if `text` holds the secret, or a token that was sent.
    pub(crate) fn is_discreet(&self, place: &str, text: &str) {
        let Some(api) = D::API else { return };
        let secrets = self.relay.tokens().into_iter().chain([api.secret.to_owned()]);
        for secret in secrets.filter(|secret| secret.len() >= 8) {
            assert!(!text.contains(&secret), "{place} holds a secret");
        }
    }
}

/// Checks at the end of every rule that neither log nor `Debug` holds a secret.
impl<D: ReceiverDriver> Drop for Stage<D> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.is_discreet("the log", &self.log.text());
            self.is_discreet("the receiver's Debug", &format!("{:?} {:#?}", self.receiver, self.receiver));
        }
    }
}
