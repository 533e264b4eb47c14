//! The secrets of one stack in Secrets Manager.

use async_trait::async_trait;
use aws_config::SdkConfig;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Freshness, SecretEntry, SecretKeeper, SecretText, Secrets};
use std::sync::Arc;

/// The secrets `<stack>/<name>`. Clones share one client and one cache.
#[derive(Clone)]
pub struct StackSecrets {
    client: aws_sdk_secretsmanager::Client,
    stack: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl StackSecrets {
    /// The secrets of `stack`.
    pub fn new(config: &SdkConfig, stack: impl Into<Arc<str>>, clock: Arc<dyn Clock>) -> Self {
        Self { client: aws_sdk_secretsmanager::Client::new(config), stack: stack.into(), clock }
    }
}

fn pending() -> Failure {
    Failure::new(FailureKind::NotPossible, "Secrets Manager", "follows")
}

#[async_trait]
impl Secrets for StackSecrets {
    async fn read(&self, _name: &str, _freshness: Freshness) -> Result<SecretText, Failure> {
        let _ = (&self.client, &self.stack, &self.clock);
        Err(pending())
    }
}

#[async_trait]
impl SecretKeeper for StackSecrets {
    async fn set(&self, _name: &str, _text: &SecretText) -> Result<(), Failure> {
        Err(pending())
    }

    async fn list(&self) -> Result<Vec<SecretEntry>, Failure> {
        Err(pending())
    }

    async fn delete(&self, _name: &str) -> Result<bool, Failure> {
        Err(pending())
    }
}
