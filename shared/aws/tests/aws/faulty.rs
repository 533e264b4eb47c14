//! A server on loopback that answers as it is told and keeps what it was asked.

use aws_config::SdkConfig;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use causeway_ports::{Clock, Ids};
use futures::stream;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct RecordedRequest {
    /// `PUT /bucket/key?query`.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl RecordedRequest {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The operation of a JSON protocol.
    pub(crate) fn operation(&self) -> &str {
        self.header("x-amz-target").rsplit('.').next().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One answer, made of what was asked so far; `None` never comes.
pub(crate) type Reply = Box<dyn FnOnce(&[RecordedRequest]) -> Option<Response> + Send>;

/// An answer with these headers.
pub(crate) fn answer(status: u16, headers: &[(&'static str, &'static str)], body: impl Into<Body>) -> Reply {
    let response = Response::builder().status(status);
    let response = headers.iter().fold(response, |response, (name, value)| response.header(*name, *value));
    let response = response.body(body.into()).unwrap();
    Box::new(move |_| Some(response))
}

/// S3's answer to an error.
pub(crate) fn xml(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>4442587FB7D0A2F9</RequestId><HostId>host-id-of-s3</HostId></Error>"
    );
    answer(status, &[("x-amz-request-id", "4442587FB7D0A2F9")], body)
}

/// What the JSON protocols answer to an error.
pub(crate) fn fault(status: u16, code: &str, message: &str) -> Reply {
    let body = serde_json::json!({"__type": code, "message": message});
    answer(status, &[("content-type", "application/x-amz-json-1.1")], body.to_string())
}

pub(crate) fn json(body: &serde_json::Value) -> Reply {
    answer(200, &[("content-type", "application/x-amz-json-1.1")], body.to_string())
}

/// A connection that is closed without an answer.
pub(crate) fn hung_up() -> Reply {
    answer(200, &[], Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("hung up"))])))
}

/// An endpoint that gives each connection one of `answers`, which are whole HTTP or not, and closes it.
pub(crate) async fn cut_off(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(connection.read_u8().await.unwrap());
            }
            connection.write_all(answer.as_bytes()).await.unwrap();
            connection.shutdown().await.unwrap();
        }
    });
    endpoint
}

/// No answer at all.
pub(crate) fn silence() -> Reply {
    Box::new(|_| None)
}

/// The server; it stands as long as its test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    endpoint: String,
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<RecordedRequest>>,
}

impl Server {
    pub(crate) async fn start(answers: Vec<Reply>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), ..Script::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(serve).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, script }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) async fn config(&self) -> SdkConfig {
        causeway_emulators::config(&self.endpoint).await
    }

    /// All that was asked so far.
    pub(crate) fn seen(&self) -> Vec<RecordedRequest> {
        self.script.asked.lock().unwrap().clone()
    }

    /// All that was asked.
    ///
    /// # Panics
    /// When not every answer was asked for.
    pub(crate) fn asked(&self) -> Vec<RecordedRequest> {
        let left = self.script.answers.lock().unwrap().len();
        let asked = self.seen();
        let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
        assert_eq!(left, 0, "so many answers were not asked for, only {lines:?}");
        asked
    }
}

async fn serve(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 30).await.unwrap_or_default();
    let line = format!("{} {}", head.method, head.uri.path_and_query().unwrap());
    let answer = {
        let mut asked = script.asked.lock().unwrap();
        asked.push(RecordedRequest { line, headers: head.headers, body });
        let next = script.answers.lock().unwrap().pop_front();
        match next {
            Some(answer) => answer(&asked),
            None => {
                Some(Response::builder().status(418).body(Body::from("no such answer was planned")).unwrap())
            }
        }
    };
    match answer {
        Some(answer) => answer,
        None => pending().await,
    }
}

/// A clock that stands still, and moves only by waiting.
#[derive(Debug, Clone)]
pub(crate) struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    pub(crate) fn at(now: &str) -> Self {
        Self(Arc::new(Mutex::new(now.parse().unwrap())))
    }
}

#[async_trait::async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        *self.0.lock().unwrap() += pause;
    }
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct CountedIds(Mutex<u32>);

impl Ids for CountedIds {
    fn unique(&self) -> String {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        format!("id-{last}")
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}
