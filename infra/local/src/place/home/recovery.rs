//! Recovery after a killed process: releases its messages, and isolates the connection that kills processes.
//!
//! A process that dies stops all connections, and its successor would die over the same work. After a death, the
//! connections that were in progress are retried alone, one at a time, before anything else begins. If the process dies
//! again, that connection is the cause. After five deaths in a row without a new object, its run fails.

use super::Home;
use super::work::{flatten, settle, work_of};
use crate::output::Event;
use crate::process::Interrupt;
use causeway_domain::message::Message;
use causeway_domain::{ConnectionName, Failure, FailureKind, RunId};
use causeway_local::{HomeLock, Suspect, Unsettled};
use causeway_ports::{Queue, Settlement};
use causeway_runs::Engine;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Consecutive deaths over one connection, without any progress, after which its run fails.
const MAX_DEATHS: u32 = 5;

/// Messages by connection; unreadable ones have none.
type Work = BTreeMap<Option<ConnectionName>, Vec<Unsettled>>;

/// Restores the messages of a killed process, and those of a lost queue. Returns connections
/// that must not be started, because they kill the process and have no run to end.
pub(crate) async fn recover(
    engine: &Engine,
    home: &Home,
    lock: &mut HomeLock,
    connections: impl IntoIterator<Item = &ConnectionName>,
    interrupt: &mut Interrupt,
    tell: &mut impl FnMut(&Event),
) -> Result<BTreeSet<ConnectionName>, Failure> {
    let queues = &home.queues;
    let work = by_connection(queues.unsettled(lock).await?);
    let died = lock.was_left_by_a_death();
    let suspects = judge(engine, home, &work, died).await?;
    queues.release_all(lock).await?;
    let mut left_alone = BTreeSet::new();
    if died {
        let recovery = Recovery { engine, home };
        left_alone = recovery.give_up(&work, &suspects, tell).await?;
        let tried = work.iter().filter(|(name, _)| {
            let deaths = name.as_ref().and_then(|name| suspects.get(name)).map(|suspect| suspect.deaths);
            deaths.unwrap_or_default() < MAX_DEATHS
        });
        for (name, messages) in tried {
            if let Some(connection) = name {
                tell(&Event::Tried { connection: connection.clone() });
            }
            let undecided = match name {
                Some(name) => undecided(engine, name).await?,
                None => BTreeSet::new(),
            };
            tokio::select! {
                tried = recovery.work_alone(messages) => tried?,
                // Unfinished messages come back with the next start.
                () = interrupt.asked() => break,
            }
            // The caller starts the next run and would not report the one that failed here.
            if let Some(name) = name {
                recovery.tell_failures(name, &undecided, tell).await?;
            }
        }
    }
    // An undecided run has a message; if there is none, the queue was lost.
    if queues.depths().await?.is_empty() {
        for connection in connections {
            if let Err(failure) = causeway_runs::requeue(engine, connection).await {
                tracing::warn!(%connection, error = %failure, "its work could not be queued again");
            }
        }
    }
    Ok(left_alone)
}

/// The runs of a connection without an outcome.
async fn undecided(engine: &Engine, name: &ConnectionName) -> Result<BTreeSet<RunId>, Failure> {
    let runs = causeway_runs::runs(engine, name).await?.into_iter();
    Ok(runs.filter(|(_, _, outcome)| outcome.is_none()).map(|(run, _, _)| run).collect())
}

fn by_connection(unsettled: Vec<Unsettled>) -> Work {
    let mut work = Work::new();
    for message in unsettled {
        let connection = Message::parse(&message.body).ok().map(|message| message.connection);
        work.entry(connection).or_default().push(message);
    }
    work
}

/// Counts a death for each connection that was in progress and clears its mark; returns all suspects.
async fn judge(
    engine: &Engine,
    home: &Home,
    work: &Work,
    died: bool,
) -> Result<BTreeMap<ConnectionName, Suspect>, Failure> {
    let mut suspects = home.queues.suspects().await?;
    let mut at_work: BTreeSet<ConnectionName> = work.keys().flatten().cloned().collect();
    at_work.extend(suspects.iter().filter(|(_, suspect)| suspect.at_work).map(|(name, _)| name.clone()));
    for name in at_work {
        let known = suspects.get(&name).copied().unwrap_or_default();
        let mut next = Suspect { at_work: false, ..known };
        if died {
            next.objects = causeway_runs::stored_objects(engine, &name).await?;
            next.deaths = if next.objects == known.objects { known.deaths.saturating_add(1) } else { 1 };
        }
        if next != known {
            home.queues.suspect(&name, next).await?;
        }
        suspects.insert(name, next);
    }
    Ok(suspects)
}

struct Recovery<'a> {
    engine: &'a Engine,
    home: &'a Home,
}

impl Recovery<'_> {
    /// Fails the runs of connections over which the process died too often.
    async fn give_up(
        &self,
        work: &Work,
        suspects: &BTreeMap<ConnectionName, Suspect>,
        tell: &mut impl FnMut(&Event),
    ) -> Result<BTreeSet<ConnectionName>, Failure> {
        let mut left_alone = BTreeSet::new();
        for (name, suspect) in suspects.iter().filter(|(_, suspect)| suspect.deaths >= MAX_DEATHS) {
            let detail = format!(
                "the process died {} times in a row while it worked on this connection, without any progress",
                suspect.deaths
            );
            let failure = Failure::new(FailureKind::CutShort, format!("connection {name}"), detail);
            match causeway_runs::give_up(self.engine, name, failure.clone()).await {
                Ok(Some(_)) => self.home.queues.clear(name).await?,
                Ok(None) => drop(left_alone.insert(name.clone())),
                Err(other) => {
                    tracing::error!(connection = %name, error = %other, "its run could not be ended");
                    left_alone.insert(name.clone());
                }
            }
            for message in work.get(&Some(name.clone())).into_iter().flatten() {
                let Some((queue, _)) = work_of(self.home, &message.queue) else { continue };
                if let Some(received) = queue.take(message.id).await? {
                    queue.settle(&received, Settlement::DeadLetter(failure.to_string())).await?;
                }
            }
            tell(&Event::GivenUp { connection: name.clone(), failure });
        }
        Ok(left_alone)
    }

    /// Reports each run of `undecided` that has failed since.
    async fn tell_failures(
        &self,
        name: &ConnectionName,
        undecided: &BTreeSet<RunId>,
        tell: &mut impl FnMut(&Event),
    ) -> Result<(), Failure> {
        for (run, _, outcome) in causeway_runs::runs(self.engine, name).await? {
            let failure = outcome.and_then(|outcome| outcome.failure).filter(|_| undecided.contains(&run));
            if let Some(failure) = failure {
                tell(&Event::GivenUp { connection: name.clone(), failure });
            }
        }
        Ok(())
    }

    /// Processes only these messages, concurrently.
    async fn work_alone(&self, messages: &[Unsettled]) -> Result<(), Failure> {
        let mut tasks = JoinSet::new();
        for message in messages {
            let Some((queue, work)) = work_of(self.home, &message.queue) else { continue };
            if let Some(received) = queue.take(message.id).await? {
                let queue: Arc<dyn Queue> = Arc::new(queue);
                tasks.spawn(settle(self.engine.clone(), queue, received, work));
            }
        }
        while let Some(done) = tasks.join_next().await {
            flatten(done)?;
        }
        Ok(())
    }
}
