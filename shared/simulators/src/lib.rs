//! Simulated vendor and destination servers with faults.
//!
//! [`XdomeSimulator`] judges and answers requests as Claroty xDome does, over a generated world of devices and findings
//! that changes on demand. [`EtmSimulator`] accepts the pushes of the Qualys ETM API, keeps them and shows them. Both are
//! seeded (the same configuration answers the same bytes), listen on loopback, and misbehave by [`faults::Fault`]
//! scripts. The endpoints under `/_simulator/` are for tests and people; the vendors have none there.

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

/// The reason why a simulator does not start or refuses an order.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// Listening on the address failed.
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
    /// A fault names an action of the other simulator.
    #[error("fault {number} cannot happen here: {action}")]
    Fault {
        /// Place in the script, from 0.
        number: usize,
        /// The action.
        action: String,
    },
    /// A change names something that does not exist, or that already exists.
    #[error("the world cannot change this way: {0}")]
    Change(String),
}
