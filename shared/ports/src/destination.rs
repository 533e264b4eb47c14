//! A receiver as a run sees it.

use async_trait::async_trait;
use causeway_domain::delivery::{AssetDelivery, BatchLimits, Receipt};
use causeway_domain::{ConnectionName, Failure, RunId};

/// One receiver, configured by one connection's definition.
#[async_trait]
pub trait Destination: Send + Sync {
    /// How large a batch may become.
    fn limits(&self) -> BatchLimits;

    /// Sends one batch and judges each asset of the answer. Sending it twice changes nothing at the receiver (I-9).
    ///
    /// # Errors
    /// When nothing is known of the batch or all of it was refused for a reason that may pass; the batch is then
    /// sent again. Assets refused for good are named in the receipt.
    async fn deliver(&self, batch: &Batch<'_>) -> Result<Receipt, Failure>;
}

/// One batch with its place.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Connection.
    pub connection: &'a ConnectionName,
    /// Run.
    pub run: &'a RunId,
    /// Number of the delivery inside the run.
    pub number: u32,
    /// The assets.
    pub assets: &'a [AssetDelivery<'a>],
}
