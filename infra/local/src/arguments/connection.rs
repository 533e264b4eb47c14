//! Arguments of `connection`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Create or update a connection from its TOML file
    Apply {
        /// The connection file
        file: PathBuf,
    },
    /// List all connections with their states
    List,
    /// Show a connection: state, settings, documents
    Show {
        /// Its name
        name: String,
    },
    /// Delete a connection with its ledgers and runs; refused while a run is live
    Delete {
        /// Its name
        name: String,
    },
    /// Print the JSON Schema of connection files, for editors
    Schema,
    /// Check source and destination one step at a time: network, TLS, credentials, authorization, data
    Test {
        /// Its name
        name: String,
    },
}
