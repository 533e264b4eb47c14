//! Deliver: send one batch, judge the answer, write the receipt.

use crate::protocol::attempt::is_overdue;
use crate::protocol::fetch::milliseconds;
use crate::protocol::settle;
use crate::{Engine, milestone, store};
use async_recursion::async_recursion;
use causeway_domain::delivery::{AssetDelivery, DeliveryFigures, Receipt};
use causeway_domain::layout::AttemptKeys;
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
    let Work::Deliver { number, data } = &message.work else {
        return settle::not_for("a deliverer");
    };
    match deliver_batch(engine, &message, (*number, data), received.receives).await {
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
    (number, data): (u32, &str),
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
    let before = earlier(engine, keys, number).await?;
    let refused: Option<BTreeSet<&str>> =
        before.as_ref().map(|before| before.refused.iter().map(|one| one.asset.as_str()).collect());
    let text = segment::get(objects, data).await?;
    let lines: Vec<_> = segment::lines(&text).collect();
    let parse = |line| {
        serde_json::from_slice::<AssetDelivery<'_>>(line)
            .map_err(|error| store::damaged(data, &error.to_string()))
    };
    let mut assets = lines.iter().map(|line| parse(line)).collect::<Result<Vec<_>, _>>()?;
    if let Some(refused) = &refused {
        assets.retain(|asset| refused.contains(asset.asset.as_ref()));
    }
    let destination = engine.connectors.destination(&manifest.definition)?;
    let batch = Batch { connection: &message.connection, run: &message.run, number, assets: &assets };
    let began = engine.clock.now();
    let mut receipt = match before {
        Some(before) if assets.is_empty() => before,
        before => {
            let again = destination.deliver(&batch).await?;
            before.iter().fold(again, |again, before| joined(before, again))
        }
    };
    receipt.attempt = keys.attempt;
    let now = engine.clock.now();
    receipt.figures = DeliveryFigures { attempts, at: Some(now), took_ms: milliseconds(began, now) };
    store::create(objects, &keys.receipt(number), &receipt).await?;
    milestone::delivered(&message.run, &receipt);
    Ok(())
}

/// What the last attempt before this one brought over of a delivery.
async fn earlier(engine: &Engine, keys: AttemptKeys<'_>, number: u32) -> Result<Option<Receipt>, Failure> {
    for attempt in (0..keys.attempt).rev() {
        let key = keys.run.attempt(attempt).receipt(number);
        if let Some(receipt) = store::read(engine.objects.as_ref(), &key).await? {
            return Ok(Some(receipt));
        }
    }
    Ok(None)
}

/// A receipt, and the one for the assets that it refused.
fn joined(before: &Receipt, again: Receipt) -> Receipt {
    let mut traffic = before.traffic;
    traffic += again.traffic;
    let (accepted, findings) = (before.accepted + again.accepted, before.findings + again.findings);
    Receipt { accepted, findings, traffic, ..again }
}
