//! `replay RUN`.

use super::run::{Begin, perform};
use crate::arguments::ReplayArgs;
use crate::commands::text_file;
use crate::output::{Problem, Screen, sections};

use crate::place::Place;
use crate::process::{Ending, Interrupt};
use causeway_domain::MapReference;
use causeway_domain::definition::{Kind, Registered};
use causeway_maps::MapDefinition;
use causeway_runs::{OwnMaps, ReplayRequest};

pub(crate) async fn answer(place: &Place, screen: &Screen, arguments: ReplayArgs) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let (name, run) = place.find_run(&arguments.run).await?;
    let mut definition = causeway_runs::load(&place.engine, &name).await?.registered;
    if let Some(map) = &arguments.map {
        exchange(place, &mut definition, map).await?;
    }
    let begin = Begin::Replay(Box::new(ReplayRequest { run, definition }));
    let Some(account) = perform(place, screen, &name, begin, &mut interrupt).await? else {
        return Ok(Ending::Interrupted);
    };
    screen.show(&account, || sections::text(screen, &account))?;
    if let Some(map) = arguments.map {
        screen.note(&format!(
            "The connection keeps its own map. To go on with {map}, name it in `maps` of the connection file and apply that; \
             otherwise the next run sends the records as before."
        ));
    }
    Ok(account.outcome.map_or(Ending::Failed, Ending::from))
}

/// Replaces the map for the same records.
async fn exchange(place: &Place, registered: &mut Registered, map: &str) -> Result<(), Problem> {
    let shipped = place.engine.connectors.catalog().shipped().into_iter().find(|(name, _)| *name == map);
    let own = match (shipped, MapReference::parse(map)) {
        (None, Ok(reference)) => OwnMaps(place.engine.objects.as_ref()).find(&reference).await?,
        _ => None,
    };
    registered.versions.remove(map);
    let text = match (shipped, own) {
        (Some((_, text)), _) => text.to_owned(),
        (None, Some(own)) => {
            registered.versions.insert(map.to_owned(), own.version);
            own.text
        }
        (None, None) => text_file::read(map).map_err(|error| {
            let help = "`causeway map list` shows the maps there are; anything else is the path of a file.";
            Problem::input(format!("map {map}"), format!("cannot be read: {error}"), help)
        })?,
    };
    let stream = MapDefinition::parse(map, &text)?.stream;
    let source = &mut registered.definition.source;
    let connector = place.engine.connectors.catalog().connector(source)?;
    for (field, _) in connector.texts(source, |kind| matches!(kind, Kind::Map(of) if *of == stream)) {
        source.set(&field, map);
    }
    registered.documents.insert(map.to_owned(), text);
    Ok(())
}
