//! Identity of a device: ids, names, place in the organization, people.

use super::DeviceWriter;
use crate::chance::{mix, one_of};
use crate::json::Json;
use crate::xdome::world::{DeviceRow, uid_text};

const PEOPLE: [&str; 6] =
    ["Ben Adeyemi", "Jörg Meißner", "Priya Raman", "Ana Lúcia Prado", "Kelvin Chan", "SOC (Group)"];
const LABELS: [&str; 6] =
    ["production", "Asset Owner", "Crown Jewel", "Unsupported_OS", "Vendor \"managed\"", "Line 4 / Cell 2"];

pub(super) fn writer(name: &str) -> Option<DeviceWriter> {
    Some(match name {
        "uid" => |row, json| json.string(&uid_text(row.device.uid)),
        "asset_id" => |row, json| json.string(&asset_id(row)),
        "device_name" => |row, json| json.string(&row.name()),
        "device_category" => |row, json| json.string(row.profile.category),
        "device_subcategory" => |row, json| json.string(row.profile.subcategory),
        "device_type" | "device_type_family" => |row, json| json.string(row.profile.device_type),
        "detector_name" => |_, json| json.string("Claroty"),
        "site_name" => |row, json| json.optional(row.site().map(|site| site.name.as_str())),
        "site_group_name" => |row, json| json.optional(row.site().map(|site| site.group.as_str())),
        "retired" => |row, json| json.bool(row.device.retired),
        "retired_since" => retired_since,
        "labels" => labels,
        "assignees" => assignees,
        "note" => {
            |row, json| json.optional(row.percent(100, 5).then_some("Moved from cell 7.\nAsk \"Mo\" first."))
        }
        "local_name" => |row, json| json.optional(host_name_if(row, 101, 30).as_deref()),
        "windows_last_seen_hostname" => |row, json| json.optional(windows_name(row).as_deref()),
        "dhcp_last_seen_hostname" => |row, json| json.optional(host_name_if(row, 102, 35).as_deref()),
        "http_last_seen_hostname" => |row, json| json.optional(host_name_if(row, 103, 8).as_deref()),
        "snmp_last_seen_hostname" => |row, json| json.optional(host_name_if(row, 104, 10).as_deref()),
        "windows_hostnames" => |row, json| one_or_none(windows_name(row).as_deref(), json),
        "dhcp_hostnames" => |row, json| one_or_none(host_name_if(row, 102, 35).as_deref(), json),
        "http_hostnames" => |row, json| one_or_none(host_name_if(row, 103, 8).as_deref(), json),
        "snmp_hostnames" => |row, json| one_or_none(host_name_if(row, 104, 10).as_deref(), json),
        "other_hostnames" => |row, json| one_or_none(row.host_name().as_deref(), json),
        "domains" => {
            |row, json| one_or_none(windows_name(row).map(|_| "CORP.EXAMPLE".to_owned()).as_deref(), json)
        }
        "ad_distinguished_name" => distinguished_name,
        "last_domain_user" => |row, json| json.optional(domain_user(row).as_deref()),
        "ae_titles" => |row, json| one_or_none(ae_title(row).as_deref(), json),
        "management_services" | "managed_by" => {
            |row, json| one_or_none(windows_name(row).map(|_| "Active Directory".to_owned()).as_deref(), json)
        }
        _ => return None,
    })
}

/// `assignees_data`, which the vendor adds to some rows unrequested.
pub(in crate::xdome) fn assignees_data(row: &DeviceRow<'_>, json: &mut Json) {
    let people = people(row);
    json.list(people.len(), |json, place| {
        let name = people.get(place).copied().unwrap_or_default();
        let group = name.ends_with("(Group)");
        json.text.push_str("{\"display_name\":");
        json.string(name.trim_end_matches(" (Group)"));
        json.text.push_str(if group { ",\"id\":37,\"type\":\"group\"}" } else { ",\"id\":" });
        if !group {
            json.string(&name.to_lowercase().replace(' ', "."));
            json.text.push_str(",\"is_active\":true,\"type\":\"user\"}");
        }
    });
}

fn asset_id(row: &DeviceRow<'_>) -> String {
    // A bijection of the slot inside 26^7, so that no two devices share one.
    let mut number = (u64::from(row.slot) * 3_935_559_001 + 1_234_567) % 8_031_810_176;
    let mut letters = ['A'; 7];
    for letter in &mut letters {
        *letter = char::from(b'A' + (number % 26) as u8);
        number /= 26;
    }
    letters.iter().collect()
}

fn retired_since(row: &DeviceRow<'_>, json: &mut Json) {
    match row.device.retired {
        true => json.timestamp(i64::from(row.device.seen) - 86_400, Some(row.below(105, 1_000_000) as u32)),
        false => json.null(),
    }
}

fn labels(row: &DeviceRow<'_>, json: &mut Json) {
    let labels: Vec<&str> = (0..row.below(106, 4))
        .filter_map(|place| one_of(row.random(107 + place as u64), 0, &LABELS))
        .collect();
    json.strings(&labels);
}

fn assignees(row: &DeviceRow<'_>, json: &mut Json) {
    json.strings(&people(row));
}

fn people(row: &DeviceRow<'_>) -> Vec<&'static str> {
    let count = row.below(110, 5).saturating_sub(2);
    (0..count).filter_map(|place| PEOPLE.get((row.below(111, 6) + place) % 6).copied()).collect()
}

fn host_name_if(row: &DeviceRow<'_>, salt: u64, chance: u64) -> Option<String> {
    row.host_name().filter(|_| row.percent(salt, chance))
}

fn windows_name(row: &DeviceRow<'_>) -> Option<String> {
    let name =
        row.host_name().filter(|_| row.profile.system.category == "Windows" && row.percent(112, 85))?;
    Some(name.to_uppercase())
}

fn distinguished_name(row: &DeviceRow<'_>, json: &mut Json) {
    let name = windows_name(row).filter(|_| row.profile.category == "IT");
    json.optional(name.map(|name| format!("CN={name},OU=Workstations,DC=corp,DC=example")).as_deref());
}

fn domain_user(row: &DeviceRow<'_>) -> Option<String> {
    windows_name(row)
        .filter(|_| row.percent(113, 60))
        .map(|_| format!("CORP\\u{:05}", mix(row.random(114), 1) % 100_000))
}

fn ae_title(row: &DeviceRow<'_>) -> Option<String> {
    row.host_name().filter(|_| row.profile.topics.contains(&"dicom"))
}

fn one_or_none(value: Option<&str>, json: &mut Json) {
    json.list(usize::from(value.is_some()), |json, _| json.optional(value));
}
