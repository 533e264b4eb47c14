//! A stack whose services are the stores of one machine.

use async_trait::async_trait;
use causeway_connectors::ShippedConnectors;
use causeway_control::api;
use causeway_domain::definition::ScheduleSettings;
use causeway_domain::{ConnectionName, Failure};
use causeway_hosting::{Function, Host};
use causeway_local::{Home, LocalQueues, QueueSettings};
use causeway_ports::{Clock, Ids, Queue, Received, Schedules, Settlement, SystemClock, SystemIds};
use causeway_runs::{Engine, Pacing, Queues};
use causeway_simulators::{Running, XdomeConfig, XdomeControl, XdomeSimulator};
use jiff::Timestamp;
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) struct Stack {
    pub(crate) vendor: Running<XdomeControl>,
    host: Arc<Host>,
    schedules: Arc<Woken>,
    _folder: TempDir,
}

#[derive(Default)]
struct Woken(Mutex<BTreeSet<String>>);

#[async_trait]
impl Schedules for Woken {
    async fn put(&self, name: &ConnectionName, _: &ScheduleSettings, _: Timestamp) -> Result<(), Failure> {
        self.0.lock().unwrap().insert(name.to_string());
        Ok(())
    }

    async fn remove(&self, name: &ConnectionName) -> Result<(), Failure> {
        self.0.lock().unwrap().remove(name.as_str());
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ConnectionName>, Failure> {
        self.0.lock().unwrap().iter().map(|name| ConnectionName::parse(name)).collect()
    }
}

/// Request contexts of callers whom no authorizer has let in.
pub(crate) fn without_token() -> [Value; 4] {
    [
        Value::Null,
        json!({}),
        json!({ "lambda": { "scope": "causeway/admin" } }),
        json!({ "jwt": { "claims": { "scope": "causeway/admin" }, "scopes": ["causeway/admin"] } }),
    ]
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let vendor = XdomeConfig { devices: 20, findings: 60, ..XdomeConfig::default() };
        let vendor = XdomeSimulator::start(vendor).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let home = Home::open(&folder.path().join("home")).unwrap();
        let queues = home.queues(Arc::clone(&clock), Arc::clone(&ids)).unwrap();
        let secrets = Arc::new(home.secrets(None, Arc::clone(&clock)).unwrap());
        let objects: Arc<dyn causeway_ports::Objects> = Arc::new(home.objects());
        let readable: Arc<dyn causeway_ports::Secrets> = Arc::<causeway_local::LocalSecrets>::clone(&secrets);
        let connectors = ShippedConnectors::new(readable, Arc::clone(&clock), Arc::clone(&ids))
            .with_files_in(Arc::clone(&objects));
        let engine = Engine {
            objects,
            queues: Queues {
                work: queue(&queues, "work"),
                finalize: queue(&queues, "finalize"),
                deliver: queue(&queues, "deliver"),
            },
            clock,
            ids,
            connectors: Arc::new(connectors),
            pacing: Pacing::LOCAL,
        };
        let schedules = Arc::<Woken>::default();
        let woken: Arc<dyn Schedules> = Arc::<Woken>::clone(&schedules);
        let host = Host::over(Function::Control, "plant", engine, secrets, Some(woken));
        Self { vendor, host: Arc::new(host), schedules, _folder: folder }
    }

    pub(crate) fn token(&self) -> String {
        causeway_simulators::xdome::Token::DEFAULT.to_owned()
    }

    pub(crate) fn woken(&self) -> Vec<String> {
        self.schedules.0.lock().unwrap().iter().cloned().collect()
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        self.host.engine.objects.list("").await.unwrap()
    }

    pub(crate) async fn first_asset(&self) -> String {
        let files = self.keys().await;
        let assets =
            files.iter().find(|key| key.starts_with("files/out/") && key.contains("/assets-")).unwrap();
        let body = self.host.engine.objects.get(assets).await.unwrap().unwrap().body;
        let first = std::str::from_utf8(&body).unwrap().lines().next().unwrap();
        let line: Value = serde_json::from_str(first).unwrap();
        line["asset"].as_str().unwrap().to_owned()
    }

