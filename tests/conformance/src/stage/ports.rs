//! The ports that a source or receiver under test is built with.

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_ports::{Clock, Freshness, Ids, SecretText, Secrets};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The ports that a driver builds its source or receiver with.
#[derive(Clone)]
pub struct Ports {
    /// Secrets; each name has the same text.
    pub secrets: Arc<dyn Secrets>,
    /// A clock that moves only while somebody waits.
    pub clock: Arc<dyn Clock>,
    /// Ids without chance.
    pub ids: Arc<dyn Ids>,
}

/// Ports with their clock and their secret.
pub(crate) fn ports(secret: &str) -> (Ports, Arc<PatientClock>, Arc<OneSecret>) {
    let (clock, one) = (Arc::<PatientClock>::default(), Arc::new(OneSecret::new(secret)));
    let (time, secrets): (Arc<dyn Clock>, Arc<dyn Secrets>) =
        (Arc::<PatientClock>::clone(&clock), Arc::<OneSecret>::clone(&one));
    (Ports { secrets, clock: time, ids: Arc::new(Even) }, clock, one)
}

/// A clock whose time passes by waiting, so that no test waits. Concurrent waits overlap: the earliest one ends first, and
/// moves the time no further than it has to.
pub struct PatientClock(Mutex<Time>);

struct Time {
    now: Timestamp,
    /// Ends of the waits in progress.
    waits: BTreeSet<(Timestamp, u64)>,
    serial: u64,
}

impl Default for PatientClock {
    fn default() -> Self {
        let now = "2026-11-01T10:00:00Z".parse().unwrap();
        Self(Mutex::new(Time { now, waits: BTreeSet::new(), serial: 0 }))
    }
}

impl PatientClock {
    /// Moves the time.
    pub fn advance(&self, time: Duration) {
        let mut this = self.0.lock().unwrap();
        this.now = this.now.checked_add(time).unwrap();
    }

    fn begin(&self, pause: Duration) -> (Timestamp, u64) {
        let mut this = self.0.lock().unwrap();
        this.serial += 1;
        let wait = (this.now.checked_add(pause).unwrap(), this.serial);
        this.waits.insert(wait);
        wait
    }

    /// Ends `wait` if its turn has come.
    fn end(&self, wait: (Timestamp, u64)) -> bool {
        let mut this = self.0.lock().unwrap();
        let first = this.waits.first() == Some(&wait);
        if first {
            this.waits.remove(&wait);
            this.now = this.now.max(wait.0);
        }
        first
    }
}

/// A wait that is given up does not hold up the others.
struct Wait<'c>(&'c PatientClock, (Timestamp, u64));

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().waits.remove(&self.1);
    }
}

#[async_trait]
impl Clock for PatientClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().now
    }

    async fn sleep(&self, pause: Duration) {
        let wait = Wait(self, self.begin(pause));
        loop {
            tokio::task::yield_now().await;
            if self.end(wait.1) {
                return;
            }
        }
    }
}

/// The secret as it is cached, and as it is stored.
pub(crate) struct OneSecret(Mutex<[String; 2]>);

impl OneSecret {
    fn new(text: &str) -> Self {
        Self(Mutex::new([text.to_owned(), text.to_owned()]))
    }

    /// Stores another text; the cache still has the one before.
    pub(crate) fn rotate(&self, text: &str) {
        self.0.lock().unwrap()[1] = text.to_owned();
    }
}

#[async_trait]
impl Secrets for OneSecret {
    async fn read(&self, _: &str, freshness: Freshness) -> Result<SecretText, Failure> {
        let mut texts = self.0.lock().unwrap();
        if freshness == Freshness::Fresh {
            texts[0] = texts[1].clone();
        }
        Ok(SecretText::from(texts[0].as_str()))
    }
}

struct Even;

impl Ids for Even {
    fn unique(&self) -> String {
        "00000000-0000-4000-8000-000000000001".to_owned()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}
