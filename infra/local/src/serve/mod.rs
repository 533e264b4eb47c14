//! Serving: runs the schedules of all connections and the workers until the process is asked to stop.
//!
//! All state is in the home: each check of a connection starts what is due and resumes what a
//! killed process left. State between checks only serves to report each event once.

mod watcher;

use crate::output::Event;
use crate::place::Place;
use crate::place::home::{Concurrency, Consumers, recover};
use crate::process::Interrupt;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_local::{LocalQueues, Suspect, Workplace};
use causeway_runs::{Attended, Connection};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use watcher::Watcher;

/// Pause between two checks of the connections: the longest delay until an edit is seen or the end of a run reported.
const LOOK: Duration = Duration::from_secs(1);

/// Serves until asked to stop. `tell` receives every event.
pub(crate) async fn serve(
    place: &Place,
    interrupt: &mut Interrupt,
    mut tell: impl FnMut(&Event),
) -> Result<(), Failure> {
    let home = place.home()?;
    let mut lock = match home.folder.enter()? {
        Workplace::Own(lock) => lock,
        // The error of the lock names the other process.
        Workplace::Served => home.folder.lock()?,
    };
    lock.serve()?;
    let engine = &place.engine;
    let connections = causeway_runs::each(engine).await?;
    tell(&Event::Serving { connections: connections.len(), home: home.folder.path().to_owned() });
    let names = connections.iter().map(|(name, _)| name);
    let left_alone = recover(engine, home, &mut lock, names, interrupt, &mut tell).await?;
    let mut server = Server {
        place,
        queues: home.queues.clone(),
        watchers: BTreeMap::new(),
        looks: JoinSet::new(),
        left_alone,
    };
    tokio::select! {
        looked = server.look_at_suspects(&mut tell) => looked?,
        () = interrupt.asked() => {}
    }
    let mut consumers = Consumers::start(engine, concurrency(&connections));
    let mut full_disk = home.full_disk.clone();
    let ended = loop {
        server.look(&consumers, &mut tell).await;
        let pause = server.pause(engine.clock.now());
        tokio::select! {
            () = engine.clock.sleep(pause) => {}
            Some(looked) = server.looks.join_next_with_id() => server.looked(looked, &mut tell),
            () = interrupt.asked() => break Ok(()),
            failure = full_disk.noticed() => break Err(failure),
            failure = consumers.failure() => break Err(failure),
        }
    };
    lock.stopping();
    tell(&Event::Stopping);
    // The next serving process resumes an interrupted start.
    server.looks.shutdown().await;
    let stopped = consumers.stop().await;
    if stopped.is_ok() {
        tell(&Event::Stopped { live: server.live() });
    }
    ended.and(stopped)
}

/// The highest concurrency of any connection, because their messages share the queues.
fn concurrency(connections: &[Named]) -> Concurrency {
    let sound = || connections.iter().filter_map(|(_, connection)| connection.as_ref().ok());
    let settings = || sound().map(|connection| &connection.registered.definition.run);
    Concurrency {
        fetch: settings().map(|run| run.fetch_concurrency as usize).max().unwrap_or(1),
        deliver: settings().map(|run| run.delivery_concurrency as usize).max().unwrap_or(1),
    }
}

/// The result of a check of one connection.
type Named = (ConnectionName, Result<Connection, Failure>);

type Checked = (ConnectionName, Result<Attended, Failure>);

struct Server<'a> {
    place: &'a Place,
    queues: LocalQueues,
    watchers: BTreeMap<ConnectionName, Watcher>,
    /// Checks in progress, at most one per connection, so that a slow vendor delays no other connection.
    looks: JoinSet<Checked>,
    /// Connections that kill the process; nothing is started for them while this process lives.
    left_alone: BTreeSet<ConnectionName>,
}

