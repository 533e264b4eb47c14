//! Schedules: what is due is started once, whoever looks, however late, and wherever a look is cut short.

use crate::world::{Act, Call, World, failure};
use causeway_domain::connection::ScheduleRecord;
use causeway_domain::definition::{LocalTime, Occurs, ScheduleSettings};
use causeway_domain::{ConnectionState, FailureKind, Outcome, RunId};
use causeway_runs::{Attended, Fired, attend};
use jiff::Timestamp;
use std::sync::Arc;

fn schedule(occurs: Occurs) -> Option<ScheduleSettings> {
    Some(ScheduleSettings { occurs, time_zone: "UTC".to_owned(), start: None, end: None, enabled: true })
}

fn daily(times: &[&str]) -> Option<ScheduleSettings> {
    schedule(Occurs::Daily { at: times.iter().map(|time| time.parse().unwrap()).collect() })
}

/// A day of March 2026, when the clock of the scenarios begins.
fn march(text: &str) -> Timestamp {
    format!("2026-03-{text}Z").parse().unwrap()
}

/// A plant that is to run every day at two.
async fn planned() -> World {
    let mut world = World::in_memory().await;
    world.define(|definition| definition.schedule = daily(&["02:00"])).await;
    world
}

impl World {
    /// Looks at the connection at `at`, having its run in hand.
    async fn look(&self, at: &str) -> Attended {
        self.clock.reach(march(at));
        let current = self.record().await.current_run;
        attend(&self.engine, &self.name, current.as_ref()).await.unwrap()
    }

    /// The runs there are, oldest first, by the time in their ids.
    async fn fired(&self) -> Vec<String> {
        let runs = causeway_runs::runs(&self.engine, &self.name).await.unwrap();
        let mut times: Vec<String> = runs.iter().map(|(run, ..)| run.as_str()[6..13].to_owned()).collect();
        times.reverse();
        times
    }

    async fn handled(&self) -> Option<Timestamp> {
        let stored = self.engine.objects.get("connections/plant/schedule.json").await.unwrap()?;
        serde_json::from_slice::<ScheduleRecord>(&stored.body).unwrap().handled
    }
}

fn run_of(attended: &Attended) -> Option<RunId> {
    match &attended.due.as_ref()?.fired {
        Fired::Run(run) => Some(run.clone()),
        Fired::Busy => None,
    }
}

#[tokio::test]
async fn a_connection_goes_through_the_states_of_the_product() {
    let mut world = World::new().await;
    assert_eq!(world.record().await.state, ConnectionState::Registered);
    world.define(|definition| definition.schedule = daily(&["02:00"])).await;
    assert_eq!(world.record().await.state, ConnectionState::Scheduled);
    world.define(|definition| definition.schedule.as_mut().unwrap().enabled = false).await;
    assert_eq!(world.record().await.state, ConnectionState::Registered);
    world.define(|definition| definition.schedule.as_mut().unwrap().enabled = true).await;

    let early = world.look("01T01:59:59").await;
    assert!(early.due.is_none() && early.next.unwrap().at == march("01T02:00:00"), "{early:?}");
    let run = run_of(&world.look("01T02:00:01").await).unwrap();
    assert_eq!(run, RunId::derive(&world.name, march("01T02:00:00"), "schedule"));
    assert_eq!(world.record().await.state, ConnectionState::Processing);
    world.drain().await;
    let after = world.look("01T03:00:00").await;
    assert_eq!(after.ended.map(|(run, outcome)| (run, outcome.outcome)), Some((run, Outcome::Complete)));
    assert!(after.live.is_none() && after.due.is_none() && after.next.unwrap().at == march("02T02:00:00"));
    assert_eq!(world.record().await.state, ConnectionState::Processed);

    world.vendor.script(|_, _| Act::Fail(failure(FailureKind::Unauthorized)));
    let refused = world.look("02T02:00:00").await;
    assert!(run_of(&refused).is_some(), "a run that fails at once has been: {refused:?}");
    assert_eq!(world.record().await.state, ConnectionState::Errored);
    let after = world.look("02T02:00:01").await;
    assert_eq!(after.ended.map(|(_, outcome)| outcome.outcome), Some(Outcome::Failed));
    assert!(after.due.is_none(), "it is not started again before its time");
}

