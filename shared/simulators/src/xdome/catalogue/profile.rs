//! Kinds of device: combinations of maker, model, firmware, system, network place.

use crate::SimulatorError;
use crate::table;

const PROFILES: &str = include_str!("../../../data/profiles.txt");
const OPERATING_SYSTEMS: &str = include_str!("../../../data/operating_systems.txt");
const SITES: &str = include_str!("../../../data/sites.txt");

/// One kind of device.
#[derive(Debug)]
pub(in crate::xdome) struct Profile {
    pub(super) weight: u32,
    pub(in crate::xdome) category: &'static str,
    pub(in crate::xdome) subcategory: &'static str,
    pub(in crate::xdome) device_type: &'static str,
    pub(in crate::xdome) manufacturer: &'static str,
    pub(in crate::xdome) model_family: &'static str,
    /// Model and product code.
    pub(in crate::xdome) models: Vec<(&'static str, Option<&'static str>)>,
    /// Oldest first.
    pub(in crate::xdome) firmware: Vec<&'static str>,
    pub(in crate::xdome) system: OperatingSystem,
    pub(in crate::xdome) purdue_level: &'static str,
    pub(in crate::xdome) network: &'static str,
    /// Pattern of the host name; empty when devices of this kind have none.
    pub(in crate::xdome) name_pattern: &'static str,
    pub(in crate::xdome) oui: &'static str,
    pub(in crate::xdome) oui_vendor: &'static str,
    pub(in crate::xdome) most_nics: usize,
    pub(in crate::xdome) link: Link,
    pub(in crate::xdome) topics: Vec<&'static str>,
}

/// The network attachment of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xdome) enum Link {
    Wired,
    Wireless,
}

/// An operating system; an empty text stands for the vendor's `null`.
#[derive(Debug, Clone)]
pub(in crate::xdome) struct OperatingSystem {
    key: &'static str,
    pub(in crate::xdome) category: &'static str,
    pub(in crate::xdome) name: &'static str,
    pub(in crate::xdome) version: &'static str,
    pub(in crate::xdome) revision: &'static str,
    pub(in crate::xdome) subcategory: &'static str,
    /// 0 when unknown.
    pub(in crate::xdome) end_of_life_year: u16,
}

/// A site of the organization.
#[derive(Debug, Clone)]
pub(in crate::xdome) struct Site {
    pub(in crate::xdome) name: String,
    /// Three letters that host names begin with.
    pub(in crate::xdome) code: String,
    pub(in crate::xdome) group: String,
    /// Whether it was removed; no device appears there any more.
    pub(in crate::xdome) closed: bool,
}

pub(super) fn all() -> Result<Vec<Profile>, SimulatorError> {
    let systems = operating_systems()?;
    let rows = table::rows::<17>("profiles.txt", PROFILES)?;
    rows.into_iter().map(|row| profile(row, &systems)).collect()
}

fn profile(row: [&'static str; 17], systems: &[OperatingSystem]) -> Result<Profile, SimulatorError> {
    let [
        weight,
        category,
        subcategory,
        device_type,
        manufacturer,
        model_family,
        models,
        firmware,
        os,
        purdue_level,
        network,
        name_pattern,
        oui,
        oui_vendor,
        nics,
        link,
        topics,
    ] = row;
    let system = systems.iter().find(|system| system.key == os).ok_or_else(|| SimulatorError::Table {
        table: "profiles.txt",
        line: 0,
        problem: format!("no operating system {os:?}"),
    })?;
    let models = table::list(models).into_iter().map(|model| match model.split_once('=') {
        Some((model, code)) => (model, Some(code).filter(|code| !code.is_empty())),
        None => (model, None),
    });
    Ok(Profile {
        weight: table::number("profiles.txt", weight)?,
        category,
        subcategory,
        device_type,
        manufacturer,
        model_family,
        models: models.collect(),
        firmware: table::list(firmware),
        system: system.clone(),
        purdue_level,
        network,
        name_pattern,
        oui,
        oui_vendor,
        most_nics: table::number("profiles.txt", nics)?,
        link: if link == "wifi" { Link::Wireless } else { Link::Wired },
        topics: table::list(topics),
    })
}

fn operating_systems() -> Result<Vec<OperatingSystem>, SimulatorError> {
    let rows = table::rows::<7>("operating_systems.txt", OPERATING_SYSTEMS)?;
    let systems = rows.into_iter().map(|[key, category, name, version, revision, subcategory, year]| {
        let end_of_life_year = table::number("operating_systems.txt", year)?;
        Ok(OperatingSystem { key, category, name, version, revision, subcategory, end_of_life_year })
    });
    systems.collect()
}

/// The first `count` sites; sites beyond the table are numbered.
pub(in crate::xdome) fn sites(count: u16) -> Result<Vec<Site>, SimulatorError> {
    let known = table::rows::<3>("sites.txt", SITES)?;
    let site = |number: u16| match known.get(usize::from(number)) {
        Some([name, code, group]) => Site {
            name: (*name).to_owned(),
            code: (*code).to_owned(),
            group: (*group).to_owned(),
            closed: false,
        },
        None => Site {
            name: format!("Site {:03}", number + 1),
            code: format!("S{:02}", number + 1),
            group: "No Group".to_owned(),
            closed: false,
        },
    };
    Ok((0..count.max(1)).map(site).collect())
}
