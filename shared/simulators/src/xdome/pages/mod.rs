//! Makes pages: selects rows and writes their text.

mod breaking;
mod mangle;
mod plan;
mod reshape;
mod selection;

pub(super) use breaking::fails;
pub(super) use mangle::mangle;

use super::Rows;
use super::fields::Schema;
use super::judge::Query;
use super::world::World;
use plan::Plan;
use selection::select;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

/// Selections and plans kept for the next page of the same query.
const KEPT: usize = 12;

/// The rows of one page, before they become a response.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Row after row, without anything between.
    text: String,
    /// Range of each row in `text`.
    rows: Vec<Range<usize>>,
    /// Rows that the query selects.
    pub(super) total: usize,
}

/// Makes pages and caches their common parts.
#[derive(Debug, Default)]
pub(super) struct Pages {
    plans: Mutex<VecDeque<Arc<Plan>>>,
    selections: Mutex<VecDeque<Selection>>,
}

/// Selected places, computed by the first request while others wait.
#[derive(Debug)]
struct Selection {
    rows: Rows,
    version: u64,
    sites: Option<Vec<String>>,
    selection: String,
    places: Arc<OnceLock<Vec<u32>>>,
}

impl Pages {
    /// The page of `query`, limited to `sites`.
    pub(super) fn page(
        &self,
        world: &World,
        schema: &Schema,
        query: &Query,
        sites: Option<&[String]>,
    ) -> Page {
        let plan = self.plan(world, schema, query);
        let from = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let to = from.saturating_add(query.limit);
        if query.filter.is_none() && query.sort.is_empty() && sites.is_none() {
            let total = match schema.rows {
                Rows::Devices => world.device_count(),
                Rows::Relations => world.relation_count(),
            };
            let page = plan.write(world, from.min(total)..to.min(total));
            return Page { total, ..page };
        }
        let selection = self.selection(world.version, schema, query, sites);
        let places = selection.get_or_init(|| select(world, schema, query, sites));
        let wanted = places.get(from.min(places.len())..to.min(places.len())).unwrap_or_default();
        Page { total: places.len(), ..plan.write(world, wanted.iter().map(|place| *place as usize)) }
    }

    fn plan(&self, world: &World, schema: &Schema, query: &Query) -> Arc<Plan> {
        let mut plans = self.plans.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(plan) = plans.iter().find(|plan| plan.is_for(schema.rows, &query.fields)) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(Plan::new(world, schema, &query.fields));
        plans.push_front(Arc::clone(&plan));
        plans.truncate(KEPT);
        plan
    }

    fn selection(
        &self,
        version: u64,
        schema: &Schema,
        query: &Query,
        sites: Option<&[String]>,
    ) -> Arc<OnceLock<Vec<u32>>> {
        let mut selections = self.selections.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        selections.retain(|kept| kept.version >= version);
        let found = selections.iter().find(|kept| {
            (kept.version, kept.rows) == (version, schema.rows)
                && kept.selection == query.selection
                && kept.sites.as_deref() == sites
        });
        if let Some(found) = found {
            return Arc::clone(&found.places);
        }
        let places = Arc::new(OnceLock::new());
        selections.push_front(Selection {
            rows: schema.rows,
            version,
            sites: sites.map(<[String]>::to_vec),
            selection: query.selection.clone(),
            places: Arc::clone(&places),
        });
        selections.truncate(KEPT);
        places
    }
}

impl Page {
    /// The texts of the rows.
    fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rows.iter().map(|range| self.text.get(range.clone()).unwrap_or_default())
    }
}
