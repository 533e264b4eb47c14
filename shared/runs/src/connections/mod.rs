//! Connections: registered, listed, checked before they are saved, and their timetables.

pub(crate) mod apply;
pub(crate) mod maps;
pub(crate) mod neighbours;
pub(crate) mod registry;
pub(crate) mod timetable;
pub(crate) mod trial;
