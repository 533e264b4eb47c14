//! The vendor's data in compact form: a device has 40 bytes, a finding 20; all other values derive from their seeds.
//!
//! Devices are in uid order and findings in (device uid, vulnerability id) order, so a page at any offset is a slice.

mod advance;
mod edit;
mod generate;
mod orders;
mod rows;

pub(super) use rows::{DeviceRow, PairRow};

use super::catalogue::{Catalogue, Site};
use super::{FindingRef, Relevance, Reshape};
use crate::chance::mix;
use std::ops::Range;
use std::sync::Arc;

/// The world at one point of its history.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) sites: Vec<Site>,
    /// The vendor's time, seconds since 1970.
    pub(super) now: i64,
    /// Number of changes so far.
    pub(super) version: u64,
    seed: u64,
    started: i64,
    /// By slot; a slot is never used again.
    devices: Vec<Device>,
    /// Slots of the devices that exist, in uid order.
    order: Vec<u32>,
    relations: Vec<Relation>,
    /// Changes of the fields of rows, oldest first.
    pub(super) reshapes: Vec<Reshape>,
}

/// A device.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) uid: u128,
    pub(super) seed: u64,
    pub(super) profile: u16,
    pub(super) site: u16,
    pub(super) retired: bool,
    /// Number of firmware updates.
    pub(super) revision: u8,
    /// Time at which it was last seen, seconds since 1970.
    pub(super) seen: u32,
}

/// A finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relation {
    /// Slot of its device.
    pub(super) device: u32,
    /// Number in the catalogue.
    pub(super) vulnerability: u16,
    pub(super) relevance: Relevance,
    /// Number of changes of its score.
    pub(super) revision: u8,
    /// Seconds since 1970.
    pub(super) detected: u32,
    pub(super) updated: u32,
    /// 0 while open.
    pub(super) resolved: u32,
}

impl World {
    /// The vendor's time before any change; dates that no change moves are counted from it.
    pub(super) fn started(&self) -> i64 {
        self.started
    }

    /// Number of devices.
    pub(super) fn device_count(&self) -> usize {
        self.order.len()
    }

    /// Number of findings.
    pub(super) fn relation_count(&self) -> usize {
        self.relations.len()
    }

    /// The device at a place in uid order.
    pub(super) fn device_at(&self, place: usize) -> Option<DeviceRow<'_>> {
        self.order.get(place).and_then(|slot| self.device(*slot))
    }

    /// The device in a slot.
    pub(super) fn device(&self, slot: u32) -> Option<DeviceRow<'_>> {
        let device = self.devices.get(slot as usize)?;
        let profile = self.catalogue.profiles.get(usize::from(device.profile))?;
        Some(DeviceRow { world: self, slot, device, profile })
    }

    /// The finding at a place in key order.
    pub(super) fn relation_at(&self, place: usize) -> Option<PairRow<'_>> {
        let relation = self.relations.get(place)?;
        let device = self.devices.get(relation.device as usize)?;
        let vulnerability = self.catalogue.vulnerabilities.get(usize::from(relation.vulnerability))?;
        let seed = mix(device.seed, u64::from(relation.vulnerability) | 1 << 32);
        Some(PairRow { relation, vulnerability, seed })
    }

    /// The place of the device with this uid.
    pub(super) fn place_of(&self, uid: u128) -> Option<usize> {
        self.order.binary_search_by_key(&uid, |slot| self.uid(*slot)).ok()
    }

    /// Places of the findings of the device in `slot`.
    pub(super) fn relations_of(&self, slot: u32) -> Range<usize> {
        let uid = self.uid(slot);
        let start = self.relations.partition_point(|relation| self.uid(relation.device) < uid);
        let rest = self.relations.get(start..).unwrap_or_default();
        start..start + rest.partition_point(|relation| relation.device == slot)
    }

    /// The key of a finding, as the vendor writes it.
    pub(super) fn key(&self, relation: &Relation) -> FindingRef {
        let vulnerability = self.catalogue.vulnerabilities.get(usize::from(relation.vulnerability));
        FindingRef {
            device_uid: uid_text(self.uid(relation.device)),
            vulnerability_id: vulnerability.map(|one| one.id.clone()).unwrap_or_default(),
        }
    }

    fn uid(&self, slot: u32) -> u128 {
        self.devices.get(slot as usize).map_or(0, |device| device.uid)
    }

    fn is_active(&self, slot: u32) -> bool {
        self.devices.get(slot as usize).is_some_and(|device| !device.retired)
    }

    fn seconds_now(&self) -> u32 {
        u32::try_from(self.now).unwrap_or(u32::MAX)
    }
}

/// A uid in the vendor's form: a version 4 UUID in lower case. Its order as text is its order as a number.
pub(super) fn uid_text(uid: u128) -> String {
    uuid::Uuid::from_u128(uid).to_string()
}

/// Parses a uid.
pub(super) fn parse_uid(text: &str) -> Option<u128> {
    uuid::Uuid::parse_str(text).ok().map(|uid| uid.as_u128())
}
