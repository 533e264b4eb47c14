//! A device and a finding as the source of a row.

use super::{Device, Relation, World};
use crate::chance::{below, mix, percent};
use crate::xdome::catalogue::{Link, Profile, Site, Vulnerability};

/// A device with the data for its columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::xdome) struct DeviceRow<'w> {
    pub(in crate::xdome) world: &'w World,
    pub(in crate::xdome) slot: u32,
    pub(in crate::xdome) device: &'w Device,
    pub(in crate::xdome) profile: &'w Profile,
}

impl<'w> DeviceRow<'w> {
    /// A number of its own for each `salt`.
    pub(in crate::xdome) fn random(&self, salt: u64) -> u64 {
        mix(self.device.seed, 0x1000 + salt)
    }

    /// Whether an event of this chance, in percent, happens to it.
    pub(in crate::xdome) fn percent(&self, salt: u64, chance: u64) -> bool {
        percent(self.device.seed, 0x1000 + salt, chance)
    }

    /// A number from 0 to `bound` - 1.
    pub(in crate::xdome) fn below(&self, salt: u64, bound: usize) -> usize {
        below(self.device.seed, 0x1000 + salt, bound)
    }

    pub(in crate::xdome) fn site(&self) -> Option<&'w Site> {
        self.world.sites.get(usize::from(self.device.site))
    }

    pub(in crate::xdome) fn is_wireless(&self) -> bool {
        self.profile.link == Link::Wireless
    }

    /// Number of NICs, and the length of every list that is aligned with them.
    pub(in crate::xdome) fn nics(&self) -> usize {
        let most = self.profile.most_nics;
        if self.percent(1, 40) { 1 } else { 1 + self.below(2, most) }
    }

    /// Model and product code.
    pub(in crate::xdome) fn model(&self) -> Option<(&'static str, Option<&'static str>)> {
        self.profile.models.get(self.below(3, self.profile.models.len())).copied()
    }

    /// Firmware; new firmware is the next of the profile's list.
    pub(in crate::xdome) fn firmware(&self) -> Option<&'static str> {
        let count = self.profile.firmware.len();
        let place = self.below(4, count) + usize::from(self.device.revision);
        if self.device.revision == 0 && self.percent(5, 7) {
            return None;
        }
        self.profile.firmware.get(place % count.max(1)).copied()
    }

    /// Its own name in network traffic; devices of many kinds have none.
    pub(in crate::xdome) fn host_name(&self) -> Option<String> {
        if self.profile.name_pattern.is_empty() || self.percent(6, 6) {
            return None;
        }
        let code = self.site().map_or("NOS", |site| site.code.as_str());
        let mut digits = self.random(7);
        let mut next = |base: u64| {
            let digit = digits % base;
            digits /= base;
            u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 16)).unwrap_or('0')
        };
        let mut name = String::new();
        for pattern in self.profile.name_pattern.chars() {
            match pattern {
                '@' => name.push_str(code),
                '#' => name.push(next(10)),
                '%' => name.push(next(16).to_ascii_uppercase()),
                other => name.push(other),
            }
        }
        Some(name)
    }

    /// Address of a NIC, unique in its site; none where the vendor has seen only the MAC.
    pub(in crate::xdome) fn ip(&self, nic: usize) -> Option<String> {
        if nic > 0 && self.percent(20 + nic as u64, 25) {
            return None;
        }
        let (site, slot) = (usize::from(self.device.site), self.slot as usize * 4 + nic);
        let (network, host) = (slot / 250, slot % 250 + 2);
        Some(format!("10.{}.{}.{host}", (site * 7 + network / 256) % 256, network % 256))
    }

    pub(in crate::xdome) fn mac(&self, nic: usize) -> String {
        let bytes = u64::from(self.slot) * 4 + nic as u64;
        let (high, middle, low) = (bytes >> 16 & 0xff, bytes >> 8 & 0xff, bytes & 0xff);
        format!("{}:{high:02x}:{middle:02x}:{low:02x}", self.profile.oui)
    }

    /// The device's user-visible name: very often just its address.
    pub(in crate::xdome) fn name(&self) -> String {
        self.host_name().or_else(|| self.ip(0)).unwrap_or_else(|| self.mac(0))
    }
}

/// A finding with the data for its own columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::xdome) struct PairRow<'w> {
    pub(in crate::xdome) relation: &'w Relation,
    pub(in crate::xdome) vulnerability: &'w Vulnerability,
    /// Its own.
    pub(in crate::xdome) seed: u64,
}

impl PairRow<'_> {
    /// Adjusted vulnerability score; differs with each revision.
    pub(in crate::xdome) fn score(&self) -> f64 {
        let base = self.vulnerability.adjusted;
        let shift = f64::from(self.relation.revision % 8) * 0.43;
        let score = if base > 5.0 { base - shift } else { base + shift };
        (score * 1_000_000.0).round() / 1_000_000.0
    }

    /// The score's level; usually in the vendor's spelling, sometimes differently or missing.
    pub(in crate::xdome) fn level(&self) -> Option<&'static str> {
        let spelling = match self.vulnerability.seed % 100 {
            0..88 => 0,
            88..93 => 1,
            93..98 => 2,
            _ => return None,
        };
        let spellings = match self.score() {
            score if score >= 9.0 => ["Critical", "CRITICAL", "critical"],
            score if score >= 7.0 => ["High", "HIGH", "high"],
            score if score >= 4.0 => ["Medium", "MEDIUM", "medium"],
            _ => ["Low", "LOW", "low"],
        };
        spellings.get(spelling).copied()
    }
}
