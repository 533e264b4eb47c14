//! Settings of the receiver.

use causeway_domain::Failure;
use causeway_domain::definition::{Field, Kind, Preset, ReceiverDescriptor, ReceiverFacts, Settings};
use serde::{Deserialize, Serialize};
use url::Url;

/// Qualys ETM by its push API.
pub static DESCRIPTOR: ReceiverDescriptor = ReceiverDescriptor {
    name: "qualys-etm",
    title: "Qualys ETM",
    fields: FIELDS,
    shipped: crate::profile::SHIPPED,
    facts,
};

/// `[destination.qualys-etm]`; its fields are documented in [`DESCRIPTOR`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualysEtmSettings {
    /// Gateway of the subscription's platform, for example `https://gateway.qg2.apps.qualys.com`.
    pub gateway_url: Url,
    /// API user.
    pub username: String,
    /// Name of the secret that holds its password.
    pub password_secret: String,
    /// UUID that ETM shows for the webhook connector.
    pub connector_uuid: String,
    /// `connectorMetaData.source`; follows the format of the connector.
    pub source: String,
    /// Assets per request.
    pub batch_assets: u32,
    /// Target profile.
    pub profile: String,
    /// Requests per second.
    pub requests_per_second: u32,
    /// Seconds until a request counts as failed.
    pub timeout_seconds: u32,
    /// PEM file of a private certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

impl QualysEtmSettings {
    /// The settings of a connection's destination.
    ///
    /// # Errors
    /// `DefinitionInvalid` for the settings of another receiver or values that no check lets through.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        DESCRIPTOR.typed(settings)
    }
}

const FIELDS: &[Field<'static>] = &[
    Field::required("gateway_url", Kind::ApiUrl)
        .help("Gateway of the subscription's platform. A stack takes no address of the machine itself."),
    Field::required("username", Kind::Filled).help("API user."),
    Field::required("password_secret", Kind::SecretName).help("Name of the secret that holds its password."),
    Field::required("connector_uuid", Kind::Uuid).help(
        "UUID that ETM shows for the webhook connector. Two connections with one UUID overwrite each other or merge \
         different assets, so `apply` and the API (`overlaps`) say when that happens.",
    ),
    Field::optional("source", Kind::Filled)
        .help("`connectorMetaData.source`; follows the format of the connector.")
        .preset(Preset::Text("WEBHOOK")),
    Field::optional("batch_assets", Kind::Whole(1, 1000))
        .help("Assets per request; each goes with all its findings.")
        .preset(Preset::Whole(100)),
    Field::optional("profile", Kind::Profile)
        .help("Target profile: the shipped one's name, or the path of an edited copy.")
        .preset(Preset::Text("qualys-etm")),
    Field::optional("requests_per_second", Kind::Whole(1, 100))
        .help("Requests per second over all deliverers of the connection.")
        .preset(Preset::Whole(10)),
    Field::optional("timeout_seconds", Kind::Whole(1, 900))
        .help("Seconds until one request counts as failed.")
        .preset(Preset::Whole(60)),
    Field::optional("ca_file", Kind::Certificate)
        .help("PEM file of a private certificate authority, relative to the connection file."),
];

fn facts(settings: &Settings) -> Result<ReceiverFacts, Failure> {
    let settings = QualysEtmSettings::of(settings)?;
    Ok(ReceiverFacts {
        connector: Some(settings.connector_uuid.to_ascii_lowercase()),
        account: format!("{} {}", settings.gateway_url, settings.username),
    })
}
