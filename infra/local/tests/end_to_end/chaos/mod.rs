//! `make chaos`: one connection's life of many runs, with changes at the vendor between them and faults on both sides,
//! killed with SIGKILL a hundred times at random. At the end everything is as on a machine that was left in peace.

mod damaged;
mod moment;
mod phase;
mod setting_up;
mod tally;

use crate::full_disk;
use crate::killing::kill_when;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::twin::expect_same;
use crate::world::{Wishes, World, faults, small};
use causeway_local::{Home, SystemClock, SystemIds};
use causeway_simulators::XdomeConfig;
use causeway_simulators::xdome::{Advance, Change, Token};
use moment::Moment;
use phase::Phase;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::io::Error;
use std::sync::Arc;
use tally::Tally;

/// Kills when none are asked for.
const KILLS: u64 = 120;

/// Runs at least, however fast the kills come.
const RUNS: u64 = 6;

/// Faults of vendor and receiver, run by run. All heal.
const TROUBLES: [(&str, &str); 4] = [
    ("[]", "[]"),
    (
        r#"[{"endpoint":"relations","every":7,"times":3,"action":{"kind":"status-before","status":503}},
            {"endpoint":"devices","nth":3,"action":{"kind":"truncate","bytes":900}}]"#,
        r#"[{"endpoint":"sync","every":4,"times":2,"action":{"kind":"expire-token"}}]"#,
    ),
    (
        r#"[{"endpoint":"relations","every":9,"times":2,"action":{"kind":"hang-after","milliseconds":20}}]"#,
        r#"[{"endpoint":"sync","every":3,"times":3,"action":{"kind":"status-after","status":502}}]"#,
    ),
    (
        r#"[{"endpoint":"relations","every":6,"times":2,"action":{"kind":"too-many-requests","retry_after":1}}]"#,
        r#"[{"endpoint":"sync","nth":2,"action":{"kind":"hang-after","milliseconds":20}}]"#,
    ),
];

#[test]
#[ignore = "takes minutes: `make chaos` plays it"]
fn a_connection_killed_a_hundred_times_ends_as_one_left_in_peace() -> Result<()> {
    let (seed, wanted) = (number("CHAOS_SEED", 1), number("CHAOS_KILLS", KILLS));
    eprintln!("Seed {seed}. `make chaos SEED={seed} KILLS={wanted}` draws the same moments again.");
    let mut chance = StdRng::seed_from_u64(seed);
    let mut tally = Tally::new(wanted);
    let (steady, killed) = (machine(seed)?, machine(seed)?);
    steady.connect(wishes())?;
    setting_up::first(&killed, &mut chance, &mut tally)?;
    while tally.runs < RUNS || tally.kills() < wanted {
        let before = arrived(&steady);
        steady.run_well()?;
        let (vendor, receiver) = TROUBLES[tally.runs as usize % TROUBLES.len()];
        killed.vendor_faults(&faults(vendor)?)?;
        killed.receiver_faults(&faults(receiver)?)?;
        live_through(&killed, &mut chance, &mut tally)?;
        expect_same(&steady, &killed)?;
        expect_exactly(&killed, &before, Missing::Fixed)?;
        setting_up::again(&killed, &mut chance, &mut tally)?;
        let change = a_day(&mut chance);
        for world in [&steady, &killed] {
            world.change(&change)?;
        }
        tally.runs += 1;
    }
    let before = arrived(&steady);
    for world in [&steady, &killed] {
        world.run_well()?;
    }
    expect_same(&steady, &killed)?;
    expect_exactly(&killed, &before, Missing::Fixed)?;
    nothing_is_left(&killed)?;
    eprintln!("{}", tally.close());
    let missed = tally.missed();
    assert!(missed.is_empty(), "no process was killed while {missed:?}; another seed or more KILLS reach it");
    Ok(())
}

#[test]
#[ignore = "takes a minute: `make chaos` plays it"]
fn a_disk_that_fills_at_any_write_loses_nothing() -> Result<()> {
    let levels: Vec<u64> = (0..16).map(|step| step * 24).collect();
    full_disk::fill(&levels)
}

/// A number that `make` hands over.
fn number(name: &str, other: u64) -> u64 {
    let text = std::env::var_os(name).unwrap_or_default();
    text.to_str().and_then(|text| text.parse().ok()).unwrap_or(other)
}

fn machine(seed: u64) -> Result<World> {
    // Either text is accepted, whichever of two a killed `secret set` left.
    let token = |text: &str| Token { text: text.to_owned(), ..Token::default() };
    let tokens = vec![token(Token::DEFAULT), token(setting_up::OTHER_TOKEN)];
    World::of(XdomeConfig { seed, devices: 60, findings: 300, tokens, ..small() })
}

fn wishes() -> Wishes<'static> {
    // The guard of vanished sites is not what is tested here.
    Wishes { destination: "\n[guards]\nhold_vanished_site = false\n", ..Wishes::default() }
}

/// What becomes of the vendor's world between two runs.
fn a_day(chance: &mut StdRng) -> Change {
    Change::Advance(Advance {
        percent: Some(chance.random_range(2.0..8.0)),
        days: Some(chance.random_range(1..=3)),
        devices_removed: Some(chance.random_range(0..=1)),
        devices_added: Some(chance.random_range(0..=2)),
        reopened: Some(chance.random_range(0..=3)),
        ..Advance::default()
    })
}

/// One run, with as many processes as the kills leave it.
fn live_through(world: &World, chance: &mut StdRng, tally: &mut Tally) -> Result<()> {
    let home = world.home();
    let before = phase::generation(&home)?;
    for _ in 0..chance.random_range(12..=24) {
        let from = Phase::of(&home, before)?;
        tally.resumed += u64::from(from != Phase::Starting);
        let mut moment = Moment::draw(chance, from);
        let child = world.place.command(&["run", "plant", "--json"]).spawn()?;
        if let Some(ended) = kill_when(child, || moment.has_come(|| Phase::of(&home, before)))? {
            assert_eq!(ended.code, 0, "{ended:?}");
            return Ok(());
        }
        let phase = Phase::of(&home, before)?;
        tally.killed(phase);
        if phase == Phase::Leaving {
            return Ok(());
        }
    }
    let last = world.place.call(&["run", "plant", "--json"])?;
    tally.resumed += u64::from(last.stderr.contains("resuming run"));
    assert_eq!(last.code, 0, "{last:?}");
    Ok(())
}

/// No message is in a queue or put aside, no file is half-written.
fn nothing_is_left(world: &World) -> Result<()> {
    let home = Home::open(&world.home()).map_err(Error::other)?;
    let queues = home.queues(Arc::new(SystemClock), Arc::new(SystemIds)).map_err(Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (depths, dead) = runtime.block_on(async { (queues.depths().await, queues.dead_letters().await) });
    assert_eq!(depths.map_err(Error::other)?, Default::default());
    assert_eq!(dead.map_err(Error::other)?, []);
    let temporary = std::fs::read_dir(world.home().join("objects/.tmp"))?;
    let left: Vec<_> = temporary.map(|entry| Ok(entry?.file_name())).collect::<Result<_>>()?;
    let files = left.iter().filter(|name| !name.as_encoded_bytes().ends_with(b".lock"));
    assert_eq!(files.count(), 0, "{left:?}");
    Ok(())
}
