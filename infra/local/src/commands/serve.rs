//! `serve`.

use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::{Ending, Interrupt};
use crate::serve::serve as until_stopped;
use causeway_views::numbers::time;

/// Serves until the process is asked to stop, which counts as success.
pub(crate) async fn serve(place: &Place, screen: &Screen, logging: bool) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let clock = &place.engine.clock;
    until_stopped(place, &mut interrupt, |event| {
        if logging {
            event.log();
        } else {
            screen.note(&format!("{}  {event}", time(clock.now())));
        }
    })
    .await?;
    Ok(Ending::Done)
}
