//! The Qualys ETM push API, simulated: `POST /auth` and `POST /rest/2.0/am/connector/asset/data/sync`.

mod config;
mod kept;

pub use config::EtmConfig;
pub use kept::{EtmSummary, KeptAsset, KeptFinding};

use crate::faults::Fault;
use crate::{Running, SimulatorError};
use tokio::net::TcpListener;

/// The simulator.
#[derive(Debug)]
pub struct EtmSimulator;

impl EtmSimulator {
    /// Starts on a port of the system's choice on loopback.
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
        let _ = (listener, config);
        todo!()
    }
}

/// Handle to what the receiver keeps.
#[derive(Debug, Clone)]
pub struct EtmControl {}

impl EtmControl {
    /// Counts of everything received.
    pub fn summary(&self) -> EtmSummary {
        todo!()
    }

    /// Every asset, in key order.
    pub fn assets(&self) -> Vec<KeptAsset> {
        todo!()
    }

    /// Findings in key order; only those of `asset` and with `status` where given.
    pub fn findings(&self, asset: Option<&str>, status: Option<&str>) -> Vec<KeptFinding> {
        let _ = (asset, status);
        todo!()
    }

    /// Begins a new fault script.
    ///
    /// # Errors
    /// When an action is not one of this simulator.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), SimulatorError> {
        let _ = faults;
        todo!()
    }
}
