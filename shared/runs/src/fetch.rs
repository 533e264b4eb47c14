//! Fetch: one page or one confirming question, from the vendor into the store.

use crate::confirm::to_ask;
use crate::stage::stage;
use crate::{Engine, settle, store};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{PageId, Series, Window};
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, Manifest, PageSummary, Stream};
use causeway_ports::{Received, Settlement};
use causeway_reconcile::mutant;

/// Handles one message of the work queue.
pub async fn fetch(engine: &Engine, received: &Received) -> Settlement {
    let message = match Message::parse(&received.body) {
        Ok(message) => message,
        Err(failure) => return Settlement::DeadLetter(failure.to_string()),
    };
    let (page, window) = match message.work {
        Work::Page { page, window } => (page, Some(window)),
        Work::Confirm { number } => {
            (PageId { stream: Stream::Findings, series: Series::Confirm, number }, None)
        }
        Work::Finalize { .. } | Work::Deliver { .. } => {
            return Settlement::DeadLetter("not work for a worker".to_owned());
        }
    };
    match fetch_page(engine, &message, page, window).await {
        Ok(()) => Settlement::Done,
        Err(_) if mutant::on("acknowledges-before-staging") => Settlement::Done,
        Err(failure) => {
            let work = page.to_string();
            settle::failed(engine, engine.queues.work.as_ref(), received, &message, &work, failure).await
        }
    }
}

async fn fetch_page(
    engine: &Engine,
    message: &Message,
    page: PageId,
    window: Option<Window>,
) -> Result<(), Failure> {
    let keys = RunKeys(&message.connection, &message.run);
    let objects = engine.objects.as_ref();
    let done = store::read::<PageSummary>(objects, &keys.page_summary(page)).await?.is_some();
    if done || store::read::<RunOutcome>(objects, &keys.outcome()).await?.is_some() {
        return Ok(());
    }
    // A manifest that is gone belongs to a connection that was removed: there is nothing left to fetch for.
    let Some(manifest) = store::read::<Manifest>(objects, &keys.manifest()).await? else { return Ok(()) };
    let source = engine.connectors.source(&manifest.definition)?;
    let (fetched, confirmation) = match window {
        Some(window) => (source.fetch(page.stream, window).await?, None),
        None => {
            let (missing, controls) = to_ask(engine, keys, page.number).await?;
            let (fetched, confirmation) = source.confirm(&missing, &controls).await?;
            (fetched, Some(confirmation))
        }
    };
    let transformed = source.transform(page.stream, &fetched.body)?;
    stage(engine, keys, page, window, &fetched, transformed, confirmation).await
}
