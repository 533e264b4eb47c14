//! Time passes: many seeded changes at once.

use super::{Relation, World, uid_text};
use crate::chance::{below, mix};
use crate::xdome::{Advance, Changed, FindingRef, Relevance};
use std::collections::BTreeSet;

/// The change of one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Vanishes,
    Gets(Relevance),
    Rescored,
}

impl World {
    pub(super) fn advance(&mut self, advance: &Advance) -> Changed {
        self.now += i64::from(advance.days.unwrap_or(1)) * 86_400;
        let share = advance.percent.unwrap_or(1.0) / 100.0;
        let findings = self.relations.len() as f64 * share;
        let devices = self.order.len() as f64 * share;
        let count = |given: Option<u32>, base: f64, part: f64| {
            given.map_or((base * part).round() as usize, |given| given as usize)
        };

        let mut fates = vec![Fate::Stays; self.relations.len()];
        let open = [
            (1, Fate::Vanishes, count(advance.vanished, findings, 0.25)),
            (2, Fate::Gets(Relevance::Fixed), count(advance.fixed, findings, 0.25)),
            (3, Fate::Rescored, count(advance.rescored, findings, 0.125)),
            (4, Fate::Gets(Relevance::Irrelevant), count(advance.irrelevant, findings, 0.0625)),
        ];
        for (salt, fate, wanted) in open {
            self.draw(&mut fates, mix(self.seed, self.version << 8 | salt), fate, wanted);
        }
        let reopened = count(advance.reopened, findings, 0.0625);
        self.draw(
            &mut fates,
            mix(self.seed, self.version << 8 | 5),
            Fate::Gets(Relevance::Confirmed),
            reopened,
        );
        let added = self.draw_new(count(advance.new, findings, 0.25));

        let mut changed = self.fulfil(&fates);
        changed.added = added.iter().map(|relation| self.key(relation)).collect();
        self.add_relations(added);
        self.change_devices(count(advance.devices_changed, devices, 0.1), &mut changed);
        self.remove_some_devices(count(advance.devices_removed, devices, 0.1), &mut changed);
        self.add_some_devices(count(advance.devices_added, devices, 0.1), &mut changed);
        if advance.rename_site {
            self.rename_some_site(&mut changed);
        }
        settle(changed)
    }

    /// Gives `fate` to `wanted` findings of active devices that fit it and have none yet.
    fn draw(&self, fates: &mut [Fate], seed: u64, fate: Fate, wanted: usize) {
        let needs_open = fate != Fate::Gets(Relevance::Confirmed);
        let fits = |place: usize, fates: &[Fate]| {
            let relation = self.relations.get(place);
            fates.get(place) == Some(&Fate::Stays)
                && relation
                    .is_some_and(|one| one.relevance.is_open() == needs_open && self.is_active(one.device))
        };
        let all = fates.len();
        for round in 0..wanted {
            let start = below(seed, round as u64, all);
            let mut places = (start..all).chain(0..start);
            let Some(place) = places.find(|place| fits(*place, fates)) else { return };
            if let Some(entry) = fates.get_mut(place) {
                *entry = fate;
            }
        }
    }

    /// New findings on active devices, in key order.
    fn draw_new(&self, wanted: usize) -> Vec<Relation> {
        let mut keys = BTreeSet::new();
        // Draws of a retired or saturated device are discarded; four times as many draws are enough.
        for round in 0..wanted * 4 {
            let seed = mix(self.seed, self.version << 32 | 6 << 28 | round as u64);
            let slot = self.order.get(below(seed, 1, self.order.len())).copied();
            let slot = slot.filter(|slot| self.is_active(*slot));
            let found =
                slot.and_then(|slot| Some((slot, self.missing_vulnerability(slot, below(seed, 2, 1_000))?)));
            keys.extend(found.map(|(slot, vulnerability)| (self.uid(slot), vulnerability, slot)));
            if keys.len() == wanted {
                break;
            }
        }
        keys.into_iter().map(|(_, vulnerability, slot)| self.fresh_relation(slot, vulnerability)).collect()
    }

