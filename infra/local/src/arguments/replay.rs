//! Arguments of `replay`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A run's id or the beginning of it; or a connection, for its newest run
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Map with this one in place of the connection's map for the same records: an own map, also as NAME@VERSION, a
    /// shipped one, or a file
    #[arg(long, value_name = "VERSION")]
    pub(crate) map: Option<String>,
}
