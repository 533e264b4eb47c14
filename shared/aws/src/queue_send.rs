//! Sending: in batches, whose messages succeed or fail one by one, and with delays beyond SQS's limit.

use crate::faults;
use crate::message::{self, Attributes, DUE, MAX_BYTES};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{BatchResultErrorEntry, MessageAttributeValue, SendMessageBatchRequestEntry};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Outgoing};
use futures::{TryStreamExt, stream};
use jiff::Timestamp;
use std::time::Duration;

/// Most messages of a batch.
const HANDFUL: usize = 10;
/// Batches sent concurrently.
const BATCHES_AT_ONCE: usize = 8;
/// Attempts of messages refused inside an accepted batch.
const ATTEMPTS: u32 = 5;
/// Longest delay of one message.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// Sends to any queue.
pub(crate) struct Sender<'a> {
    pub(crate) client: &'a Client,
    pub(crate) clock: &'a dyn Clock,
}

/// A message ready to be sent.
struct Parcel<'a> {
    body: &'a str,
    delay: i32,
    attributes: Attributes,
}

impl Parcel<'_> {
    fn size(&self) -> usize {
        self.body.len() + message::size(&self.attributes)
    }
}

impl Sender<'_> {
    pub(crate) async fn send_all(&self, url: &str, messages: &[Outgoing]) -> Result<(), Failure> {
        let now = self.clock.now();
        let parcels = messages.iter().map(|message| {
            let due = now.saturating_add(message.delay).unwrap_or(Timestamp::MAX);
            packed(url, now, &message.body, Some(due), Attributes::new())
        });
        let batches = batches(parcels.collect::<Result<Vec<_>, _>>()?);
        let sent = stream::iter(batches.into_iter().map(Ok::<_, Failure>));
        sent.try_for_each_concurrent(BATCHES_AT_ONCE, |batch| self.send_batch(url, batch)).await
    }

    /// Sends one message that is due at `due`, or at once.
    pub(crate) async fn send_one(
        &self,
        url: &str,
        body: &str,
        due: Option<Timestamp>,
        attributes: &Attributes,
    ) -> Result<(), Failure> {
        let parcel = packed(url, self.clock.now(), body, due, attributes.clone())?;
        self.send_batch(url, vec![parcel]).await
    }

    async fn send_batch(&self, url: &str, mut batch: Vec<Parcel<'_>>) -> Result<(), Failure> {
        let mut attempts = 0;
        loop {
            let entries = entries(&batch).map_err(|error| refused(url, &error.to_string()))?;
            let sent =
                self.client.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            let sent = sent.map_err(|error| faults::failure(message::subject(url), &error))?;
            attempts += 1;
            let Some(first) = sent.failed.first() else { return Ok(()) };
            if first.sender_fault || attempts == ATTEMPTS {
                return Err(left(url, &sent.failed));
            }
            let failed: Vec<usize> = sent.failed.iter().filter_map(|entry| entry.id.parse().ok()).collect();
            let mut number = 0..;
            batch.retain(|_| number.next().is_some_and(|number| failed.contains(&number)));
            self.clock.sleep(Duration::from_millis(100) * 2_u32.pow(attempts)).await;
        }
    }
}

/// # Errors
/// `MessageInvalid` when it is too large for SQS.
fn packed<'a>(
    url: &str,
    now: Timestamp,
    body: &'a str,
    due: Option<Timestamp>,
    mut attributes: Attributes,
) -> Result<Parcel<'a>, Failure> {
    let wait =
        due.filter(|due| *due > now).map_or(Duration::ZERO, |due| due.duration_since(now).unsigned_abs());
    if let Some(due) = due.filter(|_| wait > LONGEST_DELAY) {
        attributes.insert(DUE, due.as_millisecond().to_string());
    }
    let parcel = Parcel { body, delay: message::seconds(wait.min(LONGEST_DELAY)), attributes };
    match parcel.size() {
        0 => Err(refused(url, "a message without a text")),
        size if size > MAX_BYTES => {
            Err(refused(url, &format!("a message of {size} bytes is larger than {MAX_BYTES}")))
        }
        _ => Ok(parcel),
    }
}

/// Batches of the messages in their order.
fn batches(parcels: Vec<Parcel<'_>>) -> Vec<Vec<Parcel<'_>>> {
    let mut batches: Vec<Vec<Parcel<'_>>> = Vec::new();
    let mut filled = 0;
    for parcel in parcels {
        let size = parcel.size();
        match batches.last_mut().filter(|batch| batch.len() < HANDFUL && filled + size <= MAX_BYTES) {
            Some(batch) => {
                filled += size;
                batch.push(parcel);
            }
            None => {
                filled = size;
                batches.push(vec![parcel]);
            }
        }
    }
    batches
}

fn entries(batch: &[Parcel<'_>]) -> Result<Vec<SendMessageBatchRequestEntry>, BuildError> {
    let entry = |(number, parcel): (usize, &Parcel<'_>)| {
        let mut entry =
            SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(parcel.body);
        for (name, value) in &parcel.attributes {
            let kind = if message::is_number(name) { "Number" } else { "String" };
            let value = MessageAttributeValue::builder().data_type(kind).string_value(value).build()?;
            entry = entry.message_attributes(*name, value);
        }
        entry.delay_seconds(parcel.delay).build()
    };
    batch.iter().enumerate().map(entry).collect()
}

fn left(url: &str, failed: &[BatchResultErrorEntry]) -> Failure {
    let first = failed.first();
    let code = first.map_or("", |entry| entry.code.rsplit('.').next().unwrap_or_default());
    let told = first.and_then(|entry| entry.message.as_deref()).unwrap_or("no reason given");
    let kind = match first {
        Some(entry) if entry.sender_fault => FailureKind::MessageInvalid,
        _ => FailureKind::StoreUnavailable,
    };
    let detail = format!("{} of the messages were not taken: {code}: {told}", failed.len());
    Failure::new(kind, message::subject(url), detail)
}

fn refused(url: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::MessageInvalid, message::subject(url), detail)
}
