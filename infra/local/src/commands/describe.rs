//! `completions`, `man` and `connection schema`: descriptions of the program for shells, `man` and editors.

use crate::arguments::Cli;
use crate::output::{Problem, Screen};

use crate::process::Ending;
use causeway_domain::definition::json_schema;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;
use std::path::Path;

/// Prints the script that completes commands in `shell`.
pub(crate) fn completions(shell: Shell, screen: &Screen) -> Ending {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "causeway", &mut script);
    screen.print(&String::from_utf8_lossy(&script));
    Ending::Done
}

/// Prints the manual page, or writes one page per command into `folder`.
pub(crate) fn man(folder: Option<&Path>, screen: &Screen) -> Result<Ending, Problem> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
        rendered.map_err(|error| Problem::input("manual page", error.to_string(), ""))?;
        screen.print(&String::from_utf8_lossy(&page));
        return Ok(Ending::Done);
    };
    let failed = |error: std::io::Error| Problem::file(folder, "write manual pages into it", &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    screen.note(&format!("Manual pages written to {}; `man -l FILE` shows one.", folder.display()));
    Ok(Ending::Done)
}

/// Prints the JSON Schema of connection files.
pub(crate) fn schema() -> Result<Ending, Problem> {
    let text = serde_json::to_string_pretty(&json_schema(causeway_connectors::catalog()))
        .map_err(|error| Problem::input("schema", error.to_string(), ""))?;
    // A closed pipe is no failure.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    Ok(Ending::Done)
}
