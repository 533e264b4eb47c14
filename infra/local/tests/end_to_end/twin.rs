//! Two machines with the same vendor: what must be equal whatever one of them went through.

use crate::oracle::arrived;
use crate::process::Result;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Error, Read};
use std::path::Path;

/// What arrived, what is known of it, and how every run ended.
pub(crate) fn expect_same(steady: &World, other: &World) -> Result<()> {
    // Statuses first: their difference is the shortest.
    assert_eq!(arrived(other), arrived(steady));
    assert_eq!(payloads(other), payloads(steady));
    assert_eq!(ledger(other)?, ledger(steady)?);
    assert_eq!(endings(other)?, endings(steady)?);
    Ok(())
}

/// What the receiver has, but for the dates of findings that were closed by absence: those are the runs' own.
fn payloads(world: &World) -> BTreeMap<(String, String), Value> {
    let findings = world.receiver.control.findings(None, None).into_iter().map(|kept| {
        let mut payload = kept.payload.unwrap_or_default();
        if let Some(payload) = payload.as_object_mut().filter(|_| kept.status.as_deref() == Some("FIXED")) {
            payload.remove("lastFixedOn");
        }
        ((kept.asset, kept.finding), payload)
    });
    let assets = world.receiver.control.assets().into_iter();
    assets
        .map(|kept| ((kept.asset, String::new()), kept.payload.unwrap_or_default()))
        .chain(findings)
        .collect()
}

/// The records of the ledger in force, without what names a run or its time.
fn ledger(world: &World) -> Result<Vec<Value>> {
    let objects = world.home().join("objects");
    let state = read_json(&objects.join("connections/plant/state.json"))?;
    let index = state.pointer("/ledger/index").and_then(Value::as_str).unwrap_or_default();
    let index = read_json(&objects.join(index))?;
    let segments = index.get("segments").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut records = Vec::new();
    for key in segments.iter().filter_map(|segment| segment.get("key")?.as_str()) {
        let mut text = String::new();
        zstd::Decoder::new(std::fs::File::open(objects.join(key))?)?.read_to_string(&mut text)?;
        for line in text.lines() {
            let mut record: Value = serde_json::from_str(line).map_err(Error::other)?;
            if let Some(members) = record.as_object_mut() {
                let own: &[&str] = match members.get("closed_by").and_then(Value::as_str) {
                    Some("absence") => &["first_seen", "last_seen", "fixed_on"],
                    _ => &["first_seen", "last_seen"],
                };
                members.retain(|name, _| !own.contains(&name.as_str()));
            }
            records.push(record);
        }
    }
    assert!(records.len() > 60, "{} records in {index}", records.len());
    Ok(records)
}

/// Outcome, reasons and verdicts of each run, the newest first.
fn endings(world: &World) -> Result<Vec<Vec<Value>>> {
    let runs = world.place.call(&["runs", "--json"])?.json()?;
    let ids = runs.as_array().into_iter().flatten().filter_map(|run| run.get("run")?.as_str());
    let ending = |id| {
        let account = world.place.call(&["run", "show", id, "--json"])?.json()?;
        let parts = ["outcome", "reasons", "assets", "findings", "rejects", "refused", "dead_letters"];
        Ok(parts.map(|part| account.get(part).cloned().unwrap_or_default()).into())
    };
    ids.map(ending).collect()
}

/// An object, parsed.
pub(crate) fn read_json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&std::fs::read(path)?).map_err(Error::other)
}
