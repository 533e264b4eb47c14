//! Applies a [`Change`].

use super::{World, parse_uid, uid_text};
use crate::SimulatorError;
use crate::chance::mix;
use crate::xdome::{Change, Changed, FindingRef, Relevance, Rows};
use std::collections::BTreeSet;

impl World {
    /// Changes the world and reports the changes.
    pub(in crate::xdome) fn apply(&mut self, change: &Change) -> Result<Changed, SimulatorError> {
        let changed = match change {
            Change::Advance(advance) => self.advance(advance),
            Change::Reshape(reshape) => {
                self.reshapes.push(reshape.clone());
                Changed::default()
            }
            Change::RemoveSite { site } => self.remove_site(site)?,
            Change::RenameSite { site, to } => self.rename_site(site, to)?,
            Change::RemoveFirst { stream, rows } => self.remove_first(*stream, *rows as usize),
            Change::InsertFirst { stream, rows } => self.insert_first(*stream, *rows),
            Change::DeleteFinding(finding) => self.delete_finding(finding)?,
            Change::InsertFinding { device_uid, vulnerability_id } => {
                self.insert_finding(device_uid, vulnerability_id.as_deref())?
            }
            Change::SetRelevance { device_uid, vulnerability_id, relevance } => {
                self.change_relevance(device_uid, vulnerability_id, *relevance)?
            }
            Change::DeleteDevice { device_uid } => {
                let (_, slot) = self.find_device(device_uid)?;
                self.without_devices(&BTreeSet::from([slot]))
            }
            Change::InsertDevice { device_uid, site } => {
                self.insert_device(device_uid.as_deref(), site.as_deref())?
            }
            Change::SetRetired { device_uid, retired } => {
                let (_, slot) = self.find_device(device_uid)?;
                let device = self.devices.get_mut(slot as usize);
                device.into_iter().for_each(|device| device.retired = *retired);
                Changed { devices_changed: vec![device_uid.clone()], ..Changed::default() }
            }
        };
        self.version += 1;
        Ok(changed)
    }

    fn without_devices(&mut self, slots: &BTreeSet<u32>) -> Changed {
        let (devices_removed, removed) = self.remove_devices(slots);
        Changed { devices_removed, removed, ..Changed::default() }
    }

    fn site_number(&self, name: &str) -> Result<usize, SimulatorError> {
        let place = self.sites.iter().position(|site| site.name == name);
        place.ok_or_else(|| SimulatorError::Change(format!("no site {name:?}")))
    }

    fn remove_site(&mut self, name: &str) -> Result<Changed, SimulatorError> {
        let number = self.site_number(name)?;
        let there = |slot: &&u32| {
            self.devices.get(**slot as usize).is_some_and(|device| usize::from(device.site) == number)
        };
        let slots = self.order.iter().filter(there).copied().collect();
        self.sites.get_mut(number).into_iter().for_each(|site| site.closed = true);
        Ok(self.without_devices(&slots))
    }

    fn rename_site(&mut self, name: &str, to: &str) -> Result<Changed, SimulatorError> {
        let number = self.site_number(name)?;
        self.sites.get_mut(number).into_iter().for_each(|site| to.clone_into(&mut site.name));
        Ok(Changed { sites_renamed: vec![(name.to_owned(), to.to_owned())], ..Changed::default() })
    }

    fn remove_first(&mut self, stream: Rows, rows: usize) -> Changed {
        if stream == Rows::Devices {
            let active = self.order.iter().copied().filter(|slot| self.is_active(*slot));
            let slots = active.take(rows).collect();
            return self.without_devices(&slots);
        }
        let mut removed = Vec::new();
        let mut relations = std::mem::take(&mut self.relations);
        relations.retain(|relation| {
            let goes = removed.len() < rows && self.is_active(relation.device);
            if goes {
                removed.push(self.key(relation));
            }
            !goes
        });
        self.relations = relations;
        Changed { removed, ..Changed::default() }
    }

