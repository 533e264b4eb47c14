//! Single edits that keep both orders.

use super::{Device, Relation, World, parse_uid, uid_text};
use crate::SimulatorError;
use crate::xdome::{FindingRef, Relevance};
use std::collections::BTreeSet;

impl World {
    /// Place and slot of a named device.
    pub(super) fn find_device(&self, uid: &str) -> Result<(usize, u32), SimulatorError> {
        let place = parse_uid(uid).and_then(|uid| self.place_of(uid));
        let slot = place.and_then(|place| self.order.get(place).copied());
        place.zip(slot).ok_or_else(|| SimulatorError::Change(format!("no device {uid:?}")))
    }

    /// Place of a named finding, or the place to insert it.
    pub(super) fn find_relation(
        &self,
        uid: &str,
        vulnerability: &str,
    ) -> Result<Result<usize, usize>, SimulatorError> {
        let (_, slot) = self.find_device(uid)?;
        let number = self.catalogue.number_of(vulnerability);
        let number =
            number.ok_or_else(|| SimulatorError::Change(format!("no vulnerability {vulnerability:?}")))?;
        Ok(self.search(slot, number))
    }

    /// Place of a finding, or the place to insert it.
    pub(super) fn search(&self, slot: u32, vulnerability: u16) -> Result<usize, usize> {
        let range = self.relations_of(slot);
        let of_device = self.relations.get(range.clone()).unwrap_or_default();
        let found = of_device.binary_search_by_key(&vulnerability, |relation| relation.vulnerability);
        found.map(|place| range.start + place).map_err(|place| range.start + place)
    }

    /// Removes the devices in `slots` with their findings.
    pub(super) fn remove_devices(&mut self, slots: &BTreeSet<u32>) -> (Vec<String>, Vec<FindingRef>) {
        let gone = |slot: &u32| slots.contains(slot);
        let devices =
            self.order.iter().filter(|slot| gone(slot)).map(|slot| uid_text(self.uid(*slot))).collect();
        let lost = self.relations.iter().filter(|relation| gone(&relation.device));
        let findings = lost.map(|relation| self.key(relation)).collect();
        self.order.retain(|slot| !gone(slot));
        self.relations.retain(|relation| !gone(&relation.device));
        (devices, findings)
    }

    /// Adds a device; `None` if its uid exists.
    pub(super) fn add_device(&mut self, uid: Option<u128>, edit: impl FnOnce(&mut Device)) -> Option<u32> {
        let slot = u32::try_from(self.devices.len()).ok()?;
        let mut device = self.new_device(slot, uid);
        edit(&mut device);
        let place = self.order.binary_search_by_key(&device.uid, |slot| self.uid(*slot)).err()?;
        self.devices.push(device);
        self.order.insert(place, slot);
        Some(slot)
    }

    /// The first vulnerability, from a random place on, that the device could have but does not have.
    pub(super) fn missing_vulnerability(&self, slot: u32, random: usize) -> Option<u16> {
        let pool = self.pool(self.device(slot)?.device.profile);
        let candidates = pool.iter().cycle().skip(random % pool.len().max(1)).take(pool.len());
        candidates.copied().find(|vulnerability| self.search(slot, *vulnerability).is_err())
    }

    /// A finding that is detected now.
    pub(super) fn fresh_relation(&self, slot: u32, vulnerability: u16) -> Relation {
        let now = self.seconds_now();
        Relation {
            device: slot,
            vulnerability,
            relevance: Relevance::Confirmed,
            revision: 0,
            detected: now,
            updated: now,
            resolved: 0,
        }
    }

    /// Inserts `added` in key order.
    pub(super) fn add_relations(&mut self, added: Vec<Relation>) {
        let mut relations = std::mem::take(&mut self.relations);
        relations.extend(added);
        // Two sorted runs: the sort finds them and merges.
        relations.sort_by_key(|relation| (self.uid(relation.device), relation.vulnerability));
        self.relations = relations;
    }

    /// Gives the finding at `place` another relevance, now.
    pub(super) fn set_relevance(&mut self, place: usize, relevance: Relevance) {
        let now = self.seconds_now();
        if let Some(relation) = self.relations.get_mut(place) {
            relation.relevance = relevance;
            relation.updated = now;
            relation.resolved = if relevance.is_open() { 0 } else { now };
        }
    }
}