    fn fulfil(&mut self, fates: &[Fate]) -> Changed {
        let mut changed = Changed::default();
        for (place, fate) in fates.iter().enumerate() {
            let Some(relation) = self.relations.get(place) else { continue };
            let list = match fate {
                Fate::Stays => continue,
                Fate::Vanishes => &mut changed.removed,
                Fate::Rescored => &mut changed.rescored,
                Fate::Gets(Relevance::Fixed) => &mut changed.fixed,
                Fate::Gets(Relevance::Irrelevant) => &mut changed.irrelevant,
                Fate::Gets(_) => &mut changed.reopened,
            };
            list.push(self.key(relation));
            match fate {
                Fate::Gets(relevance) => self.set_relevance(place, *relevance),
                Fate::Rescored => {
                    let now = self.seconds_now();
                    self.relations.get_mut(place).into_iter().for_each(|relation| {
                        relation.revision = relation.revision.wrapping_add(1);
                        relation.updated = now;
                    });
                }
                Fate::Stays | Fate::Vanishes => (),
            }
        }
        let mut fates = fates.iter();
        self.relations.retain(|_| fates.next() != Some(&Fate::Vanishes));
        changed
    }

    /// Different active devices at random.
    fn some_devices(&self, salt: u64, wanted: usize) -> BTreeSet<u32> {
        let mut slots = BTreeSet::new();
        for round in 0..wanted * 8 {
            let seed = mix(self.seed, self.version << 32 | salt << 28 | round as u64);
            let slot = self.order.get(below(seed, 1, self.order.len())).copied();
            if slots.len() < wanted {
                slots.extend(slot.filter(|slot| self.is_active(*slot)));
            }
        }
        slots
    }

    fn change_devices(&mut self, wanted: usize, changed: &mut Changed) {
        let now = self.seconds_now();
        for slot in self.some_devices(7, wanted) {
            changed.devices_changed.push(uid_text(self.uid(slot)));
            if let Some(device) = self.devices.get_mut(slot as usize) {
                device.revision = device.revision.wrapping_add(1);
                device.seen = now;
            }
        }
    }

    fn remove_some_devices(&mut self, wanted: usize, changed: &mut Changed) {
        let slots = self.some_devices(8, wanted);
        if !slots.is_empty() {
            let (devices, findings) = self.remove_devices(&slots);
            changed.devices_removed = devices;
            changed.removed.extend(findings);
        }
    }

    fn add_some_devices(&mut self, wanted: usize, changed: &mut Changed) {
        let usual = self.relations.len() / self.order.len().max(1);
        let mut relations = Vec::new();
        for round in 0..wanted {
            let Some(slot) = self.add_device(None, |_| ()) else { continue };
            changed.devices_added.push(uid_text(self.uid(slot)));
            let count = below(self.seed, self.version << 16 | round as u64, usual * 2 + 1);
            self.findings_for(slot, count, &mut relations);
        }
        changed.added.extend(relations.iter().map(|relation| self.key(relation)));
        self.add_relations(relations);
    }

    fn rename_some_site(&mut self, changed: &mut Changed) {
        let number = below(self.seed, self.version << 8 | 9, self.sites.len());
        if let Some(site) = self.sites.get_mut(number) {
            let name = format!("{} (Building {})", site.name, self.version + 2);
            changed.sites_renamed.push((std::mem::replace(&mut site.name, name.clone()), name));
        }
    }
}

/// Sorts the lists and removes the findings of removed devices from the others.
fn settle(mut changed: Changed) -> Changed {
    let gone: BTreeSet<FindingRef> = changed.removed.iter().cloned().collect();
    let others = [
        &mut changed.added,
        &mut changed.fixed,
        &mut changed.irrelevant,
        &mut changed.reopened,
        &mut changed.rescored,
    ];
    let mut never_there = BTreeSet::new();
    for (number, list) in others.into_iter().enumerate() {
        if number == 0 {
            never_there.extend(list.iter().filter(|finding| gone.contains(*finding)).cloned());
        }
        list.retain(|finding| !gone.contains(finding));
        list.sort_unstable();
    }
    changed.removed.retain(|finding| !never_there.contains(finding));
    changed.removed.sort_unstable();
    let left: BTreeSet<String> = changed.devices_removed.iter().cloned().collect();
    changed.devices_changed.retain(|device| !left.contains(device));
    for list in [&mut changed.devices_added, &mut changed.devices_removed, &mut changed.devices_changed] {
        list.sort_unstable();
    }
    changed
}
