//! The course of a game: what happens around the runs.

use crate::connection;
use crate::fault::Fault;
use crate::game::Game;
use crate::sim::{Act, Event, Inner, Millis};
use crate::vendor::table::SITES;
use causeway_domain::InterventionKind;

/// Ways in which a vendor's answers may be untrue for the time of a run. Never two at once, and never while its tables
/// move: some pairs cannot be told from an honest answer by anybody.
const LIES: [Fault; 8] = [
    Fault::VendorNullList,
    Fault::VendorShortPage,
    Fault::VendorEmptyPage,
    Fault::VendorWrongCount,
    Fault::VendorRepeatsRow,
    Fault::VendorWithholdsRow,
    Fault::VendorLeadsBack,
    Fault::VendorUnsortedIds,
];

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60_000;

impl Game {
    /// A run is due: the world has moved on, perhaps somebody has edited the connection.
    pub(crate) fn due(&mut self, number: u32) {
        let changes = self.plan.below(9);
        let shrinks = self.happens(Fault::WorldShrinks, 120);
        let lie = self.plan.pick(&LIES).copied().filter(|_| self.plan.per_mille(300));
        let lie = lie.filter(|fault| self.happens(*fault, 1000));
        let forgives = self.plan.per_mille(500);
        self.sim.with(|inner| {
            see_again(inner);
            let (now, faults) = (inner.now, inner.setup.faults);
            (0..changes).for_each(|_| drop(inner.vendor.change(now, faults)));
            if shrinks {
                inner.vendor.shrink(now);
            }
            inner.vendor.lie = lie;
            inner.vendor.withhold(lie);
            if forgives {
                inner.receiver.refused.clear();
            }
        });
        let mut at = 0;
        if self.happens(Fault::Redefined, 300) {
            self.definition = connection::draw(&mut self.plan);
            self.later(0, Act::Register { number, attempt: 0 });
            at += 30 * SECOND;
        }
        if self.happens(Fault::FireLate, 100) {
            at += self.plan.between(1, 20) * MINUTE;
        }
        self.fire(number, at);
        if lie.is_none() && self.happens(Fault::WorldMoves, 650) {
            for _ in 0..self.plan.between(3, 30) {
                let when = at + self.plan.below(120 * SECOND);
                self.later(when, Act::Change);
            }
        }
        self.around(at);
    }

    fn fire(&mut self, number: u32, at: Millis) {
        self.later(at, Act::Fire { number, token: "schedule", attempt: 0 });
        let again = [100, SECOND, 20 * SECOND, 5 * MINUTE, 60 * MINUTE];
        let again = self.plan.pick(&again).copied().unwrap_or(SECOND);
        let again = self.plan.below(again);
        if self.happens(Fault::FireTwice, 150) {
            self.later(at + again, Act::Fire { number, token: "schedule", attempt: 0 });
        }
        let within = [100, 3 * MINUTE, 3 * MINUTE, 60 * MINUTE];
        let within = self.plan.pick(&within).copied().unwrap_or(MINUTE);
        let other = self.plan.below(within);
        if self.happens(Fault::FireOverlapping, 300) {
            self.later(at + other, Act::Fire { number, token: "person", attempt: 0 });
        }
    }

    /// What happens to the machinery and the token about this time.
    fn around(&mut self, at: Millis) {
        let (resumed, lost, redriven) =
            (self.plan.below(10 * MINUTE), self.plan.below(3 * MINUTE), self.plan.between(1, 200) * MINUTE);
        if self.happens(Fault::Resume, 200) {
            self.later(at + resumed, Act::Resume);
        }
        if self.happens(Fault::QueueLost, 30) {
            self.later(at + lost, Act::LoseQueue);
            self.later(at + lost + resumed, Act::Resume);
        }
        if self.happens(Fault::QueueRedrive, 300) {
            self.later(at + redriven, Act::Redrive);
        }
        let refused = at + self.plan.below(40 * SECOND);
        if self.happens(Fault::VendorRefusesField, 80) {
            self.later(refused, Act::RefuseField);
        }
        let persons = [
            (Fault::PersonApproves, InterventionKind::Approve),
            (Fault::PersonDiscards, InterventionKind::Discard),
            (Fault::PersonRedrives, InterventionKind::Redrive),
        ];
        for (fault, kind) in persons {
            // Some come while the run is at work, some long after it, some at the moment of the next.
            let later = self.plan.between(1, 125) * MINUTE;
            if self.happens(fault, 250) {
                self.later(at + later, Act::Person(kind));
            }
        }
        let blind = if self.plan.per_mille(500) { 0 } else { self.plan.below(30 * SECOND) };
        let site = self.plan.pick(&SITES).copied().unwrap_or("North");
        if self.happens(Fault::TokenLosesSite, 150) {
            self.later(if blind == 0 { 0 } else { at + blind }, Act::Blind(site));
        }
    }

    fn later(&mut self, delay: Millis, act: Act) {
        self.sim.with(|inner| inner.act_in(delay, act));
    }
}

/// The token sees all sites and fields again.
fn see_again(inner: &mut Inner) {
    (inner.vendor.blind, inner.vendor.refuses) = (None, false);
    inner.vendor.history.see_all(inner.now);
}

/// Something happens by itself.
pub(crate) fn happen(inner: &mut Inner, act: &Act) {
    let now = inner.now;
    match act {
        Act::Change if !inner.healed => {
            let faults = inner.setup.faults;
            let change = inner.vendor.change(now, faults);
            inner.note(|| change);
        }
        Act::Redrive => {
            let count: usize = inner.queues.iter_mut().map(|queue| queue.redrive(now)).sum();
            let ended = inner.oracle.nothing_live();
            inner.tally.sometimes("redrive after the end", u64::from(count > 0 && ended));
        }
        Act::LoseQueue => {
            let number = inner.delays.below(3) as usize;
            if let Some(queue) = inner.queues.get_mut(number) {
                queue.letters.clear();
            }
            crate::oracle::messages::lost(inner, number);
        }
        Act::Blind(site) => {
            see_again(inner);
            inner.vendor.blind = Some(site);
            inner.vendor.history.hide(now, site);
        }
        Act::RefuseField => {
            inner.vendor.refuses = true;
            inner.vendor.history.refuse(now);
        }
        _ => {}
    }
}

/// No fault from now on, and whatever was put aside is tried once more.
pub(crate) fn heal(inner: &mut Inner) {
    see_again(inner);
    inner.healed = true;
    crate::oracle::ending::healed(inner);
    inner.vendor.lie = None;
    inner.vendor.can_be_asked = true;
    inner.vendor.withhold(None);
    inner.receiver.refused.clear();
    let now = inner.now;
    for queue in &mut inner.queues {
        queue.redrive(now);
    }
    // Changes that are still to come would be faults.
    let change = |event: &Event| {
        matches!(
            event,
            Event::Act(Act::Change | Act::Blind(_) | Act::Person(_) | Act::LoseQueue | Act::RefuseField)
        )
    };
    inner.events.retain(|_, event| !change(event));
}

/// A world in which every difference between vendor and destination is a mistake.
pub(crate) fn settle(inner: &mut Inner) {
    crate::oracle::ending::all_decided(inner);
    let now = inner.now;
    inner.vendor.settle(now);
}
