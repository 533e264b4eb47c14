//! A vendor that answers from a script, one entry for each request, and records the requests.

use crate::fixture::PatientClock;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::serve::Listener;
use causeway_ports::Clock;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// One answer.
pub(crate) enum Reply {
    /// Status, headers, body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// A 200 that breaks off after this text.
    Broken(&'static str),
    /// The vendor's 422 about these fields of the request; whether it repeats their names as `input`.
    Refuse(&'static [&'static str], bool),
}

impl Reply {
    pub(crate) fn ok(body: &Value) -> Self {
        Self::status(200, &body.to_string())
    }

    /// JSON, or what claims to be it.
    pub(crate) fn status(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Whole(status, headers, body.to_owned())
    }

    /// The same answer with one header more.
    pub(crate) fn and_header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Whole(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Whole(status, headers, body)
            }
            other => other,
        }
    }

    /// A page for people.
    pub(crate) fn html(status: u16) -> Self {
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
        Self::Whole(status, headers, "<!doctype html><title>Sign in</title>".to_owned())
    }
}

/// One page of devices.
pub(crate) fn devices(count: u64) -> Reply {
    let device = json!({"uid": "d-1", "device_name": "PLC 1", "first_seen_list": ["2025-03-28T02:19:42Z"]});
    Reply::ok(&json!({"devices": [device], "count": count}))
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct RecordedRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// On the source's own clock.
    pub(crate) at: jiff::Timestamp,
}

impl RecordedRequest {
    /// The fields it asked for.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.body
            .get("fields")
            .and_then(Value::as_array)
            .unwrap()
            .iter()
            .map(|field| field.as_str().unwrap())
            .collect()
    }

    /// The token it carried.
    pub(crate) fn bearer(&self) -> &str {
        self.headers.get("authorization").unwrap().to_str().unwrap().strip_prefix("Bearer ").unwrap()
    }
}

/// The vendor.
pub(crate) struct Vendor {
    pub(crate) url: String,
    pub(crate) clock: Arc<PatientClock>,
    script: Arc<Script>,
}

struct Script {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<RecordedRequest>>,
    clock: Arc<PatientClock>,
}

impl Vendor {
    /// On plain http.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(listener, url, replies)
    }

    /// As `localhost`, with the certificate of `acceptor`.
    pub(crate) async fn start_tls(acceptor: TlsAcceptor, replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        Self::serve(TlsListener(listener, acceptor), url, replies)
    }

    fn serve<L>(listener: L, url: String, replies: impl IntoIterator<Item = Reply>) -> Self
    where
        L: Listener<Addr = SocketAddr>,
    {
        let clock = PatientClock::start();
        let script = Arc::new(Script {
            replies: Mutex::new(replies.into_iter().collect()),
            requests: Mutex::default(),
            clock: Arc::clone(&clock),
        });
        let service = Router::new().fallback(answer).with_state(Arc::clone(&script));
        tokio::spawn(axum::serve(listener, service).into_future());
        Self { url, clock, script }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.script.requests.lock().unwrap().clone()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let request = RecordedRequest { method, path: uri.to_string(), headers, body, at: script.clock.now() };
    let reply = script.replies.lock().unwrap().pop_front();
    let response = match reply {
        None => Response::builder().status(500).body(Body::from("the script has ended")),
        Some(Reply::Whole(status, headers, body)) => {
            let builder = Response::builder().status(status);
            headers
                .into_iter()
                .fold(builder, |builder, (name, value)| builder.header(name, value))
                .body(body.into())
        }
        Some(Reply::Broken(start)) => {
            // The pause lets the server send what it has before the connection breaks.
            let broken = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::other("cable pulled"))
            });
            let chunks = stream::iter([Ok(Bytes::from(start))]).chain(broken);
            Response::builder().status(200).body(Body::from_stream(chunks))
        }
        Some(Reply::Refuse(refused, named)) => {
            let entries: Vec<_> = refused.iter().map(|field| refusal(&request, field, named)).collect();
            let body = json!({"detail": entries}).to_string();
            Response::builder().status(422).header("content-type", "application/json").body(body.into())
        }
    };
    script.requests.lock().unwrap().push(request);
    response.unwrap()
}

/// The vendor's entry about one field, in its real shape.
fn refusal(asked: &RecordedRequest, field: &str, named: bool) -> Value {
    let index = asked.fields().iter().position(|sent| *sent == field).unwrap();
    let said = "Input should be uid or asset_id";
    let mut entry = json!({"type": "enum", "loc": ["body", "fields", index], "msg": said});
    if let (true, Some(members)) = (named, entry.as_object_mut()) {
        members.insert("input".to_owned(), json!(field));
        members.insert("ctx".to_owned(), json!({"expected": "uid or asset_id"}));
    }
    entry
}

struct TlsListener(TcpListener, TlsAcceptor);

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            // A client that refuses the certificate is what some tests want to see.
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
