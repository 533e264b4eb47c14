//! Applying a connection file: gathering the documents it refers to, so that runs need no file of the machine on which
//! it was applied, and registering it.

use crate::connections::neighbours::overlaps;
use crate::connections::registry::load;
use crate::connections::timetable::timetable_of;
use crate::{Engine, OwnMaps, SavedMap, ShippedConnectors, register};
use async_recursion::async_recursion;
use causeway_domain::definition::{
    DefinitionErrors, DestinationSettings, Mistake, Registered, SourceSettings,
};
use causeway_domain::{ConnectionName, Definition, Failure, MapName, MapReference};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A connection file as its author sees it.
pub struct ConnectionFile<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// Its text, TOML.
    pub text: &'a str,
    /// Finds a document that is neither shipped nor an own map; otherwise says why it cannot.
    pub beside: &'a (dyn Fn(&str) -> Result<String, String> + Send + Sync),
    /// Where such documents are looked for, in a few words.
    pub place: &'a str,
}

/// Why a connection file cannot be applied.
#[derive(Debug)]
pub enum ConnectionFileError {
    /// The file is wrong.
    Definition(DefinitionErrors),
    /// Something it needs, or the store, fails.
    Failure(Failure),
}

impl From<DefinitionErrors> for ConnectionFileError {
    fn from(errors: DefinitionErrors) -> Self {
        Self::Definition(errors)
    }
}

impl From<Failure> for ConnectionFileError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What became of a connection file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The connection.
    pub connection: ConnectionName,
    /// Whether there was none of this name.
    pub created: bool,
    /// Its connector.
    pub source: &'static str,
    /// Its destination.
    pub destination: &'static str,
    /// Secrets that it needs and that are not stored.
    pub missing_secrets: Vec<String>,
    /// The first scheduled start to come; `None` without one.
    pub next_start: Option<Timestamp>,
    /// Other connections that this one gets in the way of, one sentence each.
    pub overlaps: Vec<String>,
}

/// A document as the definition names it.
struct Reference {
    /// Dotted path of the field that names it.
    field: &'static str,
    /// The name.
    name: String,
    /// The connector or destination whose shipped documents may be meant, if any.
    ships_with: Option<&'static str>,
}

/// Reads the connection file and everything it refers to. An own map that is named without a version is taken as its
/// newest, and stays so until the connection is applied again.
///
/// # Errors
/// All mistakes of the file; those of the store.
#[async_recursion]
pub async fn read_connection(
    engine: &Engine,
    file: &ConnectionFile<'_>,
) -> Result<Registered, ConnectionFileError> {
    // Texts that come in a request were not read from a file, where a byte-order mark would have been left out.
    let unmarked = |text: &str| text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let definition = Definition::parse(&unmarked(file.text), file.name)?;
    let own = OwnMaps(engine.objects.as_ref());
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
                None => match (file.beside)(&name) {
                    Ok(text) => unmarked(&text),
                    Err(why) => {
                        let mut help = format!("allowed: {}", file.place);
                        if ships_with.is_some() {
                            push_names(&mut help, "a shipped one", shipped.into_keys());
                            let known = own.list().await?;
                            push_names(&mut help, "an own one", known.keys().map(MapName::as_str));
                        }
                        return Err(mistake(file, field, format!("{name:?} cannot be read: {why}"), help));
                    }
                },
            },
        };
        documents.insert(name, content);
    }
    Ok(Registered { definition, documents, versions })
}

/// Registers what was read of `file` once its source and destination can be built from it. `stored` are the names of the
/// secrets that there are.
///
/// # Errors
/// Mistakes that show only now; `Conflict` when somebody else edits it at the same moment.
#[async_recursion]
pub async fn apply(
    engine: &Engine,
    file: &ConnectionFile<'_>,
    registered: Registered,
    stored: &[String],
) -> Result<Applied, ConnectionFileError> {
    // A schedule without a start begins now, so only now shows whether its end is too far away.
    let schedule = registered.definition.schedule.as_ref();
    if let Some((problem, help)) = schedule.and_then(|schedule| schedule.wrong_end(engine.clock.now())) {
        return Err(mistake(file, "schedule.end", problem, help));
    }
    engine.connectors.source(&registered)?;
    engine.connectors.destination(&registered)?;
    let overlaps = overlaps(engine, &registered.definition).await?;
    let created = register(engine, &registered).await?;
    let missing_secrets = missing_secrets(&registered, stored);
    let next_start = next_start(engine, &registered.definition.name).await?;
    let definition = registered.definition;
    Ok(Applied {
        source: definition.source.connector(),
        destination: definition.destination.name(),
        connection: definition.name,
        created,
        missing_secrets,
        next_start,
        overlaps,
    })
}

async fn next_start(engine: &Engine, name: &ConnectionName) -> Result<Option<Timestamp>, Failure> {
    let timetable = timetable_of(engine, &load(engine, name).await?).await?;
    let next = timetable.as_ref().and_then(|timetable| timetable.next_after(engine.clock.now()));
    Ok(next.map(|next| next.at))
}

/// Names of the secrets that a connection reads.
pub fn secret_names(registered: &Registered) -> Vec<String> {
    let SourceSettings::ClarotyXdome(source) = &registered.definition.source;
    let mut names = vec![source.api_token_secret.clone()];
    if let DestinationSettings::QualysEtm(destination) = &registered.definition.destination {
        names.push(destination.password_secret.clone());
    }
    names.dedup();
    names
}

/// Names of the secrets that a connection reads and that are not among `stored`.
pub fn missing_secrets(registered: &Registered, stored: &[String]) -> Vec<String> {
    let mut needed = secret_names(registered);
    needed.retain(|name| !stored.contains(name));
    needed
}

fn mistake(file: &ConnectionFile<'_>, field: &str, problem: String, help: String) -> ConnectionFileError {
    let mistakes = vec![Mistake::at(file.text, field, problem, help)];
    ConnectionFileError::Definition(DefinitionErrors { file: file.name.to_owned(), mistakes })
}

/// The own map that `name` means; whatever is no name of one is the path of a file.
async fn own_map(
    own: OwnMaps<'_>,
    ships_with: Option<&str>,
    name: &str,
) -> Result<Option<SavedMap>, Failure> {
    match MapReference::parse(name) {
        Ok(reference) if ships_with.is_some() => own.find(&reference).await,
        _ => Ok(None),
    }
}

fn push_names<'n>(help: &mut String, kind: &str, names: impl Iterator<Item = &'n str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        help.push_str(&format!("; or {kind}: {}", names.join(", ")));
    }
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
