//! Arguments of `map`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// A map is named by a shipped name, an own name (`plant-assets` is the newest version, `plant-assets@2` the second),
/// or the path of a file.
#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// List the shipped maps and your own, with the connections that use them
    List,
    /// Show the rows of a map
    Show {
        /// Shipped map, your own map (NAME or NAME@VERSION), or file
        map: String,
        /// Print the file itself
        #[arg(long)]
        toml: bool,
    },
    /// Create your own map from a shipped one, another of your own, or a file; stored as version 1
    Clone {
        /// Shipped map, your own map (NAME or NAME@VERSION), or file
        map: String,
        /// Name of the own map: lower-case letters, digits and hyphens
        new: String,
    },
    /// Edit the newest version of your own map in $VISUAL or $EDITOR; saving without mistakes creates a new version
    Edit {
        /// Own map
        name: String,
        /// Take this file as the new version instead of opening an editor
        #[arg(long, value_name = "FILE")]
        from_file: Option<PathBuf>,
    },
    /// Check a map against the fields of its source and target; exit code 2 when it has mistakes
    Check {
        /// Map file, own map, or shipped map
        map: String,
    },
    /// Show the result of a map on a recorded page: source next to record, rejects with reasons
    Try(TryArgs),
    /// Show the differences between two maps and between their results on a page; exit code 1 if there are any
    Diff(DiffArgs),
    /// Run the golden tests of a map; exit code 5 if one fails
    Test(TestArgs),
    /// Delete your own map with all its versions; refused while a connection uses it
    Delete {
        /// Own map
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// Shipped map, your own map (NAME or NAME@VERSION), or file
    pub(crate) map: String,
    /// A recorded page: the body of the vendor's answer, as it came or compressed with zstd
    #[arg(long, value_name = "FILE")]
    pub(crate) page: PathBuf,
    /// Show only the record with this asset id, finding id, or key
    #[arg(long, value_name = "KEY")]
    pub(crate) record: Option<String>,
    /// Take severities and links from this connection
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The map before: shipped, own (NAME or NAME@VERSION), or a file
    pub(crate) before: String,
    /// The map after
    pub(crate) after: String,
    /// Also compare their results on this recorded page
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
    /// Take severities and links from this connection
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Shipped map, your own map (NAME or NAME@VERSION), or file
    pub(crate) map: String,
    /// Folder of the tests; by default MAP.tests, beside a map file or in the current folder
    #[arg(long, value_name = "DIR")]
    pub(crate) tests: Option<PathBuf>,
    /// Save the current output of the map as the expected output
    #[arg(long)]
    pub(crate) accept: bool,
}
