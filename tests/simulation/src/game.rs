//! One game: processes, events and messages, played in the order of simulated time until nothing is left to do.

use crate::connection;
use crate::fault::Fault;
use crate::oracle;
use crate::ports::queue::receive;
use crate::process::{self, Ended, Process};
use crate::random::Random;
use crate::setup::Setup;
use crate::sim::{Act, Event, Inner, Millis, Sim, Violation};
use crate::tally::Tally;
use crate::version::Version;
use causeway_domain::FailureKind;
use causeway_domain::definition::Definition;
use causeway_domain::invariant::I11;
use causeway_runs::Engine;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// From one run that is due to the next.
pub(crate) const PERIOD: Millis = 2 * 3_600_000;

/// After this a process is ended.
pub(crate) const TIME_LIMIT: Millis = 90_000;

/// More events than any game needs.
const MOST_EVENTS: u64 = 600_000;

/// How a game went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was played.
    pub setup: Setup,
    /// The first broken invariant.
    pub violation: Option<Violation>,
    /// What happened, counted.
    pub tally: Tally,
    /// Hash of the trace; of nothing unless the trace was kept.
    pub hash: String,
    /// The trace, if it was kept.
    pub trace: Vec<String>,
}

/// Plays one game.
pub fn play(setup: &Setup, keep_trace: bool) -> Report {
    let sim = Sim::new(Inner::new(setup.clone(), keep_trace));
    let mut game = Game::new(sim.clone(), setup);
    game.schedule();
    while game.step() {}
    if sim.with(|inner| inner.violation.is_none()) {
        sim.with(oracle::ending::at_rest);
    }
    game.processes.clear();
    sim.with(|inner| {
        inner.tally.games = 1;
        let trace = std::mem::replace(&mut inner.trace, crate::trace::Trace::new(false));
        let (trace, hash) = trace.finish();
        let (violation, tally) = (inner.violation.take(), inner.tally.clone());
        // Pending events hold wakers, which may hold the state itself.
        inner.events.clear();
        Report { setup: setup.clone(), violation, tally, hash, trace }
    })
}

pub(crate) struct Game {
    pub(crate) sim: Sim,
    engines: [Engine; 2],
    processes: BTreeMap<u32, Process>,
    next_process: u32,
    /// Draws for what is planned ahead, apart from what happens to single calls.
    pub(crate) plan: Random,
    pub(crate) definition: Option<Definition>,
    runs: u32,
    intensity: u64,
}

/// What comes next.
enum Next {
    Event(Event),
    Messages(usize),
    Nothing,
}

impl Game {
    fn new(sim: Sim, setup: &Setup) -> Self {
        let mut plan = Random::new(setup.seed, "plan");
        let definition = connection::draw(&mut plan);
        let engines = [Version::This, Version::Next].map(|version| process::engine(&sim, version));
        let (runs, intensity) = (setup.runs, setup.intensity);
        Self { sim, engines, processes: BTreeMap::new(), next_process: 1, plan, definition, runs, intensity }
    }

    fn schedule(&mut self) {
        let runs = u64::from(self.runs);
        self.sim.with(|inner| {
            inner.act_in(0, Act::Register { number: 0, attempt: 0 });
            (1..=self.runs).for_each(|number| inner.act_in(u64::from(number) * PERIOD, Act::Due(number)));
            inner.act_in((runs + 1) * PERIOD, Act::Heal);
            // The longest deadline has passed by then.
            inner.act_in((runs + 3) * PERIOD, Act::Settle);
            let last = |number| Act::Fire { number, token: "schedule", attempt: 0 };
            inner.act_in((runs + 3) * PERIOD + 60_000, last(self.runs + 3));
            inner.act_in((runs + 4) * PERIOD, last(self.runs + 4));
        });
    }

