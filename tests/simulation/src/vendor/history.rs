//! What each row was at every moment.

use super::table::{Row, Usable};
use super::{RowId, Vendor};
use crate::sim::Millis;
use causeway_claroty_xdome::XdomeSettings;
use causeway_domain::FindingStatus;
use std::collections::BTreeMap;

/// States of all rows, each from a moment on; `None` while there is no such row.
#[derive(Default)]
pub(crate) struct History {
    rows: BTreeMap<RowId, Vec<(Millis, Option<Row>)>>,
    blind: Vec<(Millis, Millis, &'static str)>,
    refused: Vec<(Millis, Millis)>,
    pub(crate) changed_at: Vec<Millis>,
}

impl History {
    fn note(&mut self, id: RowId, now: Millis, row: Option<Row>) {
        let states = self.rows.entry(id).or_default();
        if states.last().is_some_and(|(_, last)| *last == row) || (states.is_empty() && row.is_none()) {
            return;
        }
        states.push((now, row));
    }

    /// Notes that `site` is not seen from `now` on.
    pub(crate) fn hide(&mut self, now: Millis, site: &'static str) {
        self.blind.push((now, Millis::MAX, site));
        self.changed_at.push(now);
    }

    /// Notes that the field `value` is refused from `now` on.
    pub(crate) fn refuse(&mut self, now: Millis) {
        self.refused.push((now, Millis::MAX));
        self.changed_at.push(now);
    }

    /// Whether the field was refused for some of the time.
    pub(crate) fn refused(&self, from: Millis, to: Millis) -> bool {
        self.refused.iter().any(|(start, end)| *start <= to && *end >= from)
    }

    /// Notes that everything is seen again.
    pub(crate) fn see_all(&mut self, now: Millis) {
        for (_, end) in &mut self.refused {
            *end = (*end).min(now);
        }
        for (_, end, _) in &mut self.blind {
            *end = (*end).min(now);
        }
        let partly = !self.blind.is_empty() || !self.refused.is_empty();
        self.changed_at.extend(partly.then_some(now));
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = RowId> {
        self.rows.keys().copied()
    }

    /// The states that the row had between the two moments, both included.
    pub(crate) fn during(&self, id: RowId, from: Millis, to: Millis) -> Vec<Option<&Row>> {
        let Some(states) = self.rows.get(&id) else { return Vec::new() };
        let first = states.partition_point(|(at, _)| *at <= from).saturating_sub(1);
        let mut found: Vec<Option<&Row>> = Vec::new();
        if states.first().is_some_and(|(at, _)| *at > from) {
            found.push(None);
        }
        let inside = states.iter().skip(first).take_while(|(at, _)| *at <= to);
        found.extend(inside.map(|(_, row)| row.as_ref()));
        found
    }

    /// The rows' states if it was there, readable, seen and in scope all the time.
    pub(crate) fn throughout(
        &self,
        id: RowId,
        (from, to): (Millis, Millis),
        settings: &XdomeSettings,
    ) -> Option<Vec<&Row>> {
        let states: Option<Vec<&Row>> = self.during(id, from, to).into_iter().collect();
        let states = states.filter(|states| !states.is_empty())?;
        let fine = |row: &&Row| {
            row.usable == Usable::Yes && row.in_scope(settings) && !self.hidden(&row.site, from, to)
        };
        states.iter().all(fine).then_some(states)
    }

    /// Whether the finding was open, for whoever may see it, all the time.
    pub(crate) fn open_throughout(&self, id: RowId, from: Millis, to: Millis) -> bool {
        let states = self.during(id, from, to);
        !states.is_empty()
            && states.iter().all(|row| row.is_some_and(|row| row.status == FindingStatus::Open))
    }

    /// Whether the token did not see the site for some of the time.
    pub(crate) fn hidden(&self, site: &str, from: Millis, to: Millis) -> bool {
        self.blind.iter().any(|(start, end, blind)| *blind == site && *start <= to && *end >= from)
    }

    /// Whether any site or field was hidden since then.
    pub(crate) fn hidden_since(&self, from: Millis) -> bool {
        self.blind.iter().any(|(_, end, _)| *end >= from) || self.refused(from, Millis::MAX)
    }

    /// Whether the row ever had this content.
    pub(crate) fn ever(&self, id: RowId, fits: impl Fn(&Row) -> bool) -> bool {
        self.rows.get(&id).is_some_and(|states| states.iter().any(|(_, row)| row.as_ref().is_some_and(&fits)))
    }
}

impl Vendor {
    /// Writes down what has become of a device and its findings.
    pub(crate) fn note(&mut self, device: u32, now: Millis) {
        let numbers = self.history.ids().filter(|id| id.0 == device);
        let mut ids: Vec<RowId> = numbers.collect();
        ids.push((device, None));
        ids.extend(
            self.findings.range((device, 0)..=(device, u32::MAX)).map(|((_, n), _)| (device, Some(*n))),
        );
        for id in ids {
            let row = self.row(id);
            self.history.note(id, now, row);
        }
        self.history.changed_at.push(now);
        self.version += 1;
    }
}
