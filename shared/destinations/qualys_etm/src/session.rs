//! The token in force, and the password that was refused last.

use causeway_domain::{Failure, FailureKind};
use causeway_ports::SecretText;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

/// Tokens are good for 4 hours; a quarter of an hour before the end a new one is fetched.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(225);
/// A refused password is not tried again so soon: many deliveries at once would lock the user's account.
const REFUSAL_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// Signed in or not.
#[derive(Default)]
pub(crate) struct Session {
    token: Option<Token>,
    serial: u64,
    refused: Option<(SecretText, Timestamp, Failure)>,
}

/// A token of `/auth`.
#[derive(Clone)]
pub(crate) struct Token {
    text: SecretText,
    serial: u64,
    renew_at: Timestamp,
}

impl Token {
    /// For the one header that needs it.
    pub(crate) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Session {
    /// The token, unless it is about to expire or is the `refused` one.
    pub(crate) fn valid(&self, now: Timestamp, refused: Option<&Token>) -> Option<Token> {
        let token = self.token.as_ref()?;
        let usable = now < token.renew_at && refused.is_none_or(|refused| refused.serial != token.serial);
        usable.then(|| token.clone())
    }

    /// Drops the token.
    pub(crate) fn forget(&mut self) {
        self.token = None;
    }

    /// Keeps the token that `/auth` answered with: the bare text of a JWT, not JSON.
    pub(crate) fn accept(&mut self, subject: &str, body: &[u8], now: Timestamp) -> Result<Token, Failure> {
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        if !looks_like_jwt(text) {
            let kind = crate::answer::describe(body);
            let detail = format!("the answer is not a token but {kind}");
            return Err(Failure::new(FailureKind::UnexpectedAnswer, subject, detail));
        }
        self.serial += 1;
        let renew_at = now.saturating_add(TOKEN_LIFE).unwrap_or(now);
        let token = Token { text: SecretText::from(text.to_owned()), serial: self.serial, renew_at };
        self.token = Some(token.clone());
        self.refused = None;
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
