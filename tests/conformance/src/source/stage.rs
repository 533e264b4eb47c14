//! A source under test with its surroundings.

use super::driver::{SourceDriver, StreamShape};
use crate::stage::{Answer, Call, Deed, Log, OneSecret, PatientClock, Relay, ports};
use causeway_domain::{RowKey, Stream};
use causeway_ports::Clock;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Rows in scope of each stream, several pages of them.
pub(crate) const ROWS: usize = 60;

/// A source behind a relay.
pub(crate) struct Stage<D: SourceDriver> {
    pub(crate) driver: D,
    pub(crate) source: D::Source,
    pub(crate) relay: Relay,
    pub(crate) clock: Arc<PatientClock>,
    pub(crate) secret: Arc<OneSecret>,
    /// Keys of all rows at the start.
    pub(crate) before: Vec<(Stream, RowKey)>,
    log: Log,
}

impl<D: SourceDriver> Stage<D> {
    /// A source whose vendor has [`ROWS`] rows of each stream.
    pub(crate) async fn new() -> Self {
        Self::with(ROWS).await
    }

    /// A source whose vendor has `rows` rows of each stream.
    pub(crate) async fn with(rows: usize) -> Self {
        let log = Log::keep();
        let driver = D::start(rows).await;
        let (ports, clock, secret) = ports(D::SECRET);
        let time: Arc<dyn Clock> = Arc::<PatientClock>::clone(&clock);
        let relay = Relay::to(&driver.address(), D::CREDENTIAL.header(), time).await;
        let source = driver.build(&relay.url, &ports);
        let streams = D::STREAMS.iter().map(|shape| shape.stream);
        let keys = |stream| driver.keys(stream).into_iter().map(move |key| (stream, RowKey::of(key.texts())));
        let before = streams.flat_map(keys).collect();
        Self { driver, source, relay, clock, secret, before, log }
    }

    /// Breaks every request but sign-ins, from now on.
    pub(crate) fn break_calls(&self, deed: Deed) {
        self.relay.follow(move |call| if D::CREDENTIAL.is_sign_in(call) { Deed::Pass } else { deed.clone() });
    }

    /// Changes the rows in every answer about a stream, from now on.
    pub(crate) fn edit_rows(
        &self,
        shape: StreamShape,
        edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static,
    ) {
        let edit = Arc::new(edit);
        self.relay.follow(move |call| {
            if !shape.is_asked_by(call) {
                return Deed::Pass;
            }
            let edit = Arc::clone(&edit);
            Deed::edit(move |answer: &mut Answer| {
                let mut body = answer.value().expect("the simulator answers in JSON");
                let rows = shape.rows(&mut body);
                edit(rows.unwrap_or_else(|| panic!("{:?}: no list at {}", shape.stream, shape.list)));
                answer.set(&body);
            })
        });
    }

    /// Ends all faults, and waits until no pause is in force.
    pub(crate) fn heal(&self) {
        self.relay.pass();
        self.clock.advance(Duration::from_secs(600));
    }

    /// Requests that are no sign-ins.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.relay.calls().into_iter().filter(|call| !D::CREDENTIAL.is_sign_in(call)).collect()
    }

    /// Fails if `text` holds the secret, or a token that was sent.
    pub(crate) fn is_discreet(&self, place: &str, text: &str) {
        let secrets = self.relay.tokens().into_iter().chain([D::SECRET.to_owned()]);
        for secret in secrets.filter(|secret| secret.len() >= 8) {
            assert!(!text.contains(&secret), "{place} holds a secret");
        }
    }
}

/// Checks at the end of every rule that neither log nor `Debug` holds a secret.
impl<D: SourceDriver> Drop for Stage<D> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.is_discreet("the log", &self.log.text());
            self.is_discreet("the source's Debug", &format!("{:?} {:#?}", self.source, self.source));
        }
    }
}

/// The shape of a stream.
pub(crate) fn shape<D: SourceDriver>(stream: Stream) -> StreamShape {
    *D::STREAMS.iter().find(|shape| shape.stream == stream).expect("a stream of the driver")
}
