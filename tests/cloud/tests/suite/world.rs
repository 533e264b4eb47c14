//! A vendor and a receiver in this process, and a connection between them in a stack.

use crate::local::Machine;
use causeway_cloud::Result;
use causeway_cloud::stack::{STACKS, Stack};
use causeway_cloud::stage::reach;
use causeway_simulators::xdome::Token;
use causeway_simulators::{
    EtmConfig, EtmControl, EtmSimulator, Running, XdomeConfig, XdomeControl, XdomeSimulator,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest that a run may take here, with waits for messages that were hidden.
const PATIENCE: Duration = Duration::from_secs(240);

/// Both systems and a stack.
pub(crate) struct World {
    pub(crate) vendor: Running<XdomeControl>,
    pub(crate) receiver: Running<EtmControl>,
    pub(crate) stack: Stack,
    pub(crate) connection: String,
    /// Where the stack finds vendor and receiver.
    places: [String; 2],
}

/// What a receiver has: payloads by asset and finding, without the dates that are a run's own.
pub(crate) type Kept = BTreeMap<(String, String), Value>;

/// A vendor of some pages.
pub(crate) fn small(seed: u64) -> XdomeConfig {
    XdomeConfig { seed, devices: 40, findings: 160, sites: 3, ..XdomeConfig::default() }
}

impl World {
    /// A connection of this name in the first stack, applied and with its secrets.
    pub(crate) async fn new(connection: &str, vendor: XdomeConfig) -> Result<Self> {
        Self::within(STACKS[0], connection, vendor, "").await
    }

    /// As [`Self::new`], in this stack, with more lines in front of the connection file's tables.
    pub(crate) async fn within(
        stack: &str,
        connection: &str,
        vendor: XdomeConfig,
        more: &str,
    ) -> Result<Self> {
        let vendor = XdomeSimulator::start(vendor).await?;
        let receiver = EtmSimulator::start(EtmConfig::default()).await?;
        let stack = Stack::of_stage(stack).await?;
        let public = stack.stage.public.as_ref();
        let places = [reach(public, &vendor.base_url).await?, reach(public, &receiver.base_url).await?];
        let world = Self { vendor, receiver, stack, connection: connection.to_owned(), places };
        world.secret(&format!("{connection}-token"), Token::DEFAULT).await?;
        world.secret(&format!("{connection}-password"), EtmConfig::DEFAULT_PASSWORD).await?;
        let file = json!({ "file": world.described(more) });
        world.stack.ask(Method::PUT, &world.path(""), Some(&file)).await?;
        Ok(world)
    }

    /// A machine with the same vendor, connection and receiver settings, and a receiver of its own.
    pub(crate) async fn twin(&self) -> Result<Machine> {
        let receiver = EtmSimulator::start(EtmConfig::default()).await?;
        let file = describe(&self.connection, &self.places[0], &receiver.base_url, "");
        Machine::new(receiver, &self.connection, &file)
    }

    /// The connection file, with these lines in front of its tables.
    pub(crate) fn described(&self, more: &str) -> String {
        describe(&self.connection, &self.places[0], &self.places[1], more)
    }

    /// The connection file with this destination.
    pub(crate) fn described_with(&self, destination: &str) -> String {
        describe_with(&self.connection, &self.places[0], destination, "")
    }

    pub(crate) async fn secret(&self, name: &str, text: &str) -> Result<()> {
        let body = json!({ "value": text });
        self.stack.ask(Method::PUT, &format!("/v1/secrets/{name}"), Some(&body)).await.map(drop)
    }

    /// A path of the API below this connection.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/connections/{}{rest}", self.connection)
    }

    /// Runs on demand to the end, which must be `complete`.
    pub(crate) async fn run_well(&self, token: &str) -> Result<String> {
        let run = self.stack.start(&self.connection, token).await?;
        self.ends(&run, "complete").await?;
        Ok(run)
    }

    /// Waits until `run` is decided and the connection moved on, and expects this outcome.
    pub(crate) async fn ends(&self, run: &str, outcome: &str) -> Result<Value> {
        let expected = if matches!(outcome, "complete" | "partial") { "Processed" } else { "Errored" };
        let state = self.until("the run is decided", async |state| {
            let current = state.get("current_run").and_then(Value::as_str) == Some(run);
            Ok(current && state.get("state").and_then(Value::as_str) != Some("Processing"))
        });
        let state = state.await?;
        let shown = self.stack.ask(Method::GET, &self.path(&format!("/runs/{run}")), None).await?;
        let ended =
            (shown.get("outcome").and_then(Value::as_str), state.get("state").and_then(Value::as_str));
        if ended == (Some(outcome), Some(expected)) {
            return Ok(shown);
        }
        Err(format!("expected {outcome} and {expected}, found {ended:?}: {shown:#}").into())
    }

    /// Looks at the connection's state until `reached`; says what is there if that takes too long.
    pub(crate) async fn until(
        &self,
        what: &str,
        reached: impl AsyncFn(&Value) -> Result<bool>,
    ) -> Result<Value> {
        let began = Instant::now();
        loop {
            let key = format!("connections/{}/state.json", self.connection);
            let state = self.stack.object(&key).await?.unwrap_or_default();
            if reached(&state).await? {
                return Ok(state);
            }
            if began.elapsed() > PATIENCE {
                let keys = self.stack.keys(&format!("runs/{}/", self.connection)).await?;
                return Err(format!("{what}: not within {PATIENCE:?}; {state:#} {keys:#?}").into());
            }
            pause().await;
        }
    }

    /// Waits until the run in progress has staged `count` pages.
    pub(crate) async fn until_staged(&self, run: &str, count: usize) -> Result<()> {
        let prefix = format!("runs/{}/{run}/pages/", self.connection);
        let staged =
            self.until("pages are staged", async |_| Ok(self.stack.keys(&prefix).await?.len() >= count));
        staged.await.map(drop)
    }

    pub(crate) fn kept(&self) -> Kept {
        kept(&self.receiver)
    }
}

