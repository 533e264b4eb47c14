//! `map list | show | check`.

use crate::cli::MapCommand;
use crate::ending::Ending;
use crate::present::Screen;
use crate::problem::Problem;
use causeway_claroty_xdome::model::XdomeStream;
use causeway_domain::definition::XdomeSettings;
use causeway_maps::{CompiledMap, MapDefinition, Overrides, TargetModel};
use causeway_qualys_etm::TargetProfile;
use causeway_runs::ShippedConnectors;
use serde::Serialize;
use std::path::Path;

/// A document with its sections; a transform map has one, a target profile several.
struct Document {
    kind: &'static str,
    sections: Vec<MapDefinition>,
}

/// One row of a section, as data.
#[derive(Debug, Serialize)]
struct Row {
    row: usize,
    source: String,
    target: String,
    functions: String,
    required: bool,
}

/// One section, as data.
#[derive(Debug, Serialize)]
struct Shown {
    map: String,
    kind: &'static str,
    title: String,
    version: String,
    stream: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Row>,
    row_count: usize,
}

pub(super) fn answer(command: MapCommand, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        MapCommand::List => list(screen)?,
        MapCommand::Show { name, toml: true } => {
            let text = text_of(&name)?;
            screen.show(&text, || text.clone())?;
        }
        MapCommand::Show { name, toml: false } => show(screen, &name)?,
        MapCommand::Check { file } => check(screen, &file)?,
    }
    Ok(Ending::Done)
}

fn list(screen: &Screen) -> Result<(), Problem> {
    let mut sections = Vec::new();
    for (name, text) in ShippedConnectors::shipped_documents() {
        sections.extend(Document::read(name, text)?.shown(name, false));
    }
    screen.show(&sections, || {
        let mut grid = screen.grid(&["name", "kind", "title", "version", "records", "rows"]);
        for section in &sections {
            grid.row([
                section.map.clone(),
                section.kind.to_owned(),
                section.title.clone(),
                section.version.clone(),
                section.stream.clone(),
                section.row_count.to_string(),
            ]);
        }
        grid.right([5]).to_string()
    })?;
    screen.note("`causeway map show NAME` shows the rows. To change one: `causeway map show NAME --toml > FILE`, and name the file in `maps`.");
    Ok(())
}

/// The text of a shipped map or of a file.
fn text_of(name: &str) -> Result<String, Problem> {
    let shipped = ShippedConnectors::shipped_documents().into_iter().find(|(known, _)| *known == name);
    if let Some((_, text)) = shipped {
        return Ok(text.to_owned());
    }
    std::fs::read_to_string(name).map_err(|error| {
        let known = ShippedConnectors::shipped_documents().iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let help = format!("Shipped are {}; anything else is the path of a file.", known.join(", "));
        Problem::input(format!("map {name}"), format!("cannot be read: {error}"), help)
    })
}

fn show(screen: &Screen, name: &str) -> Result<(), Problem> {
    let text = text_of(name)?;
    let sections = Document::read(name, &text)?.shown(name, true);
    screen.show(&sections, || {
        let texts = sections.iter().map(|section| {
            let mut grid = screen.grid(&["row", "source", "target", "functions", "required"]);
            for row in &section.rows {
                grid.row([
                    row.row.to_string(),
                    row.source.clone(),
                    row.target.clone(),
                    row.functions.clone(),
                    if row.required { "required" } else { "" }.to_owned(),
                ]);
            }
            let Shown { title, version, kind, stream, .. } = section;
            format!("{title}, version {version} ({kind}, {stream})\n{}", grid.right([0]))
        });
        texts.collect::<Vec<_>>().join("\n\n")
    })
}

fn check(screen: &Screen, file: &Path) -> Result<(), Problem> {
    let text = std::fs::read_to_string(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let name = file.display().to_string();
    let document = Document::read(&name, &text)?;
    if document.kind == PROFILE {
        TargetProfile::load(&name, &text)?;
    } else {
        for section in &document.sections {
            let model = XdomeStream::new(section.stream, &any_xdome()?);
            let targets = TargetModel::canonical(section.stream);
            CompiledMap::load(&name, &text, &model, &targets, &Overrides::none())?;
        }
    }
    let sections = document.shown(&name, false);
    let rows: usize = sections.iter().map(|section| section.row_count).sum();
    screen.show(&sections, || format!("{name}: {rows} rows, no mistakes"))
}

const PROFILE: &str = "target profile";

impl Document {
    /// A profile has sections called `asset` and `finding`; a map has rows.
    fn read(name: &str, text: &str) -> Result<Self, Problem> {
        let is_profile =
            text.lines().any(|line| matches!(line.trim(), "[asset]" | "[finding]" | "[[asset.row]]"));
        if is_profile {
            return Ok(Self { kind: PROFILE, sections: TargetProfile::definitions(name, text)? });
        }
        Ok(Self { kind: "transform map", sections: vec![MapDefinition::parse(name, text)?] })
    }

    fn shown(&self, name: &str, with_rows: bool) -> Vec<Shown> {
        let shown = |section: &MapDefinition| Shown {
            map: name.to_owned(),
            kind: self.kind,
            title: section.title.clone(),
            version: section.version.clone(),
            stream: section.stream.to_string(),
            row_count: section.rows.len(),
            rows: if with_rows { rows(section) } else { Vec::new() },
        };
        self.sections.iter().map(shown).collect()
    }
}

fn rows(section: &MapDefinition) -> Vec<Row> {
    let row = |row: causeway_maps::RowExplanation| Row {
        row: row.row,
        source: row.source,
        target: row.target,
        functions: row.functions,
        required: row.required,
    };
    section.explain().into_iter().map(row).collect()
}

/// Settings of some xDome connection: which fields a map may read does not depend on them.
fn any_xdome() -> Result<XdomeSettings, Problem> {
    toml::from_str("api_url = \"https://localhost\"\napi_token_secret = \"none\"")
        .map_err(|error| Problem::input("map check", error.to_string(), ""))
}
