//! Settings of the connector, named as in its product text.

use causeway_domain::Failure;
use causeway_domain::definition::Settings;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// `[source.claroty-xdome]`; its fields are documented in [`crate::DESCRIPTOR`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XdomeSettings {
    /// *API URL*.
    pub api_url: Url,
    /// *Finding Dashboard URL*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dashboard_url: Option<Url>,
    /// Name of the secret that holds the *API Token*.
    pub api_token_secret: String,
    /// *Data to Sync*.
    pub data_to_sync: DataToSync,
    /// *Device Category*.
    pub device_categories: Vec<DeviceCategory>,
    /// *Retired Devices Only*; otherwise active devices only.
    pub retired_devices_only: bool,
    /// Rows per page.
    pub page_size: u32,
    /// Requests per second over all workers of this connection.
    pub requests_per_second: u32,
    /// Seconds until a request counts as failed.
    pub timeout_seconds: u32,
    /// Largest answer accepted, in MiB.
    pub max_answer_mib: u32,
    /// PEM file of a private certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// Deep links of a finding.
    pub links: LinkTemplates,
    /// Transform maps.
    pub maps: XdomeMaps,
    /// *Risk Severity Mapping* and *Default Severity*.
    pub severity: SeverityMapping,
}

impl XdomeSettings {
    /// The settings of a connection's source.
    ///
    /// # Errors
    /// `DefinitionInvalid` for the settings of another connector or values that no check lets through.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        crate::DESCRIPTOR.typed(settings)
    }

    /// The presets, for this address and the secret of this name.
    ///
    /// # Errors
    /// `DefinitionInvalid` for what is no address.
    pub fn with_presets(api_url: &str, api_token_secret: &str) -> Result<Self, Failure> {
        let given = serde_json::json!({ "api_url": api_url, "api_token_secret": api_token_secret });
        Self::of(&Settings::of(crate::DESCRIPTOR.name, &given)?)
    }

    /// As a definition holds them.
    ///
    /// # Errors
    /// None in practice: they are a table.
    pub fn stored(&self) -> Result<Settings, Failure> {
        Settings::of(crate::DESCRIPTOR.name, self)
    }
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
#[serde(deny_unknown_fields)]
pub struct LinkTemplates {
    /// `findingUrl`: the page of the vulnerability.
    pub finding_url: String,
    /// `findingDetectionURL`: the page of the vulnerability on the device.
    pub finding_detection_url: String,
}

/// Which maps are applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XdomeMaps {
    /// *Claroty xDome Asset Map*.
    pub asset: String,
    /// *Claroty xDome Host Asset Transformation Map*.
    pub finding: String,
}

/// *Risk Severity Mapping* and *Default Severity*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityMapping {
    /// Severity when the source's value is missing or not matched, 1 to 5.
    pub default: u8,
    /// Severity → Qualys Detection Score of findings without a CVE; Qualys scores the others itself.
    pub risk: Vec<SeverityRow>,
}

/// One row of the *Risk Severity Mapping* table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityRow {
    /// *Expected Source Value*.
    pub source: String,
    /// *Severity*, 1 to 5.
    pub severity: u8,
    /// *QDS Score*, 1 to 100.
    pub qds: u8,
}
