//! `run CONNECTION` and `run show RUN`.

use super::verdicts;
use crate::arguments::VerdictsArgs;
use crate::output::progress::Watch;
use crate::output::{Event, Problem, Screen, sections};
use crate::place::home::{Concurrency, recover};
use crate::place::{Ended, Kind, Place, until_decided, watch};
use crate::process::{Ending, Interrupt};
use causeway_domain::run::ProcessFigures;
use causeway_domain::{ConnectionName, ConnectionState, Failure, Outcome, RunId};
use causeway_local::Workplace;
use causeway_runs::{Connection, Person, Progress, ReplayRequest, StartRequest, Started};
use causeway_views::Account;

/// How a run begins or continues.
pub(crate) enum Begin {
    /// Resumes an interrupted run, otherwise starts one.
    Run,
    /// A person approves a held run.
    Approve { run: RunId, person: Person, plan: Option<String> },
    /// A person retries the failed work of a run.
    Redrive { run: RunId, person: Person },
    /// The pages of an earlier run are mapped again.
    Replay(Box<ReplayRequest>),
}

impl Begin {
    async fn start(
        self,
        place: &Place,
        screen: &Screen,
        name: &ConnectionName,
        interrupted: Option<Started>,
    ) -> Result<Started, Problem> {
        let engine = &place.engine;
        let (started, what) = match self {
            Self::Run => return start(place, screen, name, interrupted).await,
            Self::Approve { run, person, plan } => {
                let started = causeway_runs::approve(engine, (name, &run), &person, plan.as_deref()).await?;
                (started, format!("approved by {}", person.by))
            }
            Self::Replay(request) => {
                let start = StartRequest { at: engine.clock.now(), token: engine.ids.unique() };
                let started = causeway_runs::replay(engine, name, &start, &request).await?;
                (started, format!("started, a replay of run {}", request.run))
            }
            Self::Redrive { run, person } => (
                causeway_runs::redrive(engine, (name, &run), &person).await?,
                format!("redriven by {}", person.by),
            ),
        };
        let what = if started.resumed { "is already in progress".to_owned() } else { what };
        screen.note(&format!("Connection {name}: run {} {what}", started.run));
        Ok(started)
    }
}

/// Works on a run of `name` until it is decided; `None` when the process was asked to stop.
pub(crate) async fn perform(
    place: &Place,
    screen: &Screen,
    name: &ConnectionName,
    begin: Begin,
    interrupt: &mut Interrupt,
) -> Result<Option<Account>, Problem> {
    let engine = &place.engine;
    let connection = causeway_runs::load(engine, name).await?;
    let interrupted = interrupted(&connection);
    let settings = connection.registered.definition.run;
    let mut workplace = match &place.kind {
        Kind::Home(home) => Some((home.as_ref(), home.folder.enter()?)),
        Kind::Stack(_) => None,
    };
    let own = matches!(workplace, Some((_, Workplace::Own(_))));
    if let Some((home, Workplace::Own(lock))) = &mut workplace {
        let mut tell = |event: &Event| screen.note(&event.to_string());
        recover(engine, home, lock, [name], interrupt, &mut tell).await?;
    }
    let causeway = place.causeway();
    // The next run resumes an interrupted start.
    let started = tokio::select! {
        started = Box::pin(begin.start(place, screen, name, interrupted)) => started?,
        () = interrupt.asked() => {
            screen.note(&format!("Stopped. Resume with `{causeway} run {name}`."));
            return Ok(None);
        }
    };
    let concurrency = Concurrency {
        fetch: settings.fetch_concurrency as usize,
        deliver: settings.delivery_concurrency as usize,
    };
    let mut bars = Watch::new(*screen);
    let look = |progress: &Progress| bars.look(progress, engine.clock.now());
    let run = (name, &started.run);
    let (ended, others) = match workplace {
        Some(workplace) => (
            until_decided(engine, workplace, run, concurrency, interrupt, look).await,
            "the serving process is working on it",
        ),
        None => (watch(engine, run, interrupt, look).await, "the stack's functions are working on it"),
    };
    bars.close();
    match ended? {
        Ended::Interrupted => {
            screen.note(&format!("Stopped. Resume run {} with `{causeway} run {name}`.", started.run));
            Ok(None)
        }
        Ended::Detached => {
            screen.note(&format!("Stopped watching; run {} continues: {others}.", started.run));
            Ok(None)
        }
        Ended::Decided => {
            // Figures are no reason to fail, and a process that only watched has none.
            if let Some(peak_memory_bytes) = peak_memory().filter(|_| own) {
                let figures = ProcessFigures { peak_memory_bytes };
                causeway_runs::note_process(engine, name, &started.run, figures).await.ok();
            }
            account(place, name, started.run).await.map(Some)
        }
    }
}

/// Resumes an interrupted run, otherwise starts one. Recovery may have completed the interrupted run already, and a
/// second run right after it would count one more absence for whatever is missing.
async fn start(
    place: &Place,
    screen: &Screen,
    name: &ConnectionName,
    interrupted: Option<Started>,
) -> Result<Started, Problem> {
    let engine = &place.engine;
    let mut resumed = causeway_runs::resume(engine, name).await?;
    if let Some(last) = interrupted.filter(|_| resumed.is_none()) {
        let outcome = causeway_runs::progress(engine, name, &last.run).await?.outcome;
        // One that failed has been reported by the recovery.
        resumed = outcome.is_some_and(|ended| ended.outcome != Outcome::Failed).then_some(last);
    }
    if let Some(started) = resumed {
        screen.note(&format!("Connection {name}: resuming run {}", started.run));
        return Ok(started);
    }
    let request = StartRequest { at: engine.clock.now(), token: engine.ids.unique() };
    let started = causeway_runs::start(engine, name, &request).await.map_err(|failure| {
        // The vendor's client does not know the connection.
        let connection = format!("connection {name}");
        if failure.subject == connection {
            return failure;
        }
        Failure { subject: format!("{connection}: {}", failure.subject), ..failure }
    })?;
    screen.note(&format!("Connection {name}: run {} started", started.run));
    Ok(started)
}

/// The run that an earlier process left undecided.
fn interrupted(connection: &Connection) -> Option<Started> {
    let record = &connection.record;
    let run = record.current_run.clone().filter(|_| record.state == ConnectionState::Processing)?;
    Some(Started { run, generation: record.generation, resumed: true })
}

/// The account of a run.
pub(crate) async fn account(place: &Place, name: &ConnectionName, run: RunId) -> Result<Account, Problem> {
    Ok(causeway_views::account(&place.engine, name, run).await?)
}

pub(crate) async fn run(place: &Place, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let name = ConnectionName::parse(name)?;
    let Some(account) = perform(place, screen, &name, Begin::Run, &mut interrupt).await? else {
        return Ok(Ending::Interrupted);
    };
    screen.show(&account, || sections::text(screen, &account))?;
    Ok(account.outcome.map_or(Ending::Failed, Ending::from))
}

pub(crate) async fn show(
    place: &Place,
    screen: &Screen,
    run: &str,
    arguments: &VerdictsArgs,
) -> Result<Ending, Problem> {
    let (name, run) = place.find_run(run).await?;
    if arguments.verdicts {
        return verdicts::show(place, screen, (name, run), arguments).await;
    }
    let account = account(place, &name, run).await?;
    screen.show(&account, || sections::text(screen, &account))?;
    Ok(Ending::Done)
}

/// `VmHWM` of this process; unknown where there is no /proc.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
