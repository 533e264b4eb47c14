//! One question to the API: token, retries, and the judgement of the answer.

use crate::complaint::Complaint;
use crate::division::may_be_of_a_row;
use crate::endpoint::Endpoint;
use crate::listing::Listing;
use crate::token::{TokenSource, is_same};
use bytes::Bytes;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Answer, Authority, Channel, ChannelSettings, Mask, Meter, Share};
use causeway_ports::{Clock, Ids, SecretText, Secrets};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Characters of a detail that are kept.
const DETAIL_LENGTH: usize = 300;
/// Tokens that one attempt sends at most: the one at hand, one that was stored since, and one that was stored just now.
const TOKENS: usize = 3;

/// The API with its token.
pub(crate) struct Client {
    pub(crate) channel: Channel,
    /// For one answer, and for several that are joined.
    pub(crate) max_answer_bytes: usize,
    tokens: TokenSource,
}

/// Failures that a request retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// All transient failures.
    Usual,
    /// Transient failures, except those that a row may cause, see [`may_be_of_a_row`].
    OneForRows,
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The list that was asked for.
    Rows(Bytes, Listing),
    /// A 422.
    NotProcessed(Box<NotProcessed>),
}

/// A 422: what it complains of, for who knows the fields, and the failure it is unless a dropped field heals it.
#[derive(Debug)]
pub(crate) struct NotProcessed {
    pub(crate) complaint: Complaint,
    pub(crate) failure: Failure,
}

impl Client {
    /// Nothing is sent yet.
    pub(crate) fn new(
        settings: &XdomeSettings,
        (authority, share): (Option<Authority<'_>>, Share),
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, Failure> {
        let mebibytes = usize::try_from(settings.max_answer_mib).unwrap_or(usize::MAX);
        let max_answer_bytes = mebibytes.saturating_mul(1 << 20);
        let channel = ChannelSettings {
            product: "claroty-xdome",
            base_url: &settings.api_url,
            authority,
            timeout: Duration::from_secs(settings.timeout_seconds.into()),
            max_answer_bytes,
            requests_per_second: settings.requests_per_second,
            share,
            pause_headers: &["Retry-After"],
        };
        let channel = Channel::new(&channel, clock, ids)?;
        let tokens = TokenSource::new(secrets, settings.api_token_secret.clone());
        Ok(Self { channel, max_answer_bytes, tokens })
    }

    /// Posts `body`, again while it fails for a reason that may pass.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        tries: Tries,
        meter: &Meter,
    ) -> Result<Outcome, Failure> {
        let attempt = || async {
            match self.attempt(endpoint, body, meter).await {
                Err(failure) if tries == Tries::OneForRows && may_be_of_a_row(&failure) => Ok(Err(failure)),
                Err(failure) => Err(failure),
                Ok(outcome) => Ok(Ok(outcome)),
            }
        };
        self.channel.persist(meter, attempt).await?
    }

    /// Posts once with the newest token; after a refusal with the one that was stored since, so that a rotation needs no
    /// restart, or once more with the same.
    async fn attempt(&self, endpoint: &Endpoint, body: &Bytes, meter: &Meter) -> Result<Outcome, Failure> {
        let mut token = self.tokens.newest(None).await?;
        let mut answer = self.send(endpoint, body, &token, meter).await?;
        for _ in 1..TOKENS {
            if answer.status != StatusCode::UNAUTHORIZED {
                break;
            }
            let refused = token;
            token = self.tokens.newest(Some(&refused)).await?;
            meter.count_retry();
            answer = self.send(endpoint, body, &token, meter).await?;
            if is_same(&token, &refused) {
                break;
            }
        }
        judge(endpoint, answer, &Mask::of([&token]))
    }

    /// One exchange.
    async fn send(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        token: &SecretText,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        let subject = endpoint.subject();
        let bearer = self.tokens.bearer(&subject, token)?;
        let request = self
            .channel
            .request(Method::POST, endpoint.path)
            .header(AUTHORIZATION, bearer)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body.clone());
        self.channel.send(&subject, request, meter).await
    }
}

/// Tells data from everything else an address may answer, in the vendor's words where it has some.
fn judge(endpoint: &Endpoint, answer: Answer, token: &Mask) -> Result<Outcome, Failure> {
    if let Some(kind) = answer.failure_kind() {
        let complaint = Complaint::read(&answer.body);
        let words =
            if answer.is_html() { "an HTML page, not the API".to_owned() } else { complaint.in_words() };
        let failure = answer.refusal(&endpoint.subject(), Some(&words));
        let mut failure = failure.unwrap_or_else(|| Failure::new(kind, endpoint.subject(), "refused"));
        failure.detail = token.line(&failure.detail, DETAIL_LENGTH);
        return match answer.status {
            StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(Outcome::NotProcessed(Box::new(NotProcessed { complaint, failure })))
            }
            _ => Err(failure),
        };
    }
    if answer.is_html() {
        let detail = "an HTML page came instead of data";
        return Err(Failure::new(FailureKind::UnexpectedAnswer, endpoint.subject(), detail));
    }
    match Listing::read(endpoint, &answer.body) {
        Ok(listing) => Ok(Outcome::Rows(answer.body, listing)),
        Err((kind, detail)) => {
            Err(Failure::new(kind, endpoint.subject(), token.line(&detail, DETAIL_LENGTH)))
        }
    }
}
