//! A token as requests carry it.

use crate::Mask;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::SecretText;
use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// A bearer token.
#[derive(Clone)]
pub struct Token {
    text: SecretText,
    /// Distinguishes tokens of one session that have the same text.
    pub(super) serial: u64,
    mask: Arc<Mask>,
}

impl Token {
    /// `text` as a token, with the mask that hides it and the `password` it was given for. `secret` is the name of the
    /// stored secret, for messages.
    ///
    /// # Errors
    /// `Unauthorized` if no header can carry it.
    pub(super) fn new(
        (subject, secret): (&str, &str),
        text: SecretText,
        password: Option<&SecretText>,
        serial: u64,
    ) -> Result<Self, Failure> {
        if HeaderValue::try_from(text.expose_secret().trim()).is_err() {
            let detail = format!("secret {secret:?} contains characters that a token cannot have");
            return Err(Failure::new(FailureKind::Unauthorized, subject, detail));
        }
        let mask = Arc::new(Mask::of(std::iter::once(&text).chain(password)));
        Ok(Self { text, serial, mask })
    }

    /// Adds the token to `request`, marked as sensitive: no trace of the HTTP library shows it.
    pub fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.text.expose_secret().trim())
    }

    /// The mask that hides the token, and the password it was given for, in texts about a response.
    pub fn mask(&self) -> &Arc<Mask> {
        &self.mask
    }

    pub(super) fn has_text(&self, text: &SecretText) -> bool {
        self.text.expose_secret() == text.expose_secret()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.has_text(&other.text)
    }
}
