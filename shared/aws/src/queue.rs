//! One SQS queue and its dead letters.

use async_trait::async_trait;
use aws_config::SdkConfig;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Outgoing, Queue, Received, Settlement};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// A standard queue of SQS. Clones share one client.
#[derive(Clone)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    settings: Arc<QueueSettings>,
    clock: Arc<dyn Clock>,
}

/// A message as SQS hands it out, by a receive or by an event of Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its text.
    pub body: String,
    /// Its receipt handle.
    pub receipt: String,
    /// `ApproximateReceiveCount`.
    pub receives: u32,
    /// The message attributes that are text: name and string value.
    pub attributes: BTreeMap<String, String>,
}

impl SqsQueue {
    /// The queue at `settings.url`.
    pub fn new(config: &SdkConfig, settings: QueueSettings, clock: Arc<dyn Clock>) -> Self {
        Self { client: aws_sdk_sqs::Client::new(config), settings: Arc::new(settings), clock }
    }

    /// Takes in a message that arrived. `None` when it came before it is due: it was then sent on with what remains of
    /// its delay and taken off the queue, and there is nothing to do (in an event of Lambda it is not reported as
    /// failed). When this fails, the message is to come back as it is.
    ///
    /// # Errors
    /// Those of the queue, when the message could not be sent on.
    pub async fn accept(&self, _arrived: Arrived) -> Result<Option<Received>, Failure> {
        Err(pending())
    }
}

fn pending() -> Failure {
    Failure::new(FailureKind::NotPossible, "SQS", "follows")
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, _messages: &[Outgoing]) -> Result<(), Failure> {
        let _ = (&self.client, &self.settings, &self.clock);
        Err(pending())
    }

    async fn receive(&self, _max: usize) -> Result<Vec<Received>, Failure> {
        Err(pending())
    }

    async fn settle(&self, _received: &Received, _settlement: Settlement) -> Result<(), Failure> {
        Err(pending())
    }
}
