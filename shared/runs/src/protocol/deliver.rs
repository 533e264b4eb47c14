//! Deliver: send one batch, judge the answer item by item, write the receipt.
//!
//! A try that leaves items to be sent again stores what it settled, and its message comes back; the next try sends the rest
//! only. Whoever stores a try first is believed: of two workers at once the other one's items are sent again, which changes
//! nothing at the receiver (I-9).

use crate::protocol::attempt::is_overdue;
use crate::protocol::fetch::milliseconds;
use crate::protocol::settle;
use crate::{Engine, milestone, store};
use async_recursion::async_recursion;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, DeliveryFigures, ItemAnswer, Phase, Receipt};
use causeway_domain::layout::{AttemptKeys, RunObject};
use causeway_domain::message::{Message, Work};
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, FailureKind, Manifest, WorkName};
use causeway_ledger::segment;
use causeway_mutants::Mutant;
use causeway_ports::destination::Batch;
use causeway_ports::{Received, Settlement};
use std::collections::BTreeSet;

/// Handles one message of the deliver queue.
#[async_recursion]
pub async fn deliver(engine: &Engine, received: &Received) -> Settlement {
    let message = match settle::read(received) {
        Ok(message) => message,
        Err(settlement) => return settlement,
    };
    let Work::Deliver { number, data, phase } = &message.work else {
        return settle::not_for("a deliverer");
    };
    match deliver_batch(engine, &message, (*number, data, *phase), received.receives).await {
        Ok(()) => Settlement::Done,
        Err(_) if Mutant::AcknowledgesBeforeDelivering.on() => Settlement::Done,
        Err(failure) => {
            let (queue, work) = (engine.queues.deliver.as_ref(), WorkName::Delivery(*number));
            settle::failed(engine, queue, received, &message, work, failure).await
        }
    }
}

async fn deliver_batch(
    engine: &Engine,
    message: &Message,
    (number, data, phase): (u32, &str, Phase),
    attempts: u32,
) -> Result<(), Failure> {
    let keys = message.keys();
    let objects = engine.objects.as_ref();
    let done = objects.get(&keys.receipt(number)).await?.is_some();
    let ended = store::read::<RunOutcome>(objects, &keys.outcome()).await?.is_some();
    if done || (ended && !Mutant::DeliversAfterTheEnd.on()) {
        return Ok(());
    }
    let Some(manifest) = store::read::<Manifest>(objects, &keys.run.manifest()).await? else {
        return Ok(());
    };
    if is_overdue(engine, keys, &manifest).await? {
        return Ok(());
    }
    // A key out of a message: it must not lead to what another connection or run keeps.
    if !data.starts_with(&keys.run.prefix()) {
        let detail = format!("its batch {data:?} is not one of run {}", message.run);
        return Err(Failure::new(FailureKind::MessageInvalid, "queue message", detail));
    }
    let Known { receipt: before, tries } = known(engine, keys, number).await?;
    let refused = match phase {
        Phase::Items => BTreeSet::new(),
        Phase::Links => refused_items(engine, keys, data).await?,
    };
    let text = segment::get(objects, data).await?;
    let lines: Vec<_> = segment::lines(&text).collect();
    let parse = |line| {
        serde_json::from_slice::<AssetDelivery<'_>>(line)
            .map_err(|error| store::damaged(data, &error.to_string()))
    };
    let mut assets = lines.iter().map(|line| parse(line)).collect::<Result<Vec<_>, _>>()?;
    if let Some(before) = &before {
        assets.retain(|asset| before.again.contains(asset.asset.as_ref()));
    }
    let mut receipt = before.unwrap_or_else(|| Receipt { delivery: number, phase, ..Receipt::default() });
    let withheld = assets.extract_if(.., |asset| refused.contains(asset.asset.as_ref()));
    receipt.withheld.extend(withheld.map(|asset| asset.asset.into_owned()));
    let destination = engine.connectors.destination(&manifest.definition)?;
    let batch = Batch { connection: &message.connection, run: &message.run, number, phase, assets: &assets };
    let began = engine.clock.now();
    let answer = match assets.is_empty() {
        true => BatchAnswer::default(),
        false => heard(destination.deliver(&batch).await?),
    };
    let again = receipt.add(&assets, answer)?;
    receipt.attempt = keys.attempt;
    let now = engine.clock.now();
    receipt.figures = DeliveryFigures { attempts, at: Some(now), took_ms: milliseconds(began, now) };
    if let Some(failure) = again {
        let settled = receipt.again.len() < assets.len();
        if settled {
            store::create(objects, &keys.partial_receipt(number, tries + 1), &receipt).await?;
        }
        return Err(failure);
    }
    store::create(objects, &keys.receipt(number), &receipt).await?;
    milestone::delivered(&message.run, &receipt);
    Ok(())
}

/// Items of the batch at `data` that were refused when they were last sent, up to this attempt: their links are not sent. The
/// finalizer queues links when each batch of items has a receipt.
async fn refused_items(
    engine: &Engine,
    keys: AttemptKeys<'_>,
    data: &str,
) -> Result<BTreeSet<String>, Failure> {
    let Some(RunObject::Delivery(items, _)) = keys.run.object(data) else {
        return Err(store::damaged(data, "it names no batch"));
    };
    for attempt in (0..=keys.attempt).rev() {
        let key = keys.run.attempt(attempt).receipt(items);
        let Some(receipt) = store::read::<Receipt>(engine.objects.as_ref(), &key).await? else { continue };
        let refused = receipt.refused.into_iter().map(|refusal| refusal.asset);
        return Ok(refused.filter(|_| !Mutant::LinksWhatWasRefused.on()).collect());
    }
    Err(store::damaged(data, "its items have no receipt"))
}

/// The answer as it counts.
fn heard(mut answer: BatchAnswer) -> BatchAnswer {
    let again = answer.items.iter_mut().filter(|item| matches!(item, ItemAnswer::Again(_)));
    if Mutant::TakesAgainForAccepted.on() {
        again.for_each(|item| *item = ItemAnswer::Accepted);
    }
    answer
}

/// What is known of a delivery before a try.
#[derive(Default)]
struct Known {
    /// Its items to be sent are those of `again`; `None` if they are all.
    receipt: Option<Receipt>,
    /// Tries of this attempt that settled something.
    tries: u32,
}

/// What earlier tries of this attempt settled of a delivery, or else the last attempt before it.
async fn known(engine: &Engine, keys: AttemptKeys<'_>, number: u32) -> Result<Known, Failure> {
    let own = tried(engine, keys, number).await?;
    if own.receipt.is_some() {
        return Ok(own);
    }
    for attempt in (0..keys.attempt).rev() {
        let earlier = keys.run.attempt(attempt);
        let receipt = match store::read(engine.objects.as_ref(), &earlier.receipt(number)).await? {
            Some(receipt) => Some(receipt),
            None => tried(engine, earlier, number).await?.receipt,
        };
        if receipt.is_some() {
            return Ok(Known { receipt: receipt.map(Receipt::reopened), tries: 0 });
        }
    }
    Ok(Known::default())
}

/// The last try of an attempt that settled something. Each settles an item, so there are no more than items.
async fn tried(engine: &Engine, keys: AttemptKeys<'_>, number: u32) -> Result<Known, Failure> {
    let mut known = Known::default();
    loop {
        let key = keys.partial_receipt(number, known.tries + 1);
        let Some(receipt) = store::read(engine.objects.as_ref(), &key).await? else { return Ok(known) };
        known = Known { receipt: Some(receipt), tries: known.tries + 1 };
    }
}
