//! Maps and profiles, checked and tried without a connection.

use crate::list::{Connector, Profile, connectors, receivers};
use causeway_domain::Failure;
use causeway_maps::{CompiledMap, MapDefinition, MapErrors, Overrides, TargetModel};
use causeway_ports::source::Explained;

/// A compiled map, to be applied to recorded pages.
pub struct MapTrial {
    /// Name of the list of rows in an answer of the vendor.
    pub list: &'static str,
    /// Maps each row of an answer, or of a raw page that a run kept, and explains the result.
    pub explain: Box<Explain>,
}

type Explain = dyn Fn(&[u8]) -> Result<Vec<Explained>, Failure> + Send + Sync;

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
    let [first, others @ ..] = connectors();
    match others.iter().find(|connector| check(connector).is_ok()) {
        Some(connector) => Ok(connector),
        None => check(first).map(|()| first),
    }
}

/// How the target profile `text` is read, if some receiver takes profiles.
pub fn profile_for() -> Option<Profile> {
    receivers().iter().find_map(|receiver| receiver.profile)
}
