//! Scopes of access tokens.

/// Permission that a route requires. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Reading.
    Read,
    /// Starting runs, and approving, discarding and redriving them.
    Operate,
    /// Connections and secrets.
    Admin,
}

impl Scope {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Admin];

    /// As tokens carry it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "causeway/read",
            Self::Operate => "causeway/operate",
            Self::Admin => "causeway/admin",
        }
    }
}
