//! Arguments of `replay`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Run id or a prefix of it, or a connection for its newest run
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Use this map instead of the connection's map for the same records: your own map (NAME or NAME@VERSION), a
    /// shipped one, or a file
    #[arg(long, value_name = "VERSION")]
    pub(crate) map: Option<String>,
}