    /// Writes the outcome of `run` for another run, with these reasons.
    pub(crate) async fn tell_reasons(&self, run: &str, other: &str, reasons: &[String]) {
        let objects = &self.host.engine.objects;
        let key = |run: &str| format!("runs/plant-north/{run}/outcome.json");
        let mut outcome: Value =
            serde_json::from_slice(&objects.get(&key(run)).await.unwrap().unwrap().body).unwrap();
        outcome["reasons"] = json!(reasons);
        objects.delete(&key(other)).await.unwrap();
        let put = causeway_ports::PutCondition::IfAbsent;
        objects.put(&key(other), outcome.to_string().into(), put).await.unwrap();
    }

    /// Runs once, and then has every finding gone, which no guard lets pass.
    pub(crate) async fn hold_next_plan(&self) {
        let runs = "/v1/connections/plant-north/runs";
        self.call("POST", runs, "causeway/operate", Value::Null).await;
        self.work_until_idle().await;
        let advance = causeway_simulators::xdome::Advance {
            days: Some(1),
            vanished: Some(55),
            ..causeway_simulators::xdome::Advance::default()
        };
        self.vendor.control.apply(&causeway_simulators::xdome::Change::Advance(advance)).unwrap();
    }

    pub(crate) async fn call(&self, method: &str, path: &str, scope: &str, body: Value) -> (u16, Value) {
        let authorizer =
            json!({ "jwt": { "claims": { "sub": "somebody", "scope": scope }, "scopes": null } });
        self.send(method, path, &authorizer, &body).await
    }

    /// Sends what API Gateway would hand on.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        authorizer: &Value,
        body: &Value,
    ) -> (u16, Value) {
        let (raw_path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut context = json!({
            "http": { "method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1" },
            "requestId": "r", "routeKey": "$default", "stage": "$default", "timeEpoch": 1,
        });
        if !authorizer.is_null() {
            context["authorizer"] = authorizer.clone();
        }
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": raw_path, "rawQueryString": query,
            "headers": { "host": "api.example.test", "content-type": "application/json" },
            "requestContext": context, "isBase64Encoded": false,
        });
        if !body.is_null() {
            event["body"] = json!(body.to_string());
        }
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let response = api(Arc::clone(&self.host)).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
        let answered = serde_json::to_string(std::str::from_utf8(&body).unwrap()).unwrap();
        assert!(answered.len() < 6 << 20, "Lambda would drop an answer of {} bytes: {path}", answered.len());
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: {body:?}")))
    }

    /// Stands for the functions of the queues.
    pub(crate) async fn work_until_idle(&self) {
        let engine = &self.host.engine;
        let mut idle = 0;
        while idle < 40 {
            let before = idle;
            for queue in [&engine.queues.work, &engine.queues.finalize, &engine.queues.deliver] {
                for received in queue.receive(10).await.unwrap() {
                    idle = 0;
                    let settlement = self.work(&received).await;
                    queue.settle(&received, settlement).await.unwrap();
                }
            }
            if idle == before {
                idle += 1;
                engine.clock.sleep(Duration::from_millis(25)).await;
            }
        }
    }

    async fn work(&self, received: &Received) -> Settlement {
        let engine = &self.host.engine;
        match received.body.split("\"kind\":\"").nth(1).and_then(|rest| rest.split('"').next()) {
            Some("finalize") => causeway_runs::finalize(engine, received).await,
            Some("deliver") => causeway_runs::deliver(engine, received).await,
            _ => causeway_runs::fetch(engine, received).await,
        }
    }
}

fn queue(queues: &LocalQueues, name: &'static str) -> Arc<dyn Queue> {
    let settings = QueueSettings { visibility: Duration::from_secs(3600), max_receives: 1000 };
    Arc::new(queues.queue(name, settings))
}