/// Between two looks.
pub(crate) async fn pause() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the stack is another process; its state is looked at again and again"
    )]
    tokio::time::sleep(Duration::from_millis(250)).await;
}

/// What has arrived at a receiver.
pub(crate) fn kept(receiver: &Running<EtmControl>) -> Kept {
    let findings = receiver.control.findings(None, None).into_iter().map(|kept| {
        let mut payload = kept.payload.unwrap_or_default();
        if let Some(payload) = payload.as_object_mut().filter(|_| kept.status.as_deref() == Some("FIXED")) {
            payload.remove("lastFixedOn");
        }
        ((kept.asset, kept.finding), payload)
    });
    let assets = receiver.control.assets().into_iter();
    assets
        .map(|kept| ((kept.asset, String::new()), kept.payload.unwrap_or_default()))
        .chain(findings)
        .collect()
}

/// A connection file, with more tables before source and destination.
fn describe(connection: &str, vendor: &str, receiver: &str, more: &str) -> String {
    let destination = format!(
        "[destination.qualys-etm]\ngateway_url = \"{receiver}\"\nusername = \"{}\"\n\
         password_secret = \"{connection}-password\"\nconnector_uuid = \"{}\"\nrequests_per_second = 33\nbatch_assets = 5\n",
        EtmConfig::DEFAULT_USERNAME,
        EtmConfig::DEFAULT_CONNECTOR,
    );
    describe_with(connection, vendor, &destination, more)
}

fn describe_with(connection: &str, vendor: &str, destination: &str, more: &str) -> String {
    format!(
        "name = \"{connection}\"\n{more}\n\n[source.claroty-xdome]\napi_url = \"{vendor}\"\n\
         api_token_secret = \"{connection}-token\"\nrequests_per_second = 33\npage_size = 20\n\n{destination}",
    )
}
