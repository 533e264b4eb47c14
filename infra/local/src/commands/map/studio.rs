//! Lookup of maps: shipped ones, own ones in the home or stack, files.

use crate::commands::text_file;
use crate::output::Problem;
use crate::place::{Location, Place};
use causeway_domain::{MapName, MapReference};
use causeway_runs::OwnMaps;
use std::path::{Path, PathBuf};

/// The home or stack, opened only when needed: a map file can be checked without one.
pub(crate) struct Studio(Location);

/// A map that was found.
pub(super) struct Found {
    /// Its name in messages: the shipped name, `name@2`, or the path.
    pub(super) label: String,
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// The origin of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Shipped,
    Own(MapName),
    File(PathBuf),
}

impl Studio {
    pub(crate) fn new(location: Location) -> Self {
        Self(location)
    }

    /// The home, created if missing, or the stack.
    pub(super) async fn place(&self) -> Result<Place, Problem> {
        self.0.open().await
    }

    /// The home, if it exists, or the stack.
    pub(super) async fn place_if_any(&self) -> Result<Option<Place>, Problem> {
        self.0.open_if_any().await
    }

    /// The map called `wanted`: a shipped one, otherwise an own one, otherwise a file.
    pub(super) async fn find(&self, wanted: &str) -> Result<Found, Problem> {
        if let Some((_, text)) = shipped().into_iter().find(|(name, _)| *name == wanted) {
            return Ok(Found { label: wanted.to_owned(), text: text.to_owned(), origin: Origin::Shipped });
        }
        let mut own = Vec::new();
        if let Some(place) = self.place_if_any().await? {
            let maps = OwnMaps(place.engine.objects.as_ref());
            if let Ok(reference) = MapReference::parse(wanted) {
                if let Some(found) = maps.find(&reference).await? {
                    let label = format!("{}@{}", found.name, found.version.version);
                    return Ok(Found { label, text: found.text, origin: Origin::Own(found.name) });
                }
                if reference.version.is_some() && !Path::new(wanted).exists() {
                    maps.load(&reference).await?;
                }
            }
            own.extend(maps.list().await?.into_keys().map(|name| name.to_string()));
        }
        let text = text_file::read(wanted).map_err(|error| unknown(wanted, &error, own))?;
        Ok(Found { label: wanted.to_owned(), text, origin: Origin::File(wanted.into()) })
    }
}

fn shipped() -> Vec<(&'static str, &'static str)> {
    causeway_connectors::catalog().shipped()
}

fn unknown(wanted: &str, error: &std::io::Error, own: Vec<String>) -> Problem {
    let mut known: Vec<String> = shipped().iter().map(|(name, _)| (*name).to_owned()).collect();
    known.extend(own);
    let hint = causeway_maps::did_you_mean(wanted, known.iter().map(String::as_str));
    let help = format!("There are {}; anything else is the path of a file.", known.join(", "));
    Problem::input(format!("map {wanted}"), format!("cannot be read: {error}{hint}"), help)
}

/// A name for an own map.
pub(super) fn own_name(name: &str) -> Result<MapName, Problem> {
    if shipped().iter().any(|(known, _)| *known == name) {
        let help = "Make a copy of your own: `causeway map clone ".to_owned() + name + " NEW`.";
        return Err(Problem::input(format!("map {name}"), "is a shipped map and cannot be changed", help));
    }
    Ok(MapName::parse(name)?)
}
