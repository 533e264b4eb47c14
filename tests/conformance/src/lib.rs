//! Conformance suites: the rules that every source and every receiver keeps.
//!
//! A source brings a [`SourceDriver`] of its simulator and no tests of these rules; a receiver brings a [`ReceiverDriver`].
//!
//! ```ignore
//! causeway_conformance::source_suite!(MyDriver);
//! ```
//!
//! makes one test for each rule. The suite puts a relay between the source and its simulator. The relay records every
//! request and breaks answers, so a driver needs no faults of its own. A test fails with the call, the fault and the outcome.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "rules are tests, called from the tests of other crates"
)]

mod fault;
mod problems;
pub mod receiver;
pub mod source;
mod stage;

pub use receiver::{Api, Complaints, Kept, KeptAsset, KeptFinding, ReceiverDriver};
pub use source::{SourceDriver, StreamShape, Way};
pub use stage::{Answer, Call, Credential, Limits, PatientClock, Ports};

/// Runs a rule to its end, on one thread.
pub fn run(rule: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(rule);
}

/// Makes one test for each rule of a suite.
#[doc(hidden)]
#[macro_export]
macro_rules! rules_as_tests {
    ($driver:ty, $suite:ident: $($group:ident: $($rule:ident)*;)*) => {
        $(mod $group {
            use super::*;
            $(
                #[test]
                fn $rule() {
                    $crate::run($crate::$suite::$group::$rule::<$driver>());
                }
            )*
        })*
    };
}
