//! Hardware and software of a device: maker, model, firmware, operating system, life cycle, slots.

use super::DeviceWriter;
use crate::json::Json;
use crate::xdome::world::DeviceRow;

pub(super) fn writer(name: &str) -> Option<DeviceWriter> {
    Some(match name {
        "manufacturer" => |row, json| json.string(row.profile.manufacturer),
        "model" => |row, json| json.optional(row.model().map(|(model, _)| model)),
        "model_family" => {
            |row, json| json.optional((!row.percent(200, 25)).then_some(row.profile.model_family))
        }
        "product_code" => |row, json| json.optional(row.model().and_then(|(_, code)| code)),
        "serial_number" => |row, json| json.optional(serial_number(row).as_deref()),
        "hw_version" => |row, json| json.optional(hardware_version(row).as_deref()),
        "software_or_firmware_version" => |row, json| json.optional(row.firmware()),
        "machine_type" => |row, json| {
            json.string(if row.profile.manufacturer == "VMware" { "Virtual" } else { "Physical" });
        },
        "mobility" => |row, json| {
            let mobility = if row.is_wireless() { "Portable" } else { "Stationary" };
            json.optional((!row.percent(201, 30)).then_some(mobility));
        },
        "os_category" => |row, json| json.optional(some(row.profile.system.category)),
        "os_name" => |row, json| json.optional(some(row.profile.system.name)),
        "os_version" => |row, json| json.optional(some(row.profile.system.version)),
        "os_revision" => |row, json| json.optional(some(row.profile.system.revision)),
        "os_subcategory" => |row, json| json.optional(some(row.profile.system.subcategory)),
        "combined_os" => combined_os,
        "os_patch_level" => |row, json| {
            let patched = row.profile.system.category == "Windows" && row.percent(202, 50);
            json.optional(patched.then(|| format!("KB50{:05}", row.below(203, 100_000))).as_deref());
        },
        "os_eol_date" => {
            |row, json| year_start(row.profile.system.end_of_life_year, Json::timestamp_plain, json)
        }
        "end_of_life_state" => |row, json| json.optional(life_cycle(row)),
        "end_of_life_date" => |row, json| year_start(life_cycle_year(row, 3), Json::date, json),
        "end_of_sale_date" => |row, json| year_start(life_cycle_year(row, 0), Json::date, json),
        "slot_cards" => slot_cards,
        "fda_class" => {
            |row, json| json.optional(medical(row, &["Class 2", "Class 3", "Class 1", "Unclassified"]))
        }
        "equipment_class" => {
            |row, json| json.optional(medical(row, &["Diagnostic", "Therapeutic", "Life Support"]))
        }
        "consequence_of_failure" => {
            |row, json| json.optional(medical(row, &["Injury", "Death", "No Consequence"]))
        }
        "phi" => |row, json| json.optional(medical(row, &["Transmits and Stores", "Transmits", "None"])),
        "handles_pii" => |row, json| json.optional(medical(row, &["Yes", "No"])),
        "financial_cost" => |row, json| {
            let costs = ["Unknown", "$100-$1,000", "$1,000-$10,000", "$10,000-$100,000", ">$1,000,000"];
            json.optional(costs.get(row.below(204, costs.len())).copied());
        },
        "battery_level" => |row, json| {
            let level =
                (row.is_wireless() && row.percent(205, 40)).then(|| format!("{}%", 5 + row.below(206, 96)));
            json.optional(level.as_deref());
        },
        _ => return None,
    })
}

fn some(text: &'static str) -> Option<&'static str> {
    Some(text).filter(|text| !text.is_empty())
}

fn serial_number(row: &DeviceRow<'_>) -> Option<String> {
    let number = row.random(210);
    match row.below(211, 10) {
        0..4 => None,
        4..7 => {
            Some(format!("S {}-{:010}", ["C", "E", "LB"].get(row.below(212, 3))?, number % 10_000_000_000))
        }
        _ => Some(format!("{:012X}", number & 0xFFFF_FFFF_FFFF)),
    }
}

fn hardware_version(row: &DeviceRow<'_>) -> Option<String> {
    (!row.percent(213, 45)).then(|| format!("{}.{}", 1 + row.below(214, 9), row.below(215, 20)))
}

fn combined_os(row: &DeviceRow<'_>, json: &mut Json) {
    let system = &row.profile.system;
    let parts = [system.name, system.version, system.revision];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    json.optional(Some(text.as_str()).filter(|text| !text.is_empty()));
}

fn medical<'a>(row: &DeviceRow<'_>, values: &[&'a str]) -> Option<&'a str> {
    let place = row.below(220, values.len());
    values.get(place).copied().filter(|_| row.profile.category == "Medical")
}

fn life_cycle(row: &DeviceRow<'_>) -> Option<&'static str> {
    let states = ["Manufacturer Supported", "Manufacturer Supported", "End-Of-Life Notice", "End-Of-Life"];
    if row.percent(221, 40) { None } else { states.get(row.below(222, states.len())).copied() }
}

fn life_cycle_year(row: &DeviceRow<'_>, later: u16) -> u16 {
    let ends = life_cycle(row).is_some_and(|state| state.starts_with("End"));
    if ends { 2021 + later + row.below(223, 6) as u16 } else { 0 }
}

fn year_start(year: u16, write: fn(&mut Json, i64), json: &mut Json) {
    match year {
        0 => json.null(),
        year => write(
            json,
            jiff::civil::date(year as i16, 9, 1)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .map_or(0, |day| day.timestamp().as_second()),
        ),
    }
}

/// One rack with the controller in a slot and I/O cards in others; only modular controllers have it.
fn slot_cards(row: &DeviceRow<'_>, json: &mut Json) {
    let modular = row.profile.device_type == "PLC" && !row.percent(230, 35);
    if !modular {
        json.null();
        return;
    }
    let cards = 2 + row.below(231, 5);
    json.text.push_str("{\"racks\":[{\"cards\":");
    json.list(cards, |json, slot| {
        let (kind, name) = match slot {
            0 => ("Power Supply", "PS 60W"),
            1 => ("CPU", row.model().map_or("CPU", |(model, _)| model)),
            slot if slot % 2 == 0 => ("I/O", "DI 32x24VDC HF"),
            _ => ("I/O", "AQ 8xU/I HS"),
        };
        json.text.push_str("{\"uid\":null,\"slot_number\":");
        json.integer(slot as u64);
        json.text.push_str(",\"name\":");
        json.string(name);
        json.text.push_str(",\"card_type\":");
        json.string(kind);
        json.text.push_str(",\"model\":");
        json.string(name);
        json.text.push_str(",\"vendor\":");
        json.string(row.profile.manufacturer);
        json.text.push_str(",\"sw_version\":");
        json.optional(row.firmware().filter(|_| slot == 1));
        json.text.push_str(",\"serial_number\":null,\"ip\":null,\"mac\":null}");
    });
    json.text.push_str(",\"number_of_slots\":");
    json.integer(cards as u64 + 2);
    json.text.push_str("}],\"cards_count\":");
    json.integer(cards as u64);
    json.text.push('}');
}
