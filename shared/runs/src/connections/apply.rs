//! Applying a connection file: gathering the documents it refers to, so that runs need no file of the machine on which
//! it was applied, and registering it.

use crate::connections::neighbours::overlaps;
use crate::connections::registry::load;
use crate::connections::timetable::timetable_of;
use crate::{Engine, OwnMaps, SavedMap, register};
use async_recursion::async_recursion;
use causeway_domain::definition::{DefinitionErrors, DocumentReference, Mistake, Purpose, Registered};
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
    pub source: String,
    /// Its destination.
    pub destination: String,
    /// Secrets that it needs and that are not stored.
    pub missing_secrets: Vec<String>,
    /// The first scheduled start to come; `None` without one.
    pub next_start: Option<Timestamp>,
    /// Other connections that this one gets in the way of, one sentence each.
    pub overlaps: Vec<String>,
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
    let definition = Definition::parse(&unmarked(file.text), file.name, engine.connectors.catalog())?;
    let own = OwnMaps(engine.objects.as_ref());
    let (mut documents, mut versions) = (BTreeMap::new(), BTreeMap::new());
    for reference in engine.connectors.catalog().documents(&definition) {
        let DocumentReference { field, name, purpose, shipped } = reference;
        let own_allowed = purpose != Purpose::Certificate;
        let content = match shipped.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => (*text).to_owned(),
            None => match own_map(own, own_allowed, &name).await? {
                Some(found) => {
                    versions.insert(name.clone(), found.version);
                    found.text
                }
                None => match (file.beside)(&name) {
                    Ok(text) => unmarked(&text),
                    Err(why) => {
                        let mut help = format!("allowed: {}", file.place);
                        if own_allowed {
                            push_names(&mut help, "a shipped one", shipped.iter().map(|(name, _)| *name));
                            let known = own.list().await?;
                            push_names(&mut help, "an own one", known.keys().map(MapName::as_str));
                        }
                        return Err(mistake(file, &field, format!("{name:?} cannot be read: {why}"), help));
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
    let missing_secrets = missing_secrets(engine, &registered, stored);
    let next_start = next_start(engine, &registered.definition.name).await?;
    let definition = registered.definition;
    Ok(Applied {
        source: definition.source.name().to_owned(),
        destination: definition.destination.name().to_owned(),
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

/// Names of the secrets that a connection reads and that are not among `stored`.
pub fn missing_secrets(engine: &Engine, registered: &Registered, stored: &[String]) -> Vec<String> {
    let mut needed = engine.connectors.catalog().secrets(&registered.definition);
    needed.retain(|name| !stored.contains(name));
    needed
}

fn mistake(file: &ConnectionFile<'_>, field: &str, problem: String, help: String) -> ConnectionFileError {
    let mistakes = vec![Mistake::at(file.text, field, problem, help)];
    ConnectionFileError::Definition(DefinitionErrors { file: file.name.to_owned(), mistakes })
}

/// The own map that `name` means; whatever is no name of one is the path of a file.
async fn own_map(own: OwnMaps<'_>, allowed: bool, name: &str) -> Result<Option<SavedMap>, Failure> {
    match MapReference::parse(name) {
        Ok(reference) if allowed => own.find(&reference).await,
        _ => Ok(None),
    }
}

fn push_names<'n>(help: &mut String, kind: &str, names: impl Iterator<Item = &'n str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        help.push_str(&format!("; or {kind}: {}", names.join(", ")));
    }
}
