//! `connection test`.

use crate::machine::{Machine, Place};
use crate::output::{Problem, Screen, checks};
use crate::process::Ending;
use causeway_domain::ConnectionName;
use causeway_runs::Tested;

/// Makes the checks of source and destination, from where runs will reach them.
pub(crate) async fn checks(machine: &Machine, name: &ConnectionName) -> Result<Vec<Tested>, Problem> {
    let engine = &machine.engine;
    match &machine.place {
        Place::Home(_) => Ok(causeway_runs::test_connection(engine, name).await?),
        Place::Stack(cloud) => Ok(cloud.test(name, engine.clock.as_ref()).await?),
    }
}

pub(super) async fn test(machine: &Machine, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let tested = checks(machine, &ConnectionName::parse(name)?).await?;
    screen.show(&tested, || checks::text(screen, &tested))?;
    if checks::all_passed(&tested) {
        screen.note(&format!("All checks passed. Next: {} run {name}", machine.causeway()));
        Ok(Ending::Done)
    } else {
        Ok(Ending::TestFailed)
    }
}
