//! Secrets by name. They never leave [`SecretText`] but for the one header or form that needs them (I-12).

use async_trait::async_trait;
use causeway_domain::Failure;

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
