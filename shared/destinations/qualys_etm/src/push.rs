//! Pushes the assets of a batch. A part that is refused as a whole is halved until the assets at fault stand alone.

use crate::envelope::{self, WireAsset};
use crate::gateway::{Gateway, SYNC, SyncResponse};
use crate::response;
use crate::settings::QualysEtmSettings;
use causeway_domain::delivery::Refusal;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Meter, Response};
use causeway_ports::destination::Batch;
use std::collections::VecDeque;

/// Refused parts without an accepted one after which the request is at fault, not some assets in it: the whole, its
/// halves, quarters, eighths and sixteenths.
const REFUSED_THROUGHOUT: usize = 31;

/// The result for each asset.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// Assets accepted.
    pub(crate) accepted: u64,
    /// Findings in them.
    pub(crate) findings: u64,
    /// The others.
    pub(crate) refused: Vec<Refusal>,
}

/// Sends `assets`, in one request if the endpoint accepts them.
pub(crate) async fn push(
    gateway: &Gateway,
    settings: &QualysEtmSettings,
    batch: &Batch<'_>,
    assets: &[WireAsset],
    meter: &Meter,
) -> Result<Pushed, Failure> {
    let mut pushed = Pushed::default();
    let mut parts = VecDeque::from_iter((!assets.is_empty()).then_some(assets));
    let (mut taken, mut refused) = (0_usize, 0_usize);
    while let Some(part) = parts.pop_front() {
        let body = envelope::body(settings, envelope::request_id(batch, part), part)?;
        let reply = gateway.sync(body, meter).await?;
        let Some(failure) = refusal(&reply) else {
            taken += 1;
            pushed.add(part, judged(&reply, part)?);
            continue;
        };
        if !is_about_the_assets(&reply.response) {
            return Err(failure);
        }
        refused += 1;
        match part {
            [asset] => {
                pushed.refused.push(Refusal { asset: asset.id.clone(), reason: failure.detail.clone() });
            }
            many => parts.extend(<[_; 2]>::from(many.split_at(many.len() / 2))),
        }
        if taken == 0 && refused >= REFUSED_THROUGHOUT && !parts.is_empty() {
            return Err(failure);
        }
    }
    Ok(pushed)
}

impl Pushed {
    fn add(&mut self, part: &[WireAsset], refused: Vec<Refusal>) {
        for asset in part {
            if !refused.iter().any(|refusal| refusal.asset == asset.id) {
                self.accepted += 1;
                self.findings += asset.findings;
            }
        }
        self.refused.extend(refused);
    }
}

/// The response to the empty batch of a test, if this user may call the endpoint.
pub(crate) fn admitted(reply: SyncResponse) -> Result<SyncResponse, Failure> {
    match reply.response.failure_kind() {
        Some(FailureKind::Unauthorized | FailureKind::Forbidden) => refusal(&reply).map_or(Ok(reply), Err),
        _ => Ok(reply),
    }
}

/// Checks that the sync endpoint itself answered the empty batch of a test, which it may refuse.
pub(crate) fn understood(reply: &SyncResponse) -> Result<String, Failure> {
    match refusal(reply) {
        Some(_) if is_about_the_assets(&reply.response) => {
            Ok(format!("refused as empty: {}", reply.explained()))
        }
        Some(failure) => Err(failure),
        None => judged(reply, &[]).map(|_| reply.explained()),
    }
}

impl SyncResponse {
    fn explained(&self) -> String {
        self.without_secrets(&response::explain(&self.response.body))
    }

    fn without_secrets(&self, text: &str) -> String {
        self.mask.line(text, response::REASON_LENGTH)
    }
}

/// The assets of `part` that a 2xx refuses.
fn judged(reply: &SyncResponse, part: &[WireAsset]) -> Result<Vec<Refusal>, Failure> {
    let harmless = |refusal: Refusal| Refusal { reason: reply.without_secrets(&refusal.reason), ..refusal };
    match response::judge(SYNC, &reply.response.body, part) {
        Ok(refused) => Ok(refused.into_iter().map(harmless).collect()),
        Err(failure) => Err(Failure { detail: reply.without_secrets(&failure.detail), ..failure }),
    }
}

/// The failure that a status other than 2xx means.
fn refusal(reply: &SyncResponse) -> Option<Failure> {
    let mut failure = reply.response.refusal(SYNC, Some(&response::explain(&reply.response.body)))?;
    failure.detail = reply.without_secrets(&failure.detail);
    let response = &reply.response;
    if response.is_html() && failure.kind == FailureKind::RequestRejected && response.status.as_u16() != 413 {
        failure.kind = FailureKind::UnexpectedAnswer;
    }
    Some(failure)
}

/// Whether the endpoint could accept fewer or other assets: 400, 422, and 413 for too many bytes.
fn is_about_the_assets(response: &Response) -> bool {
    match response.status.as_u16() {
        413 => true,
        400 | 422 => !response.is_html(),
        _ => false,
    }
}
