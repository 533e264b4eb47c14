//! Keys of a connection's own objects.

use crate::{ConnectionName, Generation};
use std::fmt;

/// Keys of a connection's own objects.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionKeys<'a>(pub &'a ConnectionName);

/// An object of a connection, named below the connection's prefix. It prints and parses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionObject {
    /// The definition; If-Match on edit.
    Definition,
    /// The [`crate::ConnectionRecord`]; If-Match.
    State,
    /// The [`crate::connection::ScheduleRecord`]; If-Match.
    Schedule,
    /// One segment of a ledger, by its number and content hash.
    LedgerSegment(Generation, u32, String),
    /// The index of a ledger, by its content hash.
    LedgerIndex(Generation, String),
    /// The definition that a replay maps with, by its content hash.
    Replay(String),
    /// When a run was first asked for by the token with this hash.
    Token(String),
}

impl ConnectionKeys<'_> {
    /// Prefix of all connections.
    pub const ALL: &'static str = "connections/";

    /// The key of an object.
    pub fn key(&self, object: &ConnectionObject) -> String {
        format!("{}{object}", self.prefix())
    }

    /// Prefix of everything of this connection but its runs.
    pub fn prefix(&self) -> String {
        format!("{}{}/", Self::ALL, self.0)
    }

    /// The definition; If-Match on edit.
    pub fn definition(&self) -> String {
        self.key(&ConnectionObject::Definition)
    }

    /// The [`crate::ConnectionRecord`]; If-Match.
    pub fn state(&self) -> String {
        self.key(&ConnectionObject::State)
    }

    /// The [`crate::connection::ScheduleRecord`]; If-Match.
    pub fn schedule(&self) -> String {
        self.key(&ConnectionObject::Schedule)
    }

    /// Prefix of all ledgers.
    pub fn ledgers(&self) -> String {
        format!("{}ledger/", self.prefix())
    }

    /// One segment of a ledger; the hash makes it immutable.
    pub fn ledger_segment(&self, generation: Generation, number: u32, hash: &str) -> String {
        self.key(&ConnectionObject::LedgerSegment(generation, number, hash.to_owned()))
    }

    /// The index of a ledger.
    pub fn ledger_index(&self, generation: Generation, hash: &str) -> String {
        self.key(&ConnectionObject::LedgerIndex(generation, hash.to_owned()))
    }

    /// The definition that a replay maps with.
    pub fn replay(&self, hash: &str) -> String {
        self.key(&ConnectionObject::Replay(hash.to_owned()))
    }

    /// When a run was first asked for by a token, of which `hash` is the hash.
    pub fn token(&self, hash: &str) -> String {
        self.key(&ConnectionObject::Token(hash.to_owned()))
    }

    /// Prefix of all runs.
    pub fn runs(&self) -> String {
        format!("runs/{}/", self.0)
    }
}

impl ConnectionObject {
    /// Reads a name that [`Self`] prints; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        read(name).filter(|object| object.to_string() == name)
    }

    /// The content hash in its name, if it has one.
    pub fn hash(&self) -> Option<&str> {
        match self {
            Self::LedgerSegment(_, _, hash) | Self::LedgerIndex(_, hash) | Self::Replay(hash) => Some(hash),
            _ => None,
        }
    }
}

impl fmt::Display for ConnectionObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definition => f.write_str("definition.json"),
            Self::State => f.write_str("state.json"),
            Self::Schedule => f.write_str("schedule.json"),
            Self::LedgerSegment(generation, number, hash) => {
                write!(f, "ledger/{generation:06}/{number:06}-{hash}.ndjson.zst")
            }
            Self::LedgerIndex(generation, hash) => write!(f, "ledger/{generation:06}/index-{hash}.json"),
            Self::Replay(hash) => write!(f, "replays/{hash}.json"),
            Self::Token(hash) => write!(f, "tokens/{hash}.json"),
        }
    }
}

fn read(name: &str) -> Option<ConnectionObject> {
    use ConnectionObject::*;
    let Some((folder, rest)) = name.split_once('/') else {
        return [Definition, State, Schedule].into_iter().find(|object| object.to_string() == name);
    };
    let hash = |text: &str| Some(text.to_owned()).filter(|hash| !hash.is_empty() && !hash.contains('/'));
    Some(match folder {
        "replays" => Replay(hash(rest.strip_suffix(".json")?)?),
        "tokens" => Token(hash(rest.strip_suffix(".json")?)?),
        "ledger" => {
            let (generation, file) = rest.split_once('/')?;
            let generation = Generation(generation.parse().ok()?);
            match file.strip_prefix("index-") {
                Some(index) => LedgerIndex(generation, hash(index.strip_suffix(".json")?)?),
                None => {
                    let (number, segment) = file.split_once('-')?;
                    let segment = hash(segment.strip_suffix(".ndjson.zst")?)?;
                    LedgerSegment(generation, number.parse().ok()?, segment)
                }
            }
        }
        _ => return None,
    })
}
