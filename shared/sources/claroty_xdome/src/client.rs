//! One request to the API: token, retries, and the judgement of the response.

use crate::complaint::Complaint;
use crate::division::may_be_of_a_row;
use crate::endpoint::Endpoint;
use crate::listing::Listing;
use bytes::Bytes;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{
    Authority, Channel, ChannelSettings, Mask, Meter, Response, Session, Share, Throttling, Token,
};
use causeway_ports::{Clock, Ids, Secrets};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Characters of a detail that are kept.
const DETAIL_LENGTH: usize = 300;

/// The API with its token.
pub(crate) struct Client {
    pub(crate) session: Session,
    /// Limit for one response, and for several that are joined.
    pub(crate) max_answer_bytes: usize,
}

/// The failures that a request retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// All transient failures.
    Usual,
    /// Transient failures, except those that a row may cause, see [`may_be_of_a_row`].
    OneForRows,
}

/// The result of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The requested list.
    Rows(Bytes, Listing),
    /// A 422.
    NotProcessed(Box<NotProcessed>),
}

/// A 422: its complaint, which may name fields, and its failure unless dropping fields resolves it.
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
            throttling: Throttling::STANDARD,
        };
        let channel = Channel::new(&channel, clock, ids)?;
        let session = Session::with_stored_token(channel, secrets, settings.api_token_secret.clone());
        Ok(Self { session, max_answer_bytes })
    }

    /// Posts `body`, and repeats it while the failure is transient.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        tries: Tries,
        meter: &Meter,
    ) -> Result<Outcome, Failure> {
        let attempt = |token| async move {
            match self.attempt(endpoint, body, &token, meter).await {
                Err(failure) if tries == Tries::OneForRows && may_be_of_a_row(&failure) => Ok(Err(failure)),
                Err(failure) => Err(failure),
                Ok(outcome) => Ok(Ok(outcome)),
            }
        };
        self.session.call(&endpoint.subject(), meter, attempt).await?
    }

    /// One exchange.
    async fn attempt(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        token: &Token,
        meter: &Meter,
    ) -> Result<Outcome, Failure> {
        let channel = self.session.channel();
        let request = token
            .authorize(channel.request(Method::POST, endpoint.path))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body.clone());
        let response = channel.send(&endpoint.subject(), request, meter).await?;
        judge(endpoint, response, token.mask())
    }
}

/// Separates data from all other responses, in the vendor's words if it gives some.
fn judge(endpoint: &Endpoint, response: Response, token: &Mask) -> Result<Outcome, Failure> {
    if let Some(kind) = response.failure_kind() {
        let complaint = Complaint::read(&response.body);
        let words =
            if response.is_html() { "an HTML page, not the API".to_owned() } else { complaint.in_words() };
        let failure = response.refusal(&endpoint.subject(), Some(&words));
        let mut failure = failure.unwrap_or_else(|| Failure::new(kind, endpoint.subject(), "refused"));
        failure.detail = token.line(&failure.detail, DETAIL_LENGTH);
        return match response.status {
            StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(Outcome::NotProcessed(Box::new(NotProcessed { complaint, failure })))
            }
            _ => Err(failure),
        };
    }
    if response.is_html() {
        let detail = "an HTML page came instead of data";
        return Err(Failure::new(FailureKind::UnexpectedAnswer, endpoint.subject(), detail));
    }
    match Listing::read(endpoint, &response.body) {
        Ok(listing) => Ok(Outcome::Rows(response.body, listing)),
        Err((kind, detail)) => {
            Err(Failure::new(kind, endpoint.subject(), token.line(&detail, DETAIL_LENGTH)))
        }
    }
}
