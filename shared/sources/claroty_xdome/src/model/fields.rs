//! Names of the product text and on the wire (`docs` of the vendor: OpenAPI of 2025-07, field list of 2026-06).

/// A field as the product text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductField {
    /// Name in maps.
    pub name: &'static str,
    /// Wire names it is read from.
    pub wire: &'static [&'static str],
    /// Whether it is derived from them, not copied.
    pub derived: bool,
    /// Its meaning.
    pub meaning: &'static str,
}

const fn copied(name: &'static str, wire: &'static [&'static str], meaning: &'static str) -> ProductField {
    ProductField { name, wire, derived: false, meaning }
}

const fn derived(name: &'static str, wire: &'static [&'static str], meaning: &'static str) -> ProductField {
    ProductField { name, wire, derived: true, meaning }
}

/// Fields of the product's *Claroty xDome Asset Map*, read from `/api/v1/devices/`.
pub const ASSET_FIELDS: &[ProductField] = &[
    copied("device_uid", &["uid"], "universal unique id of the device; key of the asset"),
    derived(
        "ipv4_list",
        &["ip_list"],
        "present IPv4 addresses per network card, without masks and ports; null for others",
    ),
    derived(
        "annotated_ip_list",
        &["ip_list"],
        "addresses with an annotation: last known, or of a child device; not to identify by",
    ),
    derived("mac_list", &["mac_list"], "MAC address per network card; null for placeholders"),
    copied("first_seen_list", &["first_seen_list"], "when each network card was first seen"),
    copied("last_seen_list", &["last_seen_list"], "when each network card was last seen"),
    copied("device_name", &["device_name"], "name set by priority or by a user; often an address"),
    copied(
        "windows_last_seen_hostname",
        &["windows_last_seen_hostname"],
        "last name seen in Windows traffic",
    ),
    copied("site_name", &["site_name"], "site of the device"),
    copied("hw_version", &["hw_version"], "hardware version"),
    copied("manufacturer", &["manufacturer"], "manufacturer"),
    copied("model", &["model"], "model"),
    copied("serial_number", &["serial_number"], "serial number"),
    copied("os_name", &["os_name"], "operating system"),
    copied("os_category", &["os_category"], "family of the operating system"),
    copied("os_version", &["os_version"], "version of the operating system"),
    copied("device_category", &["device_category"], "IoT, IT, Medical or OT"),
    copied("device_subcategory", &["device_subcategory"], "sub-category"),
    copied("device_type", &["device_type"], "type, such as PLC or Printer"),
    copied("machine_type", &["machine_type"], "Physical or Virtual"),
    copied("mobility", &["mobility"], "stationary or portable"),
    copied("risk_score", &["risk_score"], "risk level, Very Low to Critical"),
    copied("risk_score_points", &["risk_score_points"], "risk points, 0 to 100"),
];

/// Fields of the product's *Claroty xDome Host Asset Transformation Map*, read from
/// `/api/v1/device_vulnerability_relations/`.
pub const FINDING_FIELDS: &[ProductField] = &[
    derived(
        "vulnerability_id",
        &["vulnerability_id", "vulnerability_cve_ids"],
        "id of the finding: the vendor's id, then `:` and the CVE where there is one",
    ),
    copied("xdome_vulnerability_id", &["vulnerability_id"], "the vendor's own id of the vulnerability"),
    derived("vulnerability_cve_id", &["vulnerability_cve_ids"], "the one CVE of this finding, in capitals"),
    derived("references", &["vulnerability_sources"], "addresses of the advisories, one per source"),
    derived("findingUrl", &["vulnerability_id"], "link to the vulnerability, from the Finding Dashboard URL"),
    derived(
        "findingDetectionURL",
        &["vulnerability_id", "device_uid"],
        "link to the vulnerability on the device, from the Finding Dashboard URL",
    ),
    copied("device_uid", &["device_uid"], "the device; key of the asset"),
    copied("vulnerability_name", &["vulnerability_name"], "advisory title or CVE"),
    copied("vulnerability_description", &["vulnerability_description"], "description"),
    copied(
        "vulnerability_adjusted_vulnerability_score",
        &["vulnerability_adjusted_vulnerability_score"],
        "score by impact and exploitability, 0 to 10",
    ),
    copied(
        "vulnerability_adjusted_vulnerability_score_level",
        &["vulnerability_adjusted_vulnerability_score_level"],
        "level of that score: Critical, High, Medium; no list is published",
    ),
    copied(
        "vulnerability_relevance",
        &["vulnerability_relevance"],
        "Confirmed, Potentially Relevant, Fixed or Irrelevant",
    ),
    copied(
        "device_vulnerability_detection_date",
        &["device_vulnerability_detection_date"],
        "when the vulnerability was detected on the device",
    ),
    copied(
        "device_vulnerability_resolution_date",
        &["device_vulnerability_resolution_date"],
        "when the vulnerability became Fixed or Irrelevant on the device",
    ),
    copied("vulnerability_last_updated", &["vulnerability_last_updated"], "when the relevance last changed"),
    copied(
        "vulnerability_manufacturer_remediation_info",
        &["vulnerability_manufacturer_remediation_info"],
        "remediation texts of the manufacturer",
    ),
    copied("vulnerability_cvss_v3_score", &["vulnerability_cvss_v3_score"], "CVSS 3 score, 0 to 10"),
    copied("vulnerability_cvss_v2_score", &["vulnerability_cvss_v2_score"], "CVSS 2 score, 0 to 10"),
    copied(
        "vulnerability_cvss_v3_exploitability_subscore",
        &["vulnerability_cvss_v3_exploitability_subscore"],
        "CVSS 3 exploitability, 0.1 to 3.9",
    ),
    copied(
        "vulnerability_cvss_v2_exploitability_subscore",
        &["vulnerability_cvss_v2_exploitability_subscore"],
        "CVSS 2 exploitability, 0 to 10",
    ),
    copied(
        "vulnerability_is_known_exploited",
        &["vulnerability_is_known_exploited"],
        "whether it is exploited in the wild",
    ),
];

/// Wire names of `/api/v1/devices/`, one a line.
pub(super) const ASSET_WIRE: &str = include_str!("asset_fields.txt");
/// Wire names of `/api/v1/device_vulnerability_relations/`, one a line.
pub(super) const FINDING_WIRE: &str = include_str!("finding_fields.txt");
