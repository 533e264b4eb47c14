//! What one seed plays: how large the world is, how many runs, which faults, how often.

use crate::fault::{Fault, Faults};
use crate::random::Random;
use crate::vendor::way::Way;
use causeway_domain::delivery::Takes;

/// One game, derived from its seed; the shrinker takes parts of it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The seed.
    pub seed: u64,
    /// Faults that may happen.
    pub faults: Faults,
    /// Runs before everything heals.
    pub runs: u32,
    /// Devices at the start.
    pub devices: u32,
    /// How often faults of a call happen, in percent of the usual.
    pub intensity: u64,
    /// Whether visibility is shorter than slow work takes.
    pub tight_visibility: bool,
    /// Whether the vendor's order has nothing to do with the keys.
    pub scrambled: bool,
    /// Whether the vendor can be asked for single records; once it is calm, every vendor can.
    pub can_be_asked: bool,
    /// Whether the destination adds findings to what it has instead of replacing an asset.
    pub receiver_merges: bool,
    /// What the destination takes of an asset: in one of six games assets alone.
    pub takes: Takes,
    /// Whether the destination is sent links after the items, as in one of six games.
    pub links: bool,
    /// How the vendor lets its lists be read; each way has a quarter of the seeds.
    pub way: Way,
    /// Whether the next version is rolled out meanwhile.
    pub rolls_out: bool,
    /// A kind of fault that is made out to break something, to see what a failing seed looks like.
    pub trap: Option<Fault>,
}

fn way(seed: u64, random: &mut Random) -> Way {
    let (chains, counted) = (random.between(1, 3) as u16, random.per_mille(500));
    match seed % 4 {
        0 => Way::Windows,
        1 => Way::NumberedPages,
        2 => Way::Ids { chains, counted },
        _ => Way::Cursors { counted },
    }
}

impl Setup {
    /// The game of `seed`.
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed, "setup");
        let devices = match random.below(10) {
            0 => random.between(20, 40),
            1..4 => random.between(10, 20),
            _ => random.between(5, 10),
        };
        let intensity = [0, 30, 100, 100, 250, 500].get(random.below(6) as usize).copied().unwrap_or(100);
        let mut faults = Faults::ALL;
        // Rare faults are met alone too, so each kind is left out of many games.
        for fault in Fault::ALL {
            if random.per_mille(300) {
                faults = faults.without(*fault);
            }
        }
        Self {
            seed,
            faults,
            runs: random.between(2, 5) as u32,
            devices: devices as u32,
            intensity,
            tight_visibility: random.per_mille(300),
            scrambled: random.per_mille(400),
            receiver_merges: random.per_mille(300),
            rolls_out: random.per_mille(300),
            way: way(seed, &mut random),
            // Drawn last, so that seeds which found something earlier still make the same worlds.
            takes: if random.below(6) == 0 { Takes::Assets } else { Takes::AssetsWithFindings },
            links: random.below(6) == 0,
            // Each way of reading once in twelve times.
            can_be_asked: (seed / 4) % 12 != 7,
            trap: None,
        }
    }

    /// The command that plays this game again.
    pub fn command(&self) -> String {
        let original = Self::of(self.seed);
        let gone: Vec<_> = Fault::ALL
            .iter()
            .filter(|fault| original.faults.has(**fault) && !self.faults.has(**fault))
            .map(|fault| fault.name())
            .collect();
        let mut command =
            format!("cargo run --release -p causeway-simulation -- --seed {} --trace", self.seed);
        if self.runs != original.runs {
            command.push_str(&format!(" --runs {}", self.runs));
        }
        if let Some(trap) = self.trap {
            command.push_str(&format!(" --trap {trap}"));
        }
        if self.devices != original.devices {
            command.push_str(&format!(" --devices {}", self.devices));
        }
        if !gone.is_empty() {
            command.push_str(&format!(" --without {}", gone.join(",")));
        }
        command
    }
}
