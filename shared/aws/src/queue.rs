//! One SQS queue and its dead letters.
//!
//! Facts: `docs.aws.amazon.com/AWSSimpleQueueService`, *message quotas*: a batch has at most ten messages and 1 MiB with all
//! attributes, a delay at most 15 minutes, a message stays hidden at most 12 hours from its receive.

use crate::faults;
use crate::message::{self, Carried};
use crate::on_first_use::{OnFirstUse, on_first_use};
use crate::queue_send::Sender;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use causeway_domain::Failure;
use causeway_ports::{Clock, Outgoing, Queue, Received, Settlement};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Most messages that SQS hands out at once.
const HANDFUL: usize = 10;

/// Longest pause by hiding a message; SQS counts its 12 hours from the receive, some of which are gone.
const LONGEST_HIDDEN: Duration = Duration::from_hours(11);

/// How long a message stays hidden while it is moved.
const MOVING: i32 = 60;

/// How much too early a message may come; delays are whole seconds and clocks differ.
const EARLY: Duration = Duration::from_secs(2);

/// Where a queue is and how it treats its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// URL of the queue.
    pub url: String,
    /// URL of the queue of its dead letters.
    pub dead_url: String,
    /// `maxReceiveCount` of its redrive policy.
    pub max_receives: u32,
}

/// A standard queue. Delays beyond SQS's limit become a chain of messages, each of which carries its due time.
/// Clones share one client.
#[derive(Clone)]
pub struct SqsQueue {
    client: OnFirstUse<Client>,
    settings: Arc<QueueSettings>,
    clock: Arc<dyn Clock>,
}

/// A message as SQS delivers it, by a receive or by an event of Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its text.
    pub body: String,
    /// Its receipt handle.
    pub receipt: String,
    /// `ApproximateReceiveCount`.
    pub receives: u32,
    /// Name and value of the message attributes that are texts or numbers.
    pub attributes: BTreeMap<String, String>,
}

impl SqsQueue {
    /// The queue at `settings.url`.
    pub fn new(config: &SdkConfig, settings: QueueSettings, clock: Arc<dyn Clock>) -> Self {
        let config = config.clone();
        let client = on_first_use(move || Client::new(&config));
        Self { client, settings: Arc::new(settings), clock }
    }

    /// Accepts a message. `None` if it came before it is due: it was then sent again with the rest of
    /// its delay and deleted from the queue (in an event of Lambda it is not reported as
    /// failed). If this fails, the message must come back unchanged.
    ///
    /// # Errors
    /// Those of the queue, when the message could not be sent again.
    pub async fn accept(&self, arrived: Arrived) -> Result<Option<Received>, Failure> {
        let carried = Carried::read(&arrived.attributes);
        let now = self.clock.now();
        if let Some(due) =
            carried.due.filter(|due| due.duration_since(now).unsigned_abs() > EARLY && *due > now)
        {
            self.sender().send_one(&self.settings.url, &arrived.body, Some(due), &carried.on()).await?;
            self.delete(&arrived.receipt).await?;
            return Ok(None);
        }
        let receives = carried.receives.saturating_add(arrived.receives.max(1));
        let last_receive = receives >= self.settings.max_receives;
        Ok(Some(Received { body: arrived.body, receipt: arrived.receipt, receives, last_receive }))
    }

    fn sender(&self) -> Sender<'_> {
        Sender { client: &self.client, clock: &*self.clock }
    }

    async fn delete(&self, receipt: &str) -> Result<(), Failure> {
        let deleted = self.client.delete_message().queue_url(&self.settings.url).receipt_handle(receipt);
        self.unless_stale(deleted.send().await).map(drop)
    }

    /// Hides a message for some seconds; returns whether the receipt is still valid.
    async fn hide(&self, receipt: &str, seconds: i32) -> Result<bool, Failure> {
        let hidden = self.client.change_message_visibility().queue_url(&self.settings.url);
        self.unless_stale(hidden.receipt_handle(receipt).visibility_timeout(seconds).send().await)
    }

    /// Whether a receipt was valid.
    fn unless_stale<T, E>(&self, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<bool, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match faults::code(&error) {
                Some("ReceiptHandleIsInvalid" | "InvalidParameterValue" | "MessageNotInflight") => Ok(false),
                _ => Err(faults::failure(message::subject(&self.settings.url), &error)),
            },
        }
    }

    /// Takes up to ten messages.
    async fn take(&self, wanted: usize) -> Result<Vec<Arrived>, Failure> {
        let taken = self
            .client
            .receive_message()
            .queue_url(&self.settings.url)
            .max_number_of_messages(i32::try_from(wanted).unwrap_or(1))
            // Without a wait only some of SQS's servers are queried.
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| faults::failure(message::subject(&self.settings.url), &error))?;
        Ok(taken.messages.unwrap_or_default().into_iter().map(message::arrived).collect())
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), Failure> {
        self.sender().send_all(&self.settings.url, messages).await
    }

    async fn receive(&self, max: usize) -> Result<Vec<Received>, Failure> {
        let mut received = Vec::new();
        while received.len() < max {
            let wanted = HANDFUL.min(max - received.len());
            let handful = self.take(wanted).await?;
            let last = handful.len() < wanted;
            for arrived in handful {
                // A message that could not be sent again becomes visible later and must not delay the others.
                match self.accept(arrived).await {
                    Ok(accepted) => received.extend(accepted),
                    Err(failure) => {
                        tracing::warn!(subject = %failure.subject, detail = %failure.detail, "not sent on");
                    }
                }
            }
            if last {
                break;
            }
        }
        Ok(received)
    }

    async fn settle(&self, received: &Received, settlement: Settlement) -> Result<(), Failure> {
        let receipt = &received.receipt;
        match settlement {
            Settlement::Done => self.delete(receipt).await,
            Settlement::RetryIn(pause) if pause <= LONGEST_HIDDEN => {
                self.hide(receipt, message::seconds(pause)).await.map(drop)
            }
            Settlement::RetryIn(pause) => {
                if self.hide(receipt, MOVING).await? {
                    let due = self.clock.now().saturating_add(pause).unwrap_or(jiff::Timestamp::MAX);
                    let carried = Carried { due: None, receives: received.receives };
                    self.sender()
                        .send_one(&self.settings.url, &received.body, Some(due), &carried.on())
                        .await?;
                    self.delete(receipt).await?;
                }
                Ok(())
            }
            Settlement::DeadLetter(reason) => {
                if self.hide(receipt, MOVING).await? {
                    let told = message::told(&received.body, &reason, received.receives);
                    self.sender().send_one(&self.settings.dead_url, &received.body, None, &told).await?;
                    self.delete(receipt).await?;
                }
                Ok(())
            }
        }
    }
}
