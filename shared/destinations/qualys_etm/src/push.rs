//! Pushes the assets of a batch. A part that is refused as a whole is halved until the assets at fault stand alone.

use crate::envelope::{self, WireAsset};
use crate::gateway::{Gateway, SYNC, SyncResponse};
use crate::response;
use crate::settings::QualysEtmSettings;
use causeway_domain::delivery::ItemAnswer;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Meter, Response};
use causeway_ports::destination::Batch;
use std::collections::VecDeque;

/// Refused parts without an accepted one after which the request is at fault, not some assets in it: the whole, its
/// halves, quarters, eighths and sixteenths.
const REFUSED_THROUGHOUT: usize = 31;

/// Sends `assets`, in one request if the endpoint accepts them; returns its answer to each.
///
/// # Errors
/// If nothing is known of any asset. After the first asset that was accepted or refused, a failure means that the rest must
/// come again.
pub(crate) async fn push(
    gateway: &Gateway,
    settings: &QualysEtmSettings,
    batch: &Batch<'_>,
    assets: &[WireAsset],
    meter: &Meter,
) -> Result<Vec<ItemAnswer>, Failure> {
    let mut pushed: Vec<Option<ItemAnswer>> = vec![None; assets.len()];
    let mut parts = VecDeque::from_iter((!assets.is_empty()).then_some(0..assets.len()));
    let (mut taken, mut refused) = (0_usize, 0_usize);
    while let Some(range) = parts.pop_front() {
        let part = assets.get(range.clone()).unwrap_or_default();
        let body = envelope::body(settings, envelope::request_id(batch, part), part)?;
        let sent = match gateway.sync(body, meter).await {
            Ok(reply) => answered(&reply, part),
            Err(failure) => Err(failure),
        };
        let failure = match sent {
            Ok(Part::Judged(answers)) => {
                taken += 1;
                pushed
                    .iter_mut()
                    .skip(range.start)
                    .zip(answers)
                    .for_each(|(slot, answer)| *slot = Some(answer));
                continue;
            }
            Ok(Part::Refused(failure)) => failure,
            Err(failure) if pushed.iter().all(Option::is_none) => return Err(failure),
            Err(failure) => return Ok(rest_again(pushed, &failure)),
        };
        refused += 1;
        match range.len() {
            1 => {
                let slot = pushed.get_mut(range.start);
                slot.into_iter().for_each(|slot| *slot = Some(ItemAnswer::Refused(failure.detail.clone())));
            }
            many => {
                let middle = range.start + many / 2;
                parts.extend([range.start..middle, middle..range.end]);
            }
        }
        if taken == 0 && refused >= REFUSED_THROUGHOUT && !parts.is_empty() {
            return Err(failure);
        }
    }
    let unsent = Failure::new(FailureKind::MalformedAnswer, SYNC, "no answer is about this asset");
    Ok(rest_again(pushed, &unsent))
}

/// The answer to a part of the assets.
enum Part {
    /// Asset by asset.
    Judged(Vec<ItemAnswer>),
    /// As a whole, for a reason that may lie in some of them.
    Refused(Failure),
}

fn answered(reply: &SyncResponse, part: &[WireAsset]) -> Result<Part, Failure> {
    match refusal(reply) {
        None => judged(reply, part).map(Part::Judged),
        Some(failure) if is_about_the_assets(&reply.response) => Ok(Part::Refused(failure)),
        Some(failure) => Err(failure),
    }
}

/// The known answers, and `failure` for the assets without one.
fn rest_again(pushed: Vec<Option<ItemAnswer>>, failure: &Failure) -> Vec<ItemAnswer> {
    pushed.into_iter().map(|answer| answer.unwrap_or_else(|| ItemAnswer::Again(failure.clone()))).collect()
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

/// The answer of a 2xx to each asset of `part`.
fn judged(reply: &SyncResponse, part: &[WireAsset]) -> Result<Vec<ItemAnswer>, Failure> {
    let masked = |failure: Failure| Failure { detail: reply.without_secrets(&failure.detail), ..failure };
    let harmless = |answer| match answer {
        ItemAnswer::Accepted => ItemAnswer::Accepted,
        ItemAnswer::Refused(reason) => ItemAnswer::Refused(reply.without_secrets(&reason)),
        ItemAnswer::Again(failure) => ItemAnswer::Again(masked(failure)),
    };
    let answers = response::judge(SYNC, &reply.response.body, part).map_err(masked)?;
    Ok(answers.into_iter().map(harmless).collect())
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
