//! Chains: pages that are read one after the other, because each tells how to ask for the next.
//!
//! A page is staged with what follows it, and whoever stages it first decides that; the next page is asked for as the stored
//! page says, never as a worker remembers. So two workers cannot lead a chain two ways, and a chain goes on from its last
//! page after a crash, a lost message or a redrive.

use crate::protocol::attempt::{Attempt, outgoing};
use crate::protocol::fetch::{Asked, fetch_page};
use crate::run_objects::StagedPages;
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{Chain, PageId, Series};
use causeway_domain::reading::{Cursor, Next, Reading};
use causeway_domain::run::StreamPlan;
use causeway_domain::{Failure, FailureKind, Manifest, PageSummary};
use causeway_mutants::Mutant;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Most pages that one message reads. On AWS a chain is a function that sends to its own queue, so fewer messages are fewer
/// hops.
const PAGES_PER_MESSAGE: usize = 8;

/// After this time a message reads no further page.
const READ_TIME: SignedDuration = SignedDuration::from_secs(30);

/// Pause before a worker that was not the first to stage a page checks that the chain has advanced.
const RECHECK_PAUSE: Duration = Duration::from_secs(60);

/// Age of the last page at which the message for the next one is sent again.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// Most restarts of a chain in one attempt of a run.
const RESTARTS: u16 = 3;

/// A page of a chain that is to be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Open {
    pub(crate) page: PageId,
    pub(crate) from: Cursor,
    /// See [`causeway_domain::reading::Link::cycle_check`].
    pub(crate) cycle_check: Option<Cursor>,
    /// Since when it could have been read.
    since: Timestamp,
}

impl Open {
    /// What follows `page`; `None` at the end of the chain, or where it is broken.
    fn after(page: &PageSummary) -> Option<Self> {
        let link = page.link.as_ref()?;
        let Next::Page { at } = &link.next else { return None };
        let next = PageId { number: page.page.number.saturating_add(1), ..page.page };
        Some(Self {
            page: next,
            from: at.clone(),
            cycle_check: link.cycle_check.clone(),
            since: page.observed_at,
        })
    }

    pub(crate) fn work(self) -> Work {
        Work::Link { page: self.page, from: self.from, cycle_check: self.cycle_check }
    }
}

/// Reads `page` at `from`, and some of the pages after it. If it was staged before, the chain goes on from its last page.
#[async_recursion]
pub(crate) async fn follow(
    engine: &Engine,
    message: &Message,
    (page, from, cycle_check): (PageId, &Cursor, Option<&Cursor>),
    attempts: u32,
) -> Result<(), Failure> {
    let (began, keys) = (engine.clock.now(), message.keys().run);
    // Copies of a message may arrive after the chain was read, and would begin it anew with a cursor that has expired.
    if store::exists(engine.objects.as_ref(), &keys.coverage()).await? {
        return Ok(());
    }
    let mut open = Open { page, from: from.clone(), cycle_check: cycle_check.cloned(), since: began };
    if store::exists(engine.objects.as_ref(), &keys.page_summary(page)).await? {
        // Whoever staged it may have died before it asked for the next one.
        let Some(last) = last_page(engine, keys, page).await? else { return Ok(()) };
        let Some(next) = Open::after(&last) else { return Ok(()) };
        open = next;
    }
    for read in 1..=PAGES_PER_MESSAGE {
        let staged = match read_page(engine, message, &open, attempts).await {
            Ok(Read::Here(staged)) => staged,
            // The other may have the very same message, which this one is about to end, and die before it has led on.
            Ok(Read::Elsewhere) => return send(engine, message, open, RECHECK_PAUSE).await,
            Ok(Read::NotWanted) => return Ok(()),
            Err(failure) if failure.kind == FailureKind::CursorExpired => {
                return begin_anew(engine, message, &open, failure).await;
            }
            // Its own message gives it its own attempts, and names it if it is given up.
            Err(_) if open.page != page => return send(engine, message, open, Duration::ZERO).await,
            Err(failure) => return Err(failure),
        };
        let Some(next) = Open::after(&staged) else { return Ok(()) };
        open = next;
        if read == PAGES_PER_MESSAGE || engine.clock.now().duration_since(began) > READ_TIME {
            break;
        }
    }
    send(engine, message, open, Duration::ZERO).await
}

/// Who has staged a page.
enum Read {
    /// This worker, which leads the chain on.
    Here(Box<PageSummary>),
    /// Another was first.
    Elsewhere,
    /// Nobody: the run is decided, overdue or gone.
    NotWanted,
}

/// The last page of the chain that is in force where `page` belongs.
async fn last_page(engine: &Engine, keys: RunKeys<'_>, page: PageId) -> Result<Option<PageSummary>, Failure> {
    let Series::Chain(chain) = page.series else { return Ok(None) };
    StagedPages::list(engine, keys).await?.last_link(page.stream, chain.lane).await
}

