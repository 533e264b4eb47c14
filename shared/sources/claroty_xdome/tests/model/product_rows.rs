//! Every row of the product text's two tables is in the shipped maps, literally.

use crate::map;
use causeway_maps::MapDefinition;

/// (source, target, mark) of *Claroty xDome Asset Map*.
const ASSET: &[(&str, &str, &str)] = &[
    ("device_name", "hostName", ""),
    ("site_name", "assignedLocation.name", ""),
    ("hw_version", "biosInfo.biosDescription", ""),
    ("manufacturer", "biosInfo.manufacturer", ""),
    ("model", "biosInfo.biosVersion", ""),
    ("first_seen_list", "created", "Required"),
    ("last_seen_list", "modified", ""),
    ("device_uid", "externalId", ""),
    ("ipv4_list", "networkInterfaces[].address[].address", ""),
    ("mac_list", "networkInterfaces[].macAddress", ""),
    ("windows_last_seen_hostname", "netBiosName", ""),
    ("os_name", "operatingSystem.name", ""),
    ("os_category", "operatingSystem.publisher", ""),
    ("os_version", "operatingSystem.version", ""),
    ("serial_number", "serialNumber", ""),
    ("device_category", "customConnectorAttributes.&", ""),
    ("device_type", "customConnectorAttributes.&", ""),
    ("device_subcategory", "customConnectorAttributes.&", ""),
    ("machine_type", "customConnectorAttributes.&", ""),
    ("mobility", "customConnectorAttributes.&", ""),
    ("risk_score_points", "customConnectorAttributes.&", ""),
    ("risk_score", "customConnectorAttributes.&", ""),
];

/// (source, target, mark) of *Claroty xDome Host Asset Transformation Map*.
const FINDING: &[(&str, &str, &str)] = &[
    ("devices_vulnerabilities[].vulnerability_id", "finding[].externalFindingId", "Required"),
    ("devices_vulnerabilities[].vulnerability_name", "finding[].name", ""),
    ("devices_vulnerabilities[].vulnerability_description", "finding[].description", ""),
    ("devices_vulnerabilities[].references[]", "finding[].references[]", ""),
    ("devices_vulnerabilities[].findingUrl", "finding[].findingURL", ""),
    ("devices_vulnerabilities[].findingDetectionURL", "finding[].findingDetectionURL", ""),
    ("devices_vulnerabilities[].vulnerability_adjusted_vulnerability_score", "finding[].riskScore", ""),
    ("devices_vulnerabilities[].vulnerability_adjusted_vulnerability_score", "finding[].sourceRiskScore", ""),
    (
        "devices_vulnerabilities[].vulnerability_adjusted_vulnerability_score_level",
        "finding[].severity",
        "LOOKUP severity",
    ),
    ("vulnerability_relevance", "finding[].confidenceString", ""),
    (
        "devices_vulnerabilities[].device_vulnerability_detection_date",
        "finding[].firstFoundOn",
        "DATE_FORMAT",
    ),
    ("devices_vulnerabilities[].vulnerability_last_updated", "finding[].lastFoundOn", "DATE_FORMAT"),
    (
        "devices_vulnerabilities[].device_vulnerability_resolution_date",
        "finding[].lastFixedOn",
        "DATE_FORMAT",
    ),
    (
        "devices_vulnerabilities[].vulnerability_manufacturer_remediation_info.0",
        "finding[].remediation.remediationStrategy",
        "",
    ),
    ("devices_vulnerabilities[].vulnerability_cve_id", "finding[].findingType.vulnerability.cveId", ""),
    ("devices_vulnerabilities[].vulnerability_relevance", "finding[].typeDetected", ""),
    (
        "devices_vulnerabilities[].vulnerability_cvss_v3_exploitability_subscore",
        "finding[].findingType.vulnerability.cvss.cvss3Temporal",
        "",
    ),
    (
        "devices_vulnerabilities[].vulnerability_cvss_v2_exploitability_subscore",
        "finding[].findingType.vulnerability.cvss.cvss2Temporal",
        "",
    ),
    (
        "devices_vulnerabilities[].vulnerability_cvss_v2_score",
        "finding[].findingType.vulnerability.cvss.cvss2Base",
        "",
    ),
    (
        "devices_vulnerabilities[].vulnerability_cvss_v3_score",
        "finding[].findingType.vulnerability.cvss.cvss3Base",
        "",
    ),
    (
        "devices_vulnerabilities[].vulnerability_is_known_exploited",
        "finding[].findingType.vulnerability.isExploitAvailable",
        "",
    ),
];

#[test]
fn shipped_maps_hold_the_product_tables_in_their_order() {
    for (name, title, rows) in [
        ("claroty-xdome-asset", "Claroty xDome Asset Map", ASSET),
        ("claroty-xdome-host-asset", "Claroty xDome Host Asset Transformation Map", FINDING),
    ] {
        let definition = MapDefinition::parse(name, map(name).1).unwrap();
        assert_eq!((definition.name.as_str(), definition.title.as_str()), (name, title));
        let mut shipped = definition.explain().into_iter();
        for (source, target, mark) in rows {
            let matches = |row: &causeway_maps::RowExplanation| {
                row.source == *source
                    && row.target == *target
                    && row.required == (*mark == "Required")
                    && (mark.is_empty() || row.required || row.functions == *mark)
            };
            assert!(
                shipped.any(|row| matches(&row)),
                "{name}: {source} → {target} {mark}, in the product's order"
            );
        }
    }
}

#[test]
fn shipped_maps_explained() {
    let lines = ["claroty-xdome-asset", "claroty-xdome-host-asset"].map(|name| {
        let rows = MapDefinition::parse(name, map(name).1).unwrap().explain();
        let line = |row: &causeway_maps::RowExplanation| {
            let required = if row.required { " (Required)" } else { "" };
            format!("{:>2} {} → {}{required} [{}]", row.row, row.source, row.target, row.functions)
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!(lines.join("\n\n"));
}
