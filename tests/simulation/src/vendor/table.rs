//! Devices and findings, and their names on the wire.

use super::{RowId, Vendor};
use causeway_claroty_xdome::XdomeSettings;
use causeway_domain::{FindingStatus, Scope, Stream, VendorKey};
use serde::{Deserialize, Serialize};

pub(crate) const CATEGORIES: [&str; 4] = ["IoT", "IT", "Medical", "OT"];
/// Without a site is a site too, told as null.
pub(crate) const SITES: [&str; 4] = ["North", "South", "West", ""];

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
    /// Whether its list of CVEs is null for now.
    pub(crate) unlisted: bool,
    pub(crate) usable: Usable,
}

/// A row of either table as the API returns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) device: u32,
    pub(crate) finding: Option<u32>,
    /// None when the list is null.
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
            site: Some(self.site.clone()).filter(|site| !site.is_empty()).map(Into::into),
            retired: Some(self.retired),
        }
    }

    /// Ids of the records that are made of it; empty for a device.
    pub(crate) fn finding_ids(&self) -> Vec<String> {
        finding_ids(self.finding, self.cves)
    }

    /// The vendor's own key, as the API takes it.
    pub(crate) fn vendor_key(&self) -> VendorKey {
        let finding = self.finding.map(finding_id);
        VendorKey::of_texts(std::iter::once(asset_id(self.device)).chain(finding))
    }

    /// Whether a connection with these settings asks for it.
    pub(crate) fn in_scope(&self, settings: &XdomeSettings) -> bool {
        self.retired == settings.retired_devices_only
            && settings.device_categories.iter().any(|category| category.to_string() == self.category)
    }
}

/// Makes an id longer than a key of most stores may be.
const LONG: &str = concat!(
    "-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
);

/// Some ids hold what separates ids elsewhere, letters of both cases, or are very long; some differ in case only.
pub(crate) fn asset_id(device: u32) -> String {
    let hostile = match device % 8 {
        2 => ":CVE-2026-0001",
        3 | 7 => "|ü \"x\"",
        5 => " Mixed CASE",
        6 => LONG,
        _ => "",
    };
    name('d', device) + hostile
}

/// The vendor's id of a finding.
pub(crate) fn finding_id(number: u32) -> String {
    let hostile = match number % 8 {
        2 | 6 => ":ICSA-21-161-01",
        3 => ":CVE-2020-0001",
        5 => " mixed Case",
        7 => LONG,
        _ => "",
    };
    name('v', number) + hostile
}

/// Distance of two numbers whose names differ in nothing but case.
const TWINS: u32 = 3;

/// The name of every fourth number of eight is that of the first with a capital letter.
fn name(letter: char, number: u32) -> String {
    if number % 8 == 1 + TWINS {
        format!("{}{:03}", letter.to_ascii_uppercase(), number - TWINS)
    } else {
        format!("{letter}{number:03}")
    }
}

/// The number of a name, whatever follows it.
fn number(id: &str, letter: char) -> Option<u32> {
    let capital = letter.to_ascii_uppercase();
    let rest = id.strip_prefix([letter, capital])?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    let number: u32 = digits.parse().ok()?;
    Some(if id.starts_with(capital) { number + TWINS } else { number })
}

fn finding_ids(finding: Option<u32>, cves: u8) -> Vec<String> {
    match finding {
        None => vec![String::new()],
        Some(number) if cves == 0 => vec![finding_id(number)],
        Some(number) => (1..=cves).map(|cve| format!("{}:CVE-2026-000{cve}", finding_id(number))).collect(),
    }
}

/// The row that a record is made of.
pub(crate) fn row_of(asset: &str, finding: &str) -> Option<RowId> {
    let device = number(asset, 'd')?;
    Some((device, if finding.is_empty() { None } else { Some(number(finding, 'v')?) }))
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
            let cves = if finding.unlisted { 0 } else { finding.cves };
            (row.cves, row.status, row.fixed_on) = (cves, finding.status, finding.fixed_on.clone());
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
