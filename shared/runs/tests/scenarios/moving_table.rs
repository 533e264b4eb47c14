//! A table that moves, shrinks and lies while it is read: repaired where it can be, declared where it cannot, and never
//! a reason to close anything.

use crate::world::{Act, Call, Ended, Tables, World, failure};
use causeway_domain::page::Window;
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{FailureKind, Outcome, Stream};

/// Does `act` at the first read of the findings page at `offset`.
fn once_at(world: &World, offset: u64, mut act: impl FnMut(&mut Tables) -> Act + Send + 'static) {
    let mut done = false;
    world.vendor.script(move |call, tables| {
        let here = *call == Call::Fetch(Stream::Findings, Window { offset, limit: 4 });
        if !here || done {
            return Act::Honest;
        }
        done = true;
        act(tables)
    });
}

fn catch_up_pages(ended: &Ended) -> u64 {
    ended.outcome.coverage.iter().map(|stream| stream.catch_up_pages).sum()
}

#[tokio::test]
async fn rows_deleted_behind_the_reader_are_repaired() {
    let mut world = World::settled().await;
    once_at(&world, 6, |tables| {
        tables.remove("cam-1", "v1");
        tables.remove("cam-1", "v2");
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    assert!(catch_up_pages(&second) > 0);
    assert_eq!(second.verdicts, vec![], "what was skipped was read after all");
    world.vendor.behave();
    assert_eq!(world.run().await.outcome.findings.of(Verdict::Fixed), 2);
}

#[tokio::test]
async fn rows_inserted_ahead_and_behind_are_found() {
    let mut world = World::settled().await;
    once_at(&world, 6, |tables| {
        tables.put("cam-1", "v0");
        (5..9).for_each(|n| tables.put("pump-2", &format!("v{n}")));
        Act::Honest
    });
    let second = world.run().await;
    second.is(Outcome::Complete);
    let new = second.outcome.findings.of(Verdict::New);
    assert!(new >= 4, "the end moved and was followed: {new}");
    assert_eq!(second.outcome.findings.of(Verdict::Unchanged), 12);
}

#[tokio::test]
async fn a_page_that_comes_back_empty_is_read_again() {
    let mut world = World::settled().await;
    for offset in [0, 3, 6, 9] {
        once_at(&world, offset, |_| Act::Answer(|_| Vec::new()));
        let ended = world.run().await;
        ended.is(Outcome::Complete);
        assert!(catch_up_pages(&ended) > 0, "page at {offset}");
        assert_eq!(ended.verdicts, vec![], "page at {offset}");
    }
}

#[tokio::test]
async fn a_page_cut_short_is_read_again() {
    let mut world = World::settled().await;
    for offset in [0, 3, 6, 9] {
        once_at(&world, offset, |_| {
            Act::Answer(|mut rows| {
                rows.truncate(1);
                rows
            })
        });
        let ended = world.run().await;
        ended.is(Outcome::Complete);
        assert!(catch_up_pages(&ended) > 0, "page at {offset}");
        assert_eq!(ended.verdicts, vec![], "page at {offset}");
    }
}

/// Of three windows the first two close the gap; which of them was read first must show in no figure.
#[tokio::test]
async fn what_is_read_again_is_judged_when_all_of_it_is_there() {
    let mut world = World::settled().await;
    let (mut cut, mut failures) = (false, 3);
    world.vendor.script(move |call, _| match call {
        Call::Fetch(Stream::Findings, Window { offset: 3, .. }) if !std::mem::replace(&mut cut, true) => {
            Act::Answer(|rows| rows.into_iter().take(1).collect())
        }
        Call::Fetch(Stream::Findings, Window { offset: 7, .. }) if failures > 0 => {
            failures -= 1;
            Act::Fail(failure(FailureKind::Timeout))
        }
        _ => Act::Honest,
    });
    let ended = world.run().await;
    ended.is(Outcome::Complete);
    assert_eq!(catch_up_pages(&ended), 3);
}

#[tokio::test]
async fn a_page_that_holds_the_rows_of_another_is_read_again() {
    let mut world = World::settled().await;
    for (offset, instead) in [(3, 0), (6, 3), (6, 0), (9, 6), (0, 3)] {
        once_at(&world, offset, move |_| Act::Shifted(instead));
        let ended = world.run().await;
        ended.is(Outcome::Complete);
        assert_eq!(ended.verdicts, vec![], "page at {offset} came as the one at {instead}");
    }
}

/// One row is really gone and must not be closed while `script` spoils the coverage.
async fn nothing_is_closed(script: impl FnMut(&Call, &mut Tables) -> Act + Send + 'static) -> String {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.remove("pump-2", "v2"));
    world.vendor.script(script);
    let second = world.run().await;
    let reasons = second.is(Outcome::Partial);
    assert_eq!(second.verdict("pump-2", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
    assert_eq!(second.outcome.findings.of(Verdict::Fixed), 0);
    assert!(!world.vendor.take_calls().iter().any(|call| matches!(call, Call::Confirm(_))));
    world.vendor.behave();
    world.vendor.change(|tables| tables.miscount = 0);
    assert_eq!(world.run().await.outcome.findings.of(Verdict::Fixed), 1);
    reasons
}

#[tokio::test]
async fn a_row_that_is_never_handed_out_closes_nothing() {
    let reasons = nothing_is_closed(|call, _| match call {
        Call::Fetch(Stream::Findings, _) => Act::Answer(|rows| {
            rows.into_iter().filter(|row| row.as_ref().unwrap().key.asset != "cam-2").collect()
        }),
        _ => Act::Honest,
    });
    let reasons = reasons.await;
    assert!(reasons.contains("8 unique rows were read, the vendor counts 11"), "{reasons}");
}

#[tokio::test]
async fn pages_that_always_lose_their_last_row_close_nothing() {
    let reasons = nothing_is_closed(|call, _| match call {
        Call::Fetch(Stream::Findings, Window { limit: 4, .. }) => Act::Answer(|mut rows| {
            rows.pop();
            rows
        }),
        _ => Act::Honest,
    });
    assert!(reasons.await.contains("rows may be missing between rows"));
}

#[tokio::test]
async fn a_count_above_what_can_be_read_closes_nothing() {
    let reasons = nothing_is_closed(|_, tables| {
        tables.miscount = 2;
        Act::Honest
    });
    assert!(reasons.await.contains("the vendor counts 13"));
}

#[tokio::test]
async fn an_order_that_has_nothing_to_do_with_keys_is_no_problem() {
    let mut world = World::new().await;
    world.vendor.change(|tables| {
        tables.shuffled = true;
        (10..60).for_each(|n| tables.put("cam-2", &format!("w{n}")));
    });
    let first = world.run().await;
    first.is(Outcome::Complete);
    assert_eq!(first.outcome.findings.of(Verdict::New), 62);
    world.vendor.change(|tables| tables.remove("cam-2", "w33"));
    let second = world.run().await;
    assert_eq!(second.verdict("cam-2", "w33"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
    assert_eq!(second.verdicts.len(), 1);
}
