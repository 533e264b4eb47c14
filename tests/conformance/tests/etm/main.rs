//! The suite for receivers, kept by Qualys ETM.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod flaws;

use causeway_conformance::{
    Api, Complaints, Credential, Kept, KeptAsset, KeptFinding, Limits, Ports, ReceiverDriver,
};
use causeway_domain::definition::Registered;
use causeway_outbound::Share;
use causeway_qualys_etm::{QualysEtm, shipped};
use causeway_simulators::{EtmConfig, EtmControl, EtmSimulator, Running};
use serde_json::{Map, Value, json};

struct Etm(Running<EtmControl>);

/// The body of an answer that accepts all assets but these.
fn complaint(assets: &[&str], reason: &str) -> String {
    let errors: Map<String, Value> =
        assets.iter().map(|asset| ((*asset).to_owned(), json!(reason))).collect();
    json!({ "message": "Some assets are not submitted.", "responseCode": "PARTIALLY_PUBLISHED", "assetsError": errors })
        .to_string()
}

impl ReceiverDriver for Etm {
    type Receiver = QualysEtm;

    const API: Option<Api> = Some(Api {
        secret: EtmConfig::DEFAULT_PASSWORD,
        credential: Credential::SignIn { header: "authorization", path: "/auth" },
        limits: Limits { per_second: 4, at_once: None },
        errors_in_success: &[
            r#"{"message":"Invalid connector","responseCode":"INVALID_REQUEST"}"#,
            r#"{"message":"failed","responseCode":"FAILED","assetsError":{}}"#,
            r#"{"message":"","responseCode":"SUCCESSFULLY_PUBLISHED","errorMessage":"internal"}"#,
        ],
        complaints: Some(Complaints {
            body: complaint,
            for_good: "sourceNativeKey is not valid",
            passing: "Service temporarily unavailable",
        }),
    });

    async fn start() -> Self {
        Self(EtmSimulator::start(EtmConfig::default()).await.unwrap())
    }

    fn address(&self) -> String {
        self.0.base_url.clone()
    }

    fn build(&self, address: &str, ports: &Ports) -> QualysEtm {
        let [(profile, text), ..] = shipped() else { panic!("a shipped profile") };
        let registered: Registered = serde_json::from_value(json!({
            "definition": {
                "name": "plant-north",
                "source": { "claroty-xdome": { "api_url": "https://api.example.test", "api_token_secret": "token" } },
                "destination": { "qualys-etm": {
                    "gateway_url": address, "username": EtmConfig::DEFAULT_USERNAME, "password_secret": "etm-password",
                    "connector_uuid": EtmConfig::DEFAULT_CONNECTOR, "requests_per_second": 4, "timeout_seconds": 1,
                }},
            },
            "documents": { *profile: text },
        }))
        .unwrap();
        let Ports { secrets, clock, ids } = ports.clone();
        QualysEtm::new(&registered, true, secrets, clock, ids, Share::WHOLE).unwrap()
    }

    fn kept(&self) -> Kept {
        let control = &self.0.control;
        let text = |payload: Option<Value>| payload.map(|payload| payload.to_string()).unwrap_or_default();
        let assets = control
            .assets()
            .into_iter()
            .map(|asset| (asset.asset, KeptAsset { content: text(asset.payload), ..KeptAsset::default() }));
        let mut kept: Kept = assets.collect();
        for finding in control.findings(None, None) {
            let payload = finding.payload.unwrap_or_default();
            let arrived = KeptFinding {
                closed: payload["findingStatus"] == "FIXED",
                closed_on: payload["lastFixedOn"].as_str().map(str::to_owned),
                content: payload.to_string(),
            };
            kept.entry(finding.asset).or_default().findings.insert(finding.finding, arrived);
        }
        kept
    }
}

causeway_conformance::receiver_suite!(Etm);
