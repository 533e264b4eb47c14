//! The simulated systems of the demo and the connections that join them.

use super::folder;
use crate::output::Problem;
use causeway_domain::ConnectionName;
use causeway_simulators::faults::{Action, Endpoint, Fault};
use causeway_simulators::xdome::{Advance, Change, Token, XdomeConfig};
use causeway_simulators::{EtmConfig, EtmControl, EtmSimulator, Running, XdomeControl, XdomeSimulator};
use std::fmt::Write;
use std::path::Path;

pub(super) use causeway_simulators::xdome::{Changed, FindingRef};

/// Products that are simulated.
pub(super) const VENDOR: &str = "Claroty xDome";
pub(super) const RECEIVER: &str = "Qualys ETM";

/// The map that the demo recommends for a look.
pub(super) const FINDING_MAP: &str = "claroty-xdome-host-asset";

pub(super) const DEVICES: u32 = 2_000;
pub(super) const FINDINGS: u32 = 12_000;

const FIRST_TOKEN: &str = "demo-token-1";
const SECOND_TOKEN: &str = "demo-token-2";
const PASSWORD: &str = "demo-password";
const USERNAME: &str = "demo_user";

/// One connection of the demo.
pub(super) struct Plant {
    pub(super) name: &'static str,
    pub(super) policy: &'static str,
    preserves: bool,
    connector_uuid: &'static str,
}

/// The two connections differ in one setting.
pub(super) const PLANTS: [Plant; 2] = [
    Plant {
        name: "plant-north",
        policy: "missing findings become Fixed",
        preserves: false,
        connector_uuid: "0b8f6f0e-51d2-4b1c-9c39-6f6f0d1c7a11",
    },
    Plant {
        name: "plant-north-preserving",
        policy: "missing findings keep their status",
        preserves: true,
        connector_uuid: "7c9a2f44-8f0e-4a57-b2a4-2b0f5e6f9d22",
    },
];

impl Plant {
    pub(super) fn connection(&self) -> Result<ConnectionName, Problem> {
        Ok(ConnectionName::parse(self.name)?)
    }
}

/// One vendor, and a receiver for each connection.
pub(super) struct Systems {
    pub(super) vendor: Running<XdomeControl>,
    pub(super) receivers: [Running<EtmControl>; 2],
}

impl Systems {
    pub(super) async fn start() -> Result<Self, Problem> {
        let vendor = XdomeConfig {
            seed: 20_261,
            devices: DEVICES,
            findings: FINDINGS,
            tokens: vec![token(FIRST_TOKEN)],
            ..XdomeConfig::default()
        };
        let receiver = |plant: &Plant| {
            EtmSimulator::start(EtmConfig {
                username: USERNAME.to_owned(),
                password: PASSWORD.to_owned(),
                connectors: vec![plant.connector_uuid.to_owned()],
                ..EtmConfig::default()
            })
        };
        let [north, preserving] = &PLANTS;
        Ok(Self {
            vendor: XdomeSimulator::start(vendor).await?,
            receivers: [receiver(north).await?, receiver(preserving).await?],
        })
    }

    /// The receiver of `plant`.
    pub(super) fn receiver(&self, plant: &Plant) -> &Running<EtmControl> {
        let [north, preserving] = &self.receivers;
        if plant.preserves { preserving } else { north }
    }

    /// The connection file of `plant`.
    pub(super) fn definition(&self, plant: &Plant) -> String {
        let Plant { name, policy, preserves, connector_uuid } = plant;
        let (api, gateway) = (&self.vendor.base_url, &self.receiver(plant).base_url);
        format!(
            r#"# A connection of the demo. Fields that are left out have the product's defaults;
# `causeway connection show {name}` shows them all.
name = "{name}"
description = "Plant north: {policy}"
preserve_missing_findings = {preserves}

[source.claroty-xdome]
api_url = "{api}"
dashboard_url = "https://plant-north.xdome.example.com"
api_token_secret = "xdome-token"
page_size = 500
requests_per_second = 33

[destination.qualys-etm]
gateway_url = "{gateway}"
username = "{USERNAME}"
password_secret = "etm-password"
connector_uuid = "{connector_uuid}"
requests_per_second = 33
"#
        )
    }

    /// Names and texts of the secrets.
    pub(super) fn secrets(&self) -> [(&'static str, &'static str); 2] {
        [("xdome-token", FIRST_TOKEN), ("etm-password", PASSWORD)]
    }

    /// Changes of every kind.
    pub(super) fn let_a_week_pass(&self) -> Result<Changed, Problem> {
        let advance = Advance {
            days: Some(7),
            new: Some(40),
            vanished: Some(25),
            fixed: Some(20),
            irrelevant: Some(8),
            reopened: Some(6),
            rescored: Some(15),
            devices_added: Some(2),
            devices_removed: Some(1),
            devices_changed: Some(5),
            ..Advance::default()
        };
        Ok(self.vendor.control.apply(&Change::Advance(advance))?)
    }

    /// Lets findings vanish and the token expire while findings are read; the number that vanished.
    pub(super) fn expire_token_in_mid_run(&self) -> Result<usize, Problem> {
        let nothing = Some(0);
        let advance = Advance {
            vanished: Some(30),
            new: nothing,
            fixed: nothing,
            irrelevant: nothing,
            reopened: nothing,
            rescored: nothing,
            devices_added: nothing,
            devices_removed: nothing,
            devices_changed: nothing,
            ..Advance::default()
        };
        let gone = self.vendor.control.apply(&Change::Advance(advance))?.removed.len();
        let expiry = Fault {
            endpoint: Some(Endpoint::Relations),
            nth: Some(8),
            action: Action::ExpireToken,
            ..Fault::default()
        };
        self.vendor.control.set_faults(vec![expiry])?;
        Ok(gone)
    }

    /// The vendor accepts another token from now on; the secret to store.
    pub(super) fn renew_token(&self) -> (&'static str, &'static str) {
        self.vendor.control.set_tokens(vec![token(SECOND_TOKEN)]);
        ("xdome-token", SECOND_TOKEN)
    }

    /// Writes what the receivers hold, one finding a line.
    pub(super) fn write_received(&self, into: &Path) -> Result<(), Problem> {
        for plant in &PLANTS {
            let mut text = String::new();
            for finding in self.receiver(plant).control.findings(None, None) {
                let line = serde_json::to_string(&finding)
                    .map_err(|error| Problem::input("received findings", error.to_string(), ""))?;
                let _ = writeln!(text, "{line}");
            }
            folder::write(into, &received_file(plant), &text)?;
        }
        Ok(())
    }
}

/// The file with what the receiver of `plant` holds.
pub(super) fn received_file(plant: &Plant) -> String {
    format!("received-{}.ndjson", plant.name)
}

fn token(text: &str) -> Token {
    Token { text: text.to_owned(), ..Token::default() }
}