    /// Does the next thing; returns whether there was one.
    fn step(&mut self) -> bool {
        match self.sim.with(next) {
            Next::Nothing => return false,
            Next::Messages(queue) => self.receive(queue),
            Next::Event(Event::Wake(process, waker)) => self.wake(process, waker),
            Next::Event(Event::Act(act)) => self.act(act),
        }
        true
    }

    fn receive(&mut self, queue: usize) {
        let most = 1 + self.sim.with(|inner| inner.delays.below(3)) as usize;
        let messages = self.sim.with(|inner| receive(inner, queue, most));
        if !messages.is_empty() {
            let answers = self.sim.with(|inner| !inner.fault(Fault::QueueBatchLost, 8));
            let work = process::work(self.engine(), queue, messages, answers);
            self.spawn(Box::pin(work), Some(queue), None);
        }
    }

    /// What the next process runs.
    fn engine(&self) -> Engine {
        let next = self.sim.with(|inner| inner.setup.rolls_out && inner.fault_at(Fault::TwoVersions, 500));
        let [current, coming] = &self.engines;
        if next { coming.clone() } else { current.clone() }
    }

    fn spawn(
        &mut self,
        future: Pin<Box<dyn Future<Output = Ended>>>,
        queue: Option<usize>,
        act: Option<Act>,
    ) {
        let id = self.next_process;
        self.next_process += 1;
        let (dies_after, skew) = self.sim.with(|inner| {
            if let Some(queue) = queue.and_then(|number| inner.queues.get_mut(number)) {
                queue.busy += 1;
            }
            inner.act_in(TIME_LIMIT, Act::EndProcess(id));
            let long = [6, 20, 60, 300].get(inner.delays.below(4) as usize).copied().unwrap_or(20);
            let after = inner.delays.between(1, long);
            let dies = inner.fault(Fault::Crash, 60);
            let skewed = inner.fault(Fault::ClockSkew, 100);
            let skew = if skewed { inner.delays.below(4000) as i64 - 2000 } else { 0 };
            (dies.then_some(after), skew)
        });
        self.processes.insert(id, Process { future, queue, act, dies_after, skew });
        self.wake(id, Waker::noop().clone());
    }

