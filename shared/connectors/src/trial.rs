//! Maps and profiles, checked and tried without a connection.

use crate::list::{CONNECTORS, RECEIVERS};
use causeway_connector::{Connector, Profile};
use causeway_maps::{CompiledMap, MapDefinition, MapErrors, Overrides, TargetModel};

/// The connector whose fields the map `text` reads, called `label` in messages.
///
/// # Errors
/// All mistakes of the map, as the first connector sees them, when it fits none.
pub fn check_map(label: &str, text: &str) -> Result<&'static Connector, MapErrors> {
    let stream = MapDefinition::stream_of(text);
    let check = |connector: &Connector| {
        let (model, targets) = ((connector.model)(stream), TargetModel::canonical(stream));
        CompiledMap::load(label, text, model.as_ref(), &targets, &Overrides::none()).map(|_| ())
    };
    let [first, others @ ..] = CONNECTORS;
    match others.iter().find(|connector| check(connector).is_ok()) {
        Some(connector) => Ok(connector),
        None => check(first).map(|()| first),
    }
}

/// How the target profile `text` is read, if some receiver takes profiles.
pub fn profile_for() -> Option<Profile> {
    RECEIVERS.iter().find_map(|receiver| receiver.profile)
}
