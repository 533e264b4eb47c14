//! Stored objects: whatever one of them becomes, in whatever moment of a run, the use cases end, in bounded memory,
//! and a run that met an object that cannot be read is not called complete.

use crate::connection::connection;
use crate::plant::Plant;
use crate::world::{Moment, World};
use crate::xdome_page::CONNECTION;
use bytes::Bytes;
use causeway_domain::definition::Registered;
use causeway_domain::layout::RunKeys;
use causeway_domain::run::RunOutcome;
use causeway_domain::{ConnectionName, Failure, Outcome, RunId};
use causeway_runs::{StartRequest, register};
use jiff::SignedDuration;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Messages after which a run that is not decided never will be: its deadline is far behind.
const STEPS: usize = 400;

/// The second run of a connection, from its first message to the last.
struct Course {
    plant: Plant,
    name: ConnectionName,
    run: RunId,
    moments: Vec<Moment>,
}

/// A clean one, and one with a row that is rejected.
static COURSES: LazyLock<[Course; 2]> = LazyLock::new(|| [false, true].map(course));

fn course(with_reject: bool) -> Course {
    // Without its maps, which every step would read again with the manifest and nothing here applies.
    let registered = Registered { documents: BTreeMap::new(), ..connection(CONNECTION) };
    let name = registered.definition.name.clone();
    let plant = Plant { later: true, with_reject };
    let world = World::empty(Plant { later: false, ..plant });
    world.run(register(&world.engine, &registered)).expect("it is registered");
    start(&world, &name).expect("it starts");
    while world.step() {}
    let world = World::at(&world.moment(), plant);
    let run = start(&world, &name).expect("it starts again");
    let mut moments = vec![world.moment()];
    while world.step() {
        moments.push(world.moment());
    }
    let expected = if with_reject { Outcome::Partial } else { Outcome::Complete };
    assert_eq!(outcome(&world, &name, &run).map(|outcome| outcome.outcome), Some(expected));
    Course { plant, name, run, moments }
}

/// Which moment, which object, what is done to it (2 bytes: a place), and the bytes it is done with.
pub fn store(bytes: &[u8]) {
    let [moment, object, change, place, further, rest @ ..] = bytes else { return };
    let [clean, with_reject] = &*COURSES;
    let Course { plant, name, run, moments } = if change & 0x80 == 0 { clean } else { with_reject };
    let moment = usize::from(*moment) % moments.len();
    let Some(moment) = moments.get(moment) else { return };
    let world = World::at(moment, *plant);
    let at = usize::from(*object) % moment.objects.len();
    let Some((key, before)) = moment.objects.iter().nth(at) else { return };
    let place = usize::from(u16::from_le_bytes([*place, *further]));
    let after = changed(key, before, *change, place, rest);
    world.objects.damage(key, after.clone());
    let unreadable = after.is_some_and(|after| !is_readable(key, &after));

    let steps = (0..STEPS).take_while(|_| world.step()).count();
    // Of pages and counts that were judged before, a decided run only adds up what they cost.
    let has = |name: &str| moment.objects.keys().any(|key| key.ends_with(name));
    let is_judged =
        key.contains("/pages/") && has("/plan.json") || key.contains("/counts/") && has("/coverage.json");
    // Of earlier runs only their history is told, and what is no longer needed is removed.
    let is_history = key.starts_with("runs/") && !key.contains(&run.to_string());
    let met = unreadable && world.objects.was_read(key) && !is_judged && !is_history;
    let ended = outcome(&world, name, run);
    if met && let Some(ended) = &ended {
        assert_ne!(ended.outcome, Outcome::Complete, "complete, though {key} cannot be read: {ended:?}");
    }
    assert!(steps < STEPS, "after {STEPS} messages there are more; {key} was damaged");
    looked_at(&world, name, run);
    if let Ok(next) = start(&world, name) {
        let steps = (0..STEPS).take_while(|_| world.step()).count();
        assert!(steps < STEPS, "the next run does not end; {key} was damaged");
        looked_at(&world, name, &next);
    }
}

/// The object in another state; `None` when it is gone.
fn changed(key: &str, before: &Bytes, change: u8, place: usize, rest: &[u8]) -> Option<Bytes> {
    let text = unpacked(key, before);
    match change % 5 {
        0 => Some(Bytes::copy_from_slice(rest)),
        1 => Some(packed(key, rest)),
        // A piece in the middle gives way to other text.
        2 | 3 => {
            let (front, back) = text.split_at(place % (text.len() + 1));
            let removed = usize::from(change / 5).min(back.len());
            Some(packed(key, &[front, rest, back.get(removed..).unwrap_or_default()].concat()))
        }
        _ => None,
    }
}

fn unpacked(key: &str, body: &Bytes) -> Vec<u8> {
    if key.ends_with(".zst") { zstd::decode_all(&**body).expect("as written") } else { body.to_vec() }
}

fn packed(key: &str, text: &[u8]) -> Bytes {
    if key.ends_with(".zst") {
        Bytes::from(zstd::bulk::compress(text, 1).expect("in memory"))
    } else {
        Bytes::copy_from_slice(text)
    }
}

/// Whether any reader could make something of it.
fn is_readable(key: &str, body: &[u8]) -> bool {
    if key.ends_with(".zst") {
        zstd::bulk::decompress(body, 1 << 20).is_ok()
    } else {
        serde_json::from_slice::<IgnoredAny>(body).is_ok()
    }
}

fn start(world: &World, name: &ConnectionName) -> Result<RunId, Failure> {
    let at = world.engine.clock.now() + SignedDuration::from_hours(24);
    world.pass(at);
    let request = StartRequest { at, token: "t".to_owned() };
    world.run(causeway_runs::start(&world.engine, name, &request)).map(|started| started.run)
}

fn outcome(world: &World, name: &ConnectionName, run: &RunId) -> Option<RunOutcome> {
    let stored = world.run(world.engine.objects.get(&RunKeys::new(name, run).attempt(0).outcome()));
    stored.ok().flatten().and_then(|stored| serde_json::from_slice(&stored.body).ok())
}

/// Every way of looking at a run shows it or says what is wrong.
fn looked_at(world: &World, name: &ConnectionName, run: &RunId) {
    let engine = &world.engine;
    let failures = world.run(async {
        [
            causeway_runs::list(engine).await.err(),
            causeway_runs::runs(engine, name).await.err(),
            causeway_runs::progress(engine, name, run).await.err(),
            causeway_runs::details(engine, name, run).await.err(),
            causeway_runs::verdicts(engine, name, run).await.err(),
            causeway_runs::rejects(engine, name, run).await.err(),
        ]
    });
    for failure in failures.into_iter().flatten() {
        assert!(!failure.subject.is_empty() && !failure.detail.is_empty(), "no words: {failure:?}");
    }
}
