//! Claroty xDome, simulated: `POST /api/v1/devices/` and `POST /api/v1/device_vulnerability_relations/`.

mod change;
mod config;
mod state;

pub use change::{Advance, Change, Changed, FindingRef, Relevance, Rows};
pub use config::{Token, XdomeConfig};
pub use state::{SiteState, TruthDevice, TruthFinding, XdomeState};

use crate::faults::Fault;
use crate::{Running, SimulatorError};
use tokio::net::TcpListener;

/// The simulator.
#[derive(Debug)]
pub struct XdomeSimulator;

impl XdomeSimulator {
    /// Starts on a port of the system's choice on loopback.
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
        let _ = (listener, config);
        todo!()
    }
}

/// Handle to the simulator's world.
#[derive(Debug, Clone)]
pub struct XdomeControl {}

impl XdomeControl {
    /// Changes the world.
    ///
    /// # Errors
    /// When the change names something that is not there.
    pub fn apply(&self, change: &Change) -> Result<Changed, SimulatorError> {
        let _ = change;
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

    /// Accepts these tokens only, from now on.
    pub fn set_tokens(&self, tokens: Vec<Token>) {
        let _ = tokens;
        todo!()
    }

    /// Summary of world and requests.
    pub fn state(&self) -> XdomeState {
        todo!()
    }

    /// Every device the vendor holds, in uid order.
    pub fn truth_devices(&self) -> Vec<TruthDevice> {
        todo!()
    }

    /// Every finding the vendor holds, in key order.
    pub fn truth_findings(&self) -> Vec<TruthFinding> {
        todo!()
    }
}
