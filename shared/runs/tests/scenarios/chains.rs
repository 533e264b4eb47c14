//! Lists that are handed out page after page: a chain is never led two ways, never stalls, and what breaks it closes nothing.

use crate::redrive::redriven;
use crate::world::{Act, Call, Way, World, failure};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::reading::{Continuation, Cursor};
use causeway_domain::{FailureKind, Outcome, Series, Stream};
use causeway_runs::PreviewRequest;
use std::time::Duration;

fn ways() -> [Way; 5] {
    [
        Way::Windows,
        Way::NumberedPages,
        Way::Ids(vec![]),
        Way::Ids(vec![300_000_000, 700_000_000]),
        Way::Cursors,
    ]
}

async fn world(way: Way) -> World {
    let world = World::new().await;
    world.vendor.change(|tables| tables.way = way);
    world
}

/// A world whose vendor hands out cursors, after its first run, which has lost a finding since.
async fn one_gone() -> World {
    let mut world = world(Way::Cursors).await;
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));
    world
}

/// Whether it asks for page `number` of the findings, from 0, once one is gone.
fn follows(call: &Call, number: usize) -> bool {
    let cursors = [None, Some("cam-2/v2"), Some("pump-1/v3")];
    let cursor = cursors[number].map(str::to_owned);
    *call == Call::Follow(Stream::Findings, Cursor::Opaque { cursor })
}

#[tokio::test]
async fn every_way_of_reading_ends_the_same() {
    let mut ends = Vec::new();
    for way in ways() {
        let mut world = world(way.clone()).await;
        world.run().await.is(Outcome::Complete);
        assert!(world.run().await.sent.is_empty(), "{way:?}: nothing changed");
        world.vendor.change(|tables| {
            tables.remove("cam-1", "v2");
            tables.put("pump-2", "v4");
        });
        let third = world.run().await;
        third.is(Outcome::Complete);
        assert_eq!(third.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)), "{way:?}");
        ends.push((world.receiver.assets(), world.ledger().await));
    }
    for (way, end) in ways().iter().zip(&ends) {
        assert_eq!(*end, ends[0], "{way:?}");
    }
}

