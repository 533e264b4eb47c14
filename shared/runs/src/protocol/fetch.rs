//! Fetch: one page or one confirming question, from the vendor into the store.

use crate::decide::question::to_ask;
use crate::protocol::attempt::is_overdue;
use crate::protocol::stage::{Origin, stage};
use crate::protocol::{replayed as replay, schema, settle};
use crate::{Engine, store};
use async_recursion::async_recursion as boxed;
use bytes::Bytes;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{PageFigures, PageId, Series, Window};
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, Manifest, PageSummary};
use causeway_ledger::segment;
use causeway_mutants::Mutant;
use causeway_ports::{Received, Settlement};
use futures::join;
use jiff::Timestamp;

/// From this receive on, a page whose answer cannot be had as a whole is read in parts: the second failure in a row is
/// rarely an outage that passes.
const IN_PARTS_FROM: u32 = 2;

/// Handles one message of the work queue.
#[boxed]
pub async fn fetch(engine: &Engine, received: &Received) -> Settlement {
    let message = match Message::parse(&received.body) {
        Ok(message) => message,
        Err(failure) => return Settlement::DeadLetter(failure.to_string()),
    };
    let (page, asked) = match message.work {
        Work::Page { page, window } => (page, Asked::Vendor(window)),
        Work::Confirm { number } => (Work::question(number), Asked::ForMissing),
        Work::Replay { page } => (page, Asked::Kept),
        Work::Finalize { .. } | Work::Deliver { .. } => {
            return Settlement::DeadLetter("not work for a worker".to_owned());
        }
    };
    match fetch_page(engine, &message, page, asked, received.receives).await {
        Ok(()) => Settlement::Done,
        Err(_) if Mutant::AcknowledgesBeforeStaging.on() => Settlement::Done,
        Err(failure) => {
            let work = page.to_string();
            settle::failed(engine, engine.queues.work.as_ref(), received, &message, &work, failure).await
        }
    }
}

/// Where a page comes from.
enum Asked {
    /// This part of the vendor's table.
    Vendor(Window),
    /// The vendor's answer to a question for exactly the missing findings.
    ForMissing,
    /// What the replayed run kept.
    Kept,
}

async fn fetch_page(
    engine: &Engine,
    message: &Message,
    page: PageId,
    asked: Asked,
    attempts: u32,
) -> Result<(), Failure> {
    let keys = message.keys().run;
    let objects = engine.objects.as_ref();
    // Nobody waits for one of these answers before asking for the next: a function pays for the time.
    let (summary, outcome, manifest) = (keys.page_summary(page), message.keys().outcome(), keys.manifest());
    let (staged, decided, manifest) = join!(
        store::read::<PageSummary>(objects, &summary),
        store::read::<RunOutcome>(objects, &outcome),
        store::read::<Manifest>(objects, &manifest)
    );
    if staged?.is_some() || decided?.is_some() {
        return Ok(());
    }
    // A manifest that is gone belongs to a connection that was removed: there is nothing left to fetch for.
    let Some(manifest) = manifest? else { return Ok(()) };
    if is_overdue(engine, message.keys(), &manifest).await? {
        return Ok(());
    }
    let source = engine.connectors.source(&manifest.definition)?;
    let began = engine.clock.now();
    let (mut fetched, mut origin) = match asked {
        Asked::Vendor(window) => {
            let fetched = match source.fetch(page.stream, window).await {
                Err(failure) if attempts >= IN_PARTS_FROM => {
                    source.fetch_in_parts(page.stream, window, failure).await?
                }
                fetched => fetched?,
            };
            (fetched, Origin { window: Some(window), ..Origin::seen(engine.clock.now()) })
        }
        Asked::ForMissing => {
            let (missing, controls) = to_ask(engine, keys, page.number).await?;
            let (fetched, confirmation) = source.confirm(&missing, &controls).await?;
            (fetched, Origin { confirmation: Some(confirmation), ..Origin::seen(engine.clock.now()) })
        }
        Asked::Kept => replay::kept(engine, &manifest, page).await?,
    };
    let answered = engine.clock.now();
    let mut transformed = source.transform(page.stream, &fetched.body)?;
    if is_seam(page.series, origin.window) {
        transformed.unreadable.leave_out(&transformed.unreadable_first);
    }
    let fields = schema::is_sampled(&manifest, page).then(|| std::mem::take(&mut transformed.fields));
    let figures = PageFigures {
        attempts,
        fetch_ms: milliseconds(began, answered),
        transform_ms: milliseconds(answered, engine.clock.now()),
        unreadable_values: transformed.unreadable.total(),
        unreadable: std::mem::take(&mut transformed.unreadable),
        fields,
    };
    if manifest.definition.definition.run.keep_raw_pages && origin.raw.is_none() {
        origin.raw =
            Some(segment::put(objects, fetched.body.clone(), |hash| keys.raw_page(page, hash)).await?);
    }
    // Several pages are staged at once, and the answer is the largest part of each.
    fetched.body = Bytes::new();
    stage(engine, keys, page, (origin, figures), &fetched, transformed).await
}

/// Whether a page begins with the row that the page before it ends with.
fn is_seam(series: Series, window: Option<Window>) -> bool {
    series == Series::Main && window.is_some_and(|window| window.offset > 0)
}

/// From `start` to `end`; none when the clock was set back.
pub(crate) fn milliseconds(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.duration_since(start).as_millis()).unwrap_or_default()
}
