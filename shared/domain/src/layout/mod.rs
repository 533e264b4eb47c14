//! Keys of all objects, in one place. `docs/ARCHITECTURE.md` shows the same tree.
//!
//! A key prints and parses: [`ConnectionKeys`], [`RunKeys`] and [`MapKeys`] print it, [`Key`] takes it apart again.

mod connection;
mod map;
mod run;
mod run_object;

pub use connection::{ConnectionKeys, ConnectionObject};
pub use map::MapKeys;
pub use run::{AttemptKeys, RunKeys};
pub use run_object::{AttemptObject, RunObject};

use crate::{ConnectionName, MapName, RunId};
use std::fmt;

/// A key, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// An object of a connection.
    Connection(ConnectionName, ConnectionObject),
    /// An object of a run.
    Run(ConnectionName, RunId, RunObject),
    /// A version of an own map.
    Map(MapName, u32),
}

impl Key {
    /// Reads a key that [`Self`] prints; `None` for any other. A folder whose name has not the exact form of a run id is no
    /// run.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.splitn(3, '/');
        let (folder, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
        Some(match folder {
            "connections" => {
                Self::Connection(ConnectionName::parse(name).ok()?, ConnectionObject::parse(rest)?)
            }
            "maps" => Self::Map(MapName::parse(name).ok()?, map::version(rest)?),
            _ => {
                let (connection, run, object) = of_run(key)?;
                Self::Run(connection, run, RunObject::parse(object)?)
            }
        })
    }
}

/// The connection and the run that a key belongs to, and the rest of it, whatever that is.
pub fn of_run(key: &str) -> Option<(ConnectionName, RunId, &str)> {
    let mut parts = key.strip_prefix("runs/")?.splitn(3, '/');
    let (connection, run) = (parts.next()?, parts.next()?);
    Some((ConnectionName::parse(connection).ok()?, RunId::parse(run).ok()?, parts.next()?))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(name, object) => f.write_str(&ConnectionKeys(name).key(object)),
            Self::Run(name, run, object) => f.write_str(&RunKeys::new(name, run).key(object)),
            Self::Map(name, version) => f.write_str(&MapKeys(name).version(*version)),
        }
    }
}

/// Whether an object may be removed some weeks after it was written, while the rest of its run stays.
pub fn may_expire(key: &str) -> bool {
    matches!(Key::parse(key), Some(Key::Run(_, _, object)) if object.may_expire())
}
