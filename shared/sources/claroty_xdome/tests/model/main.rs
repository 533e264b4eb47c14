//! The source model at its boundary: bodies in the vendor's shapes in, staged records and rejects out.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod answers;
mod fields;
mod product_rows;
mod properties;
mod settings;
mod shapes;
mod values;

use causeway_claroty_xdome::XdomeSettings;
use causeway_claroty_xdome::model::{Transform, shipped};
use causeway_ledger::{StagedPage, StagedRecord};
use causeway_ports::Records;
use serde_json::Value;

const DEVICES: &[u8] = include_bytes!("fixtures/devices.json");
const RELATIONS: &[u8] = include_bytes!("fixtures/relations.json");

/// Settings with nothing but what is needed, and a dashboard address that ends in a slash.
fn settings() -> XdomeSettings {
    let settings = XdomeSettings::with_presets("https://api.example.org", "token").unwrap();
    XdomeSettings { dashboard_url: "https://plant.dashboard.example.org/".parse().ok(), ..settings }
}

fn map(name: &str) -> (&'static str, &'static str) {
    *shipped().iter().find(|(known, _)| *known == name).unwrap()
}

fn transform(settings: &XdomeSettings) -> Transform {
    Transform::new(settings, map("claroty-xdome-asset"), map("claroty-xdome-host-asset")).unwrap()
}

/// The staged lines of `records`, in key order.
fn lines(records: &Records) -> Vec<Value> {
    let page = StagedPage::write(records).unwrap();
    let lines = page.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read = |line: &[u8]| {
        let staged: StagedRecord<'_> = serde_json::from_slice(line).unwrap();
        assert_eq!(serde_json::to_vec(&staged).unwrap(), line, "a line is exactly a staged record");
        serde_json::from_slice(line).unwrap()
    };
    lines.map(read).collect()
}
