//! Generation from the seed: the world at the start, and later additions.

use super::{Device, Relation, World};
use crate::SimulatorError;
use crate::chance::{below, fraction, mix, percent};
use crate::xdome::catalogue::{Catalogue, sites};
use crate::xdome::{Relevance, XdomeConfig};
use std::sync::Arc;

const DAY: i64 = 86_400;

impl World {
    pub(in crate::xdome) fn new(config: &XdomeConfig) -> Result<Self, SimulatorError> {
        let mut world = Self {
            catalogue: Arc::new(Catalogue::new(config.seed)?),
            sites: sites(config.sites)?,
            now: config.clock.as_second(),
            version: 0,
            seed: config.seed,
            started: config.clock.as_second(),
            devices: Vec::new(),
            order: Vec::new(),
            relations: Vec::new(),
            reshapes: Vec::new(),
        };
        for slot in 0..config.devices {
            let mut device = world.new_device(slot, None);
            device.retired = percent(device.seed, 3, u64::from(config.retired_percent));
            world.devices.push(device);
        }
        world.order = (0..config.devices).collect();
        world.order.sort_unstable_by_key(|slot| world.devices.get(*slot as usize).map(|device| device.uid));
        world.relations = world.spread(config.findings);
        Ok(world)
    }

    /// The device of `slot`.
    pub(super) fn new_device(&self, slot: u32, uid: Option<u128>) -> Device {
        let seed = mix(mix(self.seed, 0xDE71), u64::from(slot));
        let sites = self.sites.len();
        // The smaller of two draws makes the first sites the larger ones.
        let drawn = below(seed, 1, sites).min(below(seed, 2, sites));
        let profile = self.catalogue.profile_at(mix(seed, 7));
        let open = |place: &usize| self.sites.get(*place).is_some_and(|site| !site.closed);
        let fits = |place: &usize| open(place) && self.belongs(profile, *place);
        let from = || (drawn..sites).chain(0..drawn);
        let site = from().find(fits).or_else(|| from().find(open)).unwrap_or(drawn);
        let random = u128::from(mix(seed, 4)) << 64 | u128::from(mix(seed, 5));
        let seen_ago = (fraction(seed, 6).powi(4) * 20.0 * DAY as f64) as i64 + 600;
        Device {
            uid: uid.unwrap_or_else(|| {
                uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid().as_u128()
            }),
            seed,
            profile,
            site: u16::try_from(site).unwrap_or(0),
            retired: false,
            revision: 0,
            seen: u32::try_from(self.now - seen_ago).unwrap_or(0),
        }
    }

    /// Whether devices of a profile are found at a site: medical ones in hospitals, plant floors elsewhere.
    fn belongs(&self, profile: u16, site: usize) -> bool {
        let profile = self.catalogue.profiles.get(usize::from(profile));
        let hospital = self.sites.get(site).is_some_and(|site| site.group == "Healthcare");
        profile.is_none_or(|profile| match (profile.category, profile.subcategory) {
            ("Medical", _) => hospital,
            ("OT", "Building Management") => true,
            ("OT", _) => !hospital,
            _ => true,
        })
    }

    /// Findings for all devices, up to `total`.
    fn spread(&self, total: u32) -> Vec<Relation> {
        let wanted: Vec<f64> = self.order.iter().map(|slot| self.appetite(*slot)).collect();
        let sum: f64 = wanted.iter().sum();
        let mut relations = Vec::with_capacity(total as usize);
        let mut owed = 0.0;
        for (slot, appetite) in self.order.iter().zip(wanted) {
            if appetite > 0.0 {
                owed += appetite * f64::from(total) / sum;
                let taken = self.findings_for(*slot, owed.round() as usize, &mut relations);
                owed -= taken as f64;
            }
        }
        relations
    }

    /// Weight of a device in the distribution of findings. A sixth of the devices has none.
    fn appetite(&self, slot: u32) -> f64 {
        let Some(row) = self.device(slot) else { return 0.0 };
        if percent(row.device.seed, 10, 16) {
            return 0.0;
        }
        let pool = self.pool(row.device.profile).len() as f64;
        pool * (0.1 + fraction(row.device.seed, 11).powi(3) * 2.0)
    }

    /// Appends up to `count` findings of the device in `slot`, in key order.
    pub(super) fn findings_for(&self, slot: u32, count: usize, relations: &mut Vec<Relation>) -> usize {
        let Some(row) = self.device(slot) else { return 0 };
        let pool = self.pool(row.device.profile);
        let (mut left, mut taken) = (pool.len(), 0);
        let count = count.min(left);
        for vulnerability in pool {
            // Selection sampling: each candidate is taken with the chance that makes the number come out.
            if taken < count
                && below(row.device.seed, 0x5E1E_0000 + u64::from(*vulnerability), left) < count - taken
            {
                relations.push(self.new_relation(slot, *vulnerability));
                taken += 1;
            }
            left -= 1;
        }
        taken
    }

    /// A finding at the start; some are already closed.
    fn new_relation(&self, slot: u32, vulnerability: u16) -> Relation {
        let seed =
            mix(self.devices.get(slot as usize).map_or(0, |device| device.seed), u64::from(vulnerability));
        let published =
            self.catalogue.vulnerabilities.get(usize::from(vulnerability)).map_or(0, |one| one.published);
        let span = (self.now - published).clamp(DAY, 900 * DAY);
        let detected = self.now - (fraction(seed, 1) * (span - DAY / 2) as f64) as i64 - DAY / 4;
        let until_now = (self.now - detected).max(1);
        let updated = detected + (mix(seed, 2) % until_now.unsigned_abs()) as i64;
        let relevance = match mix(seed, 3) % 100 {
            0..36 => Relevance::Confirmed,
            36..86 => Relevance::PotentiallyRelevant,
            86..96 => Relevance::Fixed,
            _ => Relevance::Irrelevant,
        };
        let seconds = |time: i64| u32::try_from(time).unwrap_or(0);
        Relation {
            device: slot,
            vulnerability,
            relevance,
            revision: 0,
            detected: seconds(detected),
            updated: seconds(updated),
            resolved: if relevance.is_open() { 0 } else { seconds(updated) },
        }
    }

    /// Numbers of the vulnerabilities that devices of a profile can have, sorted.
    pub(super) fn pool(&self, profile: u16) -> &[u16] {
        self.catalogue.pools.get(usize::from(profile)).map(Vec::as_slice).unwrap_or_default()
    }
}
