//! A scripted gateway on loopback, a clock that only moves when somebody waits, and secrets that can be rotated.

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use causeway_domain::definition::Registered;
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, Phase, Receipt};
use causeway_domain::{ConnectionName, Failure, RunId};
use causeway_outbound::Share;
use causeway_ports::destination::Batch;
use causeway_ports::{Clock, Destination, Freshness, Ids, SecretText, Secrets};
use causeway_qualys_etm::QualysEtm;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const AUTH: &str = "/auth";
pub(crate) const SYNC: &str = "/rest/2.0/am/connector/asset/data/sync";
pub(crate) const PUBLISHED: &str =
    r#"{"message":"submitted","responseCode":"SUCCESSFULLY_PUBLISHED","assetsError":{}}"#;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    /// Number among the requests to this path, from 0.
    pub(crate) number: usize,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Native keys of the assets in it.
    pub(crate) fn assets(&self) -> Vec<String> {
        let body = self.json();
        let key = |asset: &Value| asset["identityAttributes"]["sourceNativeKey"].as_str().unwrap().to_owned();
        body["assetData"].as_array().unwrap().iter().map(key).collect()
    }
}

/// What the gateway does with a request.
pub(crate) enum Reply {
    /// A token for `/auth`, success for the sync endpoint.
    Usual,
    /// Never answers.
    Silence,
    With(u16, &'static [(&'static str, &'static str)], String),
}

pub(crate) fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply::With(status, &[], body.into())
}

type Script = dyn Fn(&Call) -> Reply + Send + Sync;

#[derive(Clone)]
struct Gateway {
    script: Arc<Script>,
    calls: Arc<Mutex<Vec<Call>>>,
}

async fn answer(State(gateway): State<Gateway>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let call = {
        let mut calls = gateway.calls.lock().unwrap();
        let number = calls.iter().filter(|call| call.path == uri.path()).count();
        let body = String::from_utf8(body.to_vec()).unwrap();
        calls.push(Call { path: uri.path().to_owned(), number, headers, body });
        calls.last().unwrap().clone()
    };
    match (gateway.script)(&call) {
        Reply::Usual if call.path == AUTH => {
            (StatusCode::CREATED, format!("head.payload{}.sign\n", call.number)).into_response()
        }
        Reply::Usual => PUBLISHED.into_response(),
        Reply::Silence => std::future::pending().await,
        Reply::With(status, headers, body) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            response
        }
    }
}

/// Stands still but for those who wait on it.
pub(crate) struct Waiting {
    now: Mutex<Timestamp>,
    /// From then on the process begins nothing.
    begin_until: Mutex<Option<Timestamp>>,
}

