//! The vulnerabilities that the vendor knows, and the kinds of device that can have each.

mod profile;
mod prose;
mod vulnerability;

pub(super) use profile::{Link, Profile, Site, sites};
pub(super) use vulnerability::{Cvss, Vulnerability};

use crate::SimulatorError;
use std::collections::BTreeMap;

/// The fixed part of the world.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// Sorted by id; a vulnerability's number is its place, so numbers sort as ids do.
    pub(super) vulnerabilities: Vec<Vulnerability>,
    /// Kinds of device.
    pub(super) profiles: Vec<Profile>,
    /// For each profile the numbers of the vulnerabilities its devices can have, sorted.
    pub(super) pools: Vec<Vec<u16>>,
    /// Sum of the profiles' weights.
    total_weight: u64,
}

impl Catalogue {
    pub(super) fn new(seed: u64) -> Result<Self, SimulatorError> {
        let vulnerabilities = vulnerability::all(seed)?;
        let profiles = profile::all()?;
        let mut of_topic: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
        for (number, vulnerability) in (0..).zip(&vulnerabilities) {
            of_topic.entry(vulnerability.topic).or_default().push(number);
        }
        let pools = profiles.iter().map(|profile| {
            let numbers = profile.topics.iter().filter_map(|topic| of_topic.get(topic));
            let mut pool: Vec<u16> = numbers.flatten().copied().collect();
            pool.sort_unstable();
            pool
        });
        let pools = pools.collect();
        let total_weight = profiles.iter().map(|profile| u64::from(profile.weight)).sum();
        Ok(Self { vulnerabilities, profiles, pools, total_weight })
    }

    /// The profile at a random number, by weight.
    pub(super) fn profile_at(&self, random: u64) -> u16 {
        let mut left = random % self.total_weight.max(1);
        let found = self.profiles.iter().position(|profile| {
            let inside = left < u64::from(profile.weight);
            left = left.saturating_sub(u64::from(profile.weight));
            inside
        });
        found.and_then(|place| u16::try_from(place).ok()).unwrap_or(0)
    }

    /// The number of the vulnerability with this id.
    pub(super) fn number_of(&self, id: &str) -> Option<u16> {
        let place = self.vulnerabilities.binary_search_by(|vulnerability| vulnerability.id.as_str().cmp(id));
        place.ok().and_then(|place| u16::try_from(place).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;

    #[test]
    fn every_profile_has_vulnerabilities_and_every_topic_a_profile() {
        let catalogue = Catalogue::new(1).unwrap();
        for (profile, pool) in catalogue.profiles.iter().zip(&catalogue.pools) {
            assert!(pool.len() >= 20, "{} has only {}", profile.device_type, pool.len());
        }
        for vulnerability in &catalogue.vulnerabilities {
            let used = catalogue.profiles.iter().any(|profile| profile.topics.contains(&vulnerability.topic));
            assert!(used, "topic {} is of no profile", vulnerability.topic);
        }
    }

    #[test]
    fn vulnerabilities_have_the_vendors_shapes() {
        let catalogue = Catalogue::new(7).unwrap();
        let all = &catalogue.vulnerabilities;
        assert!(all.len() > 500);
        assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
        for one in all {
            assert!((7..=8).contains(&one.id.len()) && one.id.bytes().all(|byte| byte.is_ascii_uppercase()));
            assert!((250..=2000).contains(&one.description.chars().count()), "{}", one.description);
        }
        assert!(all.iter().any(|one| one.cves.is_empty()));
        assert!(all.iter().any(|one| one.cves.len() == 1));
        assert!(all.iter().any(|one| one.cves.len() > 3));
        assert!(all.iter().any(|one| one.cvss_v2.is_none()));
        assert!(all.iter().any(|one| one.name.starts_with("ICSMA-")));
        assert!(all.iter().any(|one| one.description.contains('"')));
        assert!(all.iter().any(|one| one.description.contains("\r\n")));
    }
}
