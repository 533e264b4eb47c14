//! A scripted AWS: S3 with objects to read and write, queues that take everything, secrets and schedules that are not
//! there, and any of them denied. It shows what a function does when AWS says no; that AWS is understood rightly is for
//! the suites that run on an emulator.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// Largest body that is taken.
const LARGEST: usize = 4 << 20;

/// A call that a function made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `s3:GetObject`, `sqs:SendMessage`, …
    pub action: String,
    /// Key of the object, or the whole body of a JSON call.
    pub about: Value,
    /// The trace that it belongs to: the header `X-Amzn-Trace-Id`.
    pub trace: Option<String>,
}

/// AWS on loopback.
#[derive(Clone)]
pub struct Aws {
    address: String,
    state: Arc<Mutex<Scripted>>,
}

#[derive(Default)]
struct Scripted {
    objects: BTreeMap<String, Bytes>,
    secrets: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    elsewhere: bool,
    trace: Option<String>,
    calls: Vec<Call>,
}

impl Aws {
    /// Begins to listen.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let state = Arc::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, state })
    }

    fn state(&self) -> MutexGuard<'_, Scripted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an object into the bucket.
    pub fn object(&self, key: &str, body: impl Into<Bytes>) {
        self.state().objects.insert(key.to_owned(), body.into());
    }

    /// Stores a secret by its full name.
    pub fn secret(&self, name: &str, value: &str) {
        self.state().secrets.insert(name.to_owned(), value.to_owned());
    }

    /// Denies an action from now on: `s3:PutObject`, or a whole service: `sqs`.
    pub fn deny(&self, action: &str) {
        self.state().denied.insert(action.to_owned());
    }

    /// Has the bucket lie in another region than the one that is asked.
    pub fn move_bucket(&self) {
        self.state().elsewhere = true;
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Bodies of the calls of one action.
    pub fn of(&self, action: &str) -> Vec<Value> {
        self.calls().into_iter().filter(|call| call.action == action).map(|call| call.about).collect()
    }

    /// Messages sent to the queue `plant-<name>`, as entries of their batches.
    pub fn sent_to(&self, name: &str) -> Vec<Value> {
        let end = format!("/plant-{name}");
        let batches = self.of("sqs:SendMessageBatch").into_iter();
        let own = batches.filter(|call| {
            call.get("QueueUrl").and_then(Value::as_str).is_some_and(|url| url.ends_with(&end))
        });
        own.filter_map(|call| call.get("Entries").and_then(Value::as_array).cloned()).flatten().collect()
    }

    /// The environment of a function of the stack `plant` on this AWS.
    pub fn environment(&self) -> Vec<(String, String)> {
        let queue = |name: &str| format!("{}/123456789012/plant-{name}", self.address);
        let arn = |name: &str| format!("arn:aws:any:eu-central-1:123456789012:any:plant-{name}");
        let mut variables = Vec::from(
            [
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_ENDPOINT_URL", self.address.as_str()),
                ("CAUSEWAY_STACK", "plant"),
                ("CAUSEWAY_BUCKET", "plant-123456789012-eu-central-1"),
                ("CAUSEWAY_MAX_RECEIVES", "5"),
                ("CAUSEWAY_MAX_CHECKS", "20"),
                ("CAUSEWAY_WORKERS", "2"),
                ("CAUSEWAY_DELIVERERS", "2"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        for name in ["work", "finalize", "deliver"] {
            let upper = name.to_uppercase();
            variables.push((format!("CAUSEWAY_{upper}_QUEUE_URL"), queue(name)));
            variables.push((format!("CAUSEWAY_{upper}_DEAD_QUEUE_URL"), queue(&format!("{name}-dead"))));
        }
        for (name, of) in [("SCHEDULER", "scheduler"), ("SCHEDULER_ROLE", "role"), ("SCHEDULE_DEAD", "dead")]
        {
            variables.push((format!("CAUSEWAY_{name}_ARN"), arn(of)));
        }
        variables
    }
}

async fn answer(State(state): State<Arc<Mutex<Scripted>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let trace = parts.headers.get("x-amzn-trace-id").and_then(|trace| trace.to_str().ok());
    state.trace = trace.map(ToOwned::to_owned);
    match target(&parts.headers) {
        Some((service, action)) => state.json(&service, &action, &body),
        None => {
            let path = parts.uri.path().trim_start_matches('/');
            match path.split_once('/') {
                None if path == "schedules" => state.schedules(),
                Some(("schedules", name)) => state.schedule(&parts.method, name),
                Some((_, key)) if !key.is_empty() => state.object(&parts.method, &parts.headers, key, body),
                _ => state.list(),
            }
        }
    }
}

/// `AmazonSQS.SendMessage` → `sqs`, `SendMessage`.
fn target(headers: &HeaderMap) -> Option<(String, String)> {
    let (service, action) = headers.get("x-amz-target")?.to_str().ok()?.split_once('.')?;
    let service = if service == "AmazonSQS" { "sqs" } else { service };
    Some((service.to_owned(), action.to_owned()))
}

impl Scripted {
    fn note(&mut self, service: &str, action: &str, about: Value) -> bool {
        let action = format!("{service}:{action}");
        let denied = self.denied.contains(service) || self.denied.contains(&action);
        self.calls.push(Call { action, about, trace: self.trace.clone() });
        denied
    }

    fn json(&mut self, service: &str, action: &str, body: &[u8]) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if self.note(service, action, body.clone()) {
            return refusal(StatusCode::BAD_REQUEST, "AccessDeniedException");
        }
        let ids = |of: &str| -> Vec<Value> {
            let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
            let id = |entry: &Value| entry.get("Id").cloned().unwrap_or_default();
            entries
                .iter()
                .map(|entry| json!({ "Id": id(entry), "MessageId": "m", "MD5OfMessageBody": of }))
                .collect()
        };
        let told = match action {
            "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
                json!({ "Successful": ids(""), "Failed": [] })
            }
            "SendMessage" => json!({ "MessageId": "m", "MD5OfMessageBody": "" }),
            "GetSecretValue" => {
                let name = body.get("SecretId").and_then(Value::as_str).unwrap_or_default();
                let Some(secret) = self.secrets.get(name) else {
                    return refusal(StatusCode::BAD_REQUEST, "ResourceNotFoundException");
                };
                json!({ "Name": name, "SecretString": secret, "VersionId": "v1", "VersionStages": ["AWSCURRENT"] })
            }
            "DeleteSecret" | "PutSecretValue" | "UpdateSecret" | "DescribeSecret" => {
                return refusal(StatusCode::BAD_REQUEST, "ResourceNotFoundException");
            }
            "ListSecrets" => json!({ "SecretList": [] }),
            _ => json!({}),
        };
        ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], told.to_string()).into_response()
    }

    /// One schedule for the sample connection.
    fn schedules(&mut self) -> Response {
        if self.note("scheduler", "ListSchedules", Value::Null) {
            return refusal(StatusCode::FORBIDDEN, "AccessDeniedException");
        }
        let told = json!({ "Schedules": [{ "Name": "plant-north", "GroupName": "plant" }] });
        ([(header::CONTENT_TYPE, "application/json")], told.to_string()).into_response()
    }

    fn schedule(&mut self, method: &Method, name: &str) -> Response {
        let action = if method == Method::DELETE { "DeleteSchedule" } else { "CreateSchedule" };
        if self.note("scheduler", action, Value::from(name)) {
            return refusal(StatusCode::FORBIDDEN, "AccessDeniedException");
        }
        ([(header::CONTENT_TYPE, "application/json")], json!({ "ScheduleArn": "arn:s" }).to_string())
            .into_response()
    }

    fn list(&mut self) -> Response {
        if self.note("s3", "ListObjectsV2", Value::Null) {
            return xml(StatusCode::FORBIDDEN, "AccessDenied");
        }
        let none =
            "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>";
        ([(header::CONTENT_TYPE, "application/xml")], none).into_response()
    }

    fn object(&mut self, method: &Method, headers: &HeaderMap, key: &str, body: Bytes) -> Response {
        let action = match method.as_str() {
            "PUT" => "PutObject",
            "DELETE" => "DeleteObject",
            _ => "GetObject",
        };
        if self.note("s3", action, Value::from(key)) {
            return xml(StatusCode::FORBIDDEN, "AccessDenied");
        }
        if self.elsewhere {
            return xml(StatusCode::MOVED_PERMANENTLY, "PermanentRedirect");
        }
        match (action, self.objects.get(key)) {
            ("GetObject", Some(stored)) => ([(header::ETAG, "\"1\"")], stored.clone()).into_response(),
            ("GetObject", None) => xml(StatusCode::NOT_FOUND, "NoSuchKey"),
            ("PutObject", Some(_)) if headers.contains_key(header::IF_NONE_MATCH) => {
                xml(StatusCode::PRECONDITION_FAILED, "PreconditionFailed")
            }
            ("PutObject", _) => {
                self.objects.insert(key.to_owned(), body);
                [(header::ETAG, "\"1\"")].into_response()
            }
            _ => {
                self.objects.remove(key);
                StatusCode::NO_CONTENT.into_response()
            }
        }
    }
}

fn refusal(status: StatusCode, kind: &str) -> Response {
    let told = json!({ "__type": kind, "message": "said by the script" }).to_string();
    (status, [("x-amzn-errortype", kind), ("content-type", "application/x-amz-json-1.0")], told)
        .into_response()
}

fn xml(status: StatusCode, code: &str) -> Response {
    let told = format!("<Error><Code>{code}</Code><Message>said by the script</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], told).into_response()
}