    fn wake(&mut self, id: u32, waker: Waker) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        if let Some(left) = &mut process.dies_after {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.kill(id);
                return;
            }
        }
        waker.wake();
        self.sim.with(|inner| (inner.process, inner.skew) = (id, process.skew));
        let polled = process.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.sim.with(|inner| (inner.process, inner.skew) = (0, 0));
        if let Poll::Ready(ended) = polled {
            let process = self.remove(id);
            self.ended(ended, process.and_then(|process| process.act));
        }
    }

    fn remove(&mut self, id: u32) -> Option<Process> {
        let process = self.processes.remove(&id)?;
        self.sim.with(|inner| {
            if let Some(queue) = process.queue.and_then(|number| inner.queues.get_mut(number)) {
                queue.busy = queue.busy.saturating_sub(1);
            }
        });
        Some(process)
    }

    fn kill(&mut self, id: u32) {
        self.sim.with(|inner| {
            inner.tally.sometimes("died between two waits", 1);
            inner.note(|| format!("process {id} dies"));
        });
        if let Some(act) = self.remove(id).and_then(|process| process.act) {
            self.again(act);
        }
    }

    /// Whoever asked tries again, a few times.
    fn again(&mut self, act: Act) {
        let lost = self.sim.with(|inner| inner.fault(Fault::FireLost, 300));
        let next = match act {
            Act::Fire { number, token, attempt } if attempt < 4 && !lost => {
                Act::Fire { number, token, attempt: attempt + 1 }
            }
            Act::Register { number, attempt } if attempt < 20 => {
                Act::Register { number, attempt: attempt + 1 }
            }
            _ => return,
        };
        self.sim.with(|inner| inner.act_in(20_000, next));
    }

    fn ended(&mut self, ended: Ended, act: Option<Act>) {
        let failure = match ended {
            Ended::Started(Err(failure)) | Ended::Registered(Err(failure)) | Ended::Resumed(Err(failure)) => {
                failure
            }
            Ended::Intervened(Err(failure)) => {
                let superseded = failure.kind == FailureKind::Superseded;
                return self.sim.with(|inner| {
                    inner.tally.sometimes("person too late", u64::from(superseded));
                    inner.note(|| format!("a person was refused: {failure}"));
                });
            }
            Ended::Started(Ok(started)) => {
                if let Some(Act::Fire { number, token, .. }) = act {
                    self.sim.with(|inner| oracle::started(inner, number, token, &started.run));
                }
                return;
            }
            Ended::Resumed(Ok(Some(_))) => return self.sim.with(|inner| inner.tally.sometimes("resumed", 1)),
            _ => return,
        };
        self.sim.with(|inner| inner.note(|| format!("{act:?} failed: {failure}")));
        if failure.kind == FailureKind::RunInProgress {
            self.sim.with(|inner| inner.tally.sometimes("start refused", 1));
        } else if let Some(act) = act {
            self.again(act);
        }
    }

    fn act(&mut self, act: Act) {
        self.sim.with(|inner| {
            if !matches!(act, Act::EndProcess(_)) {
                inner.note(|| format!("{act:?}"));
            }
        });
        match act {
            Act::EndProcess(id) => {
                if self.processes.contains_key(&id) {
                    self.sim.with(|inner| inner.tally.fault(Fault::TimeLimit));
                    self.kill(id);
                }
            }
            Act::Fire { number, token, .. } => {
                let at = u64::from(number) * PERIOD;
                let start = process::start(self.engine(), at, token);
                self.spawn(Box::pin(start), None, Some(act));
            }
            Act::Register { .. } => {
                let Some(definition) = self.definition.clone() else { return };
                let registered = connection::registered(definition);
                let register = process::register(self.engine(), registered);
                self.spawn(Box::pin(register), None, Some(act));
            }
            Act::Person(kind) => {
                let intervene = process::intervene(self.engine(), kind);
                self.spawn(Box::pin(intervene), None, None);
            }
            Act::Resume => self.spawn(Box::pin(process::resume(self.engine())), None, None),
            Act::Due(number) => self.due(number),
            Act::Heal => {
                self.sim.with(crate::course::heal);
                self.spawn(Box::pin(process::resume(self.engine())), None, None);
            }
            Act::Settle => {
                self.sim.with(crate::course::settle);
                self.definition = self.definition.take().and_then(connection::strict);
                self.act(Act::Register { number: 0, attempt: 0 });
            }
            Act::Change | Act::Redrive | Act::LoseQueue | Act::Blind(_) | Act::RefuseField => {
                self.sim.with(|inner| crate::course::happen(inner, &act));
            }
        }
    }

    /// Whether a planned fault happens.
    pub(crate) fn happens(&mut self, fault: Fault, per_mille: u64) -> bool {
        let drawn = self.plan.per_mille(per_mille) && self.intensity > 0;
        drawn && self.sim.with(|inner| inner.setup.faults.has(fault) && inner.fault_at(fault, 1000))
    }
}

fn next(inner: &mut Inner) -> Next {
    if inner.violation.is_some() {
        return Next::Nothing;
    }
    inner.tally.events += 1;
    if inner.tally.events > MOST_EVENTS {
        inner.broken(I11, "the game does not come to rest");
        return Next::Nothing;
    }
    let visible = |number: usize| Some((inner.queues.get(number)?.next_visible()?, number));
    let message = (0..3).filter_map(visible).min();
    let event = inner.events.first_key_value().map(|((at, _), _)| *at);
    match (message, event) {
        (Some((at, queue)), event) if event.is_none_or(|event| at <= event) => {
            inner.now = inner.now.max(at);
            Next::Messages(queue)
        }
        (_, Some(at)) => {
            inner.now = inner.now.max(at);
            inner.events.pop_first().map_or(Next::Nothing, |(_, event)| Next::Event(event))
        }
        _ => Next::Nothing,
    }
}
