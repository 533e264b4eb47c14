//! A token that loses a site in the middle of a run closes nothing there (I-1, I-8).

use crate::world::{Act, Call, World};
use causeway_domain::plan::{Rule, Verdict};
use causeway_domain::{Outcome, Stream};

/// The token does not see site South any more once `call` is met for the first time.
fn blind_from(world: &World, met: impl Fn(&Call) -> bool + Send + 'static) {
    world.vendor.script(move |call, tables| {
        if met(call) {
            tables.hidden_sites.insert("South".to_owned());
        }
        Act::Honest
    });
}

#[tokio::test]
async fn lost_before_the_findings_are_read_it_keeps_them() {
    let mut world = World::settled().await;
    blind_from(&world, |call| matches!(call, Call::Fetch(Stream::Findings, _)));
    let second = world.run().await;
    assert!(second.is(Outcome::Partial).contains("could not be confirmed"));
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::NotConfirmed)));
    assert_eq!(world.run().await.outcome.outcome, Outcome::Held, "now nothing of the site is seen");
}

#[tokio::test]
async fn lost_before_the_question_it_keeps_what_is_missing_there() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.remove("cam-1", "v1");
        tables.remove("pump-1", "v1");
    });
    blind_from(&world, |call| matches!(call, Call::Confirm(_)));
    let second = world.run().await;
    second.is(Outcome::Partial);
    assert_eq!(second.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::NotConfirmed)));
    assert_eq!(
        second.verdict("pump-1", "v1"),
        Some((Verdict::Fixed, Rule::AbsenceConfirmed)),
        "seen all the time"
    );
}

#[tokio::test]
async fn a_device_that_moved_away_does_not_hide_that_its_site_is_gone() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        tables.rows_of("cam-1").for_each(|row| row.scope.site = Some("North".into()));
        tables.hidden_sites.insert("South".to_owned());
    });
    assert!(world.run().await.is(Outcome::Held).contains("South"));
}

#[tokio::test]
async fn a_site_whose_last_findings_are_mended_is_believed_the_second_time() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| {
        for asset in ["cam-1", "cam-2"] {
            ["v1", "v2", "v3"].iter().for_each(|finding| tables.remove(asset, finding));
        }
    });
    world.run().await.is(Outcome::Partial);
    let third = world.run().await;
    third.is(Outcome::Complete);
    assert_eq!(third.verdict("cam-2", "v3"), Some((Verdict::Fixed, Rule::AbsenceConfirmed)));
}

/// Records without a site are a site: a token that sees named sites only has lost it.
#[tokio::test]
async fn records_without_a_site_are_kept_when_the_token_sees_named_sites_only() {
    for none in [None, Some(""), Some(" ")] {
        let mut world = World::settled().await;
        world.vendor.change(|tables| {
            tables.rows_of("cam-1").for_each(|row| row.scope.site = none.map(Into::into));
        });
        world.run().await.is(Outcome::Complete);
        world.vendor.change(|tables| tables.hidden_sites.extend([String::new()]));
        let third = world.run().await;
        let reason = third.is(Outcome::Held);
        assert!(reason.contains("no site"), "{none:?}: {reason}");
    }
}

/// Blind from the question on: a control of another site proves nothing about records without one.
#[tokio::test]
async fn records_without_a_site_need_a_control_without_a_site() {
    let mut world = World::settled().await;
    world.vendor.change(|tables| tables.rows_of("cam-1").for_each(|row| row.scope.site = None));
    world.run().await.is(Outcome::Complete);
    world.vendor.change(|tables| tables.remove("cam-1", "v1"));
    world.vendor.script(|call, tables| {
        if matches!(call, Call::Confirm(_)) {
            tables.hidden_sites.insert(String::new());
        }
        Act::Honest
    });
    let third = world.run().await;
    third.is(Outcome::Partial);
    assert_eq!(third.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::NotConfirmed)));
}

/// Found by the simulation: two misses in a row are no proof where the vendor still reports findings of the site.
#[tokio::test]
async fn assets_of_a_site_that_only_findings_were_read_of_are_kept() {
    let mut world = World::new().await;
    ["v1", "v2", "v3"]
        .iter()
        .for_each(|finding| world.vendor.change(|tables| tables.remove("cam-1", finding)));
    world
        .define(|it| {
            (it.run.fix_after_missing_runs, it.run.gone_after_missing_runs) = (2, Some(2));
        })
        .await;
    let mut world = world.settle().await;
    world.vendor.change(|tables| {
        tables.hidden_sites.insert("South".to_owned());
    });
    world.run().await.is(Outcome::Complete);
    // Findings are read before the token loses the site, assets and answers after it.
    world.vendor.script(|call, tables| {
        match call {
            Call::Fetch(Stream::Findings, _) => tables.hidden_sites.remove("South"),
            _ => tables.hidden_sites.insert("South".to_owned()),
        };
        Act::Honest
    });
    let third = world.run().await;
    third.is(Outcome::Partial);
    assert_eq!(third.verdict("cam-1", ""), Some((Verdict::Preserved, Rule::NotConfirmed)));
}

/// Found by the simulation: a token that loses the site in two runs in a row, each time after its assets were read.
#[tokio::test]
async fn lost_twice_before_the_findings_are_read_it_keeps_them() {
    let mut world = World::settled().await;
    world.vendor.script(|call, tables| {
        match call {
            Call::Open | Call::Fetch(Stream::Assets, _) => tables.hidden_sites.remove("South"),
            _ => tables.hidden_sites.insert("South".to_owned()),
        };
        Act::Honest
    });
    for _ in 0..2 {
        let run = world.run().await;
        run.is(Outcome::Partial);
        assert_eq!(run.verdict("cam-1", "v1"), Some((Verdict::Preserved, Rule::NotConfirmed)));
    }
}
