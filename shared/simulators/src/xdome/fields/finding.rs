//! Columns of a vulnerability and of the pair it makes with a device.

use super::{PairWriter, VulnerabilityWriter, Writer};
use crate::chance::{below, percent};
use crate::json::Json;
use crate::xdome::catalogue::{Cvss, Vulnerability};
use crate::xdome::world::PairRow;

pub(super) fn writer(name: &str) -> Option<Writer> {
    vulnerability_writer(name).map(Writer::Vulnerability).or_else(|| match name {
        "vulnerability_relevance" => Some(Writer::Relevance),
        _ => pair_writer(name).map(Writer::Pair),
    })
}

fn vulnerability_writer(name: &str) -> Option<VulnerabilityWriter> {
    Some(match name {
        "vulnerability_id" => |one, json| json.string(&one.id),
        "vulnerability_name" => |one, json| json.string(&one.name),
        "vulnerability_type" => |one, json| json.string(one.kind),
        "vulnerability_cve_ids" => |one, json| {
            json.list(one.cves.len(), |json, place| json.optional(one.cves.get(place).map(String::as_str)));
        },
        "vulnerability_description" => |one, json| json.string(&one.description),
        "vulnerability_sources" => sources,
        "vulnerability_cvss_v3_score" | "vulnerability_overall_cvss_v3_score" => {
            |one, json| json.decimal(one.cvss_v3.score, 1)
        }
        "vulnerability_cvss_v3_vector_string" => {
            |one, json| json.string(&format!("CVSS:3.1/{}", one.cvss_v3.vector))
        }
        "vulnerability_cvss_v3_exploitability_subscore" => {
            |one, json| json.decimal(one.cvss_v3.exploitability, 1)
        }
        "vulnerability_cvss_v2_score" => |one, json| number_or_null(one.cvss_v2.map(|cvss| cvss.score), json),
        "vulnerability_cvss_v2_vector_string" => {
            |one, json| json.optional(one.cvss_v2.map(|Cvss { vector, .. }| vector))
        }
        "vulnerability_cvss_v2_exploitability_subscore" => {
            |one, json| number_or_null(one.cvss_v2.map(|cvss| cvss.exploitability), json)
        }
        "vulnerability_epss_score" => |one, json| json.decimal(one.epss, 5),
        "vulnerability_is_known_exploited" => |one, json| json.bool(one.known_exploited),
        "vulnerability_exploits_count" => |one, json| match one.exploits {
            Some(count) => json.integer(count),
            None => json.null(),
        },
        "vulnerability_published_date" => {
            |one, json| json.timestamp(one.published, percent(one.seed, 90, 30).then_some(485_000))
        }
        "vulnerability_labels" => {
            |one, json| json.strings(if one.known_exploited { &["patch first"] } else { &[] })
        }
        "vulnerability_assignees" => |_, json| json.strings(&[]),
        "vulnerability_note" => {
            |one, json| json.optional(percent(one.seed, 91, 3).then_some("see ticket CHG-4411"))
        }
        "vulnerability_manufacturer_remediation_info" => remediation,
        "vulnerability_manufacturer_remediation_info_source" => {
            |one, json| json.optional(one.vendor.filter(|_| !one.remediation.is_empty()))
        }
        "vulnerability_manufacturer_remediation_info_required_actions" => |_, json| json.null(),
        _ => return None,
    })
}

fn pair_writer(name: &str) -> Option<PairWriter> {
    Some(match name {
        "vulnerability_adjusted_vulnerability_score" => |row, json| json.decimal(row.score(), 6),
        "vulnerability_adjusted_vulnerability_score_level" => |row, json| json.optional(row.level()),
        "vulnerability_last_updated" => |row, json| time(row, row.relation.updated, 1, json),
        "device_vulnerability_detection_date" => |row, json| time(row, row.relation.detected, 2, json),
        "device_vulnerability_resolution_date" => |row, json| json.optional(resolution_date(row).as_deref()),
        "device_vulnerability_days_to_resolution" => |row, json| match row.relation.resolved {
            0 => json.null(),
            resolved => json.integer(u64::from(resolved.saturating_sub(row.relation.detected) / 86_400)),
        },
        "patch_install_date" => |row, json| match row.relation.resolved {
            resolved if resolved > 0 && percent(row.seed, 4, 20) => time(row, resolved, 5, json),
            _ => json.null(),
        },
        "vulnerability_relevance_sources" => |row, json| {
            json.strings(if percent(row.seed, 6, 85) { &["Claroty"] } else { &["Claroty", "Rapid7"] });
        },
        "device_vulnerability_note" => |row, json| {
            json.optional(percent(row.seed, 7, 2).then_some("Pending \"patch\" approval – line 3"));
        },
        "device_vulnerability_relevance_reasons" => reasons,
        _ => return None,
    })
}

/// Members that the vendor adds to most rows unrequested.
pub(in crate::xdome) fn unrequested(row: &PairRow<'_>, json: &mut Json) {
    if percent(row.seed, 8, 75) {
        json.text.push_str(",\"vulnerability_is_user_verdict\":");
        json.bool(percent(row.seed, 9, 3));
        json.text.push_str(",\"vulnerability_system_relevance\":");
        json.string(row.relation.relevance.text());
    }
}

/// Time at which the finding was closed, as on the wire.
pub(in crate::xdome) fn resolution_date(row: &PairRow<'_>) -> Option<String> {
    let mut json = Json::default();
    time(row, row.relation.resolved, 3, &mut json);
    (row.relation.resolved > 0).then(|| json.text.trim_matches('"').to_owned())
}

fn time(row: &PairRow<'_>, seconds: u32, salt: u64, json: &mut Json) {
    let micros = (!percent(row.seed, 10 + salt, 8)).then(|| below(row.seed, 20 + salt, 1_000_000) as u32);
    json.timestamp(i64::from(seconds), micros);
}

fn reasons(row: &PairRow<'_>, json: &mut Json) {
    let reasons: &[&str] = match below(row.seed, 30, 4) {
        0 => &[],
        1 => &["model_match"],
        2 => &["model_match", "firmware_version_match"],
        _ => &["os_match"],
    };
    json.strings(reasons);
}

fn number_or_null(value: Option<f64>, json: &mut Json) {
    match value {
        Some(value) => json.decimal(value, 1),
        None => json.null(),
    }
}

fn sources(one: &Vulnerability, json: &mut Json) {
    json.list(one.sources.len(), |json, place| {
        let Some((name, url)) = one.sources.get(place) else { return };
        json.text.push_str("{\"name\":");
        json.string(name);
        if let Some(url) = url {
            json.text.push_str(",\"url\":");
            json.string(url);
        }
        json.text.push('}');
    });
}

/// Steps; sometimes null instead of an empty list, or with a null entry.
fn remediation(one: &Vulnerability, json: &mut Json) {
    match (one.remediation.is_empty(), one.seed % 3) {
        (true, 0) => json.null(),
        (true, 1) => json.list(1, |json, _| json.null()),
        _ => json.list(one.remediation.len(), |json, place| {
            json.optional(one.remediation.get(place).map(String::as_str));
        }),
    }
}
