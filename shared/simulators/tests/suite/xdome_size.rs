//! The simulator at size.

use crate::client::{RELATIONS, ask};
use causeway_simulators::XdomeSimulator;
use causeway_simulators::xdome::{Advance, Change, XdomeConfig};
use serde_json::json;

#[tokio::test]
async fn a_large_world_starts_and_serves_its_last_page() {
    // A tenth in a debug build, which is about ten times slower.
    let part = if cfg!(debug_assertions) { 10 } else { 1 };
    let (devices, findings) = (100_000 / part, 1_000_000 / part);
    let running =
        XdomeSimulator::start(XdomeConfig { devices, findings, ..XdomeConfig::default() }).await.unwrap();
    let active = json!({"field": "device_retired", "operation": "in", "value": [false]});
    let question = |offset: u64| {
        json!({"fields": ["device_uid", "vulnerability_id", "vulnerability_description", "device_name"],
            "filter_by": active, "include_count": true, "offset": offset, "limit": 1000})
    };
    let first = ask(&running.base_url, RELATIONS, &question(0)).await.unwrap().json();
    let count = first["count"].as_u64().unwrap();
    assert!(count > u64::from(findings) * 9 / 10);
    let last = ask(&running.base_url, RELATIONS, &question(count - 10)).await.unwrap().json();
    assert_eq!(last["devices_vulnerabilities"].as_array().unwrap().len(), 10);
    assert_eq!(running.control.state().findings, u64::from(findings));
    let changed = running.control.apply(&Change::Advance(Advance::default())).unwrap();
    assert!(changed.fixed.len() as u32 > findings / 500);
}
