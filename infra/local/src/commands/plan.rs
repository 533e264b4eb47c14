//! `plan show | approve | discard`, and `redrive`.

use super::run::{Begin, account, perform};
use crate::arguments::{PersonArgs, PlanCommand};
use crate::output::{Problem, Screen, plans, sections, why};
use crate::place::{Kind, Place};
use crate::process::{Ending, Interrupt};
use causeway_domain::{ConnectionName, RunId};
use causeway_runs::Person;
use causeway_views::numbers::time;
use causeway_views::{PlanAccount, PlanDiscarded};

pub(crate) async fn answer(command: PlanCommand, place: &Place, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        PlanCommand::Show { run, why: None, all } => show(place, screen, &run, all).await,
        PlanCommand::Show { run, why: Some(wanted), .. } => explain(place, screen, &run, &wanted).await,
        PlanCommand::Approve { person, plan } => {
            let begin = |run, person| Begin::Approve { run, person, plan };
            intervene(place, screen, person, begin).await
        }
        PlanCommand::Discard { person } => discard(place, screen, person).await,
    }
}

/// `redrive RUN`.
pub(crate) async fn redrive(place: &Place, screen: &Screen, person: PersonArgs) -> Result<Ending, Problem> {
    intervene(place, screen, person, |run, person| Begin::Redrive { run, person }).await
}

/// Reopens the run and works on it until it is decided.
async fn intervene(
    place: &Place,
    screen: &Screen,
    arguments: PersonArgs,
    begin: impl FnOnce(RunId, Person) -> Begin,
) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    let (name, run, person) = named(place, arguments).await?;
    let Some(account) = perform(place, screen, &name, begin(run, person), &mut interrupt).await? else {
        return Ok(Ending::Interrupted);
    };
    screen.show(&account, || sections::text(screen, &account))?;
    Ok(account.outcome.map_or(Ending::Failed, Ending::from))
}

async fn discard(place: &Place, screen: &Screen, arguments: PersonArgs) -> Result<Ending, Problem> {
    let (name, run, person) = named(place, arguments).await?;
    let done = causeway_runs::discard(&place.engine, (&name, &run), &person).await?;
    let told = PlanDiscarded { connection: name, run, discarded: done };
    let PlanDiscarded { connection: name, run, discarded: done } = &told;
    screen.show(&told, || {
        format!(
            "The plan of run {run} was discarded by {} on {}. Nothing of it was sent; `{} run {name}` makes a new one.",
            done.by,
            time(done.at),
            place.causeway()
        )
    })?;
    Ok(Ending::Done)
}

async fn show(place: &Place, screen: &Screen, run: &str, all: bool) -> Result<Ending, Problem> {
    let (name, run) = place.find_run(run).await?;
    let Some(details) = causeway_views::plan_details(&place.engine, &name, &run).await? else {
        let detail = "it has made no plan; `causeway run show` shows how far it got";
        return Err(Problem::input(format!("run {run}"), detail, ""));
    };
    let account = account(place, &name, run).await?;
    let told = PlanAccount::of(&account, &details);
    screen.show(&told, || plans::text(screen, &account, &details, all))?;
    Ok(Ending::Done)
}

async fn explain(place: &Place, screen: &Screen, run: &str, wanted: &str) -> Result<Ending, Problem> {
    let (name, run) = place.find_run(run).await?;
    let explanations = causeway_views::explain(&place.engine, (&name, &run), wanted).await?;
    screen.show(&explanations, || why::text(&explanations))?;
    Ok(Ending::Done)
}

/// The run that `arguments` names, and the person who decides.
async fn named(place: &Place, arguments: PersonArgs) -> Result<(ConnectionName, RunId, Person), Problem> {
    let by = match (arguments.by, &place.kind) {
        (Some(by), _) => Some(by),
        (None, Kind::Stack(stack)) => Some(stack.who().await?),
        (None, Kind::Home(_)) => std::env::var_os("USER").and_then(|user| user.into_string().ok()),
    };
    let by = by.filter(|by| !by.trim().is_empty()).ok_or_else(|| {
        Problem::input("--by", "this session has no user name", "Say who you are with `--by NAME`.")
    })?;
    let (name, run) = place.find_run(&arguments.run).await?;
    Ok((name, run, Person { by, note: arguments.note.unwrap_or_default() }))
}
