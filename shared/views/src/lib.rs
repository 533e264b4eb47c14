//! Everything shown to people, built once as data: connections, runs, plans, previews, and the records of a ledger.
//!
//! The command line and the HTTP API serialize the same values, so both return the same fields. The caller adds layout
//! and colours. Public futures are boxed for the reason given in `causeway_runs`.

mod account;
mod advice;
mod checkup;
mod connection_details;
mod done;
mod forecast;
mod inventory;
pub mod numbers;
mod plan_account;
mod plan_details;
mod preview;
mod schedule;
mod sentences;
mod shares;
mod summary;
mod timeline;
pub mod words;

pub use account::{Account, RejectReason, account};
pub use advice::{Action, Advice, NextStep};
pub use checkup::Checkup;
pub use connection_details::ConnectionDetails;
pub use done::{ConnectionDeleted, PlanDiscarded, RunStarted, SecretDeleted, SecretStored};
pub use forecast::{AwsUse, Forecast, forecast};
pub use inventory::{
    Decision, Described, Found, Inventory, InventoryRecord, LedgerQuery, Search, Why, inventory, search,
};
pub use plan_account::PlanAccount;
pub use plan_details::{
    Closing, ClosingAt, ConfirmingQuery, Explanation, LedgerState, PlanDetails, Sent, explain, plan_details,
};
pub use preview::{MappedRow, PreviewAccount, RejectedRow};
pub use schedule::{UpcomingStart, UpcomingStarts, next_start, upcoming_starts};
pub use sentences::Sentence;
pub use shares::{Share, shares};
pub use summary::{ConnectionSummary, RunSummary, connections, run_list};
pub use timeline::Stretch;
