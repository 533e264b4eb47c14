//! Serving: the schedules of all connections, and the workers beside them, until the process is asked to stop.
//!
//! Nothing is known here that is not in the home: each look at a connection starts what is due and goes on with what a
//! killed process left. What is kept between looks serves only to tell each event once.

mod event;
mod watcher;

pub(crate) use event::{Event, shown};

use crate::drive::{Lanes, Widths, recover};
use crate::interrupt::Interrupt;
use crate::machine::Machine;
use causeway_domain::{ConnectionName, Failure};
use causeway_local::Workplace;
use causeway_runs::{Attended, Connection};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;
use watcher::Watcher;

/// Between two looks at the connections; an edit is seen, and the end of a run told, no later than this.
const LOOK: Duration = Duration::from_secs(1);

/// Serves until asked to stop. `tell` hears of every event.
pub(crate) async fn serve(
    machine: &Machine,
    interrupt: &mut Interrupt,
    mut tell: impl FnMut(&Event),
) -> Result<(), Failure> {
    let local = machine.local()?;
    let mut lock = match local.home.enter()? {
        Workplace::Own(lock) => lock,
        // The refusal of the lock names the process.
        Workplace::Served => local.home.lock()?,
    };
    lock.serve()?;
    let engine = &machine.engine;
    let connections = causeway_runs::list(engine).await?;
    recover(
        engine,
        local,
        &lock,
        connections.iter().map(|connection| &connection.registered.definition.name),
    )
    .await?;
    tell(&Event::Serving { connections: connections.len(), home: local.home.path().to_owned() });
    let mut lanes = Lanes::start(engine, widths(&connections));
    let mut server = Server { machine, watchers: BTreeMap::new(), looks: JoinSet::new() };
    let mut full_disk = local.full_disk.clone();
    let ended = loop {
        server.look(&lanes, &mut tell).await;
        let pause = server.pause(engine.clock.now());
        tokio::select! {
            () = engine.clock.sleep(pause) => {}
            Some(looked) = server.looks.join_next() => server.looked(looked.ok(), &mut tell),
            () = interrupt.asked() => break Ok(()),
            failure = full_disk.noticed() => break Err(failure),
            failure = lanes.failure() => break Err(failure),
        }
    };
    tell(&Event::Stopping);
    // A start that is cut short is gone on with by whoever serves next.
    server.looks.shutdown().await;
    let stopped = lanes.stop().await;
    if stopped.is_ok() {
        tell(&Event::Stopped { live: server.live() });
    }
    ended.and(stopped)
}

/// The widest wishes of all connections: their messages share the queues.
fn widths(connections: &[Connection]) -> Widths {
    let settings = || connections.iter().map(|connection| &connection.registered.definition.run);
    Widths {
        fetch: settings().map(|run| run.fetch_concurrency as usize).max().unwrap_or(1),
        deliver: settings().map(|run| run.delivery_concurrency as usize).max().unwrap_or(1),
    }
}

type Looked = (ConnectionName, Result<Attended, Failure>);

struct Server<'a> {
    machine: &'a Machine,
    watchers: BTreeMap<ConnectionName, Watcher>,
    /// At most one for each connection, so that a vendor that is slow to answer delays nobody else.
    looks: JoinSet<Looked>,
}

impl Server<'_> {
    /// Begins a look at every connection that is not being looked at.
    async fn look(&mut self, lanes: &Lanes, tell: &mut impl FnMut(&Event)) {
        let engine = &self.machine.engine;
        let Ok(connections) = causeway_runs::list(engine).await else {
            // One that is deleted meanwhile, or a store in trouble: the next look shows which.
            return;
        };
        lanes.set_widths(widths(&connections));
        let names = connections.iter().map(|connection| &connection.registered.definition.name);
        let gone: Vec<_> =
            self.watchers.keys().filter(|known| !names.clone().any(|name| name == *known)).cloned().collect();
        for connection in gone {
            self.watchers.remove(&connection);
            tell(&Event::Gone { connection });
        }
        for connection in &connections {
            let name = &connection.registered.definition.name;
            let watcher = self.watchers.entry(name.clone()).or_default();
            if !watcher.begin(engine.clock.now(), connection) {
                continue;
            }
            let (engine, name, in_hand) = (engine.clone(), name.clone(), watcher.in_hand());
            self.looks.spawn(async move {
                let attended = causeway_runs::attend(&engine, &name, in_hand.as_ref()).await;
                (name, attended)
            });
        }
    }

    fn looked(&mut self, looked: Option<Looked>, tell: &mut impl FnMut(&Event)) {
        let Some((name, attended)) = looked else { return };
        if let Some(watcher) = self.watchers.get_mut(&name) {
            watcher.looked(&name, attended, self.machine.engine.clock.now(), tell);
        }
    }

    /// Until the next look, or the next start if that comes first.
    fn pause(&self, now: Timestamp) -> Duration {
        let next = self.watchers.values().filter_map(Watcher::next).min();
        let until = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
        until.filter(|until| !until.is_zero()).map_or(LOOK, |until| until.min(LOOK))
    }

    fn live(&self) -> Vec<(ConnectionName, causeway_domain::RunId)> {
        let live = |(name, watcher): (&ConnectionName, &Watcher)| Some((name.clone(), watcher.in_hand()?));
        self.watchers.iter().filter_map(live).collect()
    }
}
