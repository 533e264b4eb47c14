//! The canonical targets that a map may write and every destination's target profile reads.

use crate::kind::Kind;
use causeway_domain::Stream;

/// Targets of one kind of record.
#[derive(Debug, Clone, Copy)]
pub struct TargetModel {
    known: Option<&'static [&'static str]>,
    required: &'static [&'static str],
}

/// Target below which a map may use any name.
const OPEN: &str = "customConnectorAttributes.";

/// Targets of the asset tables of the product texts.
const ASSET_TARGETS: &[&str] = &[
    "hostName",
    "assignedLocation.name",
    "biosInfo.biosDescription",
    "biosInfo.manufacturer",
    "biosInfo.biosVersion",
    "created",
    "modified",
    "externalId",
    "networkInterfaces[].address[].address",
    "networkInterfaces[].macAddress",
    "netBiosName",
    "operatingSystem.name",
    "operatingSystem.publisher",
    "operatingSystem.version",
    "serialNumber",
    "source",
    "tags[]",
];

/// Targets of the finding tables of the product texts, without `finding[].`.
const FINDING_TARGETS: &[&str] = &[
    "externalFindingId",
    "name",
    "description",
    "references[]",
    "findingURL",
    "findingDetectionURL",
    "riskScore",
    "sourceRiskScore",
    "severity",
    "confidenceString",
    "firstFoundOn",
    "lastFoundOn",
    "lastFixedOn",
    "remediation.remediationStrategy",
    "typeDetected",
    "findingType.vulnerability.cveId",
    "findingType.vulnerability.cvss.cvss3Temporal",
    "findingType.vulnerability.cvss.cvss2Temporal",
    "findingType.vulnerability.cvss.cvss2Base",
    "findingType.vulnerability.cvss.cvss3Base",
    "findingType.vulnerability.isExploitAvailable",
    "vendorName",
    "vendorProductName",
];

/// Those of them that are numbers.
const NUMBERS: &[&str] = &[
    "riskScore",
    "sourceRiskScore",
    "severity",
    "findingType.vulnerability.cvss.cvss3Temporal",
    "findingType.vulnerability.cvss.cvss2Temporal",
    "findingType.vulnerability.cvss.cvss2Base",
    "findingType.vulnerability.cvss.cvss3Base",
];

/// Those of them that are true or false.
const TRUTHS: &[&str] = &["findingType.vulnerability.isExploitAvailable"];

impl TargetModel {
    /// Targets of the product's maps; what the product marks *Required* is required.
    pub fn canonical(stream: Stream) -> Self {
        match stream {
            Stream::Assets => Self { known: Some(ASSET_TARGETS), required: &["created"] },
            Stream::Findings => Self { known: Some(FINDING_TARGETS), required: &["externalFindingId"] },
        }
    }

    /// Any target, none required: for target profiles, whose targets are the destination's own words.
    pub fn any() -> Self {
        Self { known: None, required: &[] }
    }

    /// The targets that are known by name.
    pub fn known(&self) -> &'static [&'static str] {
        self.known.unwrap_or_default()
    }

    /// The required targets.
    pub fn required(&self) -> &'static [&'static str] {
        self.required
    }

    /// The kind of value that `target` (without the record prefix) holds; any value below the names that a map may
    /// choose.
    pub(crate) fn kind(&self, target: &str) -> Kind {
        let Some(known) = self.known else { return Kind::Any };
        match known.contains(&target) {
            true if NUMBERS.contains(&target) => Kind::Number,
            true if TRUTHS.contains(&target) => Kind::Truth,
            true if target.contains('[') => Kind::Texts(target.matches("[]").count()),
            true => Kind::Text,
            false => Kind::Open,
        }
    }

    /// Whether a map may write `target` (without the record prefix).
    pub fn allows(&self, target: &str) -> bool {
        let open = || target.strip_prefix(OPEN).is_some_and(|name| !name.contains(['.', '[']));
        self.known.is_none_or(|known| known.contains(&target) || open())
    }
}
