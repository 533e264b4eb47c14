//! The part of the suite that a receiver brings.

use crate::stage::{Credential, Limits, Ports};
use causeway_ports::Destination;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A receiver's simulator or place, and how the receiver is built against it.
pub trait ReceiverDriver: Sized + Send + Sync + 'static {
    /// The receiver.
    type Receiver: Destination + Debug + 'static;

    /// Its HTTP API; `None` if it has none, so that faults of an API cannot happen.
    const API: Option<Api>;

    /// Starts an empty simulator.
    fn start() -> impl Future<Output = Self> + Send;

    /// Base address of the simulator; empty without an API.
    fn address(&self) -> String {
        String::new()
    }

    /// Builds the receiver for the API at `address`, with a time limit of a second.
    fn build(&self, address: &str, ports: &Ports) -> Self::Receiver;

    /// Everything that arrived, by asset id. The number of times that it arrived does not show.
    fn kept(&self) -> Kept;
}

/// Everything that arrived, by asset id.
pub type Kept = BTreeMap<String, KeptAsset>;

/// An asset as it last arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptAsset {
    /// Its content without findings.
    pub content: String,
    /// Its findings by id.
    pub findings: BTreeMap<String, KeptFinding>,
}

/// A finding as it last arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptFinding {
    /// Its content.
    pub content: String,
    /// Whether it is closed.
    pub closed: bool,
    /// Since when it is closed, as it arrived.
    pub closed_on: Option<String>,
}

/// A receiver's HTTP API.
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// The secret that the simulator accepts: text that occurs nowhere else.
    pub secret: &'static str,
    /// How requests carry it.
    pub credential: Credential,
    /// Limits in the settings that [`ReceiverDriver::build`] uses.
    pub limits: Limits,
    /// Bodies of a 200 that report an error about the whole request, in the receiver's words.
    pub errors_in_success: &'static [&'static str],
    /// How an answer complains about single items; `None` if the API judges a request as a whole.
    pub complaints: Option<Complaints>,
}

/// How an answer complains about single items.
#[derive(Debug, Clone, Copy)]
pub struct Complaints {
    /// The body of a 200 that accepts all items but these, for this reason.
    pub body: fn(assets: &[&str], reason: &str) -> String,
    /// A reason that refuses for good.
    pub for_good: &'static str,
    /// A reason that may pass.
    pub passing: &'static str,
}
