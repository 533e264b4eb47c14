//! A vendor and a receiver in this process, and a home on which child processes of the binary work.

use crate::process::{Ended, Place, Result};
use causeway_simulators::faults::Fault;
use causeway_simulators::xdome::{Advance, Change, Changed, Token};
use causeway_simulators::{
    EtmConfig, EtmControl, EtmSimulator, Running, XdomeConfig, XdomeControl, XdomeSimulator,
};
use serde_json::Value;
use std::io::Error;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// Both systems and a home.
pub(crate) struct World {
    pub(crate) vendor: Running<XdomeControl>,
    pub(crate) receiver: Running<EtmControl>,
    pub(crate) place: Place,
    /// The simulators answer from its threads.
    _runtime: Runtime,
}

/// Parts of the connection file that differ from test to test, as TOML.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes<'a> {
    pub(crate) connection: &'a str,
    pub(crate) source: &'a str,
    pub(crate) destination: &'a str,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    /// What `run show` tells of it afterwards.
    pub(crate) account: Value,
}

impl World {
    /// A small vendor with the default token, and a connection to it.
    pub(crate) fn new(seed: u64) -> Result<Self> {
        let world = Self::of(XdomeConfig { seed, devices: 40, findings: 160, ..small() })?;
        world.connect(Wishes::default())?;
        Ok(world)
    }

    /// A vendor of one's own, without connection.
    pub(crate) fn of(config: XdomeConfig) -> Result<Self> {
        let runtime = Runtime::new()?;
        let vendor = runtime.block_on(XdomeSimulator::start(config)).map_err(Error::other)?;
        let receiver = runtime.block_on(EtmSimulator::start(EtmConfig::default())).map_err(Error::other)?;
        Ok(Self { vendor, receiver, place: Place::new()?, _runtime: runtime })
    }

    /// The home folder of the binary's processes.
    pub(crate) fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    /// Applies the connection and stores both secrets.
    pub(crate) fn connect(&self, wishes: Wishes<'_>) -> Result<()> {
        self.describe(wishes)?;
        done(&self.place.call(&["connection", "apply", "plant.toml"])?)?;
        self.secret("xdome-token", Token::DEFAULT)?;
        self.secret("etm-password", EtmConfig::DEFAULT_PASSWORD)
    }

    /// Writes the connection file `plant.toml`.
    pub(crate) fn describe(&self, wishes: Wishes<'_>) -> Result<PathBuf> {
        let Wishes { connection, source, destination } = wishes;
        let text = format!(
            "name = \"plant\"\n{connection}\n\n[source.claroty-xdome]\napi_url = \"{}\"\n\
             api_token_secret = \"xdome-token\"\nrequests_per_second = 33\npage_size = 20\n{source}\n\n\
             [destination.qualys-etm]\ngateway_url = \"{}\"\nusername = \"{}\"\npassword_secret = \"etm-password\"\n\
             connector_uuid = \"{}\"\nrequests_per_second = 33\nbatch_assets = 5\n{destination}\n",
            self.vendor.base_url,
            self.receiver.base_url,
            EtmConfig::DEFAULT_USERNAME,
            EtmConfig::DEFAULT_CONNECTOR,
        );
        self.place.write("plant.toml", &text)
    }

    pub(crate) fn secret(&self, name: &str, text: &str) -> Result<()> {
        done(&self.place.pipe(text, &["secret", "set", name])?)
    }

    /// Runs the connection, then asks how it went.
    pub(crate) fn run(&self) -> Result<Ran> {
        let ended = self.place.call(&["run", "plant", "--json"])?;
        self.ran(ended)
    }

    /// The newest run's account for a call that has ended.
    pub(crate) fn ran(&self, ended: Ended) -> Result<Ran> {
        let account = self.place.call(&["run", "show", "plant", "--json"])?.json()?;
        Ok(Ran { ended, account })
    }

    /// Runs without faults and expects a complete run.
    pub(crate) fn run_well(&self) -> Result<Ran> {
        self.vendor_faults(&[])?;
        self.receiver_faults(&[])?;
        let ran = self.run()?;
        ran.ends(0, "complete");
        Ok(ran)
    }

    pub(crate) fn change(&self, change: &Change) -> Result<Changed> {
        self.vendor.control.apply(change).map_err(Error::other)
    }

    /// A few findings of each kind change: some close by absence, some by the vendor's word.
    pub(crate) fn pass_a_day(&self) -> Result<Changed> {
        self.change(&Change::Advance(Advance {
            percent: Some(0.0),
            vanished: Some(2),
            fixed: Some(1),
            irrelevant: Some(1),
            reopened: Some(1),
            rescored: Some(1),
            new: Some(3),
            ..Advance::default()
        }))
    }

    pub(crate) fn vendor_faults(&self, faults: &[Fault]) -> Result<()> {
        self.vendor.control.set_faults(faults.to_vec()).map_err(Error::other)
    }

    pub(crate) fn receiver_faults(&self, faults: &[Fault]) -> Result<()> {
        self.receiver.control.set_faults(faults.to_vec()).map_err(Error::other)
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, outcome: &str) {
        let found = (self.ended.code, self.account.get("outcome").and_then(Value::as_str));
        assert_eq!(found, (code, Some(outcome)), "{}\n{}", self.ended.stderr, self.account);
    }

    /// A figure or text of the account, by its JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.account.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(crate) fn number(&self, pointer: &str) -> u64 {
        self.at(pointer).as_u64().unwrap_or_default()
    }
}

/// Settings of a vendor in few sites.
pub(crate) fn small() -> XdomeConfig {
    XdomeConfig { sites: 3, ..XdomeConfig::default() }
}

/// Fault scripts as tests write them.
pub(crate) fn faults(json: &str) -> Result<Vec<Fault>> {
    serde_json::from_str(json).map_err(|error| Error::other(format!("{error}: {json}")))
}

/// Several stories at once, each with a world of its own: they wait more than they work.
pub(crate) fn side_by_side(stories: &[&(dyn Fn() -> Result<()> + Sync)]) -> Result<()> {
    std::thread::scope(|scope| {
        let told: Vec<_> = stories.iter().map(|story| scope.spawn(story)).collect();
        // All are waited for, then the first that failed is reported.
        let ends: Vec<_> = told.into_iter().map(|story| story.join()).collect();
        ends.into_iter()
            .try_for_each(|end| end.unwrap_or_else(|_| Err(Error::other("a story failed, see above"))))
    })
}

fn done(ended: &Ended) -> Result<()> {
    if ended.code == 0 { Ok(()) } else { Err(Error::other(format!("{ended:?}"))) }
}
