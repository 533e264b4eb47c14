//! Settings of the destinations.

use serde::{Deserialize, Serialize};
use url::Url;

/// Where data goes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "one per connection; a box would show in every use")]
pub enum DestinationSettings {
    /// Qualys ETM push API.
    QualysEtm(QualysEtmSettings),
    /// NDJSON files in a folder.
    Files(FilesSettings),
}

impl DestinationSettings {
    /// The destination's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::QualysEtm(_) => "qualys-etm",
            Self::Files(_) => "files",
        }
    }
}

/// `[destination.qualys-etm]`.
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
    #[serde(default = "default_source")]
    pub source: String,
    /// Assets per request, 1 to 1000.
    #[serde(default = "default_batch_assets")]
    pub batch_assets: u32,
    /// Target profile: the shipped one's name or the path of a file.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// Requests per second.
    #[serde(default = "default_requests_per_second")]
    pub requests_per_second: u32,
    /// Seconds until a request counts as failed.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u32,
    /// PEM file of a private certificate authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

fn default_source() -> String {
    "WEBHOOK".to_owned()
}
fn default_batch_assets() -> u32 {
    100
}
fn default_profile() -> String {
    "qualys-etm".to_owned()
}
fn default_requests_per_second() -> u32 {
    10
}
fn default_timeout_seconds() -> u32 {
    60
}

/// `[destination.files]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSettings {
    /// Folder; each run gets a folder of its own in it.
    pub folder: String,
}
