//! The connector as Causeway's parts that know no vendor see it.

use crate::model;
use crate::settings::{DataToSync, XdomeSettings};
use causeway_domain::definition::{
    ConnectorDescriptor, Field, Kind, Preset, ScopeFilter, Settings, SourceFacts,
};
use causeway_domain::{Failure, Stream};
use serde_json::{Value, json};

/// Claroty xDome.
pub static DESCRIPTOR: ConnectorDescriptor = ConnectorDescriptor {
    name: "claroty-xdome",
    title: "Claroty xDome",
    fields: FIELDS,
    shipped: model::SHIPPED,
    facts,
};

const FIELDS: &[Field<'static>] = &[
    Field::required("api_url", Kind::ApiUrl)
        .titled("API URL")
        .help("Address of the region. A stack takes no address of the machine itself."),
    Field::optional("dashboard_url", Kind::WebUrl)
        .titled("Finding Dashboard URL")
        .help("Where users log in; base of the deep links. Without it findings carry none."),
    Field::required("api_token_secret", Kind::SecretName)
        .titled("API Token")
        .help("Name of the secret that holds the token."),
    Field::optional("data_to_sync", Kind::OneOf(&["assets-and-findings", "assets"]))
        .titled("Data to Sync")
        .help(
            "With `assets`, an asset without known findings is sent without a list of findings, so that another \
             connection can send them.",
        )
        .preset(Preset::Text("assets-and-findings")),
    Field::optional("device_categories", Kind::SomeOf(CATEGORIES))
        .titled("Device Category")
        .help("The categories that are read.")
        .preset(Preset::Texts(CATEGORIES)),
    Field::optional("retired_devices_only", Kind::Switch)
        .titled("Retired Devices Only")
        .help("Off: active devices only.")
        .preset(Preset::Switch(false)),
    Field::optional("page_size", Kind::Whole(2, 5000))
        .help("Rows per page; pages overlap by one row.")
        .preset(Preset::Whole(1000)),
    Field::optional("requests_per_second", Kind::Whole(1, 33))
        .help("Requests per second over all workers of the connection. The vendor allows 2000 a minute.")
        .preset(Preset::Whole(10)),
    Field::optional("timeout_seconds", Kind::Whole(1, 900))
        .help("Seconds until one request counts as failed.")
        .preset(Preset::Whole(60)),
    Field::optional("max_answer_mib", Kind::Whole(1, 1024))
        .help("Largest answer accepted, in MiB.")
        .preset(Preset::Whole(64)),
    Field::optional("ca_file", Kind::Certificate)
        .help("PEM file of a private certificate authority, relative to the connection file."),
    Field::optional("links", Kind::Table(LINKS)).help("Templates of the deep links."),
    Field::optional("maps", Kind::Table(MAPS)).help("Transform maps."),
    Field::optional("severity", Kind::Table(SEVERITY)).help("Severities of findings."),
];

const CATEGORIES: &[&str] = &["IoT", "IT", "Medical", "OT"];

const PLACEHOLDERS: &[&str] = &["dashboard_url", "device_uid", "vulnerability_id"];

const LINKS: &[Field<'static>] = &[
    Field::optional("finding_url", Kind::Template(PLACEHOLDERS))
        .help(
            "Page of the vulnerability. Claroty publishes no page paths, so compare one link with your dashboard.",
        )
        .preset(Preset::Text("{dashboard_url}/vulnerabilities/{vulnerability_id}")),
    Field::optional("finding_detection_url", Kind::Template(PLACEHOLDERS))
        .help("Page of the vulnerability on the device.")
        .preset(Preset::Text("{dashboard_url}/devices/{device_uid}/vulnerabilities/{vulnerability_id}")),
];

const MAPS: &[Field<'static>] = &[
    Field::optional("asset", Kind::Map(Stream::Assets))
        .titled("Claroty xDome Asset Map")
        .help("A shipped map, an own one (`NAME`, `NAME@2`), or the path of a file.")
        .preset(Preset::Text("claroty-xdome-asset")),
    Field::optional("finding", Kind::Map(Stream::Findings))
        .titled("Claroty xDome Host Asset Transformation Map")
        .help("A shipped map, an own one (`NAME`, `NAME@2`), or the path of a file.")
        .preset(Preset::Text("claroty-xdome-host-asset")),
];

const SEVERITY: &[Field<'static>] = &[
    Field::optional("default", Kind::Whole(1, 5))
        .titled("Default Severity")
        .help("Severity when the vendor's level is missing or is not in the map's table.")
        .preset(Preset::Whole(2)),
    Field::optional("risk", Kind::Rows(RISK))
        .titled("Risk Severity Mapping")
        .help("Scores findings without a CVE; Qualys scores the others itself.")
        .preset(Preset::Rows(risk)),
];

const RISK: &[Field<'static>] = &[
    Field::required("source", Kind::Filled).titled("Expected Source Value").help("The vendor's level."),
    Field::required("severity", Kind::Whole(1, 5)).titled("Severity").help("Severity of the finding."),
    Field::required("qds", Kind::Whole(1, 100)).titled("QDS Score").help("Score of the finding."),
];

fn risk() -> Value {
    let row =
        |severity: u8| json!({ "source": severity.to_string(), "severity": severity, "qds": severity * 20 });
    (1..=5).map(row).collect()
}

fn facts(settings: &Settings) -> Result<SourceFacts, Failure> {
    let settings = XdomeSettings::of(settings)?;
    Ok(SourceFacts {
        address: settings.api_url.to_string(),
        // One address serves all customers of a region, so the token tells whose records these are.
        account: settings.api_token_secret,
        streams: match settings.data_to_sync {
            DataToSync::AssetsAndFindings => &[Stream::Assets, Stream::Findings],
            DataToSync::Assets => &[Stream::Assets],
        },
        scope: ScopeFilter {
            categories: settings.device_categories.iter().map(ToString::to_string).collect(),
            retired: Some(settings.retired_devices_only),
        },
        requests_per_second: settings.requests_per_second,
    })
}
