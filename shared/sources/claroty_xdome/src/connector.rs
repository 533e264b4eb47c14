//! The connector, as the list holds it.

use crate::model::{Transform, XdomeStream, list_name, shipped};
use crate::{ClarotyXdome, DESCRIPTOR, XdomeSettings};
use causeway_connector::{Connector, MapTrial, Tools};
use causeway_domain::definition::{Registered, Settings};
use causeway_domain::{Failure, Stream};
use std::sync::Arc;

/// Claroty xDome.
pub const CONNECTOR: Connector = Connector {
    descriptor: &DESCRIPTOR,
    model: |stream| Box::new(XdomeStream::without_links(stream)),
    trial,
    source: |registered, tools| Ok(Arc::new(build(registered, tools)?)),
    test: |registered, tools| Ok(Arc::new(build(registered, tools)?)),
};

fn build(registered: &Registered, tools: &Tools) -> Result<ClarotyXdome, Failure> {
    let Tools { secrets, clock, ids, source_share, .. } = tools;
    ClarotyXdome::new(registered, Arc::clone(secrets), Arc::clone(clock), Arc::clone(ids), *source_share)
}

fn trial(settings: Option<&Settings>, stream: Stream, map: (&str, &str)) -> Result<MapTrial, Failure> {
    let settings = match settings {
        Some(settings) => XdomeSettings::of(settings)?,
        None => XdomeSettings::with_presets("https://localhost", "none")?,
    };
    // The map of the other stream is not applied.
    let other = |name: &str| shipped().iter().copied().find(|(known, _)| *known == name).unwrap_or_default();
    let presets = XdomeSettings::with_presets("https://localhost", "none")?.maps;
    let (asset, finding) = match stream {
        Stream::Assets => (map, other(&presets.finding)),
        Stream::Findings => (other(&presets.asset), map),
    };
    let transform = Transform::new(&settings, asset, finding)?;
    let explain = move |page: &[u8]| transform.explain(stream, page, usize::MAX);
    Ok(MapTrial { list: list_name(stream), explain: Box::new(explain) })
}
