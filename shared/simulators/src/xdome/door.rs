//! Authorization: tokens, their permissions and their expiry.

use super::Token;
use crate::faults::Endpoint;
use std::sync::Mutex;

/// The tokens with the number of requests made with each.
#[derive(Debug)]
pub(super) struct Door(Mutex<Vec<(Token, u64)>>);

/// The reason for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 401: there is no token, or not `Bearer`.
    NotAuthenticated,
    /// 401: the token is unknown or expired.
    InvalidToken,
    /// 403: the token may not call this endpoint.
    Forbidden,
}

impl Refusal {
    /// Status and text of the response.
    pub(super) fn answer(self) -> (u16, &'static str) {
        match self {
            Self::NotAuthenticated => (401, "Not authenticated"),
            Self::InvalidToken => (401, "Authorization failed: the token is invalid or has expired"),
            Self::Forbidden => (403, "Forbidden: the user has no permission for this endpoint"),
        }
    }
}

impl Door {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        let door = Self(Mutex::default());
        door.replace(tokens);
        door
    }

    pub(super) fn replace(&self, tokens: Vec<Token>) {
        *self.lock() = tokens.into_iter().map(|token| (token, 0)).collect();
    }

    /// Authorizes a request and returns the sites that it may see; `None` for all.
    pub(super) fn admit(
        &self,
        authorization: Option<&str>,
        endpoint: Endpoint,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let text = bearer(authorization).ok_or(Refusal::NotAuthenticated)?;
        let mut tokens = self.lock();
        let found = tokens.iter_mut().find(|(token, _)| token.text == text);
        let (token, used) = found.ok_or(Refusal::InvalidToken)?;
        if token.expires_after.is_some_and(|requests| *used >= requests) {
            return Err(Refusal::InvalidToken);
        }
        *used += 1;
        if token.endpoints.as_ref().is_some_and(|allowed| !allowed.contains(&endpoint)) {
            return Err(Refusal::Forbidden);
        }
        Ok(token.sites.clone())
    }

    /// Expires the token of a request.
    pub(super) fn expire(&self, authorization: Option<&str>) {
        let text = bearer(authorization);
        self.lock().retain(|(token, _)| Some(token.text.as_str()) != text);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Token, u64)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn bearer(authorization: Option<&str>) -> Option<&str> {
    let (scheme, token) = authorization?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
