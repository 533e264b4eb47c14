//! A proxy between functions and AWS that notes which function makes which calls.
//!
//! Functions reach it over plain http on loopback; it goes on over TLS, as the policies of bucket and queues demand. Host,
//! path and body stay as they are, because the signature covers them. Which function calls stands in the user agent
//! (`app/plant-worker`), where the SDK puts `AWS_SDK_UA_APP_ID`, which the template sets.

use crate::Result;
use crate::call::{Call, Request, calls, contains};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// What functions did, and what they were refused.
#[derive(Debug, Default)]
pub struct Seen {
    /// Calls by function.
    pub calls: BTreeMap<String, BTreeSet<Call>>,
    /// Requests that were answered with 403, and those that are no known call.
    pub troubles: BTreeSet<String>,
}

/// A running proxy.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Its address.
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Clone)]
struct Proxy {
    target: String,
    account: String,
    client: reqwest::Client,
    seen: Arc<Mutex<Seen>>,
}

/// Bodies are larger than this nowhere in the suite.
const LARGEST: usize = 64 << 20;

/// The connection whose messages are sent twice.
pub const SENT_TWICE: &str = "sent-twice";

/// Headers that belong to one connection.
const OWN: [header::HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::EXPECT, header::CONTENT_LENGTH];

impl Recorder {
    /// Starts on loopback, in front of `target` (`https://127.0.0.1:1234`), whose certificate `authority` (PEM) vouches for.
    ///
    /// # Errors
    /// When there is no port, or the certificate cannot be read.
    pub async fn start(target: &str, authority: &[u8], account: &str) -> Result<Self> {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(authority)?])
            .redirect(reqwest::redirect::Policy::none())
            // The emulator speaks HTTP 2 poorly, and the host header goes through as it is.
            .http1_only()
            .build()?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let proxy =
            Proxy { target: target.to_owned(), account: account.to_owned(), client, seen: Arc::clone(&seen) };
        let router = Router::new().fallback(pass).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, seen })
    }

    /// What was seen so far; begins anew.
    pub fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn pass(State(proxy): State<Proxy>, request: axum::extract::Request) -> Response<Body> {
    match forward(&proxy, request).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Response::new(Body::from(format!("{error:?}")));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        }
    }
}

async fn forward(proxy: &Proxy, request: axum::extract::Request) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let function = function(&head.headers);
    let mut headers = head.headers.clone();
    // SQS may hand out what was sent once twice; so that it does, messages of one connection are sent twice.
    let target = headers.get("x-amz-target").map(HeaderValue::as_bytes).unwrap_or_default();
    let twice = target.starts_with(b"AmazonSQS.SendMessage") && contains(&body, SENT_TWICE.as_bytes());
    OWN.iter().for_each(|name| drop(headers.remove(name)));
    let send = || {
        let request = proxy.client.request(head.method.clone(), format!("{}{path}", proxy.target));
        request.headers(headers.clone()).body(body.clone()).send()
    };
    if twice {
        send().await?;
    }
    let answer = send().await?;
    let status = answer.status();
    if let Some(function) = function {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let request = Request {
            method: head.method.as_str(),
            path,
            header: &header,
            body: &body,
            account: &proxy.account,
        };
        note(proxy, &function, &request, status);
    }
    let mut response = Response::builder().status(status);
    if let Some(headers) = response.headers_mut() {
        headers.extend(answer.headers().clone());
        OWN.iter().for_each(|name| drop(headers.remove(name)));
    }
    Ok(response.body(Body::from(answer.bytes().await?))?)
}

fn note(proxy: &Proxy, function: &str, request: &Request<'_>, status: StatusCode) {
    let mut seen = proxy.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let place = format!("{function}: {} {}", request.method, request.path);
    match calls(request) {
        Ok(calls) => {
            if status == StatusCode::FORBIDDEN {
                seen.troubles.insert(format!("{place} was denied: {calls:?}"));
            }
            seen.calls.entry(function.to_owned()).or_default().extend(calls);
        }
        Err(error) => drop(seen.troubles.insert(format!("{place}: {error}"))),
    }
}

/// The application in the user agent.
fn function(headers: &HeaderMap) -> Option<String> {
    let agents =
        ["x-amz-user-agent", "user-agent"].into_iter().filter_map(|name| headers.get(name)?.to_str().ok());
    let mut words = agents.flat_map(str::split_whitespace);
    words.find_map(|word| word.strip_prefix("app/")).map(ToOwned::to_owned)
}
