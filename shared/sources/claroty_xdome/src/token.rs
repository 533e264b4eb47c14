//! The API token: the newest there is, read afresh once for each that was refused.

use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Freshness, SecretText, Secrets};
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// A secret by name. It is read with each request, so that it is in no state of ours.
pub(crate) struct TokenSource {
    secrets: Arc<dyn Secrets>,
    name: String,
    /// Held while it is read afresh.
    reading: tokio::sync::Mutex<()>,
}

impl TokenSource {
    pub(crate) fn new(secrets: Arc<dyn Secrets>, name: String) -> Self {
        Self { secrets, name, reading: tokio::sync::Mutex::default() }
    }

    /// The token. Of many requests whose token is `refused` at once only the first reads past the cache: the others find
    /// there what it has read.
    pub(crate) async fn newest(&self, refused: Option<&SecretText>) -> Result<SecretText, Failure> {
        let Some(refused) = refused else { return self.secrets.read(&self.name, Freshness::Cached).await };
        let _alone = self.reading.lock().await;
        let cached = self.secrets.read(&self.name, Freshness::Cached).await?;
        if is_same(&cached, refused) {
            self.secrets.read(&self.name, Freshness::Fresh).await
        } else {
            Ok(cached)
        }
    }

    /// The header that carries `token`, marked so that no trace of the HTTP library shows it.
    pub(crate) fn bearer(&self, subject: &str, token: &SecretText) -> Result<HeaderValue, Failure> {
        let header = HeaderValue::try_from(format!("Bearer {}", token.expose_secret().trim()));
        let mut header = header.map_err(|_| {
            let detail = format!("secret {:?} has characters that no token has", self.name);
            Failure::new(FailureKind::Unauthorized, subject, detail)
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// Whether both are the same token.
pub(crate) fn is_same(one: &SecretText, other: &SecretText) -> bool {
    one.expose_secret() == other.expose_secret()
}
