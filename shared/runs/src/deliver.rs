//! Deliver: send one batch, judge the answer, write the receipt.

use crate::{Engine, ndjson, settle, store};
use causeway_domain::delivery::{AssetDelivery, Receipt};
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, Manifest};
use causeway_ports::destination::Batch;
use causeway_ports::{Received, Settlement};
use causeway_reconcile::mutant;

/// Handles one message of the deliver queue.
pub async fn deliver(engine: &Engine, received: &Received) -> Settlement {
    let message = match Message::parse(&received.body) {
        Ok(message) => message,
        Err(failure) => return Settlement::DeadLetter(failure.to_string()),
    };
    let Work::Deliver { number, data } = &message.work else {
        return Settlement::DeadLetter("not work for a deliverer".to_owned());
    };
    match deliver_batch(engine, &message, *number, data).await {
        Ok(()) => Settlement::Done,
        Err(_) if mutant::on("acknowledges-before-delivering") => Settlement::Done,
        Err(failure) => {
            let work = format!("delivery/{number:06}");
            settle::failed(engine, engine.queues.deliver.as_ref(), received, &message, &work, failure).await
        }
    }
}

async fn deliver_batch(engine: &Engine, message: &Message, number: u32, data: &str) -> Result<(), Failure> {
    let keys = RunKeys(&message.connection, &message.run);
    let objects = engine.objects.as_ref();
    let done = objects.get(&keys.receipt(number)).await?.is_some();
    let ended = store::read::<RunOutcome>(objects, &keys.outcome()).await?.is_some();
    if done || (ended && !mutant::on("delivers-after-the-end")) {
        return Ok(());
    }
    let Some(manifest) = store::read::<Manifest>(objects, &keys.manifest()).await? else { return Ok(()) };
    let text = ndjson::get(objects, data).await?;
    let lines: Vec<_> = ndjson::lines(&text).collect();
    let parse = |line| {
        serde_json::from_slice::<AssetDelivery<'_>>(line)
            .map_err(|error| store::damaged(data, &error.to_string()))
    };
    let assets = lines.iter().map(|line| parse(line)).collect::<Result<Vec<_>, _>>()?;
    let destination = engine.connectors.destination(&manifest.definition)?;
    let number_sent = if mutant::on("numbers-every-batch-alike") { 0 } else { number };
    let batch =
        Batch { connection: &message.connection, run: &message.run, number: number_sent, assets: &assets };
    let blank = || Receipt { delivery: number, ..Receipt::default() };
    if mutant::on("writes-the-receipt-first") {
        store::create(objects, &keys.receipt(number), &blank()).await?;
    }
    let receipt = match destination.deliver(&batch).await {
        Err(_) if mutant::on("takes-an-error-for-accepted") => blank(),
        Ok(receipt) if mutant::on("takes-refused-for-accepted") => Receipt { refused: Vec::new(), ..receipt },
        answer => answer?,
    };
    store::create(objects, &keys.receipt(number), &receipt).await?;
    Ok(())
}
