//! Output: stdout for data, stderr for everything else.

pub(crate) mod checks;
pub(crate) mod checkup;
mod event;
pub(crate) mod grid;
pub(crate) mod inventory;
pub(crate) mod logs;
pub(crate) mod plans;
pub(crate) mod preview;
mod problem;
pub(crate) mod progress;
mod screen;
pub(crate) mod sections;
pub(crate) mod why;

pub(crate) use event::Event;
pub(crate) use grid::{Grid, Tone};
pub(crate) use problem::Problem;
pub(crate) use screen::Screen;
