//! Secrets by name. They never leave [`SecretText`] but for the one header or form that needs them (I-12).

use async_trait::async_trait;
use causeway_domain::{Failure, FailureKind};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;

/// A secret's text; its `Debug` shows nothing.
pub type SecretText = secrecy::SecretString;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret called `name`.
    ///
    /// # Errors
    /// `SecretMissing` when there is none or it cannot be decrypted.
    async fn read(&self, name: &str, freshness: Freshness) -> Result<SecretText, Failure>;
}

/// Whether a briefly cached copy will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A copy of the last minutes will do.
    Cached,
    /// Read past any cache: the last one was refused, it may have been rotated.
    Fresh,
}

/// What a person does with secrets.
#[async_trait]
pub trait SecretKeeper: Secrets {
    /// Stores `text` as `name`, replacing an earlier one.
    ///
    /// # Errors
    /// Those of [`check_name`] and of the store.
    async fn set(&self, name: &str, text: &SecretText) -> Result<(), Failure>;

    /// All secrets by name, sorted.
    async fn list(&self) -> Result<Vec<SecretEntry>, Failure>;

    /// Removes a secret; whether there was one.
    async fn delete(&self, name: &str) -> Result<bool, Failure>;
}

/// A secret without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretEntry {
    /// Its name.
    pub name: String,
    /// When it was last set.
    pub set_at: Timestamp,
}

/// Whether a secret is one line of text of at most `longest` bytes, as tokens and passwords are.
pub fn is_one_line(text: &SecretText, longest: usize) -> bool {
    let text = text.expose_secret();
    (1..=longest).contains(&text.len()) && !text.contains(['\n', '\r', '\0'])
}

/// Checks the name of a secret.
///
/// # Errors
/// `NameInvalid` unless it is 1 to 63 lower-case letters, digits, `-`, `_` and `.`, a letter first.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let starts = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    if starts && name.len() <= 63 && name.bytes().all(allowed) {
        Ok(())
    } else {
        let detail = "not a valid name; hyphens, underscores and dots may follow the first letter";
        Err(Failure::new(FailureKind::NameInvalid, format!("secret {name:?}"), detail))
    }
}
