//! What a person is told, made once as data: of a connection, a run, a plan, a preview, and of the records of a ledger.
//!
//! The command line and the HTTP API serialize the same values, so an answer has the same fields wherever it is asked for.
//! Text, colours and tables are the affair of whoever shows them.

mod account;
mod connection_details;
mod forecast;
mod inventory;
mod plan_account;
mod plan_details;
mod preview;
mod summary;
mod timeline;

pub use account::{Account, RejectReason, account};
pub use connection_details::ConnectionDetails;
pub use forecast::{AwsUse, Forecast, forecast};
pub use inventory::{Decision, Described, Found, Search, Wanted, search};
pub use plan_account::PlanAccount;
pub use plan_details::{
    Asked, Closing, ClosingAt, Explanation, Known, PlanDetails, Sent, explain, plan_details,
};
pub use preview::{MappedRow, PreviewAccount, RejectedRow};
pub use summary::{ConnectionSummary, RunSummary, next_starts};
pub use timeline::Stretch;
