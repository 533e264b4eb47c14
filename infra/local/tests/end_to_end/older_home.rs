//! A home of the version before, as it was when its process was killed in mid-run: it is read, finished and used on.
//!
//! That version asked for a count by a page (messages of version 1) and stored it as one. Its second run has read all pages
//! and waits for the counts. A bucket holds the same objects, and the queues of a stack the same messages.

use crate::oracle::arrived;
use crate::process::Result;
use crate::world::{World, small};
use causeway_simulators::XdomeConfig;
use std::fs;
use std::path::Path;

/// The home: objects and queues, without secrets.
const HOME: &[u8] = include_bytes!("homes/counts-as-pages.tar.zst");

/// The run that was interrupted.
const INTERRUPTED: &str = "20261130T163112Z-a533ac25";

/// Values in the stored files that differ today: the addresses of both simulators, and the deadline of the run.
const VENDOR: &str = "http://127.0.0.1:18471";
const RECEIVER: &str = "http://127.0.0.1:18472";
const DEADLINE: &str = "2026-11-30T20:31:12.656718982Z";

#[test]
fn a_home_of_the_version_before_is_finished_and_used_on() -> Result<()> {
    let world = World::of(XdomeConfig { seed: 305, devices: 40, findings: 160, ..small() })?;
    tar::Archive::new(zstd::Decoder::new(HOME)?).unpack(world.place.path())?;
    bring_up_to_date(&world.home().join("objects"), &world)?;
    world.secret("xdome-token", "simulated-xdome-token")?;
    world.secret("etm-password", "simulated-etm-password")?;

    let doctor = world.place.call(&["doctor"])?;
    assert!(!doctor.stdout.contains("not written by Causeway"), "{}", doctor.stdout);

    let ran = world.run()?;
    ran.ends(0, "complete");
    assert_eq!(ran.at("/run"), INTERRUPTED);
    assert_eq!(ran.at("/coverage/0/count_at_end"), 39);
    assert_eq!(ran.at("/coverage/1/count_at_end"), 152);
    assert_eq!(ran.number("/findings/verdicts/unchanged"), 236, "{}", ran.account);

    // Its raw pages are mapped again, and what vanished since is closed by the ledger that it left.
    let replayed = world.place.call(&["replay", "plant"])?;
    assert_eq!(replayed.code, 0, "{replayed:?}");
    let changed = world.pass_a_day()?;
    let ran = world.run_well()?;
    assert!(ran.number("/findings/rules/absence-confirmed") >= 2, "{}", ran.account);
    let arrived = arrived(&world);
    for gone in &changed.removed {
        let of_row =
            |key: &(String, String)| key.0 == gone.device_uid && key.1.starts_with(&gone.vulnerability_id);
        let statuses: Vec<_> =
            arrived.iter().filter(|(key, _)| of_row(key)).map(|(_, status)| status).collect();
        assert!(
            !statuses.is_empty() && statuses.iter().all(|status| *status == "FIXED"),
            "{gone:?}: {statuses:?}"
        );
    }
    Ok(())
}

fn bring_up_to_date(folder: &Path, world: &World) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            bring_up_to_date(&path, world)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path)?;
            let text = text.replace(VENDOR, &world.vendor.base_url);
            let text = text.replace(RECEIVER, &world.receiver.base_url);
            fs::write(&path, text.replace(DEADLINE, "2999-01-01T00:00:00Z"))?;
        }
    }
    Ok(())
}
