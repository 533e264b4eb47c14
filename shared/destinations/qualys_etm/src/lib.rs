//! Qualys ETM's push API as a destination.
//!
//! A batch becomes one `POST /rest/2.0/am/connector/asset/data/sync`: assets with their findings. A target profile, which
//! a tenant can edit, gives names and values. `docs/adr/0004-etm-target-profile.md` and each row of
//! `profiles/qualys-etm.toml` say how certain each fact about this API is.

mod complaints;
mod envelope;
mod gateway;
mod passing;
mod profile;
mod push;
mod receiver;
mod response;
mod sections;
mod settings;
mod sign_in;
mod unambiguous;

pub use profile::{TargetProfile, shipped};
pub use receiver::RECEIVER;
pub use settings::{DESCRIPTOR, QualysEtmSettings};

use async_trait::async_trait;
use causeway_domain::Failure;
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{BatchAnswer, BatchLimits, ItemAnswer};
use causeway_outbound::{Authority, Channel, ChannelSettings, Checklist, Meter, Share};
use causeway_ports::destination::Batch;
use causeway_ports::{Check, Clock, Destination, Ids, Secrets, Testable};
use gateway::Gateway;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Findings in one request unless a single asset has more; the vendor names no limit.
const BATCH_FINDINGS: usize = 5000;
/// Bytes of a batch as the plan stores it; the vendor names no limit, and gateways commonly take 10 MiB.
const BATCH_BYTES: usize = 5 << 20;
/// A response is a sentence, a code and the errors of one batch.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// One connection's `[destination.qualys-etm]`. Share it: token, pace and pauses hold over all its callers.
pub struct QualysEtm {
    settings: QualysEtmSettings,
    profile: TargetProfile,
    gateway: Gateway,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl QualysEtm {
    /// The destination that `registered` describes; nothing is sent yet. `reads_findings` tells whether
    /// its source reads findings at all; `share` is this process's part of the pace.
    ///
    /// # Errors
    /// `DefinitionInvalid` for an address or authority that cannot be used or another destination, `NotFound` when the
    /// profile or authority was not registered, `MapInvalid` for a profile with mistakes.
    pub fn new(
        registered: &Registered,
        reads_findings: bool,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        share: Share,
    ) -> Result<Self, Failure> {
        let settings = QualysEtmSettings::of(&registered.definition.destination)?;
        let authority = settings
            .ca_file
            .as_deref()
            .map(|file| registered.document(file).map(|pem| Authority { file, pem }));
        let channel = Channel::new(
            &ChannelSettings {
                product: "qualys-etm",
                base_url: &settings.gateway_url,
                authority: authority.transpose()?,
                timeout: Duration::from_secs(settings.timeout_seconds.into()),
                max_answer_bytes: MAX_ANSWER_BYTES,
                requests_per_second: settings.requests_per_second,
                share,
                throttling: gateway::THROTTLING,
            },
            Arc::clone(&clock),
            Arc::clone(&ids),
        )?;
        let gateway = Gateway::new(channel, &settings, secrets);
        let profile = TargetProfile::of(registered, &settings.profile, reads_findings)?;
        Ok(Self { settings, profile, gateway, clock, ids })
    }
}

#[async_trait]
impl Destination for QualysEtm {
    fn limits(&self) -> BatchLimits {
        let assets = usize::try_from(self.settings.batch_assets).unwrap_or(usize::MAX);
        BatchLimits { assets: assets.clamp(1, 1000), findings: BATCH_FINDINGS, bytes: BATCH_BYTES }
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let meter = Meter::default();
        let (mut sendable, mut inexpressible) = (Vec::new(), Vec::new());
        for wire in envelope::wire_assets(&self.profile, batch)? {
            inexpressible.push(wire.map(|asset| sendable.push(asset)).err());
        }
        let pushed = push::push(&self.gateway, &self.settings, batch, &sendable, &meter).await?;
        let mut pushed = pushed.into_iter();
        let answer = |reason: Option<String>| reason.map(ItemAnswer::Refused).or_else(|| pushed.next());
        Ok(BatchAnswer {
            items: inexpressible.into_iter().filter_map(answer).collect(),
            traffic: meter.total(),
        })
    }
}

#[async_trait]
impl Testable for QualysEtm {
    /// Network, TLS and sign-in, then an empty batch. It shows whether this user may call the endpoint, and whether the
    /// sync endpoint answers.
    async fn test(&self) -> Vec<Check> {
        let meter = Meter::default();
        let mut list = Checklist::new(Arc::clone(&self.clock));
        list.reach(self.gateway.session.channel()).await;
        let sign_in = async {
            self.gateway.session.renew(&meter).await?;
            Ok(format!("{} received a token", self.settings.username))
        };
        list.check("Authentication Credential Check", sign_in).await;
        let mut answer = None;
        let scope = async {
            let body = envelope::body(&self.settings, self.ids.unique(), &[])?;
            let received = self.gateway.sync(body, &meter).await?;
            let seen = format!("the endpoint answered an empty batch with {}", received.response.status);
            answer = Some(push::admitted(received)?);
            Ok(seen)
        };
        list.check("Authorization Scope Check", scope).await;
        let push = async { answer.as_ref().map_or_else(|| Ok(String::new()), push::understood) };
        list.check("Data Push", push).await;
        list.finish()
    }
}

/// The gateway only, without secrets or the way to them.
impl fmt::Debug for QualysEtm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QualysEtm").field("channel", &self.gateway.session.channel()).finish_non_exhaustive()
    }
}
