//! `connection test`.

use crate::ending::Ending;
use crate::machine::Machine;
use crate::present::Screen;
use crate::present::checks;
use crate::problem::Problem;
use causeway_domain::ConnectionName;
use causeway_runs::Tested;

/// Makes the checks of source and destination.
pub(crate) async fn checks(machine: &Machine, name: &ConnectionName) -> Result<Vec<Tested>, Problem> {
    Ok(causeway_runs::test_connection(&machine.engine, name).await?)
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
