//! `serve`.

use crate::machine::Machine;
use crate::output::numbers::time;
use crate::output::{Problem, Screen};
use crate::process::{Ending, Interrupt};
use crate::serve::serve as until_stopped;

/// Serves until the process is asked to stop, which is how it is meant to end.
pub(super) async fn serve(machine: &Machine, screen: &Screen, logging: bool) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let clock = &machine.engine.clock;
    until_stopped(machine, &mut interrupt, |event| {
        if logging {
            event.log();
        } else {
            screen.note(&format!("{}  {event}", time(clock.now())));
        }
    })
    .await?;
    Ok(Ending::Done)
}
