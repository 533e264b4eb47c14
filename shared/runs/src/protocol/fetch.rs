//! Fetch: reads one page or asks one confirming question, and stores the result.

use crate::decide::question::{ToAsk, to_ask};
use crate::protocol::attempt::is_overdue;
use crate::protocol::stage::{Origin, stage};
use crate::protocol::{chain, replayed as replay, schema, settle};
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_coverage::chain::link as chain_link;
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{Confirmation, Count, PageFigures, PageId, Series, TAIL, Traffic, Window};
use causeway_domain::reading::Cursor;
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, FailureKind, Manifest, Stream, VendorKey};
use causeway_ledger::segment;
use causeway_mutants::Mutant;
use causeway_ports::source::Linked;
use causeway_ports::{Fetched, Received, Settlement, Source};
use futures::join;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// From this receive on, a page that fails as a whole is read in parts: a second failure in a row is rarely a passing outage.
const IN_PARTS_FROM: u32 = 2;

/// Handles one message of the work queue.
#[async_recursion]
pub async fn fetch(engine: &Engine, received: &Received) -> Settlement {
    let message = match settle::read(received) {
        Ok(message) => message,
        Err(settlement) => return settlement,
    };
    let page =
        async |page, asked| fetch_page(engine, &message, page, asked, received.receives).await.map(drop);
    let done = match message.work {
        Work::Page { page: id, window } => page(id, Asked::Vendor(window)).await,
        Work::Link { page, ref from, ref cycle_check } => {
            chain::follow(engine, &message, (page, from, cycle_check.as_ref()), received.receives).await
        }
        Work::Confirm { stream, number } => page(PageId::answer(stream, number), Asked::ForMissing).await,
        Work::Replay { page: id } => page(id, Asked::Kept).await,
        Work::Count { stream, round } => count(engine, &message, (stream, round)).await,
        Work::Finalize { .. } | Work::Deliver { .. } => return settle::not_for("a worker"),
    };
    match (done, message.work.name()) {
        (Ok(()), _) | (_, None) => Settlement::Done,
        (Err(_), _) if Mutant::AcknowledgesBeforeStaging.on() => Settlement::Done,
        (Err(failure), Some(work)) => {
            settle::failed(engine, engine.queues.work.as_ref(), received, &message, work, failure).await
        }
    }
}

/// The origin of a page.
pub(crate) enum Asked {
    /// This window of the vendor's table.
    Vendor(Window),
    /// The page of a chain that begins at `from`.
    Link { from: Cursor, cycle_check: Option<Cursor> },
    /// The vendor's answer to a question for exactly the missing records.
    ForMissing,
    /// A page that the replayed run kept.
    Kept,
}

/// Reads `page` and stages it; returns whether what is staged is what was read here.
pub(crate) async fn fetch_page(
    engine: &Engine,
    message: &Message,
    page: PageId,
    asked: Asked,
    attempts: u32,
) -> Result<bool, Failure> {
    let keys = message.keys().run;
    let objects = engine.objects.as_ref();
    let open = open_run(engine, message, &keys.page_summary(page)).await?;
    let Some(manifest) = open else { return Ok(false) };
    let began = engine.clock.now();
    let (fetched, mut origin) = obtain(engine, (keys, &manifest), page, (asked, attempts)).await?;
    let took = milliseconds(began, engine.clock.now());
    let Fetched { mut transformed, raw, dropped_fields, traffic, transform_ms } = fetched;
    if is_seam(page.series, origin.window) {
        transformed.unreadable.leave_out(&transformed.unreadable_first);
    }
    let fields = schema::is_sampled(&manifest, page).then(|| std::mem::take(&mut transformed.fields));
    let figures = PageFigures {
        attempts,
        fetch_ms: took.saturating_sub(transform_ms),
        transform_ms,
        unreadable_values: transformed.unreadable.total(),
        unreadable: std::mem::take(&mut transformed.unreadable),
        fields,
    };
    if manifest.definition.definition.run.keep_raw_pages && origin.raw.is_none() {
        let text = raw.into_stored();
        origin.raw = Some(segment::put(objects, text, |hash| keys.raw_page(page, hash)).await?);
    } else {
        // Frees the largest part of the page before staging: several pages are staged in parallel.
        drop(raw);
    }
    stage(engine, keys, page, (origin, figures), (dropped_fields, traffic), transformed).await
}

