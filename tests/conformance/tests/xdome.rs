//! The suite for sources, kept by Claroty xDome.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

use causeway_claroty_xdome::ClarotyXdome;
use causeway_claroty_xdome::model::shipped;
use causeway_conformance::{Credential, Limits, Ports, SourceDriver, StreamShape, Way};
use causeway_domain::definition::Registered;
use causeway_domain::{Stream, VendorKey};
use causeway_outbound::Share;
use causeway_simulators::xdome::{Change, Rows, Token};
use causeway_simulators::{Running, XdomeConfig, XdomeControl, XdomeSimulator};
use serde_json::{Value, json};

struct Xdome(Running<XdomeControl>);

const TOKEN: &str = "xdome-token-3f9a71c2";

const fn stream(
    stream: Stream,
    path: &'static str,
    list: &'static str,
    key: &'static [&'static str],
) -> StreamShape {
    StreamShape { stream, path, list, key, null_is_empty: true, way: Way::Windows, asked_singly: true }
}

impl Xdome {
    fn change(&self, change: &Change) {
        self.0.control.apply(change).unwrap();
    }

    fn retired(&self, retired: bool, stream: Stream) -> Vec<VendorKey> {
        let control = &self.0.control;
        match stream {
            Stream::Assets => {
                let devices = control.truth_devices().into_iter().filter(|device| device.retired == retired);
                devices.map(|device| VendorKey::of_texts([device.device_uid])).collect()
            }
            Stream::Findings => {
                let findings =
                    control.truth_findings().into_iter().filter(|finding| finding.retired == retired);
                findings.map(|one| VendorKey::of_texts([one.device_uid, one.vulnerability_id])).collect()
            }
        }
    }
}

impl SourceDriver for Xdome {
    type Source = ClarotyXdome;

    const SECRET: &'static str = TOKEN;
    const CREDENTIAL: Credential = Credential::Token { header: "authorization" };
    const LIMITS: Limits = Limits { per_second: 4, at_once: None };
    const STREAMS: &'static [StreamShape] = &[
        stream(Stream::Assets, "/api/v1/devices/", "/devices", &["uid"]),
        stream(
            Stream::Findings,
            "/api/v1/device_vulnerability_relations/",
            "/devices_vulnerabilities",
            &["device_uid", "vulnerability_id"],
        ),
    ];
    const ERRORS_IN_SUCCESS: &'static [&'static str] =
        &[r#"{"detail":[{"type":"missing","loc":["body"],"msg":"Field required"}]}"#];

    async fn start(rows: usize) -> Self {
        let tokens = vec![Token { text: TOKEN.to_owned(), ..Token::default() }];
        let rows = u32::try_from(rows).unwrap();
        let config = XdomeConfig {
            devices: rows,
            findings: rows * 4,
            retired_percent: 0,
            tokens,
            ..XdomeConfig::default()
        };
        let this = Self(XdomeSimulator::start(config).await.unwrap());
        let devices = this.0.control.truth_devices();
        // The device with the fewest findings, so that many stay in scope.
        if let Some(device) =
            devices.iter().filter(|device| device.findings > 0).min_by_key(|device| device.findings)
        {
            this.change(&Change::SetRetired { device_uid: device.device_uid.clone(), retired: true });
            this.change(&Change::InsertFirst { stream: Rows::Devices, rows: 1 });
        }
        this
    }

    fn address(&self) -> String {
        self.0.base_url.clone()
    }

    fn build(&self, address: &str, ports: &Ports) -> ClarotyXdome {
        let documents: Value =
            shipped().iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
        let registered: Registered = serde_json::from_value(json!({
            "definition": {
                "name": "plant-north",
                "source": { "claroty-xdome": {
                    "api_url": address, "api_token_secret": "xdome-token", "page_size": 20,
                    "requests_per_second": 4, "timeout_seconds": 1,
                }},
                "destination": { "files": { "folder": "out" } },
            },
            "documents": documents,
        }))
        .unwrap();
        let Ports { secrets, clock, ids } = ports.clone();
        ClarotyXdome::new(&registered, secrets, clock, ids, Share::WHOLE).unwrap()
    }

    fn keys(&self, stream: Stream) -> Vec<VendorKey> {
        self.retired(false, stream)
    }

    fn out_of_scope(&self, stream: Stream) -> Option<VendorKey> {
        self.retired(true, stream).into_iter().next()
    }

    fn remove(&self, stream: Stream, key: &VendorKey) {
        let texts = key.texts();
        let device_uid = texts[0].clone();
        self.change(&match stream {
            Stream::Assets => Change::DeleteDevice { device_uid },
            Stream::Findings => Change::DeleteFinding(causeway_simulators::xdome::FindingRef {
                device_uid,
                vulnerability_id: texts[1].clone(),
            }),
        });
    }

    fn add(&self, stream: Stream) {
        let stream = if stream == Stream::Assets { Rows::Devices } else { Rows::Relations };
        self.change(&Change::InsertFirst { stream, rows: 1 });
    }
}

causeway_conformance::source_suite!(Xdome);
