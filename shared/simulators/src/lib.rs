//! Simulated vendor and destination servers with faults.
//!
//! [`XdomeSimulator`] answers and judges requests as Claroty xDome does, over a generated world of devices and
//! findings that changes on demand. [`EtmSimulator`] takes what the Qualys ETM push API takes, keeps it and can be
//! asked. Both are seeded (the same configuration answers the same bytes), listen on loopback, and misbehave by
//! [`faults::Fault`] scripts. Everything under `/_simulator/` is for tests and people; the vendors have nothing there.

mod chance;
mod change;
mod controls;
pub mod etm;
pub mod faults;
mod json;
mod running;
mod table;
mod timing;
mod traffic;
mod wire;
pub mod xdome;

pub use etm::{EtmConfig, EtmControl, EtmSimulator};
pub use running::Running;
pub use timing::RateLimit;
pub use traffic::Traffic;
pub use xdome::{XdomeConfig, XdomeControl, XdomeSimulator};

/// Why a simulator does not start or does not take an order.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The address cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// A table shipped with the simulator is malformed.
    #[error("table {table}, line {line}: {problem}")]
    Table {
        /// File name.
        table: &'static str,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A fault names an action that this simulator has no use for.
    #[error("fault {number} cannot happen here: {action}")]
    Fault {
        /// Place in the script, from 0.
        number: usize,
        /// The action.
        action: String,
    },
    /// A change names something that is not there, or that is already there.
    #[error("the world cannot change so: {0}")]
    Change(String),
}
