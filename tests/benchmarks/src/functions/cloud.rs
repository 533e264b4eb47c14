//! AWS on loopback, as far as the functions use it, fast enough not to be what is measured: S3, SQS and Secrets Manager
//! in memory. It counts what it is asked.

use super::bucket::Bucket;
use super::queues::Queues;
use crate::BoxError;
use crate::stopwatch::{Moment, pause};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// Largest body that is taken.
const LARGEST: usize = 256 << 20;

/// The account of one stack, `plant`. Clones are the same account.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Where it listens.
    pub address: String,
    account: Arc<Mutex<Account>>,
}

/// What the account holds, and how many requests of each kind it was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    pub(super) bucket: Bucket,
    pub(super) queues: Queues,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) requests: BTreeMap<String, u64>,
    /// How long each request takes at least.
    pub(super) latency: Duration,
}

impl Cloud {
    /// Begins to listen.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let account = Arc::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&account));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, account })
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The environment of `function` of the stack, where `workers` and as many deliverers share the limits.
    pub fn environment(&self, function: &str, workers: usize) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("CAUSEWAY_FUNCTION", function),
            ("CAUSEWAY_STACK", "plant"),
            ("CAUSEWAY_BUCKET", BUCKET),
            ("CAUSEWAY_MAX_RECEIVES", "5"),
            ("CAUSEWAY_MAX_CHECKS", "1000"),
            ("CAUSEWAY_LOG", "info"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for name in ["CAUSEWAY_WORKERS", "CAUSEWAY_DELIVERERS"] {
            variables.push((name.to_owned(), workers.to_string()));
        }
        for name in ["work", "finalize", "deliver"] {
            let (upper, address) = (name.to_uppercase(), &self.address);
            let url = |queue: &str| format!("{address}/123456789012/plant-{queue}");
            variables.push((format!("CAUSEWAY_{upper}_QUEUE_URL"), url(name)));
            variables.push((format!("CAUSEWAY_{upper}_DEAD_QUEUE_URL"), url(&format!("{name}-dead"))));
        }
        for name in ["SCHEDULER", "SCHEDULER_ROLE", "SCHEDULE_DEAD"] {
            let arn = "arn:aws:any:eu-central-1:123456789012:any:plant".to_owned();
            variables.push((format!("CAUSEWAY_{name}_ARN"), arn));
        }
        variables
    }
}

/// Name of the bucket.
pub(super) const BUCKET: &str = "plant-123456789012-eu-central-1";

async fn answer(State(account): State<Arc<Mutex<Account>>>, request: Request) -> Response {
    let arrived = Moment::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (answer, latency) = {
        let mut account = account.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match action(&parts.headers) {
            Some((service, action)) => account.json(&service, &action, &body),
            None => account.s3(&parts.method, &parts.uri, &parts.headers, body),
        };
        (answer, account.latency)
    };
    pause(latency.saturating_sub(arrived.passed())).await;
    answer
}

/// `AmazonSQS.SendMessage` → `sqs`, `SendMessage`.
fn action(headers: &HeaderMap) -> Option<(String, String)> {
    let (service, action) = headers.get("x-amz-target")?.to_str().ok()?.split_once('.')?;
    let service = if service == "AmazonSQS" { "sqs" } else { service };
    Some((service.to_owned(), action.to_owned()))
}

impl Account {
    fn count(&mut self, service: &str, action: &str) {
        *self.requests.entry(format!("{service}:{action}")).or_default() += 1;
    }

    fn json(&mut self, service: &str, action: &str, body: &[u8]) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        self.count(service, action);
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let queue = text("QueueUrl").rsplit('/').next().unwrap_or_default().to_owned();
        let told = match action {
            "SendMessageBatch" => {
                let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
                self.queues.send(&queue, &entries);
                let sent = |entry: &Value| json!({ "Id": entry.get("Id"), "MessageId": "m", "MD5OfMessageBody": "" });
                json!({ "Successful": entries.iter().map(sent).collect::<Vec<_>>(), "Failed": [] })
            }
            "DeleteMessage" => {
                self.queues.delete(&queue, text("ReceiptHandle"));
                json!({})
            }
            "ChangeMessageVisibility" => {
                let seconds = body.get("VisibilityTimeout").and_then(Value::as_u64).unwrap_or_default();
                self.queues.hide(&queue, text("ReceiptHandle"), seconds);
                json!({})
            }
            "GetSecretValue" => match self.secrets.get(text("SecretId")) {
                Some(secret) => json!({
                    "Name": text("SecretId"), "SecretString": secret, "VersionId": "v1",
                    "VersionStages": ["AWSCURRENT"],
                }),
                None => return refusal("ResourceNotFoundException"),
            },
            "ListSecrets" => {
                let names: Vec<_> = self.secrets.keys().map(|name| json!({ "Name": name })).collect();
                json!({ "SecretList": names })
            }
            _ => return refusal("AccessDeniedException"),
        };
        ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], told.to_string()).into_response()
    }

    /// Path style: `/bucket/key`. Keys have no character that is written otherwise in a path.
    fn s3(&mut self, method: &Method, uri: &axum::http::Uri, headers: &HeaderMap, body: Bytes) -> Response {
        let key = uri.path().trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
        if uri.path().starts_with("/schedules") {
            // The connection has none.
            return ([(header::CONTENT_TYPE, "application/json")], r#"{"Schedules":[]}"#).into_response();
        }
        match (method.as_str(), key) {
            ("GET", "") => {
                self.count("s3", "ListObjectsV2");
                let query = uri.query().unwrap_or_default().as_bytes();
                let asked: BTreeMap<_, _> = url::form_urlencoded::parse(query).collect();
                let prefix = asked.get("prefix").map_or("", |prefix| prefix.as_ref());
                self.bucket.list(prefix, asked.get("continuation-token").map(AsRef::as_ref))
            }
            ("GET", key) => {
                self.count("s3", "GetObject");
                self.bucket.read(key)
            }
            ("PUT", key) if uri.query().is_none_or(|query| query.contains("PutObject")) => {
                self.count("s3", "PutObject");
                self.bucket.write(key, headers, body)
            }
            ("DELETE", key) => {
                self.count("s3", "DeleteObject");
                self.bucket.remove(key)
            }
            _ => {
                self.count("s3", "other");
                StatusCode::NOT_IMPLEMENTED.into_response()
            }
        }
    }
}

fn refusal(kind: &str) -> Response {
    let told = json!({ "__type": kind, "message": "no" }).to_string();
    let headers = [("x-amzn-errortype", kind), ("content-type", "application/x-amz-json-1.0")];
    (StatusCode::BAD_REQUEST, headers, told).into_response()
}
