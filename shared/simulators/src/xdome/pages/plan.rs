//! Writes the rows of one list of fields. Columns of a vulnerability are written once for all pages, columns of a device
//! once for its findings in a page, and only the pair's own columns for each row.

use super::Page;
use crate::json::Json;
use crate::xdome::Rows;
use crate::xdome::catalogue::Vulnerability;
use crate::xdome::fields::{
    DeviceWriter, PairWriter, Schema, VulnerabilityWriter, Writer, assignees_data, unrequested,
};
use crate::xdome::world::{DeviceRow, PairRow, World};
use std::sync::OnceLock;

/// A list of fields, prepared.
#[derive(Debug)]
pub(super) struct Plan {
    rows: Rows,
    fields: Vec<usize>,
    device: Vec<(String, DeviceWriter)>,
    vulnerability: Vec<(String, VulnerabilityWriter)>,
    relevance: Option<String>,
    pair: Vec<(String, PairWriter)>,
    /// Whether the vendor adds `assignees_data`.
    with_assignees: bool,
    /// Columns of each vulnerability, filled on demand.
    written: Vec<OnceLock<String>>,
}

impl Plan {
    pub(super) fn new(world: &World, schema: &Schema, fields: &[usize]) -> Self {
        let mut plan = Self {
            rows: schema.rows,
            fields: fields.to_vec(),
            device: Vec::new(),
            vulnerability: Vec::new(),
            relevance: None,
            pair: Vec::new(),
            with_assignees: false,
            written: world.catalogue.vulnerabilities.iter().map(|_| OnceLock::new()).collect(),
        };
        for field in fields.iter().filter_map(|field| schema.field(*field)) {
            let name = format!(",\"{}\":", field.name);
            plan.with_assignees |= field.name.ends_with("assignees") && schema.rows == Rows::Devices;
            match field.writer {
                Writer::Device(write) => plan.device.push((name, write)),
                Writer::Vulnerability(write) => plan.vulnerability.push((name, write)),
                Writer::Relevance => plan.relevance = Some(name),
                Writer::Pair(write) => plan.pair.push((name, write)),
            }
        }
        plan
    }

    pub(super) fn is_for(&self, rows: Rows, fields: &[usize]) -> bool {
        self.rows == rows && self.fields == fields
    }

    /// The rows at `places`, in that order.
    pub(super) fn write(&self, world: &World, places: impl Iterator<Item = usize>) -> Page {
        let mut json = Json::default();
        let mut rows = Vec::new();
        let mut device = Columns::default();
        for place in places {
            let start = json.text.len();
            match self.rows {
                Rows::Devices => {
                    let Some(row) = world.device_at(place) else { continue };
                    device.of(self, &row);
                    object(&mut json, |json| json.text.push_str(&device.json.text));
                }
                Rows::Relations => {
                    let Some(pair) = world.relation_at(place) else { continue };
                    if device.slot != Some(pair.relation.device) {
                        world.device(pair.relation.device).into_iter().for_each(|row| device.of(self, &row));
                    }
                    object(&mut json, |json| self.relation(&pair, &device.json.text, json));
                }
            }
            rows.push(start..json.text.len());
        }
        Page { text: json.text, rows, total: 0 }
    }

    fn relation(&self, pair: &PairRow<'_>, device: &str, json: &mut Json) {
        json.text.push_str(device);
        match self.written.get(usize::from(pair.relation.vulnerability)) {
            Some(written) => {
                json.text.push_str(written.get_or_init(|| self.vulnerability(pair.vulnerability)));
            }
            None => json.text.push_str(&self.vulnerability(pair.vulnerability)),
        }
        if let Some(name) = &self.relevance {
            json.text.push_str(name);
            json.string(pair.relation.relevance.text());
        }
        for (name, write) in &self.pair {
            json.text.push_str(name);
            write(pair, json);
        }
        unrequested(pair, json);
    }

    fn vulnerability(&self, vulnerability: &Vulnerability) -> String {
        let mut json = Json::default();
        for (name, write) in &self.vulnerability {
            json.text.push_str(name);
            write(vulnerability, &mut json);
        }
        json.text
    }
}

/// The columns of one device, each with a comma before it.
#[derive(Debug, Default)]
struct Columns {
    slot: Option<u32>,
    json: Json,
}

impl Columns {
    fn of(&mut self, plan: &Plan, row: &DeviceRow<'_>) {
        self.slot = Some(row.slot);
        self.json.text.clear();
        for (name, write) in &plan.device {
            self.json.text.push_str(name);
            write(row, &mut self.json);
        }
        if plan.with_assignees && row.percent(500, 70) {
            self.json.text.push_str(",\"assignees_data\":");
            assignees_data(row, &mut self.json);
        }
    }
}

/// Braces around members that each begin with a comma; the first comma makes room for the brace.
fn object(json: &mut Json, members: impl FnOnce(&mut Json)) {
    let start = json.text.len();
    members(json);
    if json.text.len() > start {
        json.text.replace_range(start..=start, "{");
    } else {
        json.text.push('{');
    }
    json.text.push('}');
}
