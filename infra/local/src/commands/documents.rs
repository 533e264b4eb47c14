//! Gathers the documents a definition refers to, so that runs need no file of this machine.

use crate::problem::Problem;
use causeway_domain::Definition;
use causeway_domain::definition::{DestinationSettings, Mistake, Registered, SourceSettings};
use causeway_runs::ShippedConnectors;
use std::collections::BTreeMap;
use std::path::Path;

/// A document as the definition names it.
struct Reference {
    /// Dotted path of the field that names it.
    field: &'static str,
    /// The name.
    name: String,
    /// The connector or destination whose shipped documents may be meant, if any.
    ships_with: Option<&'static str>,
}

/// Reads the connection file and everything it refers to; relative paths start at the file's folder.
pub(crate) fn read(file: &Path) -> Result<Registered, Problem> {
    let text = std::fs::read_to_string(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let mut definition = Definition::parse(&text, &file.display().to_string())?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut documents = BTreeMap::new();
    for Reference { field, name, ships_with } in references(&definition) {
        let path = folder.join(&name);
        let shipped = shipped(ships_with);
        let content = match shipped.get(name.as_str()) {
            Some(text) => (*text).to_owned(),
            None => std::fs::read_to_string(&path).map_err(|error| {
                let problem = format!("{name:?} cannot be read: {error}");
                let mut help = format!("allowed: a file, relative to {}", shown(folder));
                if !shipped.is_empty() {
                    help.push_str("; or a shipped one: ");
                    help.push_str(&shipped.keys().copied().collect::<Vec<_>>().join(", "));
                }
                Problem::mistake(file, Mistake::at(&text, field, problem, help))
            })?,
        };
        documents.insert(name, content);
    }
    if let DestinationSettings::Files(files) = &mut definition.destination {
        let absolute = std::path::absolute(folder.join(&files.folder));
        files.folder =
            absolute.map_err(|error| Problem::file(file, "find its folder", &error))?.display().to_string();
    }
    Ok(Registered { definition, documents })
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "this folder".to_owned() } else { folder.display().to_string() }
}

/// Shipped documents are called after the connector or destination they ship with.
fn shipped(with: Option<&str>) -> BTreeMap<&'static str, &'static str> {
    let documents = ShippedConnectors::shipped_documents().into_iter();
    documents.filter(|(name, _)| with.is_some_and(|with| name.starts_with(with))).collect()
}

fn references(definition: &Definition) -> Vec<Reference> {
    let reference = |field, name: &String, ships_with| Reference { field, name: name.clone(), ships_with };
    let connector = Some(definition.source.connector());
    let SourceSettings::ClarotyXdome(source) = &definition.source;
    let mut references = vec![
        reference("source.claroty-xdome.maps.asset", &source.maps.asset, connector),
        reference("source.claroty-xdome.maps.finding", &source.maps.finding, connector),
    ];
    let authority = source.ca_file.iter();
    references.extend(authority.map(|name| reference("source.claroty-xdome.ca_file", name, None)));
    if let DestinationSettings::QualysEtm(etm) = &definition.destination {
        let destination = Some(definition.destination.name());
        references.push(reference("destination.qualys-etm.profile", &etm.profile, destination));
        let authority = etm.ca_file.iter();
        references.extend(authority.map(|name| reference("destination.qualys-etm.ca_file", name, None)));
    }
    references
}
