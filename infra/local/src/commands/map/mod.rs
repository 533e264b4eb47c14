//! `map …`: inspecting maps, versioning own ones, and trying them before use.

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

use crate::arguments::MapCommand;
use crate::output::{Problem, Screen};

use crate::process::Ending;

pub(crate) async fn answer(command: MapCommand, studio: &Studio, screen: &Screen) -> Result<Ending, Problem> {
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

/// All mistakes in the text of an own map.
pub(crate) fn mistakes(label: &str, text: &str) -> Option<String> {
    document::Document::checked(label, text).err().map(|problem| problem.to_string())
}
