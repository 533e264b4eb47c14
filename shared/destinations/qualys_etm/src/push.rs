//! Pushes the assets of a batch, dividing what is refused as a whole until the assets that cause it stand alone.

use crate::answer;
use crate::envelope::{self, WireAsset};
use crate::gateway::{Gateway, SYNC};
use causeway_domain::definition::QualysEtmSettings;
use causeway_domain::delivery::Refusal;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Answer, Meter};
use causeway_ports::destination::Batch;
use std::collections::VecDeque;

/// When so many parts were refused and none was accepted, it is the request that is refused, not some assets in it:
/// the whole, its halves, quarters, eighths and sixteenths.
const REFUSED_THROUGHOUT: usize = 31;

/// What became of the assets.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// Assets accepted.
    pub(crate) accepted: u64,
    /// Findings in them.
    pub(crate) findings: u64,
    /// The others.
    pub(crate) refused: Vec<Refusal>,
}

/// Sends `assets`, in one request if the endpoint takes them.
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
        let answer = gateway.sync(body, meter).await?;
        let Some(failure) = refusal(&answer) else {
            taken += 1;
            pushed.add(part, answer::judge(SYNC, &answer.body, part)?);
            continue;
        };
        if !is_about_the_assets(&answer) {
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

/// The answer to a test's empty batch, if it shows that this user may use the endpoint.
pub(crate) fn admitted(answer: Answer) -> Result<Answer, Failure> {
    match answer.failure_kind() {
        Some(FailureKind::Unauthorized | FailureKind::Forbidden) => refusal(&answer).map_or(Ok(answer), Err),
        _ => Ok(answer),
    }
}

/// Whether the sync endpoint itself answered a test's empty batch: it may well refuse it.
pub(crate) fn understood(answer: &Answer) -> Result<String, Failure> {
    match refusal(answer) {
        Some(_) if is_about_the_assets(answer) => {
            Ok(format!("refused as empty: {}", answer::explain(&answer.body)))
        }
        Some(failure) => Err(failure),
        None => answer::judge(SYNC, &answer.body, &[]).map(|_| answer::explain(&answer.body)),
    }
}

/// What a status other than 2xx means.
fn refusal(answer: &Answer) -> Option<Failure> {
    let mut failure = answer.refusal(SYNC, Some(&answer::explain(&answer.body)))?;
    if answer.is_html() && failure.kind == FailureKind::RequestRejected && answer.status.as_u16() != 413 {
        failure.kind = FailureKind::UnexpectedAnswer;
    }
    Some(failure)
}

/// Whether fewer or other assets would have been accepted: 400, 422, and 413 for too many bytes.
fn is_about_the_assets(answer: &Answer) -> bool {
    match answer.status.as_u16() {
        413 => true,
        400 | 422 => !answer.is_html(),
        _ => false,
    }
}
