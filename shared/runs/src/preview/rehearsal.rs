//! What a rehearsed run works with: queues in memory, and a source and a destination that it cannot do harm with.

use async_trait::async_trait;
use causeway_domain::definition::{Catalog, Registered};
use causeway_domain::delivery::{BatchAnswer, BatchLimits, Phase, Takes};
use causeway_domain::page::{Traffic, Window};
use causeway_domain::reading::{Continuation, Cursor};
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_ports::destination::Batch;
use causeway_ports::source::{Explained, Linked, Opened};
use causeway_ports::{
    Connectors, Destination, Fetched, NamedTest, Outgoing, Queue, RawPage, Received, Settlement,
    SingleRecords, Source, Transformed,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// As with a real queue, so that a page gets as many attempts.
const MAX_RECEIVES: u32 = 6;

/// The first answer of each stream.
pub(super) type FirstAnswers = Arc<Mutex<BTreeMap<Stream, RawPage>>>;

/// A queue in memory; whoever takes a message out sees to its delay.
#[derive(Default)]
pub(super) struct Messages(Mutex<BTreeMap<String, (Received, Duration)>>);

impl Messages {
    /// Takes all messages out, each with the time to wait before it is worked on.
    pub(super) fn take(&self) -> Vec<(Received, Duration)> {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *messages).into_values().collect()
    }

    /// Puts a message back for another attempt.
    pub(super) fn again(&self, received: Received, pause: Duration) {
        let receives = received.receives + 1;
        let again = Received { receives, last_receive: receives >= MAX_RECEIVES, ..received };
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.insert(again.body.clone(), (again, pause));
    }
}

#[async_trait]
impl Queue for Messages {
    async fn send(&self, sent: &[Outgoing]) -> Result<(), Failure> {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Outgoing { body, delay } in sent {
            let (body, receipt) = (body.clone(), String::new());
            let first = Received { body, receipt, receives: 1, last_receive: false };
            messages.insert(first.body.clone(), (first, *delay));
        }
        Ok(())
    }

    async fn receive(&self, _max: usize) -> Result<Vec<Received>, Failure> {
        Ok(self.take().into_iter().map(|(received, _)| received).collect())
    }

    async fn settle(&self, _received: &Received, _settlement: Settlement) -> Result<(), Failure> {
        Ok(())
    }
}

/// The connection's own source, whose first answers are kept to be shown, and a destination that takes nothing.
pub(super) struct Rehearsed {
    pub(super) connectors: Arc<dyn Connectors>,
    pub(super) first_answers: FirstAnswers,
    /// Pages of a chain after which it ends; `None` follows it to its end.
    pub(super) pages: Option<u32>,
    /// Pages of chains that were read, by stream.
    pub(super) followed: Followed,
}

pub(super) type Followed = Arc<Mutex<BTreeMap<Stream, u32>>>;

impl Connectors for Rehearsed {
    fn catalog(&self) -> &Catalog {
        self.connectors.catalog()
    }

    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        let source = self.connectors.source(registered)?;
        let (first_answers, followed) = (Arc::clone(&self.first_answers), Arc::clone(&self.followed));
        Ok(Arc::new(Watched { source, first_answers, pages: self.pages, followed }))
    }

    fn destination(&self, registered: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        Ok(Arc::new(Closed(self.connectors.destination(registered)?)))
    }

    fn tests(&self, registered: &Registered) -> Result<Vec<NamedTest>, Failure> {
        self.connectors.tests(registered)
    }
}

struct Watched {
    source: Arc<dyn Source>,
    first_answers: FirstAnswers,
    pages: Option<u32>,
    followed: Followed,
}

impl Watched {
    fn note(&self, stream: Stream, fetched: Fetched) -> Fetched {
        let mut answers = self.first_answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(stream).or_insert_with(|| fetched.raw.clone());
        drop(answers);
        fetched
    }
}

#[async_trait]
impl Source for Watched {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        self.source.open().await
    }

    async fn count(&self, stream: Stream) -> Result<(Option<u64>, Traffic), Failure> {
        self.source.count(stream).await
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        let fetched = self.source.fetch(stream, window).await?;
        Ok(self.note(stream, fetched))
    }

    async fn fetch_in_parts(
        &self,
        stream: Stream,
        window: Window,
        whole: Failure,
    ) -> Result<Fetched, Failure> {
        let fetched = self.source.fetch_in_parts(stream, window, whole).await?;
        Ok(self.note(stream, fetched))
    }

    async fn follow(&self, stream: Stream, from: &Cursor) -> Result<Linked, Failure> {
        let linked = self.source.follow(stream, from).await?;
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = followed.entry(stream).or_default();
        *followed += 1;
        let continuation = if self.pages.is_some_and(|pages| *followed >= pages) {
            Continuation::End
        } else {
            linked.continuation
        };
        Ok(Linked { fetched: self.note(stream, linked.fetched), continuation, ids: linked.ids })
    }

    fn single_records(&self, stream: Stream) -> Option<&dyn SingleRecords> {
        self.source.single_records(stream)
    }

    fn mapped_fields(&self, stream: Stream) -> Vec<String> {
        self.source.mapped_fields(stream)
    }

    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        self.source.replay(stream, kept)
    }

    fn explain(&self, stream: Stream, kept: &[u8], limit: usize) -> Result<Vec<Explained>, Failure> {
        self.source.explain(stream, kept, limit)
    }
}

/// The connection's own destination, which is sent nothing.
struct Closed(Arc<dyn Destination>);

#[async_trait]
impl Destination for Closed {
    fn limits(&self) -> BatchLimits {
        self.0.limits()
    }

    fn takes(&self) -> Takes {
        self.0.takes()
    }

    fn phases(&self) -> &'static [Phase] {
        self.0.phases()
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let subject = format!("delivery {} of a preview", batch.number);
        Err(Failure::new(FailureKind::DeliveryRejected, subject, "a preview sends nothing"))
    }
}
