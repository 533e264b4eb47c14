//! One request to the API: token, retries, and the judgement of the response, which reads its body.

use crate::complaint::Complaint;
use crate::division::may_be_of_a_row;
use crate::endpoint::Endpoint;
use crate::model::Keys;
use crate::settings::XdomeSettings;
use bytes::Bytes;
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
    /// Limit for one response, and for several that make one page.
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
pub(crate) enum Outcome<T> {
    /// The requested list, as it was read.
    Rows(T),
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

    /// Posts `body` and reads the answer; repeats both while the failure is transient. `read` is given the body of a 200 once
    /// and decides whether it is the requested list.
    pub(crate) async fn post<T: Send>(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        (tries, meter): (Tries, &Meter),
        read: impl Fn(Bytes) -> Result<T, Failure> + Send + Sync,
    ) -> Result<Outcome<T>, Failure> {
        let read = &read;
        let attempt = |token| async move {
            let response = self.exchange(endpoint, body, &token, meter).await;
            match response.and_then(|response| judge(endpoint, response, token.mask(), read)) {
                Err(failure) if tries == Tries::OneForRows && may_be_of_a_row(&failure) => Ok(Err(failure)),
                Err(failure) => Err(failure),
                Ok(outcome) => Ok(Ok(outcome)),
            }
        };
        self.session.call(&endpoint.subject(), meter, attempt).await?
    }

    /// Posts `body`, a request for key fields only, and reads the keys.
    ///
    /// # Errors
    /// As [`Client::post`], and for a 422: no key field can be dropped.
    pub(crate) async fn keys(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        call: (Tries, &Meter),
    ) -> Result<Keys, Failure> {
        match self.post(endpoint, body, call, |body| Keys::read(endpoint.stream, &body)).await? {
            Outcome::Rows(keys) => Ok(keys),
            Outcome::NotProcessed(refused) => Err(refused.failure),
        }
    }

    /// One exchange.
    async fn exchange(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        token: &Token,
        meter: &Meter,
    ) -> Result<Response, Failure> {
        let channel = self.session.channel();
        let request = token
            .authorize(channel.request(Method::POST, endpoint.path))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body.clone());
        channel.send(&endpoint.subject(), request, meter).await
    }
}

/// Separates data from all other responses, in the vendor's words if it gives some.
fn judge<T>(
    endpoint: &Endpoint,
    response: Response,
    token: &Mask,
    read: impl FnOnce(Bytes) -> Result<T, Failure>,
) -> Result<Outcome<T>, Failure> {
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
    read(response.body).map(Outcome::Rows).map_err(|failure| {
        let detail = token.line(&failure.detail, DETAIL_LENGTH);
        Failure { subject: endpoint.subject(), detail, ..failure }
    })
}
