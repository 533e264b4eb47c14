//! Claroty xDome, simulated: `POST /api/v1/devices/` and `POST /api/v1/device_vulnerability_relations/`.
//!
//! Control endpoints: `GET /_simulator/state`; `GET /_simulator/truth` (NDJSON of [`TruthFinding`], with
//! `?stream=devices` of [`TruthDevice`]); `POST /_simulator/changes` ([`Change`] in, [`Changed`] out);
//! `POST /_simulator/faults` (a list of [`Fault`]); `POST /_simulator/tokens` (a list of [`Token`]).

mod catalogue;
mod config;
mod controls;
mod door;
mod fields;
mod filter;
mod http;
mod judge;
mod pages;
mod state;
mod vendor;
mod world;

pub use crate::change::{Advance, Change, Changed, FindingRef, Relevance, Reshape, Rows};
pub use config::{Token, XdomeConfig};
pub use state::{SiteState, TruthDevice, TruthFinding, XdomeState};

use crate::faults::Fault;
use crate::{Running, SimulatorError};
use axum::Router;
use std::sync::Arc;
use tokio::net::TcpListener;
use vendor::Vendor;

/// The simulator.
#[derive(Debug)]
pub struct XdomeSimulator;

impl XdomeSimulator {
    /// Starts on a free port on loopback.
    ///
    /// # Errors
    /// When there is no port, or the fault script does not suit.
    pub async fn start(config: XdomeConfig) -> Result<Running<XdomeControl>, SimulatorError> {
        Self::serve(crate::running::loopback().await?, config)
    }

    /// Serves on `listener`, from a task of its own.
    ///
    /// # Errors
    /// When the listener is unusable, or the fault script does not suit.
    pub fn serve(
        listener: TcpListener,
        config: XdomeConfig,
    ) -> Result<Running<XdomeControl>, SimulatorError> {
        let vendor = Arc::new(Vendor::new(config)?);
        let router = Router::new().fallback(http::answer).with_state(Arc::clone(&vendor));
        Running::spawn(listener, router, XdomeControl { vendor })
    }
}

/// Handle to the simulator's world.
#[derive(Debug, Clone)]
pub struct XdomeControl {
    vendor: Arc<Vendor>,
}

impl XdomeControl {
    /// Changes the world.
    ///
    /// # Errors
    /// When the change names something that does not exist.
    pub fn apply(&self, change: &Change) -> Result<Changed, SimulatorError> {
        self.vendor.apply(change)
    }

    /// Begins a new fault script.
    ///
    /// # Errors
    /// When an action is not one of this simulator.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), SimulatorError> {
        self.vendor.faults.replace(faults)
    }

    /// Accepts these tokens only, from now on.
    pub fn set_tokens(&self, tokens: Vec<Token>) {
        self.vendor.door.replace(tokens);
    }

    /// Summary of world and requests.
    pub fn state(&self) -> XdomeState {
        self.vendor.state()
    }

    /// Every device the vendor holds, in uid order.
    pub fn truth_devices(&self) -> Vec<TruthDevice> {
        self.vendor.world().truth_devices(0, usize::MAX).collect()
    }

    /// Every finding the vendor holds, in key order.
    pub fn truth_findings(&self) -> Vec<TruthFinding> {
        let world = self.vendor.world();
        (0..world.relation_count()).filter_map(|place| world.truth_finding(place)).collect()
    }
}