/// Reads the page and stages it. Whoever stages a page first leads on; otherwise two workers with copies of a message would
/// follow the chain side by side.
async fn read_page(engine: &Engine, message: &Message, open: &Open, attempts: u32) -> Result<Read, Failure> {
    let asked = Asked::Link { from: open.from.clone(), cycle_check: open.cycle_check.clone() };
    let here = fetch_page(engine, message, open.page, asked, attempts).await?;
    let key = message.keys().run.page_summary(open.page);
    let staged = store::read(engine.objects.as_ref(), &key).await?;
    Ok(match staged {
        Some(staged) if here => Read::Here(Box::new(staged)),
        Some(_) => Read::Elsewhere,
        None => Read::NotWanted,
    })
}

async fn send(engine: &Engine, message: &Message, open: Open, delay: Duration) -> Result<(), Failure> {
    let work = open.work();
    let message = Message { version: work.version(), work, ..message.clone() };
    engine.queues.work.send(&[outgoing(&message, delay)]).await
}

/// The vendor no longer knows where the chain goes on: it is read again from its start. What was read stays.
async fn begin_anew(
    engine: &Engine,
    message: &Message,
    open: &Open,
    failure: Failure,
) -> Result<(), Failure> {
    let Series::Chain(chain) = open.page.series else { return Err(failure) };
    let keys = message.keys().run;
    // Another worker read this page in time and leads on, unless it dies before that.
    if store::exists(engine.objects.as_ref(), &keys.page_summary(open.page)).await? {
        return send(engine, message, open.clone(), RECHECK_PAUSE).await;
    }
    let manifest: Option<Manifest> = store::read(engine.objects.as_ref(), &keys.manifest()).await?;
    let streams = manifest.map(|manifest| manifest.streams).unwrap_or_default();
    let start = streams
        .iter()
        .find(|plan| plan.stream == open.page.stream)
        .and_then(|plan| start_of(plan, chain.lane));
    let attempts = u16::try_from(message.attempt).unwrap_or(u16::MAX).saturating_add(1);
    let restart = chain.restart.saturating_add(1);
    match start {
        Some(from) if open.page.number > 0 && restart <= RESTARTS.saturating_mul(attempts) => {
            tracing::warn!(page = %open.page, error = %failure, "the chain is read again from its start");
            let series = Series::Chain(Chain { restart, ..chain });
            let page = PageId { series, number: 0, ..open.page };
            let open = Open { page, from, cycle_check: None, since: engine.clock.now() };
            send(engine, message, open, Duration::ZERO).await
        }
        _ => Err(failure),
    }
}

fn start_of(plan: &StreamPlan, lane: u16) -> Option<Cursor> {
    let Reading::Chains { starts } = &plan.reading else { return None };
    starts.get(usize::from(lane)).cloned()
}

/// The pages that the chains of a stream wait for; none once all have ended.
pub(crate) async fn open(
    staged: &StagedPages<'_>,
    manifest: &Manifest,
    plan: &StreamPlan,
) -> Result<Vec<Open>, Failure> {
    let Reading::Chains { starts } = &plan.reading else { return Ok(Vec::new()) };
    let mut open = Vec::new();
    for (lane, start) in (0..).zip(starts) {
        match staged.last_link(plan.stream, lane).await? {
            Some(last) => open.extend(Open::after(&last)),
            None => {
                let series = Series::Chain(Chain { lane, restart: 0 });
                let page = PageId { stream: plan.stream, series, number: 0 };
                open.push(Open { page, from: start.clone(), cycle_check: None, since: manifest.started_at });
            }
        }
    }
    Ok(open)
}

/// Whether the chains of a stream have ended. A page that a chain has waited for too long is asked for again, once in an
/// attempt: its message may be lost, but it may also wait for the vendor, and each copy would ask the vendor too.
pub(crate) async fn have_ended(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
    plan: &StreamPlan,
) -> Result<bool, Failure> {
    let lanes = if let Reading::Chains { starts } = &plan.reading { starts.len() } else { 0 };
    let open = open(staged, &attempt.manifest, plan).await?;
    let ended = open.is_empty() || open.len() < lanes && Mutant::WaitsForOneChainOnly.on();
    let now = engine.clock.now();
    for open in open.into_iter().filter(|open| now.duration_since(open.since) > PATIENCE) {
        let resent = attempt.keys().link_resent(open.page);
        if !store::exists(engine.objects.as_ref(), &resent).await? {
            let message = attempt.message(open.work());
            engine.queues.work.send(&[outgoing(&message, Duration::ZERO)]).await?;
            store::create(engine.objects.as_ref(), &resent, &true).await?;
        }
    }
    Ok(ended)
}