impl Waiting {
    /// The process has so long.
    pub(crate) fn limit(&self, time: Duration) {
        *self.begin_until.lock().unwrap() = Some(self.now().checked_add(time).unwrap());
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

#[async_trait]
impl Clock for Waiting {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        self.pass(pause);
        tokio::task::yield_now().await;
    }

    fn begin_until(&self) -> Option<Timestamp> {
        *self.begin_until.lock().unwrap()
    }
}

/// A password as it is cached and as it is stored.
pub(crate) struct Passwords(Mutex<[&'static str; 2]>);

impl Passwords {
    pub(crate) fn set(&self, cached: &'static str, stored: &'static str) {
        *self.0.lock().unwrap() = [cached, stored];
    }
}

#[async_trait]
impl Secrets for Passwords {
    async fn read(&self, name: &str, freshness: Freshness) -> Result<SecretText, Failure> {
        assert_eq!(name, "etm-password");
        let [cached, stored] = *self.0.lock().unwrap();
        Ok(SecretText::from(if freshness == Freshness::Cached { cached } else { stored }))
    }
}

struct Even;

impl Ids for Even {
    fn unique(&self) -> String {
        "00000000-0000-4000-8000-000000000001".to_owned()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}

/// One destination and the world it lives in.
pub(crate) struct World {
    pub(crate) etm: QualysEtm,
    pub(crate) clock: Arc<Waiting>,
    pub(crate) passwords: Arc<Passwords>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl World {
    /// A gateway that follows `script`.
    pub(crate) async fn new(script: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(json!({}), json!({}), script).await
    }

    /// The same with further settings and documents.
    pub(crate) async fn with(
        settings: Value,
        documents: Value,
        script: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let gateway = Gateway { script: Arc::new(script), calls: Arc::clone(&calls) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(gateway);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Arc::new(Waiting {
            now: Mutex::new("2026-05-01T08:00:00Z".parse().unwrap()),
            begin_until: Mutex::default(),
        });
        let passwords = Arc::new(Passwords(Mutex::new(["hunter2-cached", "hunter2-cached"])));
        let (secrets, time) = (Arc::clone(&passwords), Arc::clone(&clock));
        let reads_findings = settings["data_to_sync"] != "assets";
        let etm = QualysEtm::new(
            &registered(&url, &settings, &documents),
            reads_findings,
            secrets,
            time,
            Arc::new(Even),
            Share::WHOLE,
        )
        .unwrap();
        Self { etm, clock, passwords, calls }
    }

    /// Requests to `path` so far.
    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.path == path).cloned().collect()
    }

    pub(crate) async fn deliver(&self, assets: &str) -> Result<Receipt, Failure> {
        deliver(&self.etm, assets).await
    }

    /// The answer to each of `assets`.
    pub(crate) async fn answer(&self, assets: &str) -> Result<BatchAnswer, Failure> {
        answers_of(&self.etm, &serde_json::from_str::<Vec<_>>(assets).unwrap()).await
    }
}

/// The receipt of a delivery of `assets`.
pub(crate) async fn deliver(etm: &QualysEtm, assets: &str) -> Result<Receipt, Failure> {
    let assets: Vec<AssetDelivery<'_>> = serde_json::from_str(assets).unwrap();
    let mut receipt = Receipt { delivery: 3, ..Receipt::default() };
    receipt.add(&assets, answers_of(etm, &assets).await?)?;
    Ok(receipt)
}

/// Delivers `assets` as number 3 of a run.
async fn answers_of(etm: &QualysEtm, assets: &[AssetDelivery<'_>]) -> Result<BatchAnswer, Failure> {
    let connection = ConnectionName::parse("plant-north").unwrap();
    let run = RunId::parse("20260501T080000Z-0a1b2c3d").unwrap();
    let batch = Batch { connection: &connection, run: &run, number: 3, phase: Phase::Items, assets };
    etm.deliver(&batch).await
}

/// The shipped profile.
pub(crate) fn shipped_profile() -> &'static str {
    causeway_qualys_etm::shipped()[0].1
}

/// A connection to the gateway at `url`, the shipped profile registered with it. Of the settings, `data_to_sync` is the
/// source's.
pub(crate) fn registered(url: &str, settings: &Value, documents: &Value) -> Registered {
    let mut etm = json!({
        "gateway_url": url,
        "username": "api-user",
        "password_secret": "etm-password",
        "connector_uuid": "3c4e9a52-7f0d-4a7e-9c55-0d8f6b1a2e11",
    });
    etm.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let mut source = json!({ "api_url": "https://api.example.test", "api_token_secret": "token" });
    if let Some(data) = etm.as_object_mut().unwrap().remove("data_to_sync") {
        source["data_to_sync"] = data;
    }
    let mut registered_documents = json!({ "qualys-etm": shipped_profile() });
    registered_documents.as_object_mut().unwrap().extend(documents.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "definition": {
            "name": "plant-north",
            "source": { "claroty-xdome": source },
            "destination": { "qualys-etm": etm },
        },
        "documents": registered_documents,
    }))
    .unwrap()
}

/// `count` assets `d-0`, `d-1` … with one finding each, as a batch.
pub(crate) fn assets(count: usize) -> String {
    let asset = |number: usize| {
        json!({
            "asset": format!("d-{number}"), "verdict": "new",
            "body": { "externalId": format!("d-{number}"), "hostName": format!("plc-{number}") },
            "findings": [{ "finding": "v1", "verdict": "new", "status": "open", "body": { "name": "one" } }],
        })
    };
    Value::from_iter((0..count).map(asset)).to_string()
}
