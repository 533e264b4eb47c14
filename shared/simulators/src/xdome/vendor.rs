//! The vendor as a whole: world, tokens, faults, counters.

use super::catalogue::Site;
use super::door::Door;
use super::fields::Schema;
use super::judge::judge;
use super::pages::{Pages, fails, mangle};
use super::state::{SiteState, TruthDevice, TruthFinding, XdomeState};
use super::world::{World, uid_text};
use super::{Change, Changed, Relevance, XdomeConfig};
use crate::SimulatorError;
use crate::faults::{Action, Endpoint, FaultScript, Kind};
use crate::json::Json;
use crate::timing::RateGate;
use crate::traffic::TrafficCounter;
use crate::wire::Reply;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// The simulator's state.
#[derive(Debug)]
pub(super) struct Vendor {
    pub(super) door: Door,
    pub(super) faults: FaultScript,
    pub(super) gate: RateGate,
    pub(super) traffic: TrafficCounter,
    pub(super) latency: Duration,
    world: RwLock<Arc<World>>,
    pages: Pages,
    devices: Schema,
    relations: Schema,
}

impl Vendor {
    pub(super) fn new(config: XdomeConfig) -> Result<Self, SimulatorError> {
        Ok(Self {
            world: RwLock::new(Arc::new(World::new(&config)?)),
            door: Door::new(config.tokens),
            faults: FaultScript::new(Kind::Xdome, config.faults)?,
            gate: RateGate::new(config.rate_limit),
            traffic: TrafficCounter::default(),
            latency: Duration::from_millis(config.latency_ms),
            pages: Pages::default(),
            devices: Schema::devices(&config.rejected_fields)?,
            relations: Schema::relations(&config.rejected_fields)?,
        })
    }

    /// A snapshot of the world.
    pub(super) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    pub(super) fn apply(&self, change: &Change) -> Result<Changed, SimulatorError> {
        let mut world = self.world.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::make_mut(&mut world).apply(change)
    }

    /// The response to an authorized request.
    pub(super) fn answer(
        &self,
        endpoint: Endpoint,
        is_json: bool,
        body: &[u8],
        sites: Option<&[String]>,
        action: &Action,
    ) -> Reply {
        let schema = if endpoint == Endpoint::Devices { &self.devices } else { &self.relations };
        if let Action::RefuseFields { fields } = action {
            let fewer = match endpoint {
                Endpoint::Devices => Schema::devices(fields),
                _ => Schema::relations(fields),
            };
            match fewer.map(|fewer| judge(&fewer, is_json, body)) {
                Ok(Ok(_)) => {}
                Ok(Err(mistakes)) => return Reply::detail(422, mistakes.into_detail()),
                Err(wrong) => return Reply::detail(500, wrong.to_string()),
            }
        }
        let query = match judge(schema, is_json, body) {
            Ok(query) => query,
            Err(mistakes) => return Reply::detail(422, mistakes.into_detail()),
        };
        if let Action::Change { change } = action
            && let Err(wrong) = self.apply(change)
        {
            return Reply::detail(500, wrong.to_string());
        }
        let world = self.world();
        let page = self.pages.page(&world, schema, &query, sites);
        if fails(&page, &query, action) {
            return Reply::detail(500, "Internal Server Error");
        }
        // The vendor counts for the first page only.
        let count = (query.include_count && query.offset == 0).then_some(page.total);
        Reply::json_text(200, mangle(schema.rows, &page, (query.offset, count), action, &world.reshapes))
    }

    pub(super) fn state(&self) -> XdomeState {
        let world = self.world();
        let mut state = world.state();
        state.faults_happened = self.faults.happened();
        state.traffic = self.traffic.snapshot();
        state
    }
}

impl World {
    fn state(&self) -> XdomeState {
        let empty = |site: &Site| SiteState {
            name: site.name.clone(),
            group: site.group.clone(),
            devices: 0,
            findings: 0,
        };
        let mut sites: Vec<SiteState> = self.sites.iter().map(empty).collect();
        let mut by_relevance: Vec<(Relevance, u64)> = Relevance::ALL.map(|relevance| (relevance, 0)).into();
        let mut active_devices = 0;
        for row in (0..self.device_count()).filter_map(|place| self.device_at(place)) {
            active_devices += u64::from(!row.device.retired);
            sites.get_mut(usize::from(row.device.site)).into_iter().for_each(|site| site.devices += 1);
        }
        for pair in (0..self.relation_count()).filter_map(|place| self.relation_at(place)) {
            let site =
                self.device(pair.relation.device).map_or(usize::MAX, |row| usize::from(row.device.site));
            sites.get_mut(site).into_iter().for_each(|site| site.findings += 1);
            by_relevance
                .get_mut(pair.relation.relevance as usize)
                .into_iter()
                .for_each(|(_, count)| *count += 1);
        }
        let mut clock = Json::default();
        clock.timestamp_plain(self.now);
        XdomeState {
            version: self.version,
            clock: clock.text.trim_matches('"').to_owned(),
            devices: self.device_count() as u64,
            active_devices,
            findings: self.relation_count() as u64,
            by_relevance,
            sites,
            faults_happened: Vec::new(),
            traffic: crate::Traffic::default(),
        }
    }

    /// Devices for oracles.
    pub(super) fn truth_devices(&self, from: usize, count: usize) -> impl Iterator<Item = TruthDevice> {
        let places = from..from.saturating_add(count).min(self.device_count());
        places.filter_map(|place| self.device_at(place)).map(|row| TruthDevice {
            device_uid: uid_text(row.device.uid),
            category: row.profile.category.to_owned(),
            site: row.site().map(|site| site.name.clone()).unwrap_or_default(),
            retired: row.device.retired,
            findings: self.relations_of(row.slot).len() as u64,
        })
    }

    /// The finding at a place, for oracles.
    pub(super) fn truth_finding(&self, place: usize) -> Option<TruthFinding> {
        let pair = self.relation_at(place)?;
        let row = self.device(pair.relation.device)?;
        let closed = super::fields::resolution_date(&pair);
        Some(TruthFinding {
            device_uid: uid_text(row.device.uid),
            vulnerability_id: pair.vulnerability.id.clone(),
            cve_ids: pair.vulnerability.cves.clone(),
            relevance: pair.relation.relevance,
            resolution_date: closed,
            score_hundredths: (pair.score() * 100.0).round() as u32,
            category: row.profile.category.to_owned(),
            site: row.site().map(|site| site.name.clone()).unwrap_or_default(),
            retired: row.device.retired,
        })
    }
}