    fn insert_first(&mut self, stream: Rows, rows: u32) -> Changed {
        if stream == Rows::Devices {
            let first = self.order.first().map_or(u128::MAX, |slot| self.uid(*slot));
            // Below the first uid, in bits that mark neither version nor variant.
            let uids = (1..=u128::from(rows)).filter_map(|step| first.checked_sub(step << 80));
            let slots: Vec<u32> = uids
                .collect::<Vec<_>>()
                .into_iter()
                .filter_map(|uid| self.add_device(Some(uid), |_| ()))
                .collect();
            let mut devices_added: Vec<String> = slots.iter().map(|slot| uid_text(self.uid(*slot))).collect();
            devices_added.sort_unstable();
            return Changed { devices_added, ..Changed::default() };
        }
        let mut added = Vec::new();
        for slot in self.order.iter().copied().filter(|slot| self.is_active(*slot)) {
            let Some(row) = self.device(slot) else { continue };
            let missing =
                self.pool(row.device.profile).iter().filter(|number| self.search(slot, **number).is_err());
            let wanted = (rows as usize).saturating_sub(added.len());
            added.extend(missing.take(wanted).map(|number| self.fresh_relation(slot, *number)));
            if added.len() == rows as usize {
                break;
            }
        }
        let keys = added.iter().map(|relation| self.key(relation)).collect();
        self.add_relations(added);
        Changed { added: keys, ..Changed::default() }
    }

    fn delete_finding(&mut self, finding: &FindingRef) -> Result<Changed, SimulatorError> {
        let place = self.existing(&finding.device_uid, &finding.vulnerability_id)?;
        self.relations.remove(place);
        Ok(Changed { removed: vec![finding.clone()], ..Changed::default() })
    }

    fn existing(&self, uid: &str, vulnerability: &str) -> Result<usize, SimulatorError> {
        let place = self.find_relation(uid, vulnerability)?;
        place.map_err(|_| SimulatorError::Change(format!("no finding {vulnerability:?} on device {uid:?}")))
    }

    fn insert_finding(&mut self, uid: &str, vulnerability: Option<&str>) -> Result<Changed, SimulatorError> {
        let (_, slot) = self.find_device(uid)?;
        let number = match vulnerability {
            Some(id) => self.catalogue.number_of(id),
            None => self.missing_vulnerability(slot, mix(self.seed, self.version) as usize % 1_000),
        };
        let there =
            || SimulatorError::Change(format!("device {uid:?} cannot have {vulnerability:?} (once more)"));
        let number = number.ok_or_else(there)?;
        let place = self.search(slot, number).err().ok_or_else(there)?;
        let relation = self.fresh_relation(slot, number);
        self.relations.insert(place, relation);
        Ok(Changed { added: vec![self.key(&relation)], ..Changed::default() })
    }

    fn change_relevance(
        &mut self,
        uid: &str,
        vulnerability: &str,
        relevance: Relevance,
    ) -> Result<Changed, SimulatorError> {
        let place = self.existing(uid, vulnerability)?;
        self.set_relevance(place, relevance);
        let key = FindingRef { device_uid: uid.to_owned(), vulnerability_id: vulnerability.to_owned() };
        let mut changed = Changed::default();
        match relevance {
            Relevance::Fixed => changed.fixed.push(key),
            Relevance::Irrelevant => changed.irrelevant.push(key),
            Relevance::Confirmed | Relevance::PotentiallyRelevant => changed.reopened.push(key),
        }
        Ok(changed)
    }

    fn insert_device(&mut self, uid: Option<&str>, site: Option<&str>) -> Result<Changed, SimulatorError> {
        let number = site.map(|name| self.site_number(name)).transpose()?;
        let number = number.and_then(|number| u16::try_from(number).ok());
        let wrong = || SimulatorError::Change(format!("{uid:?} is no new uid"));
        let parsed = uid.map(|uid| parse_uid(uid).ok_or_else(wrong)).transpose()?;
        let slot = self.add_device(parsed, |device| device.site = number.unwrap_or(device.site));
        let slot = slot.ok_or_else(wrong)?;
        Ok(Changed { devices_added: vec![uid_text(self.uid(slot))], ..Changed::default() })
    }
}
