//! Posture of a device: risk, criticality, activity, sources of its data.

use super::DeviceWriter;
use crate::json::Json;
use crate::xdome::world::DeviceRow;

const LEVELS: [&str; 5] = ["Very Low", "Low", "Medium", "High", "Critical"];

pub(super) fn writer(name: &str) -> Option<DeviceWriter> {
    if let Some(writer) = risk_writer(name) {
        return Some(writer);
    }
    Some(match name {
        "purdue_level" => |row, json| json.string(row.profile.purdue_level),
        "purdue_level_source" => {
            |row, json| json.string(if row.percent(400, 8) { "Manual" } else { "Auto-Assigned" })
        }
        "criticality" => |row, json| json.optional(level(row, 401)),
        "ot_criticality" => {
            |row, json| json.optional(level(row, 402).filter(|_| row.profile.category == "OT"))
        }
        "visibility_score" => |row, json| json.integer(visibility(row)),
        "visibility_score_level" => {
            |row, json| json.string(if visibility(row) > 80 { "Excellent" } else { "Good" })
        }
        "is_online" => |row, json| {
            json.bool(!row.device.retired && row.world.started() - i64::from(row.device.seen) < 7_200);
        },
        "last_seen_reported" => |row, json| {
            json.timestamp(
                i64::from(row.device.seen),
                (!row.percent(403, 10)).then(|| row.below(404, 1_000_000) as u32),
            );
        },
        "last_scan_time" => |row, json| match row.percent(405, 35) {
            true => json.timestamp(row.world.started() - row.below(406, 200 * 86_400) as i64, Some(94_042)),
            false => json.null(),
        },
        "activity_rate" => |row, json| json.integer(row.below(407, 101) as u64),
        "utilization_rate" => |row, json| json.integer(row.below(408, 60) as u64),
        "avg_online_per_day" => |row, json| json.decimal(row.below(409, 241) as f64 / 10.0, 1),
        "avg_in_use_per_day" | "avg_examinations_per_day" => |row, json| match row.profile.subcategory {
            "Imaging" => json.integer(row.below(410, 18) as u64),
            _ => json.null(),
        },
        "data_sources_seen_reported_from" => |row, json| {
            json.strings(if row.percent(411, 30) {
                &["Passive Collection", "Integration"]
            } else {
                &["Passive Collection"]
            });
        },
        "collection_servers_seen_reported_from" | "collection_servers" => {
            |row, json| json.strings(&[&collector(row)])
        }
        "collection_interfaces_seen_reported_from" | "collection_interfaces" => {
            |row, json| json.strings(&[&format!("ens192@{}", collector(row))])
        }
        "integration_types_reported_from" => {
            |row, json| json.strings(if row.percent(411, 30) { &["Rapid7"] } else { &[] })
        }
        "integrations_reported_from" => {
            |row, json| json.strings(if row.percent(411, 30) { &["Rapid7 (Rapid7)"] } else { &[] })
        }
        "endpoint_security_names" => {
            |row, json| json.strings(if guarded(row) { &["Defender for Endpoint"] } else { &[] })
        }
        "edr_is_up_to_date_text" => |row, json| json.optional(guarded(row).then_some("Yes")),
        "recommended_firewall_group_name" | "recommended_zone_name" => {
            |row, json| json.string(row.profile.subcategory)
        }
        "organization_firewall_group_name" | "organization_zone_name" => |_, json| json.string("No Zone"),
        "operating_hours_pattern_name" => |_, json| json.string("24/7"),
        _ => return None,
    })
}

fn risk_writer(name: &str) -> Option<DeviceWriter> {
    Some(match name {
        "risk_score" => |row, json| level_of(points(row, 420), json),
        "risk_score_points" => |row, json| json.decimal(points(row, 420), 6),
        "effective_likelihood_subscore" => |row, json| level_of(points(row, 421), json),
        "effective_likelihood_subscore_points" => |row, json| json.decimal(points(row, 421), 5),
        "likelihood_subscore" => |row, json| level_of(points(row, 422), json),
        "likelihood_subscore_points" => |row, json| json.decimal(points(row, 422), 5),
        "impact_subscore" => |row, json| level_of(points(row, 423), json),
        "impact_subscore_points" => |row, json| json.decimal(points(row, 423).round(), 0),
        "known_vulnerabilities" => |row, json| level_of(points(row, 424), json),
        "known_vulnerabilities_points" => |row, json| json.decimal(points(row, 424), 5),
        "insecure_protocols" => |row, json| level_of(points(row, 425), json),
        "insecure_protocols_points" => |row, json| json.decimal(points(row, 425).round(), 0),
        _ => return None,
    })
}

/// Points from 0 to 100; new firmware lowers them.
fn points(row: &DeviceRow<'_>, salt: u64) -> f64 {
    let points = row.random(salt) % 100_000_000;
    (points as f64 / 1_000_000.0 - f64::from(row.device.revision) * 3.5).max(0.0)
}

fn level_of(points: f64, json: &mut Json) {
    json.optional(LEVELS.get((points / 20.0) as usize).copied().or(Some("Critical")));
}

fn level(row: &DeviceRow<'_>, salt: u64) -> Option<&'static str> {
    LEVELS.get(row.below(salt, 7)).copied()
}

fn visibility(row: &DeviceRow<'_>) -> u64 {
    60 + row.below(430, 41) as u64
}

fn collector(row: &DeviceRow<'_>) -> String {
    let code = row.site().map_or("xxx", |site| site.code.as_str());
    format!("collector-{}-{}", code.to_lowercase(), 1 + row.below(431, 2))
}

fn guarded(row: &DeviceRow<'_>) -> bool {
    row.profile.system.category == "Windows" && row.percent(432, 55)
}
