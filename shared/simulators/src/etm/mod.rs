//! The Qualys ETM push API, simulated: `POST /auth` and `POST /rest/2.0/am/connector/asset/data/sync`.
//!
//! The latest version of each asset and of each finding is kept. A push adds and overwrites, and never removes.
//!
//! Control endpoints: `GET /_simulator/summary` ([`EtmSummary`]); `GET /_simulator/assets` (NDJSON of
//! [`KeptAsset`]); `GET /_simulator/findings?asset=&status=` (NDJSON of [`KeptFinding`]); `POST /_simulator/faults` (a
//! list of [`Fault`]).

mod config;
mod envelope;
mod http;
mod kept;
mod receiver;
mod store;
mod tokens;

pub use config::EtmConfig;
pub use kept::{EtmSummary, KeptAsset, KeptFinding};

use crate::faults::Fault;
use crate::{Running, SimulatorError};
use axum::Router;
use receiver::Receiver;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The simulator.
#[derive(Debug)]
pub struct EtmSimulator;

impl EtmSimulator {
    /// Starts on a free port on loopback.
    ///
    /// # Errors
    /// When there is no port, or the fault script does not suit.
    pub async fn start(config: EtmConfig) -> Result<Running<EtmControl>, SimulatorError> {
        Self::serve(crate::running::loopback().await?, config)
    }

    /// Serves on `listener`, from a task of its own.
    ///
    /// # Errors
    /// When the listener is unusable, or the fault script does not suit.
    pub fn serve(listener: TcpListener, config: EtmConfig) -> Result<Running<EtmControl>, SimulatorError> {
        let receiver = Arc::new(Receiver::new(config)?);
        let router = Router::new().fallback(http::answer).with_state(Arc::clone(&receiver));
        Running::spawn(listener, router, EtmControl { receiver })
    }
}

/// Handle to the receiver's store.
#[derive(Debug, Clone)]
pub struct EtmControl {
    receiver: Arc<Receiver>,
}

impl EtmControl {
    /// Counts of everything received.
    pub fn summary(&self) -> EtmSummary {
        self.receiver.summary()
    }

    /// Every asset, in key order.
    pub fn assets(&self) -> Vec<KeptAsset> {
        self.receiver.store().assets_after(None, usize::MAX)
    }

    /// Findings in key order; only those of `asset` and with `status` where given.
    pub fn findings(&self, asset: Option<&str>, status: Option<&str>) -> Vec<KeptFinding> {
        let store = self.receiver.store();
        match asset {
            Some(asset) => store.findings_of(asset, status),
            None => store
                .keys_after(None, usize::MAX)
                .iter()
                .flat_map(|asset| store.findings_of(asset, status))
                .collect(),
        }
    }

    /// Begins a new fault script.
    ///
    /// # Errors
    /// When an action is not one of this simulator.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), SimulatorError> {
        self.receiver.faults.replace(faults)
    }
}
