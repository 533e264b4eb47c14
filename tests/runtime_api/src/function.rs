//! The Runtime API of one function, and its process.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path as FilePath;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// Version of the Runtime API, part of its paths.
const API: &str = "/2018-06-01/runtime";

/// For a line to come through the pipe: it is written before the answer, but may be read after it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that Lambda takes as an answer, as its own message says.
const LARGEST: usize = 6_291_556;

/// The trace that an invocation belongs to unless it is told.
const TRACE: &str = "Root=1-00000000-000000000000000000000000";

/// What a function answered.
#[derive(Debug, Clone, PartialEq)]
pub enum InvocationResult {
    /// Its response.
    Response(Value),
    /// An error: `errorType` and `errorMessage`.
    Error(Value),
}

/// An event on its way in.
struct Event {
    body: Value,
    lasts: Duration,
    trace: String,
    answer: oneshot::Sender<InvocationResult>,
}

/// What the Runtime API keeps.
struct Invocations {
    events: tokio::sync::Mutex<mpsc::Receiver<Event>>,
    open: Mutex<BTreeMap<String, oneshot::Sender<InvocationResult>>>,
    begun: AtomicU64,
    polled: watch::Sender<bool>,
}

/// A function whose process runs; it is killed when this is dropped.
pub struct Running {
    child: Child,
    events: mpsc::Sender<Event>,
    log: Log,
    closed: watch::Receiver<bool>,
    polled: watch::Receiver<bool>,
}

type Log = watch::Sender<Vec<String>>;

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts `binary` with `variables` and what Lambda adds to them.
    ///
    /// # Errors
    /// When it cannot be started or no port is free.
    pub async fn start(binary: &FilePath, variables: &[(String, String)]) -> io::Result<Self> {
        Self::start_with(binary, &[], variables).await
    }

    /// As [`Self::start`], for a program with arguments: an interpreter with its runtime and handler.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        program: &FilePath,
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> io::Result<Self> {
        let (events, received) = mpsc::channel(1);
        let (poll, polled) = watch::channel(false);
        let invocations = Arc::new(Invocations {
            events: tokio::sync::Mutex::new(received),
            open: Mutex::default(),
            begun: AtomicU64::new(0),
            polled: poll,
        });
        let router = Router::new()
            .route(&format!("{API}/invocation/next"), get(next))
            .route(&format!("{API}/invocation/{{id}}/response"), post(response))
            .route(&format!("{API}/invocation/{{id}}/error"), post(error))
            .layer(DefaultBodyLimit::disable())
            .with_state(invocations);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let variable = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let function = match (variable("CAUSEWAY_STACK"), variable("CAUSEWAY_FUNCTION")) {
            (Some(stack), Some(function)) => format!("{stack}-{function}"),
            _ => "function".to_owned(),
        };
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (log, (close, closed)) = (Log::default(), watch::channel(false));
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            let (told, warned) = (log.clone(), log.clone());
            std::thread::spawn(move || read(err, &warned));
            std::thread::spawn(move || {
                read(out, &told);
                // A process that has closed its output has ended.
                close.send_replace(true);
            });
        }
        Ok(Self { child, events, log, closed, polled })
    }

    /// Hands the function an event, which it must answer within `lasts`; `None` when its process ended without.
    pub async fn invoke(&mut self, body: Value, lasts: Duration) -> Option<InvocationResult> {
        self.invoke_in(TRACE, body, lasts).await
    }

    /// As [`Self::invoke`], as part of a trace: the header `X-Amzn-Trace-Id`, which the function passes on to AWS.
    pub async fn invoke_in(&mut self, trace: &str, body: Value, lasts: Duration) -> Option<InvocationResult> {
        let trace = trace.to_owned();
        let (answer, answered) = oneshot::channel();
        let sent = async {
            self.events.send(Event { body, lasts, trace, answer }).await.ok()?;
            answered.await.ok()
        };
        tokio::select! {
            answer = sent => answer,
            _ = self.closed.wait_for(|closed| *closed) => None,
        }
    }

    /// Waits until the function asks for its first event; false when its process ends without.
    pub async fn ready(&mut self) -> bool {
        tokio::select! {
            polled = self.polled.wait_for(|polled| *polled) => polled.is_ok(),
            _ = self.closed.wait_for(|closed| *closed) => false,
        }
    }

    /// Id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// Those of waiting for it.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        // Whether the sender is gone or says so, the output is closed.
        let _ = self.closed.wait_for(|closed| *closed).await;
        self.child.wait()
    }

    /// What has been read so far of what it has written, line by line.
    pub fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// Waits for a line with `text`.
    ///
    /// # Errors
    /// All lines, when there is none within half a minute.
    pub async fn logged(&self, text: &str) -> Result<String, Vec<String>> {
        let mut log = self.log.subscribe();
        let found = |lines: &Vec<String>| lines.iter().find(|line| line.contains(text)).cloned();
        let waited = tokio::time::timeout(PATIENCE, log.wait_for(|lines| found(lines).is_some())).await;
        waited.ok().and_then(|lines| found(&*lines.ok()?)).ok_or_else(|| self.log())
    }
}

fn read(from: impl Read, log: &Log) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        log.send_modify(|lines| lines.push(line));
    }
}

#[expect(clippy::disallowed_methods, reason = "stands for Lambda, whose time limits are by the wall clock")]
fn deadline(lasts: Duration) -> u128 {
    (SystemTime::now() + lasts).duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

async fn next(State(invocations): State<Arc<Invocations>>) -> Response {
    invocations.polled.send_replace(true);
    let event = invocations.events.lock().await.recv().await;
    let Some(Event { body, lasts, trace, answer }) = event else { return StatusCode::GONE.into_response() };
    let mut open = invocations.open.lock().unwrap_or_else(PoisonError::into_inner);
    let id = format!("00000000-0000-4000-8000-{:012}", invocations.begun.fetch_add(1, Ordering::Relaxed));
    open.insert(id.clone(), answer);
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", id),
        ("Lambda-Runtime-Deadline-Ms", deadline(lasts).to_string()),
        (
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:f".to_owned(),
        ),
        ("Lambda-Runtime-Trace-Id", trace),
    ];
    (headers, body.to_string()).into_response()
}

async fn response(State(all): State<Arc<Invocations>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    if body.len() > LARGEST {
        let told = format!("Response payload size exceeded maximum allowed payload size ({LARGEST} bytes).");
        let told = json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": told });
        close(&all, &id, InvocationResult::Error(told));
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    close(&all, &id, InvocationResult::Response(parsed(&body)))
}

async fn error(State(all): State<Arc<Invocations>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    close(&all, &id, InvocationResult::Error(parsed(&body)))
}

fn close(invocations: &Invocations, id: &str, answer: InvocationResult) -> StatusCode {
    let open = invocations.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    match open.map(|open| open.send(answer)) {
        Some(_) => StatusCode::ACCEPTED,
        None => StatusCode::BAD_REQUEST,
    }
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}
