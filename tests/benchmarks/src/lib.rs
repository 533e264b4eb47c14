//! How fast Causeway is, beside what else could do the work, on the same bytes and in the same run.
//!
//! Machines differ and are rarely quiet, so what counts are ratios: the rounds of all contestants take turns, and a
//! median is told. `docs/BENCHMARKS.md` has the figures of one machine.

pub mod child;
pub mod functions;
pub mod ledger;
pub mod pages;
pub mod peers;
pub mod plant;
pub mod runs;
pub mod stopwatch;
pub mod transform;
mod typed;

/// Why a benchmark gives no figures.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
