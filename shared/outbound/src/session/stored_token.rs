//! A token that a person stores: the newest one, read past the cache once for each that is refused.

use super::{Renewal, Token};
use causeway_domain::Failure;
use causeway_ports::{Freshness, SecretText, Secrets};
use std::sync::Arc;

/// Tokens that one attempt sends at most: the cached one, one that was stored since, and one that was stored just now.
const TOKENS: usize = 3;

/// A token by the name of its secret. Each attempt reads it, so that no state here outlives a rotation.
pub(super) struct StoredToken {
    secrets: Arc<dyn Secrets>,
    secret: String,
    /// Held while the secret is read past the cache.
    reading: tokio::sync::Mutex<()>,
}

impl StoredToken {
    pub(super) fn new(secrets: Arc<dyn Secrets>, secret: String) -> Self {
        Self { secrets, secret, reading: tokio::sync::Mutex::default() }
    }

    /// The token. Of many calls whose token is `refused` at once, only the first reads past the cache; the others find its
    /// result there.
    pub(super) async fn newest(&self, subject: &str, refused: Option<&Token>) -> Result<Token, Failure> {
        let text = match refused {
            Some(refused) => self.newer_than(refused).await?,
            None => self.secrets.read(&self.secret, Freshness::Cached).await?,
        };
        Token::new((subject, &self.secret), text, None, 0)
    }

    async fn newer_than(&self, refused: &Token) -> Result<SecretText, Failure> {
        let _alone = self.reading.lock().await;
        let cached = self.secrets.read(&self.secret, Freshness::Cached).await?;
        if refused.has_text(&cached) {
            self.secrets.read(&self.secret, Freshness::Fresh).await
        } else {
            Ok(cached)
        }
    }

    /// The step after `token` was refused, and `earlier` ones before it in the same attempt. The same token is tried twice.
    pub(super) fn renewal(token: &Token, earlier: &[Token]) -> Renewal {
        let repeated = earlier.last().is_some_and(|last| last.is_same(token));
        if repeated || earlier.len() + 1 >= TOKENS { Renewal::Never } else { Renewal::Now }
    }
}
