//! Devices and findings, and their names on the wire.

use super::{RowId, Vendor};
use causeway_domain::definition::XdomeSettings;
use causeway_domain::{FindingStatus, Scope, Stream};
use serde::{Deserialize, Serialize};

pub(crate) const CATEGORIES: [&str; 4] = ["IoT", "IT", "Medical", "OT"];
pub(crate) const SITES: [&str; 3] = ["North", "South", "West"];

/// Stands for a value that was refused; no row has it.
pub(crate) const REFUSED: u32 = 0;

/// Whether a row can be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Usable {
    #[default]
    Yes,
    /// No, but its key can be read.
    Keyed,
    /// Not even that.
    Keyless,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) category: &'static str,
    pub(crate) site: &'static str,
    pub(crate) retired: bool,
    pub(crate) value: u32,
    pub(crate) usable: Usable,
}

/// A finding on a device; it becomes one record per CVE, or one without any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) value: u32,
    pub(crate) cves: u8,
    pub(crate) usable: Usable,
}

/// A row of either table as the API returns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) device: u32,
    pub(crate) finding: Option<u32>,
    pub(crate) cves: u8,
    pub(crate) status: FindingStatus,
    pub(crate) fixed_on: Option<String>,
    pub(crate) category: String,
    pub(crate) site: String,
    pub(crate) retired: bool,
    pub(crate) value: u32,
    pub(crate) usable: Usable,
}

impl Row {
    pub(crate) fn id(&self) -> RowId {
        (self.device, self.finding)
    }

    pub(crate) fn scope(&self) -> Scope<'static> {
        Scope {
            category: Some(self.category.clone().into()),
            site: Some(self.site.clone().into()),
            retired: Some(self.retired),
        }
    }

    /// Ids of the records that are made of it; empty for a device.
    pub(crate) fn finding_ids(&self) -> Vec<String> {
        finding_ids(self.finding, self.cves)
    }

    /// Whether a connection with these settings asks for it.
    pub(crate) fn in_scope(&self, settings: &XdomeSettings) -> bool {
        self.retired == settings.retired_devices_only
            && settings.device_categories.iter().any(|category| category.to_string() == self.category)
    }
}

pub(crate) fn asset_id(device: u32) -> String {
    format!("d{device:03}")
}

fn finding_ids(finding: Option<u32>, cves: u8) -> Vec<String> {
    match finding {
        None => vec![String::new()],
        Some(number) if cves == 0 => vec![format!("v{number:03}")],
        Some(number) => (1..=cves).map(|cve| format!("v{number:03}:CVE-2026-000{cve}")).collect(),
    }
}

/// The row that a record is made of.
pub(crate) fn row_of(asset: &str, finding: &str) -> Option<RowId> {
    let device = asset.strip_prefix('d')?.parse().ok()?;
    if finding.is_empty() {
        return Some((device, None));
    }
    let number = finding.strip_prefix('v')?.split(':').next()?.parse().ok()?;
    Some((device, Some(number)))
}

impl Vendor {
    /// The row as it stands.
    pub(crate) fn row(&self, id: RowId) -> Option<Row> {
        let device = self.devices.get(&id.0)?;
        let mut row = Row {
            device: id.0,
            finding: id.1,
            cves: 0,
            status: FindingStatus::Open,
            fixed_on: None,
            category: device.category.to_owned(),
            site: device.site.to_owned(),
            retired: device.retired,
            value: device.value,
            usable: device.usable,
        };
        if let Some(number) = id.1 {
            let finding = self.findings.get(&(id.0, number))?;
            (row.cves, row.status, row.fixed_on) = (finding.cves, finding.status, finding.fixed_on.clone());
            (row.value, row.usable) = (finding.value, finding.usable);
        }
        Some(row)
    }

    /// All rows of a stream, whatever the token sees, in the vendor's order.
    pub(crate) fn rows(&self, stream: Stream) -> Vec<Row> {
        let ids: Vec<RowId> = match stream {
            Stream::Assets => self.devices.keys().map(|device| (*device, None)).collect(),
            Stream::Findings => {
                self.findings.keys().map(|(device, number)| (*device, Some(*number))).collect()
            }
        };
        let mut rows: Vec<Row> = ids.into_iter().filter_map(|id| self.row(id)).collect();
        if self.scrambled {
            rows.sort_by_key(|row| (scramble(row.id()), row.id()));
        }
        rows
    }

    /// Whether the token sees the row.
    pub(crate) fn sees(&self, row: &Row) -> bool {
        self.blind.is_none_or(|site| row.site != site)
    }
}

fn scramble(id: RowId) -> u64 {
    let mixed =
        (u64::from(id.0) << 20 | u64::from(id.1.unwrap_or_default())).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}
