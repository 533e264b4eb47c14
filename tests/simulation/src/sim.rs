//! The one shared state of a game: time, pending events, and everything the simulated ports act on.
//!
//! A use case runs as a process: a future that is polled by hand. Every call of a port waits at least once, and each
//! wait ends by an event in this state, so the order of all things is a function of the seed.

use crate::fault::Fault;
use crate::oracle::Oracle;
use crate::ports::queue::Messages;
use crate::ports::store::Store;
use crate::random::Random;
use crate::receiver::Receiver;
use crate::setup::Setup;
use crate::tally::Tally;
use crate::trace::Trace;
use crate::vendor::Vendor;
use causeway_domain::Failure;
use causeway_domain::FailureKind;
use causeway_domain::InterventionKind;
use causeway_domain::invariant::Invariant;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Milliseconds of simulated time.
pub(crate) type Millis = u64;

/// 2026-01-01T00:00:00Z, when every game begins.
const BEGIN: i64 = 1_767_225_600_000;

/// What a call of a port waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    Store,
    Queue,
    Vendor,
    Receiver,
}

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
}

/// Not an invariant, and broken on demand only.
const TRAP: Invariant =
    Invariant { id: "trap", holds: "a kind of fault that was named never happens", place: "`--trap`" };

/// Something that is to happen.
pub(crate) enum Event {
    Wake(u32, Waker),
    Act(Act),
}

/// What happens to a world by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// The process is ended at its time limit.
    EndProcess(u32),
    /// The vendor's tables change.
    Change,
    /// The run of this number is due.
    Due(u32),
    /// The schedule, or a person, asks for a run.
    Fire { number: u32, token: &'static str, attempt: u32 },
    /// The connection is registered anew.
    Register { number: u32, attempt: u32 },
    /// Somebody resumes the live run.
    Resume,
    /// A person does this to the newest run, whatever its state.
    Person(InterventionKind),
    /// Dead letters are sent again.
    Redrive,
    /// A queue loses everything.
    LoseQueue,
    /// The token loses a site.
    Blind(&'static str),
    /// The vendor refuses a field.
    RefuseField,
    /// No more faults.
    Heal,
    /// Tables and settings in which nothing excuses a difference.
    Settle,
}

/// Everything.
pub(crate) struct Inner {
    pub(crate) setup: Setup,
    pub(crate) now: Millis,
    pub(crate) events: BTreeMap<(Millis, u64), Event>,
    sequence: u64,
    /// The process that is being polled, and how its clock differs.
    pub(crate) process: u32,
    pub(crate) skew: i64,
    pub(crate) delays: Random,
    pub(crate) chance: Random,
    pub(crate) ids: Random,
    pub(crate) healed: bool,
    pub(crate) store: Store,
    pub(crate) queues: [Messages; 3],
    pub(crate) vendor: Vendor,
    pub(crate) receiver: Receiver,
    pub(crate) oracle: Oracle,
    pub(crate) tally: Tally,
    pub(crate) trace: Trace,
    pub(crate) violation: Option<Violation>,
}

impl Inner {
    pub(crate) fn new(setup: Setup, keep_trace: bool) -> Self {
        let seed = setup.seed;
        let (visibility, max_receives) = if setup.tight_visibility { (20_000, 4) } else { (180_000, 5) };
        let queue = |slots| Messages::new(slots, visibility, max_receives);
        // A message serves for many checks, so its receives say nothing about faults.
        let checks = Messages::new(2, visibility, 60);
        let mut vendor = Vendor::new(Random::new(seed, "vendor"), setup.scrambled, setup.way);
        vendor.can_be_asked = setup.can_be_asked;
        vendor.populate(setup.devices);
        Self {
            now: 0,
            events: BTreeMap::new(),
            sequence: 0,
            process: 0,
            skew: 0,
            delays: Random::new(seed, "delays"),
            chance: Random::new(seed, "chance"),
            ids: Random::new(seed, "ids"),
            healed: false,
            store: Store::default(),
            queues: [queue(3), checks, queue(2)],
            vendor,
            receiver: Receiver::new(setup.receiver_merges),
            oracle: Oracle::default(),
            tally: Tally::default(),
            trace: Trace::new(keep_trace),
            violation: None,
            setup,
        }
    }

    /// Whether `fault` happens now; its chance is so many in a thousand at the usual intensity.
    pub(crate) fn fault(&mut self, fault: Fault, per_mille: u64) -> bool {
        self.fault_at(fault, per_mille * self.setup.intensity / 100)
    }

    /// The same whatever the intensity.
    pub(crate) fn fault_at(&mut self, fault: Fault, per_mille: u64) -> bool {
        // Drawn even if it cannot happen, so that switching one kind off leaves the others where they were.
        let drawn = self.chance.per_mille(per_mille);
        let happens = drawn && !self.healed && self.setup.faults.has(fault);
        if happens {
            self.tally.fault(fault);
            self.note(|| format!("! {fault}"));
            if self.setup.trap == Some(fault) {
                self.broken(TRAP, format!("{fault} happened, and was to be taken for a mistake"));
            }
        }
        happens
    }

    pub(crate) fn schedule(&mut self, at: Millis, event: Event) -> (Millis, u64) {
        self.sequence += 1;
        let key = (at.max(self.now), self.sequence);
        self.events.insert(key, event);
        key
    }

    pub(crate) fn act_in(&mut self, delay: Millis, act: Act) {
        self.schedule(self.now + delay, Event::Act(act));
    }

    /// Adds a line to the trace.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        self.trace.line(self.now, self.process, line);
    }

    /// Reports a broken invariant; the first one ends the game.
    pub(crate) fn broken(&mut self, invariant: Invariant, detail: impl Into<String>) {
        let detail = detail.into();
        self.note(|| format!("BROKEN {invariant}: {detail}"));
        if self.violation.is_none() {
            self.violation = Some(Violation { invariant, detail });
        }
    }

    /// Wall clock of the process that is being polled.
    pub(crate) fn clock(&self) -> Timestamp {
        timestamp(self.now.saturating_add_signed(self.skew))
    }

    fn delay(&mut self, wait: Wait) -> Millis {
        let usual = match wait {
            Wait::Store | Wait::Queue => self.delays.between(1, 15),
            Wait::Vendor | Wait::Receiver => self.delays.between(50, 900),
        };
        if self.fault(Fault::Slow, 3) { usual + self.delays.between(3_000, 60_000) } else { usual }
    }
}

