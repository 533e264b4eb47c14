//! Arguments of `schedule`.

use clap::{Args, Subcommand};

/// Commands about schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Show the next starts, in the schedule's time zone and in UTC
    Show(ScheduleArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// Only the starts of this connection
    #[arg(value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
    /// Starts shown of each connection
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) count: u16,
}
