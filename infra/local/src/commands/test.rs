//! `connection test`.

use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::Screen;
use crate::present::checks::{self, Tested};
use crate::problem::Problem;
use causeway_domain::ConnectionName;

/// Makes the checks of source and destination.
pub(crate) async fn checks(machine: &Machine, name: &ConnectionName) -> Result<Vec<Tested>, Problem> {
    let connection = causeway_runs::load(&machine.engine, name).await?;
    let mut tested = Vec::new();
    for (system, side) in machine.engine.connectors.tests(&connection.registered)? {
        let checks = side.test().await.into_iter().map(Into::into).collect();
        tested.push(Tested { system, checks });
    }
    Ok(tested)
}

pub(super) async fn test(machine: &Machine, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let tested = checks(machine, &ConnectionName::parse(name)?).await?;
    screen.show(&tested, || checks::text(screen, &tested))?;
    if checks::all_passed(&tested) {
        screen.note(&format!("All checks passed. Next: causeway run {name}"));
        Ok(Ending::Done)
    } else {
        Ok(Ending::TestFailed)
    }
}