/// The moment as a time stamp.
pub(crate) fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(BEGIN.saturating_add_unsigned(at)).unwrap_or_default()
}

/// The moment of a time stamp.
pub(crate) fn millis(at: Timestamp) -> Millis {
    u64::try_from(at.as_millisecond() - BEGIN).unwrap_or_default()
}

/// A handle on the state.
#[derive(Clone)]
pub(crate) struct Sim(Arc<Mutex<Inner>>);

impl Sim {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Looks at or changes the state; never while waiting.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets others go first; the process may die here.
    pub(crate) fn wait(&self, wait: Wait) -> Pause<'_> {
        Pause { sim: self, wait, event: None }
    }
}

/// A wait that ends by an event.
pub(crate) struct Pause<'a> {
    sim: &'a Sim,
    wait: Wait,
    event: Option<(Millis, u64)>,
}

impl Future for Pause<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (known, wait) = (self.event, self.wait);
        let event = self.sim.with(|inner| match known {
            Some(event) => inner.events.contains_key(&event).then_some(event),
            None => {
                let at = inner.now + inner.delay(wait);
                Some(inner.schedule(at, Event::Wake(inner.process, context.waker().clone())))
            }
        });
        self.event = event;
        if event.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// A failure as a simulated side reports it.
pub(crate) fn failure(kind: FailureKind, subject: &str) -> Failure {
    Failure::new(kind, subject, "simulated")
}
