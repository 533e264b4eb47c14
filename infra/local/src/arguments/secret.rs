//! Arguments of `secret`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a secret: typed without echo, or piped into stdin, or from a file; never as an argument
    Set {
        /// Name, as connection files refer to it
        name: String,
        /// Read the secret from this file instead
        #[arg(long, value_name = "FILE")]
        from_file: Option<PathBuf>,
    },
    /// List the names of the stored secrets
    List,
    /// Delete a secret
    Delete {
        /// Its name
        name: String,
    },
}
