//! `connection test`.

use crate::output::{Problem, Screen, checks};

use crate::place::{Kind, Place};
use crate::process::Ending;
use causeway_domain::ConnectionName;
use causeway_runs::Tested;

/// Checks source and destination, from the network that runs use.
pub(crate) async fn checks(place: &Place, name: &ConnectionName) -> Result<Vec<Tested>, Problem> {
    let engine = &place.engine;
    match &place.kind {
        Kind::Home(_) => Ok(causeway_runs::test_connection(engine, name).await?),
        Kind::Stack(stack) => Ok(stack.test(name, engine.clock.as_ref()).await?),
    }
}

pub(crate) async fn test(place: &Place, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let tested = checks(place, &ConnectionName::parse(name)?).await?;
    screen.show(&tested, || checks::text(screen, &tested))?;
    if checks::all_passed(&tested) {
        screen.note(&format!("All checks passed. Next: {} run {name}", place.causeway()));
        Ok(Ending::Done)
    } else {
        Ok(Ending::TestFailed)
    }
}