#[tokio::test]
async fn a_vendor_without_counts_is_read_to_its_end() {
    let mut world = world(Way::Cursors).await;
    world.vendor.change(|tables| tables.uncounted = true);
    let ended = world.run().await;
    ended.is(Outcome::Complete);
    assert_eq!(
        ended.outcome.coverage.iter().map(|stream| stream.count_at_start).collect::<Vec<_>>(),
        [None, None]
    );
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));
    assert_eq!(world.run().await.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn numbered_pages_are_pages() {
    let mut world = world(Way::NumberedPages).await;
    world.vendor.change(|tables| (0..40).for_each(|number| tables.put("cam-1", &format!("w{number:02}"))));
    let mut reads = 0;
    world.vendor.script(move |call, tables| {
        if let Call::Fetch(Stream::Findings, window) = call {
            assert_eq!(window.offset % u64::from(window.limit), 0, "{window:?}");
            reads += 1;
            // Rows move between the pages, as they do while people work with the vendor's console.
            if reads == 4 {
                tables.remove("cam-1", "v1");
                tables.remove("cam-1", "v2");
            }
        }
        Act::Honest
    });
    let ended = world.run().await;
    ended.is(Outcome::Complete);
    let ledger = world.ledger().await;
    assert_eq!(ledger.keys().filter(|key| key.finding.starts_with('w')).count(), 40, "none slipped through");
}

#[tokio::test]
async fn a_lost_message_is_sent_again() {
    for steps in 0..6 {
        let mut world = one_gone().await;
        world
            .vendor
            .change(|tables| (0..90).for_each(|number| tables.put("cam-1", &format!("w{number:02}"))));
        world.start().await.unwrap();
        for _ in 0..steps {
            world.advance().await;
        }
        world.lose_links().await;
        world.drain().await;
        let run = world.record().await.current_run.unwrap();
        world.ended(&run, 0).await.is(Outcome::Complete);
        assert_eq!(world.receiver.status("cam-1", "v2").0, "fixed", "lost after {steps} steps");
    }
}

#[tokio::test]
async fn a_vendor_that_pauses_a_chain_for_long_is_not_asked_by_ever_more_messages() {
    let mut world = one_gone().await;
    let mut limited = 0;
    let pause = Duration::from_secs(600);
    world.vendor.script(move |call, _| {
        limited += u32::from(follows(call, 1));
        if follows(call, 1) && limited <= 6 {
            Act::Fail(failure(FailureKind::RateLimited).after(Some(pause)))
        } else {
            Act::Honest
        }
    });
    world.vendor.take_calls();
    world.run().await.is(Outcome::Complete);
    let asked = world.vendor.take_calls().iter().filter(|call| follows(call, 1)).count();
    assert!(asked <= 9, "asked {asked} times for one page");
}

#[tokio::test]
async fn a_duplicate_message_asks_the_vendor_no_more() {
    let mut calls = Vec::new();
    for twice in [false, true] {
        let mut world = world(Way::Cursors).await;
        world.twice = twice;
        world.run().await.is(Outcome::Complete);
        calls.push(world.vendor.take_calls());
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn of_two_writers_the_first_leads() {
    let mut world = world(Way::Cursors).await;
    let mut times = 0;
    world.vendor.script(move |call, _| {
        times += 1;
        match call {
            // What is behind the # changes with each answer and means nothing.
            call if follows(call, 0) => Act::Continue(Continuation::Cursor(format!("cam-2/v1#{times}"))),
            _ => Act::Honest,
        }
    });
    world.start().await.unwrap();
    world.work_at_once(2).await;
    let both = world.vendor.take_calls().iter().filter(|call| follows(call, 0)).count();
    assert_eq!(both, 2, "both have read the first page");
    world.drain().await;
    let run = world.record().await.current_run.unwrap();
    world.ended(&run, 0).await.is(Outcome::Complete);
    assert_eq!(world.ledger().await.len(), 16);
}

#[tokio::test]
async fn an_expired_mark_begins_the_chain_anew() {
    let mut world = one_gone().await;
    let mut expired = false;
    world.vendor.script(move |call, _| match call {
        call if follows(call, 1) && !std::mem::replace(&mut expired, true) => {
            Act::Fail(failure(FailureKind::CursorExpired))
        }
        _ => Act::Honest,
    });
    let ended = world.run().await;
    ended.is(Outcome::Complete);
    assert_eq!(ended.verdict("cam-1", "v2"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

#[tokio::test]
async fn marks_that_always_expire_fail_the_run_and_a_redrive_gets_as_many_attempts() {
    let mut world = one_gone().await;
    world.vendor.script(|call, _| match call {
        call if follows(call, 1) => Act::Fail(failure(FailureKind::CursorExpired)),
        _ => Act::Honest,
    });
    world.vendor.take_calls();
    let ended = world.run().await;
    ended.is(Outcome::Failed);
    let restarts = |calls: Vec<Call>| calls.iter().filter(|call| follows(call, 0)).count();
    assert_eq!(restarts(world.vendor.take_calls()), 4, "once, and three times anew");
    assert_eq!(world.receiver.status("cam-1", "v2").0, "open");
    world.vendor.behave();
    redriven(&world, &ended.run).await.is(Outcome::Complete);
    assert_eq!(world.receiver.status("cam-1", "v2").0, "fixed");
}

#[tokio::test]
async fn a_chain_that_cannot_be_followed_to_its_end_closes_nothing() {
    let broken: [(Continuation, &str); 3] = [
        (Continuation::Cursor("cam-2/v2".to_owned()), "the vendor leads back to a page that was read before"),
        (Continuation::Unfollowable("it leads to another host".to_owned()), "it leads to another host"),
        (Continuation::AfterLastId, "the vendor says that more follow, but not where"),
    ];
    for (continuation, reason) in broken {
        let mut world = one_gone().await;
        world.vendor.script(move |call, _| match call {
            call if follows(call, 1) => Act::Continue(continuation.clone()),
            _ => Act::Honest,
        });
        let ended = world.run().await;
        let reasons = ended.is(Outcome::Partial);
        assert!(reasons.contains(&format!("findings: nothing was read after page 2: {reason}")), "{reasons}");
        assert_eq!(ended.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
    }
}

#[tokio::test]
async fn a_chain_without_end_is_given_up() {
    let mut world = one_gone().await;
    let mut number = 0;
    world.vendor.script(move |call, _| {
        number += 1;
        match call {
            Call::Follow(Stream::Findings, _) => {
                Act::Continue(Continuation::Cursor(format!("cam-2/v1#{number}")))
            }
            _ => Act::Honest,
        }
    });
    let ended = world.run().await;
    let reasons = ended.is(Outcome::Partial);
    assert!(reasons.contains("it does not end after 124 pages"), "{reasons}");
    assert_eq!(ended.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
}

#[tokio::test]
async fn ids_that_do_not_ascend_close_nothing() {
    let mut world = world(Way::Ids(vec![])).await;
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.remove("cam-1", "v2"));
    world.vendor.script(|call, _| match call {
        Call::Follow(Stream::Findings, Cursor::Id { after: None, .. }) => Act::Backwards,
        _ => Act::Honest,
    });
    let ended = world.run().await;
    let reasons = ended.is(Outcome::Partial);
    assert!(reasons.contains("page 1 proves nothing"), "{reasons}");
    assert_eq!(ended.verdict("cam-1", "v2"), Some((Verdict::Preserved, Rule::RunNotComplete)));
}

#[tokio::test]
async fn a_redrive_goes_on_from_the_last_page() {
    let mut world = one_gone().await;
    world.vendor.script(|call, _| match call {
        call if follows(call, 2) => Act::Fail(failure(FailureKind::Unauthorized)),
        _ => Act::Honest,
    });
    let ended = world.run().await;
    ended.is(Outcome::Failed);
    let failed = ended.outcome.failure.unwrap().subject;
    assert!(failed.contains("findings, page 3"), "{failed}");
    world.vendor.behave();
    world.vendor.take_calls();
    redriven(&world, &ended.run).await.is(Outcome::Complete);
    let calls = world.vendor.take_calls();
    assert!(!calls.iter().any(|call| follows(call, 0) || follows(call, 1)), "{calls:?}");
    assert_eq!(world.receiver.status("cam-1", "v2").0, "fixed");
}

#[tokio::test]
async fn a_long_chain_takes_several_messages() {
    let mut world = world(Way::Cursors).await;
    world.vendor.change(|tables| (0..90).for_each(|number| tables.put("cam-1", &format!("w{number:02}"))));
    let ended = world.run().await;
    ended.is(Outcome::Complete);
    let details = causeway_runs::details(&world.engine, &world.name, &ended.run).await.unwrap();
    let links = details.pages.iter().filter(|page| matches!(page.page.series, Series::Chain(_)));
    assert_eq!(links.count(), 1 + 26, "one page of assets, and of 102 findings 26");
}

#[tokio::test]
async fn a_preview_follows_a_chain_for_as_many_pages_as_it_was_told() {
    let world = one_gone().await;
    let request = PreviewRequest { pages: Some(2), records: 1, instead: None };
    let preview = world.preview(&request).await.unwrap();
    let findings = preview.pages.iter().filter(|page| page.page.stream == Stream::Findings);
    assert_eq!(findings.count(), 2);
    let whole = PreviewRequest { pages: None, ..request };
    assert!(world.preview(&whole).await.unwrap().is_whole());
}

#[tokio::test]
async fn killed_after_any_step_a_chain_ends_the_same() {
    let mut calm = one_gone().await;
    calm.run().await.is(Outcome::Complete);
    let undisturbed = (calm.receiver.assets(), calm.ledger().await);
    for steps in 0.. {
        let mut world = one_gone().await;
        world.start().await.unwrap();
        let mut alive = true;
        for _ in 0..steps {
            alive = world.advance().await;
        }
        if !alive {
            assert!(steps > 5, "only {steps} steps to be killed after");
            break;
        }
        world.step_and_die().await;
        world.clock.pass(Duration::from_secs(1));
        world.restart().await;
        let started = causeway_runs::start(&world.engine, &world.name, &world.request(2)).await.unwrap();
        world.drain().await;
        world.ended(&started.run, 0).await.is(Outcome::Complete);
        assert_eq!((world.receiver.assets(), world.ledger().await), undisturbed, "killed in step {steps}");
    }
}
