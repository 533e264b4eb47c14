//! A receiver as a run sees it.

use async_trait::async_trait;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, BatchLimits, Phase, Takes};
use causeway_domain::{ConnectionName, Failure, RunId};

/// One receiver, configured by one connection's definition.
#[async_trait]
pub trait Destination: Send + Sync {
    /// How large a batch may become.
    fn limits(&self) -> BatchLimits;

    /// The part of an asset that it takes.
    fn takes(&self) -> Takes {
        Takes::AssetsWithFindings
    }

    /// Its phases, in the order of [`Phase::ALL`]; the first is [`Phase::Items`].
    fn phases(&self) -> &'static [Phase] {
        &[Phase::Items]
    }

    /// Sends one batch and judges each item of the answer. Sending an item twice changes nothing at the receiver (I-9).
    ///
    /// # Errors
    /// When nothing is known of any item; the whole batch is then sent again. A failure that left some items accepted or
    /// refused is [`ItemAnswer::Again`](causeway_domain::delivery::ItemAnswer::Again) for the others instead.
    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure>;
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
    /// Phase: the items or their links.
    pub phase: Phase,
    /// The items: assets with what the receiver [takes](Destination::takes). Only those that are still to be sent; of links
    /// only those whose item was accepted.
    pub assets: &'a [AssetDelivery<'a>],
}
