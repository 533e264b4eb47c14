//! The checks of *Test Connection*, in order; a failure skips the later ones.

use crate::Channel;
use causeway_domain::Failure;
use causeway_ports::check::CheckVerdict;
use causeway_ports::{Check, Clock};
use std::sync::Arc;
use std::time::Duration;

/// Checks made so far.
pub struct Checklist {
    clock: Arc<dyn Clock>,
    made: Vec<Check>,
    failed: Option<String>,
}

impl Checklist {
    /// An empty list; `clock` measures each check.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, made: Vec::new(), failed: None }
    }

    /// *Network Reachability* and *TLS Handshake* of `channel`.
    pub async fn reach(&mut self, channel: &Channel) {
        self.check("Network Reachability", channel.check_network()).await;
        if channel.origin.is_https() {
            let handshake = async { channel.check_tls().await.map(Option::unwrap_or_default) };
            self.check("TLS Handshake", handshake).await;
        } else {
            self.skip("TLS Handshake", "plain http to this machine");
        }
    }

    /// Makes one check unless an earlier one failed; its text describes the result.
    pub async fn check(&mut self, name: &str, check: impl Future<Output = Result<String, Failure>>) {
        if let Some(earlier) = &self.failed {
            let why = format!("skipped because {earlier} failed");
            return self.skip(name, &why);
        }
        let start = self.clock.now();
        let seen = check.await;
        let took = Duration::try_from(self.clock.now().duration_since(start)).unwrap_or_default();
        let (verdict, detail) = match seen {
            Ok(detail) => (CheckVerdict::Passed, detail),
            Err(failure) => {
                self.failed = Some(name.to_owned());
                let detail = failure.detail.clone();
                (CheckVerdict::Failed(failure), detail)
            }
        };
        self.made.push(Check { name: name.to_owned(), verdict, detail, took });
    }

    /// Notes a check that does not apply.
    pub fn skip(&mut self, name: &str, why: &str) {
        let (name, detail) = (name.to_owned(), why.to_owned());
        self.made.push(Check { name, verdict: CheckVerdict::Skipped, detail, took: Duration::ZERO });
    }

    /// All checks.
    pub fn finish(self) -> Vec<Check> {
        self.made
    }
}
