//! The connection of a game, and how it is edited between runs.

use crate::random::Random;
use crate::receiver::SimDestination;
use crate::sim::Sim;
use crate::vendor::source::SimSource;
use crate::version::Version;
use causeway_claroty_xdome::{DataToSync, DeviceCategory, XdomeSettings};
use causeway_domain::definition::{Definition, GuardSettings, Registered, RunSettings, Settings};
use causeway_domain::{ConnectionName, Failure};
use causeway_ports::{Connectors, Destination, NamedTest, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The vendor's token, which nobody but the source may see.
pub(crate) const TOKEN: &str = "sesame-5f1c-open";

/// Its name.
pub(crate) fn name() -> Result<ConnectionName, Failure> {
    ConnectionName::parse("plant")
}

/// A connection as a person might have set it up.
pub(crate) fn draw(random: &mut Random) -> Option<Definition> {
    let mut categories = DeviceCategory::all();
    if random.per_mille(250) {
        let gone = random.below(4) as usize;
        categories.remove(gone);
    }
    let assets_only = random.per_mille(80);
    let source = XdomeSettings {
        data_to_sync: if assets_only { DataToSync::Assets } else { DataToSync::AssetsAndFindings },
        device_categories: categories,
        retired_devices_only: random.per_mille(60),
        page_size: random.between(4, 10) as u32,
        max_answer_mib: 1,
        ..XdomeSettings::with_presets("https://vendor.example", "token").ok()?
    };
    let percents = [20.0, 30.0, 60.0, 100.0];
    let mut definition = Definition {
        name: name().ok()?,
        description: String::new(),
        source: source.stored().ok()?,
        destination: Settings::of("files", &serde_json::json!({ "folder": "out" })).ok()?,
        schedule: None,
        preserve_missing_findings: random.per_mille(150),
        retain_delta: !random.per_mille(120),
        guards: GuardSettings {
            max_fixed_percent: random.pick(&percents).copied().unwrap_or(30.0),
            min_fixed: random.between(1, 6),
            hold_vanished_site: random.per_mille(800),
            hold_vanished_category: random.per_mille(800),
            ..GuardSettings::default()
        },
        run: RunSettings {
            deadline_minutes: [6, 20, 45, 150].get(random.below(4) as usize).copied().unwrap_or(20),
            fix_after_missing_runs: [1, 1, 1, 2, 3].get(random.below(5) as usize).copied().unwrap_or(1),
            ..RunSettings::default()
        },
        preserve_missing_assets: None,
    };
    // Drawn last, so that seeds which found something earlier still make the same worlds.
    definition.preserve_missing_assets =
        random.pick(&[None, Some(true), Some(false), Some(false)]).copied().flatten();
    definition.guards.max_gone_percent = random.pick(&percents).copied();
    definition.guards.min_gone = Some(random.between(1, 4));
    definition.run.gone_after_missing_runs =
        random.pick(&[None, Some(1), Some(1), Some(2)]).copied().flatten();
    definition.run.close_unasked_after_runs = random.pick(&[None, Some(2), Some(3)]).copied().flatten();
    Some(definition)
}

/// The same connection with nothing that excuses a difference between vendor and destination.
pub(crate) fn strict(mut definition: Definition) -> Option<Definition> {
    let source = XdomeSettings {
        data_to_sync: DataToSync::AssetsAndFindings,
        device_categories: DeviceCategory::all(),
        retired_devices_only: false,
        ..XdomeSettings::of(&definition.source).ok()?
    };
    definition.source = source.stored().ok()?;
    definition.preserve_missing_findings = false;
    definition.preserve_missing_assets = None;
    definition.retain_delta = true;
    definition.guards = GuardSettings {
        max_fixed_percent: 100.0,
        min_fixed: 1,
        hold_vanished_site: false,
        hold_vanished_category: false,
        ..GuardSettings::default()
    };
    definition.run.fix_after_missing_runs = 1;
    definition.run.gone_after_missing_runs = None;
    definition.run.deadline_minutes = 45;
    Some(definition)
}

/// As it is registered.
pub(crate) fn registered(definition: Definition) -> Registered {
    Registered { definition, documents: BTreeMap::new(), versions: BTreeMap::new() }
}

/// The simulated vendor and destination of every definition.
pub(crate) struct SimConnectors {
    pub(crate) sim: Sim,
    pub(crate) version: Version,
}

impl Connectors for SimConnectors {
    fn catalog(&self) -> &causeway_domain::definition::Catalog {
        causeway_connectors::catalog()
    }

    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        let settings = XdomeSettings::of(&registered.definition.source)?;
        Ok(Arc::new(SimSource { sim: self.sim.clone(), settings, token: TOKEN }))
    }

    fn destination(&self, _: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        Ok(Arc::new(SimDestination { sim: self.sim.clone(), version: self.version }))
    }

    fn tests(&self, _: &Registered) -> Result<Vec<NamedTest>, Failure> {
        Ok(Vec::new())
    }
}