/// The page with its records.
async fn obtain(
    engine: &Engine,
    (keys, manifest): (RunKeys<'_>, &Manifest),
    page: PageId,
    (asked, attempts): (Asked, u32),
) -> Result<(Fetched, Origin), Failure> {
    let source = engine.connectors.source(&manifest.definition)?;
    let plan = manifest.streams.iter().find(|plan| plan.stream == page.stream);
    let (mut window, mut link, mut confirmation, mut kept_keys) = (None, None, None, TAIL);
    let mut visible_sites = BTreeSet::new();
    let fetched = match asked {
        Asked::Vendor(asked) => {
            window = Some(asked);
            // A read that closes a gap may have to join any other.
            let main = plan.filter(|_| page.series == Series::Main);
            kept_keys = main.map_or(usize::MAX, |plan| plan.kept_keys(asked));
            read_rows(source.as_ref(), page.stream, asked, attempts).await?
        }
        Asked::Link { from, cycle_check } => {
            let Linked { fetched, continuation, ids } = source.follow(page.stream, &from).await?;
            let unplanned = || store::damaged(&keys.manifest(), "it does not plan this page's stream");
            let (plan, rows) = (plan.ok_or_else(unplanned)?, fetched.transformed.fetched);
            link = Some(chain_link(plan, (page.number, from), cycle_check, (continuation, rows, &ids)));
            fetched
        }
        Asked::ForMissing => {
            let cannot = || {
                Failure::new(
                    FailureKind::NotPossible,
                    page.to_string(),
                    "this source cannot be asked for single records",
                )
            };
            let single_records = source.single_records(page.stream).ok_or_else(cannot)?;
            let ToAsk { missing, controls, sites } = to_ask(engine, keys, (page.stream, page.number)).await?;
            let (mut fetched, answer) = single_records.confirm(page.stream, &missing, &controls).await?;
            confirmation = Some(answer);
            visible_sites = still_visible(source.as_ref(), sites, &mut fetched.traffic).await?;
            fetched
        }
        Asked::Kept => return replay::kept(engine, manifest, page, source.as_ref()).await,
    };
    let observed_at = answered(engine.clock.now(), &fetched);
    Ok((fetched, Origin { window, link, kept_keys, confirmation, visible_sites, observed_at, raw: None }))
}

/// Asks for an asset of each of `sites` and returns those whose asset came. Whoever could see the site before and after an
/// answer could see it meanwhile.
async fn still_visible(
    source: &dyn Source,
    sites: BTreeMap<String, VendorKey>,
    traffic: &mut Traffic,
) -> Result<BTreeSet<String>, Failure> {
    let assets: Vec<VendorKey> = sites.values().cloned().collect();
    let Some(single_records) = source.single_records(Stream::Assets).filter(|_| !assets.is_empty()) else {
        return Ok(BTreeSet::new());
    };
    let (fetched, answer) = single_records.confirm(Stream::Assets, &[], &assets).await?;
    *traffic += fetched.traffic;
    if answer != Confirmation::Trusted {
        return Ok(BTreeSet::new());
    }
    let records = &fetched.transformed.records;
    let key = |raw: &str| serde_json::from_str::<VendorKey>(raw).ok().map(|key| key.texts());
    let came: BTreeSet<_> = records.iter().filter_map(|record| key(record.vendor_key?)).collect();
    Ok(sites.into_iter().filter(|(_, asset)| came.contains(&asset.texts())).map(|(site, _)| site).collect())
}

/// The time of the answer, for a page that was complete at `now`.
fn answered(now: Timestamp, fetched: &Fetched) -> Timestamp {
    now.checked_sub(Duration::from_millis(fetched.transform_ms)).unwrap_or(now)
}

async fn read_rows(
    source: &dyn Source,
    stream: Stream,
    window: Window,
    attempts: u32,
) -> Result<Fetched, Failure> {
    match source.fetch(stream, window).await {
        Err(failure) if attempts >= IN_PARTS_FROM => source.fetch_in_parts(stream, window, failure).await,
        fetched => fetched,
    }
}

/// Asks for the count of a stream after a round of catch-up, and stores it.
async fn count(engine: &Engine, message: &Message, (stream, round): (Stream, u16)) -> Result<(), Failure> {
    let key = message.keys().run.count(stream, round);
    let Some(manifest) = open_run(engine, message, &key).await? else { return Ok(()) };
    let source = engine.connectors.source(&manifest.definition)?;
    let began = engine.clock.now();
    let (rows, traffic) = source.count(stream).await?;
    let observed_at = engine.clock.now();
    let took_ms = milliseconds(began, observed_at);
    let count = Count { rows, observed_at, took_ms, traffic };
    store::create(engine.objects.as_ref(), &key, &count).await.map(drop)
}

/// The manifest of the message's run. `None` if there is nothing left to do: the object `key`, which the work would write,
/// exists, or the run is decided, overdue or gone.
async fn open_run(engine: &Engine, message: &Message, key: &str) -> Result<Option<Manifest>, Failure> {
    let objects = engine.objects.as_ref();
    // Read in parallel: a function pays for the time.
    let (outcome, manifest) = (message.keys().outcome(), message.keys().run.manifest());
    let (done, decided, manifest) = join!(
        store::exists(objects, key),
        store::read::<RunOutcome>(objects, &outcome),
        store::read::<Manifest>(objects, &manifest)
    );
    if done? || decided?.is_some() {
        return Ok(None);
    }
    // Without a manifest, the connection was removed.
    let Some(manifest) = manifest? else { return Ok(None) };
    Ok(if is_overdue(engine, message.keys(), &manifest).await? { None } else { Some(manifest) })
}

/// Whether a page begins with the row that the page before it ends with.
fn is_seam(series: Series, window: Option<Window>) -> bool {
    series == Series::Main && window.is_some_and(|window| window.offset > 0)
}

/// Milliseconds from `start` to `end`; 0 if the clock was set back.
pub(crate) fn milliseconds(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.duration_since(start).as_millis()).unwrap_or_default()
}
