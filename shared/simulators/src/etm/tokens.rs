//! Issued JWTs. They have the form of JWTs and no content.

use crate::chance::mix;
use crate::timing::Expiry;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Lifetime of the vendor's JWTs.
const LIFETIME_SECONDS: u64 = 4 * 60 * 60;

/// Issued tokens with the rest of their validity.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    requests: Option<u64>,
    issued: Mutex<(u64, BTreeMap<String, Left>)>,
}

#[derive(Debug)]
struct Left {
    expiry: Expiry,
    requests: Option<u64>,
}

impl Tokens {
    /// Tokens that are valid for `requests` requests, or for any number.
    pub(super) fn new(requests: Option<u64>) -> Self {
        Self { requests, issued: Mutex::default() }
    }

    /// A new token.
    pub(super) fn issue(&self) -> String {
        let mut issued = self.lock();
        issued.0 += 1;
        let (one, other) = (mix(issued.0, 1), mix(issued.0, 2));
        let text =
            format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzaW11bGF0ZWQiLCJuIjo{one:016x}.{other:016x}{one:016x}");
        let left = Left { expiry: Expiry::in_seconds(LIFETIME_SECONDS), requests: self.requests };
        issued.1.insert(text.clone(), left);
        text
    }

    /// Whether a request with this `Authorization` is accepted; uses one of the token's requests.
    pub(super) fn admit(&self, authorization: Option<&str>) -> bool {
        let Some(text) = authorization.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
        let mut issued = self.lock();
        let Some(left) = issued.1.get_mut(text) else { return false };
        if left.expiry.has_passed() || left.requests == Some(0) {
            return false;
        }
        left.requests = left.requests.map(|requests| requests - 1);
        true
    }

    /// Ends all tokens issued so far.
    pub(super) fn expire(&self) {
        self.lock().1.clear();
    }

    /// Number of tokens ever issued.
    pub(super) fn count(&self) -> u64 {
        self.lock().0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, BTreeMap<String, Left>)> {
        self.issued.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
