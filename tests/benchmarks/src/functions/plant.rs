//! A stack with one connection on the loopback AWS, its vendor at a distance and its receiver beside it.

use super::cloud::{Account, Cloud};
use super::crew::{Program, ask};
use super::vendor::Distant;
use crate::BoxError;
use causeway_simulators::xdome::{Token, XdomeConfig};
use causeway_simulators::{EtmConfig, EtmControl, EtmSimulator, Running, XdomeControl, XdomeSimulator};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most that a connection file allows. It is taken out of the stored definition unless the limit is to be kept.
const LIMIT: &str = "\"requests_per_second\": 33";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    /// Findings of the vendor, about fifty on a device.
    pub findings: u32,
    /// Rows of a page.
    pub page_size: u32,
    /// How long the vendor takes for an answer.
    pub vendor: Duration,
    /// Whether the vendor's limit of requests is kept.
    pub limited: bool,
}

/// A stack whose connection is applied, with the answers that its vendor has given so far.
#[derive(Debug)]
pub struct Plant {
    /// Its AWS.
    pub cloud: Cloud,
    /// Its vendor.
    pub vendor: Distant,
    functions: PathBuf,
    fresh: Account,
    _xdome: Running<XdomeControl>,
    _etm: Running<EtmControl>,
}

impl Plant {
    /// Makes the stack and applies its connection by the function `control`. `functions` holds
    /// `functions/bootstrap`.
    ///
    /// # Errors
    /// When a server does not start, or the connection is refused.
    pub async fn new(functions: &Path, world: World) -> Result<Self, BoxError> {
        let devices = (world.findings / 50).max(1);
        let config = XdomeConfig { devices, findings: world.findings, ..XdomeConfig::default() };
        let xdome = XdomeSimulator::start(config).await?;
        let etm = EtmSimulator::start(EtmConfig { keep_payloads: 0, ..EtmConfig::default() }).await?;
        let cloud = Cloud::start().await?;
        let vendor = Distant::start(&xdome.base_url, world.vendor).await?;
        let mut plant = Self {
            cloud,
            vendor,
            functions: functions.to_owned(),
            fresh: Account::default(),
            _xdome: xdome,
            _etm: etm,
        };
        plant.keep_secrets();
        let file = definition(&plant.vendor.address, &plant._etm.base_url, world.page_size);
        let answer = ask(&plant.function("control", 1), applying(&file)).await?;
        if answer.get("statusCode").and_then(Value::as_u64).is_none_or(|status| status > 299) {
            return Err(format!("the connection is refused: {answer}").into());
        }
        if !world.limited {
            plant.lift_limits()?;
        }
        plant.fresh = plant.cloud.account().clone();
        Ok(plant)
    }

    fn keep_secrets(&self) {
        let mut account = self.cloud.account();
        for (name, value) in [("xdome-token", Token::DEFAULT), ("etm-password", EtmConfig::DEFAULT_PASSWORD)]
        {
            account.secrets.insert(format!("plant/{name}"), value.to_owned());
        }
    }

    /// No file may ask for more than the vendor allows, so the stored definition is changed.
    fn lift_limits(&self) -> Result<(), BoxError> {
        let mut account = self.cloud.account();
        let named = |key: &&str| key.ends_with("/definition.json");
        let key = account.bucket.keys().find(named).ok_or("no definition is stored")?.to_owned();
        let stored = account.bucket.get(&key).cloned().unwrap_or_default();
        let text = String::from_utf8(stored.to_vec())?;
        if text.matches(LIMIT).count() != 2 {
            return Err("the stored definition does not name its limits".into());
        }
        account.bucket.put(&key, text.replace(LIMIT, "\"requests_per_second\": 1000000"));
        Ok(())
    }

    /// A function of the stack, where `workers` share the limits.
    pub fn function(&self, name: &str, workers: usize) -> Program {
        let path = self.functions.join("functions/bootstrap");
        Program { path, arguments: Vec::new(), variables: self.cloud.environment(name, workers) }
    }

    /// Forgets all runs, and starts one by the function `scheduler`: its messages are in the queues then. The requests
    /// that this took are counted. Gives the key at which the run's outcome will be.
    ///
    /// # Errors
    /// When the run is not started.
    pub async fn start_run(&self, cloud_latency: Duration) -> Result<String, BoxError> {
        *self.cloud.account() = Account { latency: cloud_latency, ..self.fresh.clone() };
        self.cloud.account().requests.clear();
        let event = json!({ "version": 1, "kind": "run", "connection": "plant", "token": "bench" });
        let answer = ask(&self.function("scheduler", 1), event).await?;
        match answer.get("run").and_then(Value::as_str) {
            Some(run) => Ok(format!("runs/plant/{run}/outcome.json")),
            None => Err(format!("no run was started: {answer}").into()),
        }
    }
}

fn definition(vendor: &str, receiver: &str, page_size: u32) -> String {
    format!(
        "name = \"plant\"\n\n[source.claroty-xdome]\napi_url = \"{vendor}\"\napi_token_secret = \"xdome-token\"\n\
         dashboard_url = \"https://plant.xdome.example.com\"\nrequests_per_second = 33\npage_size = {page_size}\n\n\
         [destination.qualys-etm]\ngateway_url = \"{receiver}\"\nusername = \"{}\"\npassword_secret = \"etm-password\"\n\
         connector_uuid = \"{}\"\nrequests_per_second = 33\n",
        EtmConfig::DEFAULT_USERNAME,
        EtmConfig::DEFAULT_CONNECTOR,
    )
}

/// The event by which the HTTP API hands the function `control` a connection file.
fn applying(file: &str) -> Value {
    let path = "/v1/connections/plant";
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": { "content-type": "application/json", "host": "api.example.com" },
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "stage": "$default", "requestId": "1",
            "routeKey": "$default", "time": "01/Nov/2026:02:00:00 +0000", "timeEpoch": 1_793_498_400_000_u64,
            "authorizer": { "jwt": {
                "claims": { "sub": "bench", "scope": "causeway/admin" }, "scopes": ["causeway/admin"],
            } },
            "http": { "method": "PUT", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench" },
        },
        "isBase64Encoded": false,
        "body": json!({ "file": file, "documents": {} }).to_string(),
    })
}
