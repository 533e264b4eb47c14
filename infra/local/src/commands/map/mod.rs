//! `map …`: looking at maps, keeping own ones in versions, and trying them before they are used.

mod changes;
mod check;
mod delete;
mod difference;
mod document;
mod draft;
mod edit;
mod golden;
mod list;
mod page;
mod show;
mod studio;
mod trial;

pub(crate) use studio::Studio;

use crate::output::{Problem, Screen};
use crate::process::Ending;
use clap::Subcommand;
use std::path::PathBuf;

/// A map is named by a shipped name, an own name (`plant-assets` is the newest version, `plant-assets@2` the second),
/// or the path of a file.
#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// List the shipped and the own maps, with the connections that use them
    List,
    /// Show the rows of a map
    Show {
        /// Shipped map, own map (NAME or NAME@VERSION), or file
        map: String,
        /// Print the file itself
        #[arg(long)]
        toml: bool,
    },
    /// Make an own map of a shipped one, another own one, or a file; it is kept as version 1
    Clone {
        /// Shipped map, own map (NAME or NAME@VERSION), or file
        map: String,
        /// Name of the own map: lower-case letters, digits and hyphens
        new: String,
    },
    /// Edit the newest version of an own map in $VISUAL or $EDITOR; what is saved without mistakes is a new version
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
    /// Show what a map makes of a recorded page: source beside record, rejects with reasons
    Try(trial::TryArgs),
    /// Show what differs between two maps and between what they make of a page; exit code 1 when anything does
    Diff(difference::DiffArgs),
    /// Run the golden tests beside a map; exit code 5 when one fails
    Test(golden::TestArgs),
    /// Delete an own map with all its versions; refused while a connection uses it
    Delete {
        /// Own map
        name: String,
    },
}

pub(super) async fn answer(command: MapCommand, studio: &Studio, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        MapCommand::List => list::list(studio, screen).await,
        MapCommand::Show { map, toml } => show::show(studio, screen, &map, toml).await,
        MapCommand::Clone { map, new } => edit::clone(studio, screen, &map, &new).await,
        MapCommand::Edit { name, from_file } => edit::edit(studio, screen, &name, from_file.as_deref()).await,
        MapCommand::Check { map } => check::check(studio, screen, &map).await,
        MapCommand::Try(arguments) => trial::run(studio, screen, &arguments).await,
        MapCommand::Diff(arguments) => difference::run(studio, screen, &arguments).await,
        MapCommand::Test(arguments) => golden::run(studio, screen, &arguments).await,
        MapCommand::Delete { name } => delete::delete(studio, screen, &name).await,
    }
}

/// What is wrong with the text of an own map, all mistakes at once.
pub(super) fn mistakes(label: &str, text: &str) -> Option<String> {
    document::Document::checked(label, text).err().map(|problem| problem.to_string())
}
