//! The HTTP client of one source or destination.

use crate::encoding::{ACCEPTED, NotUnpacked, Unpacking, WINDOW_TOO_LARGE};
use crate::{Authority, Meter, Origin, Pace, Response, Share, Throttling, fault, trust};
use bytes::{Bytes, BytesMut};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Ids};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use rustls::ClientConfig;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Time limit for opening a connection.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Settings of a channel.
#[derive(Debug, Clone)]
pub struct ChannelSettings<'a> {
    /// The connector's or destination's name, for the `User-Agent`: some firewalls block requests without one.
    pub product: &'a str,
    /// Base address, see [`Origin::new`].
    pub base_url: &'a Url,
    /// A private authority, trusted in addition to those of the platform.
    pub authority: Option<Authority<'a>>,
    /// A whole request, body included.
    pub timeout: Duration,
    /// Largest body accepted, decompressed.
    pub max_answer_bytes: usize,
    /// Over all concurrent calls, of all processes that share it.
    pub requests_per_second: u32,
    /// This process's part of that.
    pub share: Share,
    /// The way in which this API says "too many calls".
    pub throttling: Throttling,
}

/// One API's client. Share it: its limits hold over all callers of the same channel.
pub struct Channel {
    client: Client,
    pub(crate) origin: Origin,
    /// As used by requests; `None` on plain http.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
    max_answer_bytes: usize,
    throttling: Throttling,
    pub(crate) pace: Pace,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Channel {
    /// Checks the settings and makes the client; nothing is sent.
    ///
    /// # Errors
    /// `DefinitionInvalid` for an address or authority that cannot be used, `Tls` without any trusted root.
    pub fn new(
        settings: &ChannelSettings<'_>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, Failure> {
        let origin = Origin::new(settings.base_url)?;
        let tls = if origin.is_https() { Some(trust::verified(settings.authority)?) } else { None };
        let backend = tls.clone().map_or_else(trust::nobody, Ok)?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(backend)
            .user_agent(format!("Causeway/{} ({})", env!("CARGO_PKG_VERSION"), settings.product))
            .redirect(redirect::Policy::none())
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED))]))
            // Its decoder takes a window of 128 MiB from an answer of some kilobytes.
            .no_zstd()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout);
        if origin.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| fault::of_request("HTTP client", &origin, settings.timeout, &error))?;
        Ok(Self {
            client,
            tls: tls.map(Arc::new),
            timeout: settings.timeout,
            max_answer_bytes: settings.max_answer_bytes,
            throttling: settings.throttling,
            pace: Pace::new(
                settings.requests_per_second,
                settings.share,
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            origin,
            clock,
            ids,
        })
    }

    /// A request to exactly `path` of the origin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.origin.join(path))
    }

    /// A GET of `path` with these query parameters, which are percent-encoded.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.origin.join(path);
        url.query_pairs_mut().extend_pairs(query);
        self.client.get(url)
    }

    /// Waits for a slot, sends, and reads the whole response, whatever its status. "Too many calls", or a 503 that names
    /// a pause, makes all callers of this channel pause.
    ///
    /// # Errors
    /// `RateLimited` while a pause is in force that is not waited for here, see [`Pace::slot`]; `Unreachable`, `Tls`, `Timeout`, `TruncatedAnswer`,
    /// `AnswerTooLarge`.
    pub async fn send(
        &self,
        subject: &str,
        request: RequestBuilder,
        meter: &Meter,
    ) -> Result<Response, Failure> {
        self.pace.slot(subject, meter).await?;
        let fault = |error: reqwest::Error| fault::of_request(subject, &self.origin, self.timeout, &error);
        let request = request.build().map_err(fault)?;
        meter.count_request(request.body().and_then(reqwest::Body::as_bytes).map_or(0, <[u8]>::len));
        let response = self.client.execute(request).await.map_err(fault)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let failure_kind = self.throttling.kind_of(status);
        if failure_kind == Some(FailureKind::RateLimited) {
            meter.count_limited();
        }
        let asked = self.throttling.pause(status, &headers, self.clock.now());
        let retry_after = self.heed(status, failure_kind, asked);
        let body = self.read(subject, response, meter).await?;
        Ok(Response { status, headers, body, retry_after, failure_kind })
    }

    /// Adapts the pace to a response; returns the pause that this means for the caller.
    fn heed(
        &self,
        status: StatusCode,
        kind: Option<FailureKind>,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        match kind {
            None => {
                self.pace.accepted();
                None
            }
            Some(FailureKind::RateLimited) => Some(self.pace.slow_down(asked)),
            Some(_) if status == StatusCode::SERVICE_UNAVAILABLE && asked.is_some() => {
                Some(self.pace.slow_down(asked))
            }
            Some(_) => None,
        }
    }

    async fn read(
        &self,
        subject: &str,
        mut response: reqwest::Response,
        meter: &Meter,
    ) -> Result<Bytes, Failure> {
        let limit = self.max_answer_bytes;
        let too_large = |detail| Failure::new(FailureKind::AnswerTooLarge, subject, detail);
        let above =
            || too_large(format!("the answer is larger than the limit of {} MiB", limit.div_ceil(1 << 20)));
        let announced = response.content_length().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        if announced > limit {
            return Err(above());
        }
        let mut unpacking = Unpacking::of(response.headers());
        let mut body = BytesMut::with_capacity(announced);
        loop {
            let before = body.len();
            match response.chunk().await {
                Ok(Some(chunk)) => match unpacking.take(&chunk, &mut body, limit) {
                    Ok(()) if body.len() > limit => return Err(above()),
                    Ok(()) => meter.count_bytes(body.len() - before),
                    Err(NotUnpacked::WindowTooLarge) => return Err(too_large(WINDOW_TOO_LARGE.to_owned())),
                    Err(NotUnpacked::Damaged(detail)) => {
                        return Err(Failure::new(FailureKind::MalformedAnswer, subject, detail));
                    }
                },
                Ok(None) if unpacking.is_whole() => return Ok(without_mark(body.freeze())),
                Ok(None) => {
                    let detail = format!("the answer of {} ends inside its compressed body", self.origin);
                    return Err(Failure::new(FailureKind::TruncatedAnswer, subject, detail));
                }
                Err(error) => {
                    return Err(fault::of_body(subject, &self.origin, self.timeout, body.len(), &error));
                }
            }
        }
    }
}

/// Some servers put a byte-order mark before JSON, and JSON readers refuse it.
fn without_mark(body: Bytes) -> Bytes {
    if body.starts_with(BYTE_ORDER_MARK) { body.slice(BYTE_ORDER_MARK.len()..) } else { body }
}

/// The origin only: nothing of a request can be in it.
impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("origin", &self.origin).finish_non_exhaustive()
    }
}
