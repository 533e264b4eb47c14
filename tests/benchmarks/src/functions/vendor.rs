//! The vendor at a distance: the simulator's answers, each made once and then remembered, and given after a fixed time.
//! So a page costs the same time whoever asks, and the simulator's own work is in no figure.

use crate::BoxError;
use crate::stopwatch::{Moment, pause};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// A vendor that answers after a while.
#[derive(Debug)]
pub struct Distant {
    /// Where it listens.
    pub address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    behind: String,
    latency: Duration,
    client: reqwest::Client,
    remembered: Mutex<BTreeMap<Vec<u8>, (StatusCode, Bytes)>>,
    asked: AtomicU64,
}

impl Distant {
    /// Stands before the server at `behind` and answers after `latency`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(behind: &str, latency: Duration) -> Result<Self, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let client = reqwest::Client::builder().build()?;
        let shared = Arc::new(Shared {
            behind: behind.to_owned(),
            latency,
            client,
            remembered: Mutex::default(),
            asked: AtomicU64::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared })
    }

    /// Requests so far.
    pub fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let arrived = Moment::now();
    shared.asked.fetch_add(1, Ordering::Relaxed);
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (status, answer) = match shared.remembered(parts.uri.path(), &parts.headers, body).await {
        Ok(answer) => answer,
        Err(trouble) => return (StatusCode::BAD_GATEWAY, trouble.to_string()).into_response(),
    };
    pause(shared.latency.saturating_sub(arrived.passed())).await;
    (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

impl Shared {
    async fn remembered(
        &self,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), BoxError> {
        let question = [path.as_bytes(), b"\n", &body].concat();
        let known = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(&question).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut asked = self.client.post(format!("{}{path}", self.behind)).body(body);
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
            if let Some(value) = headers.get(&name) {
                asked = asked.header(name, value);
            }
        }
        let mut answer = asked.send().await?;
        let status = answer.status();
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            text.extend_from_slice(&chunk);
        }
        let answer = (status, Bytes::from(text));
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(question, answer.clone());
        Ok(answer)
    }
}
