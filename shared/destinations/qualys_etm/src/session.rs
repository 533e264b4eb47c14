//! The token in force, and what was refused last: tokens, and the password.

use causeway_domain::{Failure, FailureKind};
use causeway_outbound::Mask;
use causeway_ports::SecretText;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Tokens are good for 4 hours; a quarter of an hour before the end a new one is fetched.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(225);
/// New tokens that are refused in a row before no more are fetched.
pub(crate) const REFUSED_TOKENS: u32 = 3;
/// A refused password is not tried again so soon, nor are tokens fetched that nobody takes: many deliveries at once would
/// lock the user's account.
const REFUSAL_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// Signed in or not.
#[derive(Default)]
pub(crate) struct Session {
    token: Option<Token>,
    serial: u64,
    /// Whether the token in force, or one like it, was taken since the last refusal.
    taken: bool,
    /// New tokens refused in a row.
    refused_tokens: u32,
    no_tokens_until: Option<(Timestamp, Failure)>,
    refused: Option<(SecretText, Timestamp, Failure)>,
}

/// The failure of a refused token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It had expired, or another call has a newer one already.
    Stale,
    /// It was new.
    New,
    /// It was the last of several new ones.
    Final,
}

/// A token of `/auth`.
#[derive(Clone)]
pub(crate) struct Token {
    text: SecretText,
    serial: u64,
    renew_at: Timestamp,
    /// Hides it and the password.
    pub(crate) mask: Arc<Mask>,
}

impl Token {
    /// For the one header that needs it.
    pub(crate) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Session {
    /// The newest token, unless it is about to expire.
    ///
    /// # Errors
    /// That of the last refusal, while no more tokens are fetched.
    pub(crate) fn valid(&self, now: Timestamp) -> Result<Option<Token>, Failure> {
        let token = self.token.as_ref().filter(|token| now < token.renew_at);
        match &self.no_tokens_until {
            Some((until, failure)) if token.is_none() && now < *until => Err(failure.clone()),
            _ => Ok(token.cloned()),
        }
    }

    /// Notes that the endpoint took `token`.
    pub(crate) fn note_taken(&mut self, token: &Token) {
        if self.token.as_ref().is_some_and(|newest| newest.serial == token.serial) {
            (self.taken, self.refused_tokens, self.no_tokens_until) = (true, 0, None);
        }
    }

    /// Notes that the endpoint refused `token` with `failure`. Only the newest is dropped: one sign-in serves all calls
    /// whose token has expired.
    pub(crate) fn note_token_refused(&mut self, token: &Token, failure: &Failure, now: Timestamp) -> Refusal {
        if self.token.as_ref().is_none_or(|newest| newest.serial != token.serial) {
            return Refusal::Stale;
        }
        self.token = None;
        if std::mem::take(&mut self.taken) {
            return Refusal::Stale;
        }
        self.refused_tokens += 1;
        if self.refused_tokens < REFUSED_TOKENS {
            return Refusal::New;
        }
        self.refused_tokens = 0;
        self.no_tokens_until = Some((now.saturating_add(REFUSAL_LIFE).unwrap_or(now), failure.clone()));
        Refusal::Final
    }

    /// Drops the token, and the refusals of earlier ones.
    pub(crate) fn forget(&mut self) {
        (self.token, self.taken, self.refused_tokens, self.no_tokens_until) = (None, false, 0, None);
    }

    /// Keeps the token that `/auth` answered to `password`: the bare text of a JWT, not JSON.
    pub(crate) fn accept(
        &mut self,
        (subject, password): (&str, &SecretText),
        body: &[u8],
        now: Timestamp,
    ) -> Result<Token, Failure> {
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        if !looks_like_jwt(text) {
            let kind = crate::answer::describe(body);
            let detail = format!("the answer is not a token but {kind}");
            return Err(Failure::new(FailureKind::UnexpectedAnswer, subject, detail));
        }
        self.serial += 1;
        let renew_at = now.saturating_add(TOKEN_LIFE).unwrap_or(now);
        let text = SecretText::from(text);
        let mask = Arc::new(Mask::of([&text, password]));
        let token = Token { text, serial: self.serial, renew_at, mask };
        (self.token, self.taken, self.refused) = (Some(token.clone()), false, None);
        Ok(token)
    }

    /// Remembers that `password` was refused.
    pub(crate) fn note_refused(&mut self, password: &SecretText, failure: &Failure, now: Timestamp) {
        let until = now.saturating_add(REFUSAL_LIFE).unwrap_or(now);
        self.refused = Some((password.clone(), until, failure.clone()));
    }

    /// Fails while this very password has just been refused.
    pub(crate) fn allows(&self, password: &SecretText, now: Timestamp) -> Result<(), Failure> {
        match &self.refused {
            Some((refused, until, failure))
                if now < *until && refused.expose_secret() == password.expose_secret() =>
            {
                Err(failure.clone())
            }
            _ => Ok(()),
        }
    }
}

/// Three or more parts of base64url text with dots between them.
fn looks_like_jwt(text: &str) -> bool {
    let part =
        |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='));
    text.split('.').count() >= 3 && text.split('.').all(part) && !text.starts_with('.')
}
