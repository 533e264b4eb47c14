//! *Test Connection*: the five checks of the product text, on the cheapest calls.

use crate::client::Tries;
use crate::endpoint::{DEVICES, Endpoint};
use crate::request;
use crate::source::ClarotyXdome;
use async_trait::async_trait;
use causeway_domain::page::DroppedField;
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_outbound::{Checklist, Meter};
use causeway_ports::{Check, Testable};
use std::sync::Arc;

#[async_trait]
impl Testable for ClarotyXdome {
    async fn test(&self) -> Vec<Check> {
        let mut checks = Checklist::new(Arc::clone(&self.clock));
        checks.reach(self.client.session.channel()).await;
        checks.check("Authentication Credential Check", self.token_is_known()).await;
        for &stream in self.streams() {
            let endpoint = Endpoint::of(stream);
            let name = format!("Authorization Scope Check: {}", endpoint.path);
            checks.check(&name, self.may_read(endpoint)).await;
        }
        checks.check("Data Fetch", self.fetches_data()).await;
        checks.finish()
    }
}

impl ClarotyXdome {
    /// A 403 or a complaint about the request comes only after the token was recognized.
    async fn token_is_known(&self) -> Result<String, Failure> {
        match self.probe(&DEVICES).await {
            Ok(()) => Ok("the token is accepted".to_owned()),
            Err(failure) if matches!(failure.kind, FailureKind::Forbidden | FailureKind::RequestRejected) => {
                Ok("the token is recognized".to_owned())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Site permissions do not show here: they hide rows and refuse nothing.
    async fn may_read(&self, endpoint: &Endpoint) -> Result<String, Failure> {
        self.probe(endpoint).await.map(|()| format!("{} may be read", endpoint.rows))
    }

    async fn probe(&self, endpoint: &Endpoint) -> Result<(), Failure> {
        let (request, meter) = (request::probe(endpoint), Meter::default());
        self.client.keys(endpoint, &request, (Tries::Usual, &meter)).await.map(drop)
    }

    /// One row of each stream with all mapped fields, through the map.
    async fn fetches_data(&self) -> Result<String, Failure> {
        let (mut counts, mut refused, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
        for &stream in self.streams() {
            let (answer, count) = self.sample(stream, &Meter::default()).await?;
            let what = match stream {
                Stream::Assets => "devices",
                Stream::Findings => "findings",
            };
            counts.push(format!("{count} {what}"));
            refused.extend(self.refused.of(stream));
            unusable.extend(answer.into_transformed().rejects);
            if stream == Stream::Assets && count == 0 {
                let hint =
                    "0 devices in scope: the filters, or the site permissions of the API user, may hide them";
                return Ok(hint.to_owned());
            }
        }
        let mut seen = format!("{} in scope", counts.join(", "));
        if !refused.is_empty() {
            seen.push_str(&format!("; fields the vendor refuses: {}", names(&refused)));
        }
        if let Some(reject) = unusable.first() {
            seen.push_str(&format!("; a sampled row cannot be used: {}", reject.reason));
        }
        Ok(seen)
    }
}

fn names(fields: &[DroppedField]) -> String {
    fields.iter().map(|dropped| dropped.field.as_str()).collect::<Vec<_>>().join(", ")
}
