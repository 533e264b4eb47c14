//! Settings of the Claroty xDome connector, named as in its product text.

use super::policy::SeverityMapping;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// `[source.claroty-xdome]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XdomeSettings {
    /// *API URL*: base address of the region, without a path.
    pub api_url: Url,
    /// *Finding Dashboard URL*: where users log in; base of the deep links. Without it findings carry no links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard_url: Option<Url>,
    /// Name of the secret that holds the *API Token*.
    pub api_token_secret: String,
    /// *Data to Sync*.
    #[serde(default)]
    pub data_to_sync: DataToSync,
    /// *Device Category*; all four by default.
    #[serde(default = "DeviceCategory::all")]
    pub device_categories: Vec<DeviceCategory>,
    /// *Retired Devices Only*; otherwise active devices only.
    #[serde(default)]
    pub retired_devices_only: bool,
    /// Rows per page, 2 to 5000 (the API's maximum).
    #[serde(default = "default_page_size")]
    pub page_size: u32,
    /// Requests per second over all workers of this connection, at most 33 (2000 a minute).
    #[serde(default = "default_requests_per_second")]
    pub requests_per_second: u32,
    /// Seconds until a request counts as failed.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u32,
    /// Largest answer accepted, in MiB.
    #[serde(default = "default_max_answer_mib")]
    pub max_answer_mib: u32,
    /// PEM file of a private certificate authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// Deep links of a finding.
    #[serde(default)]
    pub links: LinkTemplates,
    /// Transform maps: a shipped map's name or the path of a file.
    #[serde(default)]
    pub maps: XdomeMaps,
    /// *Risk Severity Mapping* and *Default Severity*.
    #[serde(default)]
    pub severity: SeverityMapping,
}

fn default_page_size() -> u32 {
    1000
}
fn default_requests_per_second() -> u32 {
    10
}
fn default_timeout_seconds() -> u32 {
    60
}
fn default_max_answer_mib() -> u32 {
    64
}

/// *Data to Sync*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataToSync {
    /// Host asset records and vulnerability findings.
    #[default]
    AssetsAndFindings,
    /// Host asset records only.
    Assets,
}

/// *Device Category*, spelled as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeviceCategory {
    /// Internet of Things devices.
    IoT,
    /// Traditional IT devices.
    IT,
    /// Medical and clinical devices.
    Medical,
    /// Operational technology devices.
    OT,
}

impl DeviceCategory {
    /// All four, in the product's order.
    pub fn all() -> Vec<Self> {
        vec![Self::IoT, Self::IT, Self::Medical, Self::OT]
    }
}

impl fmt::Display for DeviceCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::IoT => "IoT",
            Self::IT => "IT",
            Self::Medical => "Medical",
            Self::OT => "OT",
        })
    }
}

/// Templates of the links. Claroty publishes no page paths, so they are settings. Placeholders, percent-encoded when
/// filled in: `{dashboard_url}`, `{device_uid}`, `{vulnerability_id}` (the vendor's own id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkTemplates {
    /// `findingUrl`: the page of the vulnerability.
    pub finding_url: String,
    /// `findingDetectionURL`: the page of the vulnerability on the device.
    pub finding_detection_url: String,
}

impl Default for LinkTemplates {
    fn default() -> Self {
        Self {
            finding_url: "{dashboard_url}/vulnerabilities/{vulnerability_id}".to_owned(),
            finding_detection_url: "{dashboard_url}/devices/{device_uid}/vulnerabilities/{vulnerability_id}"
                .to_owned(),
        }
    }
}

/// Which maps are applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct XdomeMaps {
    /// *Claroty xDome Asset Map*.
    pub asset: String,
    /// *Claroty xDome Host Asset Transformation Map*.
    pub finding: String,
}

impl Default for XdomeMaps {
    fn default() -> Self {
        Self { asset: "claroty-xdome-asset".to_owned(), finding: "claroty-xdome-host-asset".to_owned() }
    }
}
