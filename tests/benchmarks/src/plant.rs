//! A vendor, a receiver and a home, each in processes of its own.

use crate::BoxError;
use crate::child::{Spent, measure};
use causeway_simulators::EtmConfig;
use causeway_simulators::xdome::Token;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;
use tempfile::TempDir;

/// Requests per second to each side: the vendor's own limit of 2000 a minute.
pub const LIMIT: f64 = 33.0;

/// Where the findings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// A simulated Qualys ETM.
    Etm,
    /// Files beside the home: what other tools call loading.
    Files,
}

/// Both sides and the home of one connection.
#[derive(Debug)]
pub struct Plant {
    causeway: PathBuf,
    folder: TempDir,
    vendor: Simulator,
    receiver: Simulator,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ran {
    /// What its process used.
    pub spent: Spent,
    /// Requests to the vendor.
    pub vendor_requests: u64,
    /// Requests to the receiver.
    pub receiver_requests: u64,
    /// Seconds that the limit of requests forces, whatever the speed.
    pub forced_seconds: f64,
    /// Seconds from the last page to the plan: questions about missing findings and reconciling.
    pub plan_seconds: f64,
}

/// A simulator that ends with this value.
#[derive(Debug)]
struct Simulator {
    process: Child,
    base_url: String,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It has nothing to lose, and may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Simulator {
    fn start(causeway: &Path, arguments: &[&str]) -> Result<Self, BoxError> {
        let mut process = Command::new(causeway)
            .args(["--json", "simulate"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let told = process.stdout.take().ok_or("no output")?;
        let mut values = serde_json::Deserializer::from_reader(told).into_iter::<Value>();
        let announced = values.next().ok_or("the simulator said nothing")??;
        let base_url = announced
            .pointer("/base_url")
            .and_then(Value::as_str)
            .ok_or("the simulator has no address")?
            .to_owned();
        Ok(Self { process, base_url })
    }

    /// Requests to its vendor's or receiver's own endpoints, by what it tells at `place`.
    async fn requests(&self, place: &str) -> Result<u64, BoxError> {
        let client = reqwest::Client::builder().build()?;
        let answer = client.get(format!("{}/_simulator/{place}", self.base_url)).send().await?;
        let mut answer = answer.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        let state: Value = serde_json::from_slice(&body)?;
        let endpoints = state.pointer("/traffic/requests").and_then(Value::as_object);
        let counts = endpoints.into_iter().flatten().filter_map(|(_, codes)| codes.as_object());
        Ok(counts.flat_map(|codes| codes.values()).filter_map(Value::as_u64).sum())
    }
}

impl Plant {
    /// A vendor with so many findings, and a connection to it. `causeway` is the binary.
    ///
    /// # Errors
    /// When anything does not start.
    pub fn new(causeway: &Path, findings: u32, destination: Destination) -> Result<Self, BoxError> {
        let (devices, count) = ((findings / 50).max(1).to_string(), findings.to_string());
        let vendor = ["claroty-xdome", "--devices", &devices, "--findings", &count];
        let plant = Self {
            causeway: causeway.to_owned(),
            folder: TempDir::new()?,
            vendor: Simulator::start(causeway, &vendor)?,
            receiver: Simulator::start(causeway, &["qualys-etm"])?,
        };
        let definition = plant.folder.path().join("plant.toml");
        std::fs::write(&definition, plant.definition(destination))?;
        plant.call(&["--quiet", "connection", "apply", "plant.toml"], "")?;
        plant.call(&["secret", "set", "xdome-token"], Token::DEFAULT)?;
        plant.call(&["secret", "set", "etm-password"], EtmConfig::DEFAULT_PASSWORD)?;
        Ok(plant)
    }

    fn definition(&self, destination: Destination) -> String {
        let source = format!(
            "name = \"plant\"\n\n[source.claroty-xdome]\napi_url = \"{}\"\napi_token_secret = \"xdome-token\"\n\
             dashboard_url = \"https://plant.xdome.example.com\"\nrequests_per_second = {LIMIT}\npage_size = 5000\n\n",
            self.vendor.base_url,
        );
        let destination = match destination {
            Destination::Files => "[destination.files]\nfolder = \"delivered\"\n".to_owned(),
            Destination::Etm => format!(
                "[destination.qualys-etm]\ngateway_url = \"{}\"\nusername = \"{}\"\n\
                 password_secret = \"etm-password\"\nconnector_uuid = \"{}\"\nrequests_per_second = {LIMIT}\n",
                self.receiver.base_url,
                EtmConfig::DEFAULT_USERNAME,
                EtmConfig::DEFAULT_CONNECTOR,
            ),
        };
        source + &destination
    }

    fn command<'a>(&'a self, arguments: &[&'a str]) -> Vec<String> {
        let before = [self.causeway.to_string_lossy().into_owned(), "--home".to_owned(), "home".to_owned()];
        before.into_iter().chain(arguments.iter().map(|text| (*text).to_owned())).collect()
    }

    fn call(&self, arguments: &[&str], input: &str) -> Result<(), BoxError> {
        let command = self.command(arguments);
        let (program, arguments) = command.split_first().ok_or("no command")?;
        let mut process = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        process.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
        if process.wait()?.success() { Ok(()) } else { Err(format!("{arguments:?} failed").into()) }
    }

    /// Where the vendor listens.
    pub fn vendor_url(&self) -> &str {
        &self.vendor.base_url
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets `percent` of the findings change.
    ///
    /// # Errors
    /// When the vendor refuses.
    pub async fn advance(&self, percent: f64) -> Result<(), BoxError> {
        let client = reqwest::Client::builder().build()?;
        let change = json!({ "change": "advance", "percent": percent });
        let url = format!("{}/_simulator/changes", self.vendor.base_url);
        client.post(url).json(&change).send().await?.error_for_status()?;
        Ok(())
    }

    /// Runs the connection.
    ///
    /// # Errors
    /// When the run does not end well.
    pub async fn run(&self) -> Result<Ran, BoxError> {
        let runs = self.folder.path().join("home/objects/runs/plant");
        let earlier = folders(&runs).unwrap_or_default();
        let before = (self.vendor.requests("state").await?, self.receiver.requests("summary").await?);
        let spent = measure(self.folder.path(), &[], &self.command(&["run", "plant", "--json"]))?;
        let vendor_requests = self.vendor.requests("state").await? - before.0;
        let receiver_requests = self.receiver.requests("summary").await? - before.1;
        let folder = folders(&runs)?.difference(&earlier).next().cloned().ok_or("the run left nothing")?;
        let forced_seconds = vendor_requests as f64 / LIMIT + receiver_requests as f64 / LIMIT;
        let plan_seconds = plan_seconds(&folder)?;
        Ok(Ran { spent, vendor_requests, receiver_requests, forced_seconds, plan_seconds })
    }
}

fn folders(parent: &Path) -> Result<BTreeSet<PathBuf>, BoxError> {
    let entries = std::fs::read_dir(parent)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).collect())
}

/// From the last page of the vendor's tables to the plan, by the times of the files.
fn plan_seconds(run: &Path) -> Result<f64, BoxError> {
    let mut last = SystemTime::UNIX_EPOCH;
    for stream in ["assets", "findings"] {
        for page in folders(&run.join("pages").join(stream).join("main"))? {
            last = last.max(page.metadata()?.modified()?);
        }
    }
    let plan = run.join("plan.json").metadata()?.modified()?;
    Ok(plan.duration_since(last).unwrap_or_default().as_secs_f64())
}
