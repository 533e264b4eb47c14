//! The surroundings of a source or receiver under test: a relay in front of its simulator, an injected clock, one secret,
//! and the log.

mod answer;
mod call;
mod log;
mod ports;
mod relay;
mod rotation;

pub use answer::Answer;
pub use call::Call;
pub(crate) use log::Log;
pub(crate) use ports::{OneSecret, ports};
pub use ports::{PatientClock, Ports};
pub(crate) use relay::{Deed, Relay};
pub(crate) use rotation::{ROTATED, demand};

/// How requests carry the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// The secret itself is the token in this header.
    Token {
        /// Header, in lower case.
        header: &'static str,
    },
    /// A sign-in endpoint exchanges the secret for a token in this header.
    SignIn {
        /// Header, in lower case.
        header: &'static str,
        /// Path of the sign-in endpoint.
        path: &'static str,
    },
}

impl Credential {
    /// The header of every request but a sign-in.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Token { header } | Self::SignIn { header, .. } => header,
        }
    }

    /// Whether `call` is a sign-in.
    pub(crate) fn is_sign_in(self, call: &Call) -> bool {
        matches!(self, Self::SignIn { path, .. } if call.path() == path)
    }
}

/// Limits that a driver's settings ask its source or receiver to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a second.
    pub per_second: u32,
    /// Requests under way at the same time; `None` if only their rate is limited.
    pub at_once: Option<usize>,
}
