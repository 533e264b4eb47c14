//! `plan show | approve | discard`, and `redrive`.

use super::run::{Begin, account, perform};
use crate::arguments::{PersonArgs, PlanCommand};
use crate::machine::{Machine, Place};
use crate::output::numbers::time;
use crate::output::{Problem, Screen, plans, sections, why};
use crate::process::{Ending, Interrupt};
use causeway_domain::{ConnectionName, RunId};
use causeway_runs::Person;
use serde_json::json;

pub(super) async fn answer(
    command: PlanCommand,
    machine: &Machine,
    screen: &Screen,
) -> Result<Ending, Problem> {
    match command {
        PlanCommand::Show { run, why: None, all } => show(machine, screen, &run, all).await,
        PlanCommand::Show { run, why: Some(wanted), .. } => explain(machine, screen, &run, &wanted).await,
        PlanCommand::Approve { person, plan } => {
            let begin = |run, person| Begin::Approve { run, person, plan };
            intervene(machine, screen, person, begin).await
        }
        PlanCommand::Discard { person } => discard(machine, screen, person).await,
    }
}

/// `redrive RUN`.
pub(super) async fn redrive(
    machine: &Machine,
    screen: &Screen,
    person: PersonArgs,
) -> Result<Ending, Problem> {
    intervene(machine, screen, person, |run, person| Begin::Redrive { run, person }).await
}

/// Reopens the run and works on it until it is decided.
async fn intervene(
    machine: &Machine,
    screen: &Screen,
    arguments: PersonArgs,
    begin: impl FnOnce(RunId, Person) -> Begin,
) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let (name, run, person) = named(machine, arguments).await?;
    let Some(account) = perform(machine, screen, &name, begin(run, person), &mut interrupt).await? else {
        return Ok(Ending::Interrupted);
    };
    screen.show(&account, || sections::text(screen, &account))?;
    Ok(account.outcome.map_or(Ending::Failed, Ending::from))
}

async fn discard(machine: &Machine, screen: &Screen, arguments: PersonArgs) -> Result<Ending, Problem> {
    let (name, run, person) = named(machine, arguments).await?;
    let done = causeway_runs::discard(&machine.engine, (&name, &run), &person).await?;
    let data = json!({ "connection": name, "run": run, "discarded": done });
    screen.show(&data, || {
        format!(
            "The plan of run {run} was discarded by {} on {}. Nothing of it was sent; `{} run {name}` makes a new one.",
            done.by,
            time(done.at),
            machine.causeway()
        )
    })?;
    Ok(Ending::Done)
}

async fn show(machine: &Machine, screen: &Screen, run: &str, all: bool) -> Result<Ending, Problem> {
    let (name, run) = machine.find_run(run).await?;
    let Some(details) = causeway_runs::plan_details(&machine.engine, &name, &run).await? else {
        let detail = "it has made no plan; `causeway run show` tells how far it came";
        return Err(Problem::input(format!("run {run}"), detail, ""));
    };
    let account = account(machine, &name, run).await?;
    screen.show(&details.data(&account), || plans::text(screen, &account, &details, all))?;
    Ok(Ending::Done)
}

async fn explain(machine: &Machine, screen: &Screen, run: &str, wanted: &str) -> Result<Ending, Problem> {
    let (name, run) = machine.find_run(run).await?;
    let explanations = causeway_runs::explain(&machine.engine, (&name, &run), wanted).await?;
    screen.show(&explanations, || why::text(&run, &explanations))?;
    Ok(Ending::Done)
}

/// The run that `arguments` names, and who decides about it.
async fn named(machine: &Machine, arguments: PersonArgs) -> Result<(ConnectionName, RunId, Person), Problem> {
    let by = match (arguments.by, &machine.place) {
        (Some(by), _) => Some(by),
        (None, Place::Stack(cloud)) => Some(cloud.who().await?),
        (None, Place::Home(_)) => std::env::var_os("USER").and_then(|user| user.into_string().ok()),
    };
    let by = by.filter(|by| !by.trim().is_empty()).ok_or_else(|| {
        Problem::input("--by", "the user of this session has no name", "Say who you are with `--by NAME`.")
    })?;
    let (name, run) = machine.find_run(&arguments.run).await?;
    Ok((name, run, Person { by, note: arguments.note.unwrap_or_default() }))
}
