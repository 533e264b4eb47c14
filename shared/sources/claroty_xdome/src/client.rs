//! One question to the API: token, retries, and the judgement of the answer.

use crate::complaint::Complaint;
use crate::endpoint::Endpoint;
use crate::listing::Listing;
use bytes::Bytes;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::{Failure, FailureKind};
use causeway_outbound::{Answer, Channel, ChannelSettings, Meter, Share, shortened};
use causeway_ports::{Clock, Freshness, Ids, SecretText, Secrets};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;

/// The API with its token.
pub(crate) struct Client {
    pub(crate) channel: Channel,
    /// For one answer, and for several that are joined.
    pub(crate) max_answer_bytes: usize,
    secrets: Arc<dyn Secrets>,
    token_name: String,
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
    /// Nothing is sent yet; the token is read with each request, so that it is in no state of ours.
    pub(crate) fn new(
        settings: &XdomeSettings,
        (ca_pem, share): (Option<&str>, Share),
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, Failure> {
        let mebibytes = usize::try_from(settings.max_answer_mib).unwrap_or(usize::MAX);
        let max_answer_bytes = mebibytes.saturating_mul(1 << 20);
        let channel = ChannelSettings {
            product: "claroty-xdome",
            base_url: &settings.api_url,
            ca_pem,
            timeout: Duration::from_secs(settings.timeout_seconds.into()),
            max_answer_bytes,
            requests_per_second: settings.requests_per_second,
            share,
            pause_headers: &["Retry-After"],
        };
        let channel = Channel::new(&channel, clock, ids)?;
        Ok(Self { channel, max_answer_bytes, secrets, token_name: settings.api_token_secret.clone() })
    }

    /// Posts `body`, again while it fails for a reason that may pass.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        meter: &Meter,
    ) -> Result<Outcome, Failure> {
        self.channel.persist(meter, || self.attempt(endpoint, body, meter)).await
    }

    /// Posts once; a refused token is read afresh once, so that a rotation needs no restart.
    async fn attempt(&self, endpoint: &Endpoint, body: &Bytes, meter: &Meter) -> Result<Outcome, Failure> {
        let mut token = self.secrets.read(&self.token_name, Freshness::Cached).await?;
        let mut answer = self.send(endpoint, body, &token, meter).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            token = self.secrets.read(&self.token_name, Freshness::Fresh).await?;
            meter.count_retry();
            answer = self.send(endpoint, body, &token, meter).await?;
        }
        judge(endpoint, answer, token.expose_secret().trim())
    }

    /// One exchange. The header is marked sensitive, so that no trace of the HTTP library shows it.
    async fn send(
        &self,
        endpoint: &Endpoint,
        body: &Bytes,
        token: &SecretText,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        let subject = endpoint.subject();
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.expose_secret().trim())).map_err(|_| {
                let detail = format!("secret {:?} has characters that no token has", self.token_name);
                Failure::new(FailureKind::Unauthorized, subject.as_str(), detail)
            })?;
        bearer.set_sensitive(true);
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
fn judge(endpoint: &Endpoint, answer: Answer, token: &str) -> Result<Outcome, Failure> {
    if let Some(kind) = answer.failure_kind() {
        let complaint = Complaint::read(&answer.body);
        let words =
            if answer.is_html() { "an HTML page, not the API".to_owned() } else { complaint.in_words() };
        let failure = answer.refusal(&endpoint.subject(), Some(&presentable(&words, token)));
        let failure = failure.unwrap_or_else(|| Failure::new(kind, endpoint.subject(), "refused"));
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
        Err((kind, detail)) => Err(Failure::new(kind, endpoint.subject(), presentable(&detail, token))),
    }
}

/// `text` in one short line. An API that repeats the token in its complaint must not bring it into ours (I-12), so
/// that goes first: a cut token would not be found any more.
fn presentable(text: &str, token: &str) -> String {
    let harmless = if token.is_empty() { text.to_owned() } else { text.replace(token, "(token)") };
    shortened(&harmless, 300)
}
