//! `map list`.

use super::document::Document;
use super::studio::Studio;
use crate::output::{Problem, Screen};

use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{MapReference, MapVersion};
use causeway_runs::OwnMaps;
use serde::Serialize;
use std::collections::BTreeMap;

/// One map, as data.
#[derive(Debug, Serialize)]
struct Listed {
    map: String,
    kind: &'static str,
    /// `shipped` or `own`.
    origin: &'static str,
    title: String,
    version: String,
    stream: String,
    row_count: usize,
    /// Numbers of the versions of an own map.
    versions: Vec<u32>,
    used_by: Vec<Use>,
}

/// A connection that uses a map.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Use {
    pub(super) connection: String,
    /// As its file names the map.
    pub(super) reference: String,
    /// The version it was applied with; none for a shipped map.
    pub(super) version: Option<u32>,
}

pub(super) async fn list(studio: &Studio, screen: &Screen) -> Result<Ending, Problem> {
    let place = studio.place_if_any().await?;
    let uses = match &place {
        Some(place) => uses(place).await?,
        None => BTreeMap::new(),
    };
    let used_by = |map: &str| uses.get(map).cloned().unwrap_or_default();
    let mut maps = Vec::new();
    for (name, text) in causeway_connectors::catalog().shipped() {
        maps.push(listed(name, text, None, Vec::new(), used_by(name)));
    }
    if let Some(place) = &place {
        let own = OwnMaps(place.engine.objects.as_ref());
        for (name, versions) in own.list().await? {
            let newest = own.load(&MapReference { name: name.clone(), version: None }).await?;
            let used_by = used_by(name.as_str());
            maps.push(listed(name.as_str(), &newest.text, Some(&newest.version), versions, used_by));
        }
    }
    screen.show(&maps, || table(screen, &maps))?;
    screen.note(
        "`causeway map show NAME` shows the rows, `causeway map clone NAME NEW` creates your own copy.",
    );
    Ok(Ending::Done)
}

fn listed(map: &str, text: &str, own: Option<&MapVersion>, versions: Vec<u32>, used_by: Vec<Use>) -> Listed {
    let origin = if own.is_some() { "own" } else { "shipped" };
    let version = own.map(MapVersion::to_string);
    let listed = Listed {
        map: map.to_owned(),
        kind: "not readable",
        origin,
        title: String::new(),
        version: version.clone().unwrap_or_default(),
        stream: String::new(),
        row_count: 0,
        versions,
        used_by,
    };
    // A map of another release may use unknown words; it is listed anyway.
    let Ok(document) = Document::read(map, text) else { return listed };
    let streams: Vec<String> = document.sections.iter().map(|section| section.stream.to_string()).collect();
    let first = document.sections.first();
    Listed {
        kind: document.kind,
        title: first.map(|section| section.title.clone()).unwrap_or_default(),
        version: version.or(first.map(|section| section.version.clone())).unwrap_or_default(),
        stream: if streams.len() > 1 { "both".to_owned() } else { streams.concat() },
        row_count: document.row_count(),
        ..listed
    }
}

fn table(screen: &Screen, maps: &[Listed]) -> String {
    let mut grid = screen.grid(&["name", "kind", "title", "origin", "version", "records", "rows", "used by"]);
    for map in maps {
        let used_by: Vec<String> = map.used_by.iter().map(Use::in_words).collect();
        grid.row([
            map.map.clone(),
            map.kind.to_owned(),
            map.title.clone(),
            map.origin.to_owned(),
            map.version.clone(),
            map.stream.clone(),
            map.row_count.to_string(),
            used_by.join(", "),
        ]);
    }
    grid.right([6]).to_string()
}

impl Use {
    pub(super) fn in_words(&self) -> String {
        match self.version {
            Some(version) => format!("{} (v{version})", self.connection),
            None => self.connection.clone(),
        }
    }
}

/// The connections that use each map, by the map's own name. A file belongs to one connection only.
pub(super) async fn uses(place: &Place) -> Result<BTreeMap<String, Vec<Use>>, Problem> {
    let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    for connection in causeway_runs::list(&place.engine).await? {
        let registered = &connection.registered;
        for map in registered.maps(causeway_connectors::catalog()) {
            let own = MapReference::parse(&map.name).ok().filter(|_| map.version.is_some());
            let name = own.map_or(map.name.clone(), |reference| reference.name.to_string());
            uses.entry(name).or_default().push(Use {
                connection: registered.definition.name.to_string(),
                reference: map.name,
                version: map.version,
            });
        }
    }
    Ok(uses)
}
