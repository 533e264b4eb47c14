//! Two processes on one home.

use crate::killing::kill_when;
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::Result;
use crate::world::{Wishes, World, small};
use causeway_simulators::XdomeConfig;
use std::cell::RefCell;

#[test]
fn a_second_process_is_refused_and_the_first_not_disturbed() -> Result<()> {
    let world = World::of(XdomeConfig { seed: 701, devices: 40, findings: 160, latency_ms: 60, ..small() })?;
    world.connect(Wishes::default())?;
    let first = world.place.command(&["run", "plant", "--json"]).spawn()?;
    let holder = format!("another causeway (process {}) works on this home", first.id());
    let refusals = RefCell::new(Vec::new());
    // Tried until the first has the lock, which it then keeps to its end.
    let lock = world.home().join("engine.lock");
    let first = kill_when(first, || {
        let locked = std::fs::read_to_string(&lock).is_ok_and(|owner| !owner.is_empty());
        if locked && refusals.borrow().is_empty() {
            refusals.borrow_mut().push(world.place.call(&["run", "plant"])?);
            // Reading needs no lock.
            refusals.borrow_mut().push(world.place.call(&["runs", "--json"])?);
        }
        Ok(false)
    })?;
    assert_eq!(first.as_ref().map(|first| first.code), Some(0), "{first:?}");
    let refusals = refusals.into_inner();
    let [refused, listed] = refusals.as_slice() else {
        panic!("the second did not come to it: {refusals:?}")
    };
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains(&holder) && refused.stderr.contains("\n  help: "), "{refused:?}");
    assert_eq!(listed.code, 0, "{listed:?}");
    assert_eq!(world.place.call(&["runs", "--json"])?.json()?.as_array().map(Vec::len), Some(1));
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}
