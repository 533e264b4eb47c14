//! Network attachment of a device: lists with one entry per NIC, all in the same order.

use super::DeviceWriter;
use crate::json::Json;
use crate::xdome::world::DeviceRow;

pub(super) fn writer(name: &str) -> Option<DeviceWriter> {
    attachment_writer(name).or_else(|| {
        Some(match name {
            "number_of_nics" => |row, json| json.integer(row.nics() as u64),
            "network_list" => |row, json| per_nic(row, json, |row, json, _| json.string(row.profile.network)),
            "mac_list" => |row, json| per_nic(row, json, |row, json, nic| json.string(&row.mac(nic))),
            "ip_list" => |row, json| per_nic(row, json, address),
            "mac_oui_list" => {
                |row, json| per_nic(row, json, |row, json, _| json.string(row.profile.oui_vendor))
            }
            "vlan_list" => |row, json| per_nic(row, json, |row, json, nic| json.integer(vlan(row, nic))),
            "vlan_name_list" | "vlan_description_list" => |row, json| {
                per_nic(row, json, |row, json, nic| json.string(&format!("VLAN {}", vlan(row, nic))));
            },
            "ip_assignment_list" => |row, json| {
                per_nic(row, json, |row, json, nic| {
                    json.string(if row.percent(300 + nic as u64, 60) { "Static" } else { "DHCP" });
                });
            },
            "connection_type_list" => |row, json| {
                per_nic(row, json, |row, json, _| {
                    json.string(if row.is_wireless() { "WiFi" } else { "Ethernet" });
                });
            },
            "network_scope_list" => |row, json| per_nic(row, json, |_, json, _| json.string("Default")),
            "last_seen_list" => |row, json| per_nic(row, json, last_seen),
            "first_seen_list" => |row, json| {
                per_nic(row, json, |row, json, nic| {
                    let days = 30 + row.below(330 + nic as u64, 900) as i64;
                    json.timestamp(
                        row.world.started() - days * 86_400 - row.below(331, 80_000) as i64,
                        micros(row, nic),
                    );
                });
            },
            "internet_communication" => {
                |row, json| json.string(if row.percent(340, 15) { "Yes" } else { "No" })
            }
            _ => return None,
        })
    })
}

/// Switches and access points, with the times at which the device was seen there.
fn attachment_writer(name: &str) -> Option<DeviceWriter> {
    Some(match name {
        "switch_mac_list" => |row, json| {
            per_wired(row, json, |row, json, nic| {
                let switch = switch(row, nic);
                json.string(&format!("00:11:20:{:02x}:{:02x}:01", switch >> 8 & 0xff, switch & 0xff));
            });
        },
        "switch_name_list" | "switch_group_name_list" => |row, json| {
            per_wired(row, json, |row, json, nic| json.string(&format!("sw-{:04}", switch(row, nic))));
        },
        "switch_ip_list" => |row, json| {
            per_wired(row, json, |row, json, nic| {
                let switch = switch(row, nic);
                json.string(&format!("10.255.{}.{}", switch / 250, switch % 250 + 2));
            });
        },
        "switch_port_list" => |row, json| {
            per_wired(row, json, |row, json, nic| {
                json.string(&format!("Gi1/0/{}", 1 + row.below(310 + nic as u64, 48)));
            });
        },
        "switch_location_list" => |row, json| {
            per_wired(row, json, |row, json, _| json.optional(row.site().map(|site| site.code.as_str())));
        },
        "ssid_list" => |row, json| {
            per_wireless(row, json, |row, json, _| {
                json.string(if row.profile.network == "Guest" { "Guest" } else { "CORP-DEV" });
            });
        },
        "bssid_list" => |row, json| {
            per_wireless(row, json, |row, json, _| {
                json.string(&format!("70:db:98:00:{:02x}:0f", row.below(320, 256)));
            });
        },
        "ap_name_list" => |row, json| {
            per_wireless(row, json, |row, json, _| json.string(&format!("ap-{:03}", row.below(320, 256))));
        },
        "wireless_encryption_type_list" => {
            |row, json| per_wireless(row, json, |_, json, _| json.string("WPA2"))
        }
        "wifi_last_seen_list" => |row, json| per_wireless(row, json, last_seen),
        "last_seen_on_switch_list" => |row, json| per_wired(row, json, last_seen),
        _ => return None,
    })
}

type NicWriter = fn(&DeviceRow<'_>, &mut Json, usize);

fn per_nic(row: &DeviceRow<'_>, json: &mut Json, entry: NicWriter) {
    json.list(row.nics(), |json, nic| entry(row, json, nic));
}

/// Entries of wired devices, one null per NIC for the others.
fn per_wired(row: &DeviceRow<'_>, json: &mut Json, entry: NicWriter) {
    let entry = if row.is_wireless() || row.percent(350, 15) {
        |_: &DeviceRow<'_>, json: &mut Json, _| json.null()
    } else {
        entry
    };
    per_nic(row, json, entry);
}

/// Entries of wireless devices, one null per NIC for the others.
fn per_wireless(row: &DeviceRow<'_>, json: &mut Json, entry: NicWriter) {
    let entry = if row.is_wireless() { entry } else { |_: &DeviceRow<'_>, json: &mut Json, _| json.null() };
    per_nic(row, json, entry);
}

/// An address, sometimes with the vendor's annotation, sometimes of version 6, sometimes unknown.
fn address(row: &DeviceRow<'_>, json: &mut Json, nic: usize) {
    let Some(address) = row.ip(nic) else { return json.null() };
    match row.below(360 + nic as u64, 100) {
        0..4 => json.string(&format!("{address} / (Last Known IP)")),
        4..6 if row.profile.category == "OT" => {
            json.string(&format!("{address} / (Slot {})", row.below(361, 12)));
        }
        6..9 if nic > 0 => json.string(&format!("fd00:{:x}::{:x}", row.device.site, row.slot)),
        _ => json.string(&address),
    }
}

fn vlan(row: &DeviceRow<'_>, nic: usize) -> u64 {
    10 + 5 * row.below(370 + nic as u64, 60) as u64
}

fn switch(row: &DeviceRow<'_>, nic: usize) -> usize {
    usize::from(row.device.site) * 100 + row.below(380 + nic as u64, 100)
}

fn last_seen(row: &DeviceRow<'_>, json: &mut Json, nic: usize) {
    json.timestamp(i64::from(row.device.seen) - nic as i64 * 3_600, micros(row, nic));
}

/// Times, some with microseconds and some without.
fn micros(row: &DeviceRow<'_>, nic: usize) -> Option<u32> {
    (!row.percent(390, 10)).then(|| row.below(391 + nic as u64, 1_000_000) as u32)
}