#[tokio::test]
async fn a_month_passes_and_each_start_is_one_run() {
    let world = planned().await;
    for hour in 0..24 * 30 {
        let at = format!("{:02}T{:02}:00:30", 1 + hour / 24, hour % 24);
        world.look(&at).await;
        world.drain().await;
    }
    let expected: Vec<String> = (1..=30).map(|day| format!("{day:02}T0200")).collect();
    assert_eq!(world.fired().await, expected);
    assert_eq!(world.record().await.generation.0, 30);
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once() {
    let world = planned().await;
    let late = world.look("09T12:00:00").await.due.unwrap();
    assert_eq!((late.start.at, late.missed), (march("09T02:00:00"), 8));
    world.drain().await;
    assert!(world.look("09T12:00:01").await.due.is_none());
    assert_eq!(world.fired().await, ["09T0200"]);
}

#[tokio::test]
async fn a_start_while_a_run_is_live_waits_for_its_end() {
    let mut world = World::in_memory().await;
    world.define(|definition| definition.schedule = schedule(Occurs::Hourly { every_hours: 1 })).await;
    let first = run_of(&world.look("01T01:00:00").await).unwrap();
    for at in ["01T02:00:00", "01T03:00:00"] {
        let busy = world.look(at).await;
        assert!(matches!(busy.due.as_ref().unwrap().fired, Fired::Busy), "{busy:?}");
        assert_eq!(busy.live, Some(first.clone()));
    }
    world.drain().await;
    let made_up = world.look("01T03:10:00").await.due.unwrap();
    assert_eq!((made_up.start.at, made_up.missed), (march("01T03:00:00"), 1));
    world.drain().await;
    assert!(world.look("01T03:20:00").await.due.is_none());
    assert_eq!(world.fired().await, ["01T0100", "01T0300"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_look_at_once_start_one_run() {
    let mut world = World::new().await;
    world.define(|definition| definition.schedule = daily(&["02:00"])).await;
    let world = Arc::new(world);
    world.clock.reach(march("01T02:00:00"));
    let looks: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { attend(&world.engine, &world.name, None).await })
        })
        .collect();
    for look in looks {
        look.await.unwrap().unwrap();
    }
    world.drain().await;
    assert_eq!(world.fired().await, ["01T0200"]);
    assert_eq!(world.receiver.sent().len(), 4, "sent once");
    assert_eq!(world.handled().await, Some(march("01T02:00:00")));
}

/// Cut short before any write and looked at again, at once or after the next start has come: neither lost nor twice.
#[tokio::test]
async fn a_look_that_is_cut_short_is_repeated() {
    for (again, expected) in [("01T02:00:05", &["01T0200"][..]), ("02T02:00:05", &["01T0200", "02T0200"])] {
        let mut writes = 0;
        loop {
            let world = planned().await;
            world.clock.reach(march("01T02:00:00"));
            world.power.fail_after(writes);
            let cut = attend(&world.engine, &world.name, None).await.is_err();
            world.restart().await;
            world.look(again).await;
            world.drain().await;
            // Where the first run was live it is followed by what has become due meanwhile.
            world.look(again).await;
            world.drain().await;
            let fired = world.fired().await;
            let latest = &expected[expected.len() - 1..];
            assert!(fired == expected || (cut && writes == 0 && fired == latest), "{writes}: {fired:?}");
            assert!(world.look(again).await.due.is_none(), "{writes}");
            assert_eq!(world.record().await.generation.0 as usize, fired.len(), "{writes}");
            writes += 1;
            if !cut {
                break;
            }
        }
        assert!(writes > 4, "only {writes} writes to be cut short before");
    }
}

#[tokio::test]
async fn an_edited_schedule_counts_from_its_edit() {
    let mut world = planned().await;
    world.clock.reach(march("05T12:00:00"));
    // Applied again without a change, what was missed is still to be made up for.
    world.define(|definition| definition.retain_delta = true).await;
    assert!(world.look("05T12:00:00").await.due.is_some());
    world.drain().await;
    world.define(|definition| definition.schedule = daily(&["02:00", "11:00"])).await;
    let edited = world.look("05T12:00:01").await;
    assert!(edited.due.is_none() && edited.next.unwrap().at == march("06T02:00:00"), "{edited:?}");
    world.define(|definition| definition.schedule.as_mut().unwrap().enabled = false).await;
    let off = world.look("09T12:00:00").await;
    assert!(off.due.is_none() && off.next.is_none());
    world.define(|definition| definition.schedule.as_mut().unwrap().enabled = true).await;
    assert!(world.look("09T12:00:01").await.due.is_none(), "what was switched off was not missed");
    world.define(|definition| definition.schedule = None).await;
    assert!(world.look("20T12:00:00").await.next.is_none());
    assert_eq!(world.fired().await, ["05T0200"]);
}

#[tokio::test]
async fn once_is_made_up_for_and_then_over() {
    let mut world = World::in_memory().await;
    let start = LocalTime("2026-03-03T10:00:00".parse().unwrap());
    let once = schedule(Occurs::Once).map(|once| ScheduleSettings { start: Some(start), ..once });
    world.define(|definition| definition.schedule = once).await;
    let late = world.look("04T00:00:00").await;
    assert!(run_of(&late).is_some() && late.next.is_none(), "{late:?}");
    world.drain().await;
    assert!(world.look("30T00:00:00").await.due.is_none());
    assert_eq!(world.fired().await, ["03T1000"]);
}

/// Somebody else's run, or one of a process that was killed, is gone on with.
#[tokio::test]
async fn a_run_that_nobody_has_in_hand_goes_on() {
    let world = planned().await;
    world.clock.reach(march("01T02:00:00"));
    // The claim is written, nothing after it.
    world.power.fail_after(1);
    attend(&world.engine, &world.name, None).await.unwrap_err();
    world.power.restore();
    let found = attend(&world.engine, &world.name, None).await.unwrap();
    assert!(found.live.is_some() && found.live == run_of(&found), "{found:?}");
    world.drain().await;
    world.ended(&found.live.unwrap(), 0).await.is(Outcome::Complete);
}

#[tokio::test]
async fn trouble_that_is_not_the_runs_own_is_tried_again() {
    let world = planned().await;
    world.vendor.script(|call, _| match call {
        Call::Open => Act::Fail(failure(FailureKind::Unavailable)),
        _ => Act::Honest,
    });
    assert!(run_of(&world.look("01T02:00:00").await).is_some());
    world.vendor.behave();
    assert!(world.look("01T02:00:01").await.due.is_none());
    world.power.fail_after(0);
    world.clock.reach(march("02T02:00:00"));
    assert_eq!(
        attend(&world.engine, &world.name, None).await.unwrap_err().kind,
        FailureKind::StoreUnavailable
    );
    world.power.restore();
    assert!(run_of(&world.look("02T02:00:01").await).is_some());
}

#[tokio::test]
async fn a_deleted_connection_is_not_found() {
    let world = planned().await;
    causeway_runs::remove(&world.engine, &world.name).await.unwrap();
    assert_eq!(attend(&world.engine, &world.name, None).await.unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(world.handled().await, None);
}
