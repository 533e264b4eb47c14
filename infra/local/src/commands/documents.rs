//! Gathers the documents a definition refers to, so that runs need no file of this machine.

use crate::machine::Machine;
use crate::problem::Problem;
use causeway_domain::definition::{DestinationSettings, Mistake, Registered, SourceSettings};
use causeway_domain::{Definition, MapName, MapReference};
use causeway_runs::{OwnMaps, SavedMap, ShippedConnectors};
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

/// Reads the connection file and everything it refers to; relative paths start at the file's folder. An own map that
/// is named without a version is taken as its newest, and stays so until the connection is applied again.
pub(crate) async fn read(machine: &Machine, file: &Path) -> Result<Registered, Problem> {
    let text = std::fs::read_to_string(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let mut definition = Definition::parse(&text, &file.display().to_string())?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let own = OwnMaps(machine.engine.objects.as_ref());
    let (mut documents, mut versions) = (BTreeMap::new(), BTreeMap::new());
    for Reference { field, name, ships_with } in references(&definition) {
        let shipped = shipped(ships_with);
        let content = match shipped.get(name.as_str()) {
            Some(text) => (*text).to_owned(),
            None => match own_map(own, ships_with, &name).await? {
                Some(found) => {
                    versions.insert(name.clone(), found.version);
                    found.text
                }
                None => match std::fs::read_to_string(folder.join(&name)) {
                    Ok(text) => text,
                    Err(error) => {
                        let problem = format!("{name:?} cannot be read: {error}");
                        let mut help = format!("allowed: a file, relative to {}", shown(folder));
                        if ships_with.is_some() {
                            push_names(&mut help, "a shipped one", shipped.into_keys());
                            let known = own.list().await?;
                            push_names(&mut help, "an own one", known.keys().map(MapName::as_str));
                        }
                        return Err(Problem::mistake(file, Mistake::at(&text, field, problem, help)));
                    }
                },
            },
        };
        documents.insert(name, content);
    }
    if let DestinationSettings::Files(files) = &mut definition.destination {
        let absolute = std::path::absolute(folder.join(&files.folder));
        files.folder =
            absolute.map_err(|error| Problem::file(file, "find its folder", &error))?.display().to_string();
    }
    Ok(Registered { definition, documents, versions })
}

/// The own map that `name` means; whatever is no name of one is the path of a file.
async fn own_map(
    own: OwnMaps<'_>,
    ships_with: Option<&str>,
    name: &str,
) -> Result<Option<SavedMap>, Problem> {
    match MapReference::parse(name) {
        Ok(reference) if ships_with.is_some() => Ok(own.find(&reference).await?),
        _ => Ok(None),
    }
}

fn push_names<'n>(help: &mut String, kind: &str, names: impl Iterator<Item = &'n str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        help.push_str(&format!("; or {kind}: {}", names.join(", ")));
    }
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