impl Server<'_> {
    /// Checks each connection over which a process died, one at a time and with nothing else in progress, and
    /// reports the results.
    async fn look_at_suspects(&mut self, tell: &mut impl FnMut(&Event)) -> Result<(), Failure> {
        for name in self.queues.suspects().await?.into_keys() {
            match causeway_runs::load(&self.place.engine, &name).await {
                Ok(connection) => {
                    self.look_at(&name, &connection);
                    while let Some(looked) = self.looks.join_next_with_id().await {
                        self.looked(looked, tell);
                    }
                }
                Err(failure) if failure.kind == FailureKind::NotFound => self.queues.clear(&name).await?,
                // The next list of connections shows it.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Begins a check of every connection that is not being checked.
    async fn look(&mut self, consumers: &Consumers, tell: &mut impl FnMut(&Event)) {
        let Ok(connections) = causeway_runs::each(&self.place.engine).await else {
            // The store is failing; the next check shows whether it recovers.
            return;
        };
        consumers.set_concurrency(concurrency(&connections));
        let is_gone = |known: &&ConnectionName| connections.iter().all(|(name, _)| name != *known);
        let gone: Vec<_> = self.watchers.keys().filter(is_gone).cloned().collect();
        for connection in gone {
            self.watchers.remove(&connection);
            tell(&Event::Gone { connection });
        }
        for (name, connection) in connections {
            match connection {
                Ok(connection) => self.look_at(&name, &connection),
                // Deleted in the meantime; the next check shows it.
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                Err(failure) => {
                    self.watchers.entry(name.clone()).or_default();
                    self.told(&name, Err(failure), tell);
                }
            }
        }
    }

    /// Begins a check, unless one is in progress.
    fn look_at(&mut self, name: &ConnectionName, connection: &Connection) {
        let engine = self.place.engine.clone();
        let now = engine.clock.now();
        let watcher = self.watchers.entry(name.clone()).or_default();
        if self.left_alone.contains(name) || !watcher.may_begin(now, connection) {
            return;
        }
        let (name, in_hand, queues) = (name.clone(), watcher.in_hand(), self.queues.clone());
        let has_work = watcher.has_work(now, connection);
        let look = self.looks.spawn(async move {
            let attend = causeway_runs::attend(&engine, &name, in_hand.as_ref());
            let attended = if has_work { marked(&queues, &name, attend).await } else { attend.await };
            (name, attended)
        });
        watcher.began(look.id());
    }

    /// Handles the result of a check. A panic is reported and retried like a failure.
    fn looked(&mut self, looked: Result<(Id, Checked), JoinError>, tell: &mut impl FnMut(&Event)) {
        match looked {
            Ok((_, (name, attended))) => self.told(&name, attended, tell),
            Err(error) => {
                let watcher = self.watchers.iter().find(|(_, watcher)| watcher.is_in(error.id()));
                let Some(name) = watcher.map(|(name, _)| name.clone()) else { return };
                let detail = format!("its processing was aborted: {error}");
                let failure = Failure::new(FailureKind::CutShort, format!("connection {name}"), detail);
                self.told(&name, Err(failure), tell);
            }
        }
    }

    fn told(
        &mut self,
        name: &ConnectionName,
        attended: Result<Attended, Failure>,
        tell: &mut impl FnMut(&Event),
    ) {
        if let Some(watcher) = self.watchers.get_mut(name) {
            watcher.looked(name, attended, self.place.engine.clock.now(), tell);
        }
    }

    /// Time until the next check, or the next start if that comes first.
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

/// Does `work` with a mark in the home, which the next process finds if this one dies over it.
async fn marked(
    queues: &LocalQueues,
    name: &ConnectionName,
    work: impl Future<Output = Result<Attended, Failure>>,
) -> Result<Attended, Failure> {
    let known = queues.suspects().await?.remove(name).unwrap_or_default();
    queues.suspect(name, Suspect { at_work: true, ..known }).await?;
    let attended = work.await;
    queues.clear(name).await?;
    attended
}

#[cfg(test)]
mod tests;
