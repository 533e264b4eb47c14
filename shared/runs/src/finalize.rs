//! Finalize: decide what a run needs next, from objects alone, until it has ended (I-10, I-11).
//!
//! Each check starts from nothing, finds the first step that is not done, and does it. So a check may be repeated,
//! cut short or made twice at once.

use crate::commit::{Ending, end, fail_unopened, follow};
use crate::confirm::{Absences, Questions};
use crate::connections::load;
use crate::guarantee::ensure;
use crate::progress::{given_up, receipts, staged_keys, staged_pages};
use crate::rejects::Blocked;
use crate::start::{message, outgoing};
use crate::{Engine, catch_up, confirm, plan, store};
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::delivery::DeliveryPlan;
use causeway_domain::invariant::I4;
use causeway_domain::layout::RunKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{DeadLetter, Series};
use causeway_domain::plan::{Plan, Rule};
use causeway_domain::run::RunOutcome;
use causeway_domain::{Failure, FailureKind, Manifest, Outcome, PageSummary, Retry};
use causeway_ports::{Received, Settlement};
use causeway_reconcile::{Policy, mutant};
use std::time::Duration;

/// Names shown in a message at most.
const NAMED: usize = 5;

/// Checks that one message serves for. A queue must hand a check out more often than this, by as many times as processes
/// may die over it.
const RENEWED: u32 = 50;

/// What a check found.
enum Step {
    /// Others are at work; look again later.
    Wait,
    /// A step was done; the next can follow at once.
    Again,
    /// The run is decided.
    Ended,
}

/// Handles one message of the finalize queue.
pub async fn finalize(engine: &Engine, received: &Received) -> Settlement {
    let message = match Message::parse(&received.body) {
        Ok(message) => message,
        Err(failure) => return Settlement::DeadLetter(failure.to_string()),
    };
    let Work::Finalize { check } = message.work else {
        return Settlement::DeadLetter("not work for the finalizer".to_owned());
    };
    let checks = check.saturating_add(received.receives);
    let delay = match check_run(engine, &message).await {
        Ok(Step::Ended) => return Settlement::Done,
        Ok(Step::Again) => Duration::ZERO,
        Ok(Step::Wait) => engine.pacing.before(checks),
        // Connection or outcome cannot be read: a check would find the same for ever (I-10).
        Err(failure) if failure.retry() == Retry::Never => {
            tracing::error!(run = %message.run, error = %failure, advice = failure.advice(), "given up");
            return Settlement::DeadLetter(failure.to_string());
        }
        Err(failure) => {
            tracing::warn!(run = %message.run, error = %failure, "the check will be made again");
            if mutant::on("checks-once-only") {
                return Settlement::Done;
            }
            engine.pacing.longest_check
        }
    };
    // The same message comes again, for if each check sent a new one, messages that were ever doubled would double and
    // double again. Waiting uses up receives though, so in time a fresh message takes over.
    if received.receives < RENEWED && !received.last_receive {
        return Settlement::RetryIn(delay);
    }
    let next = Message { work: Work::Finalize { check: checks }, ..message };
    match engine.queues.finalize.send(&[outgoing(&next, delay)]).await {
        Ok(()) => Settlement::Done,
        Err(_) => Settlement::RetryIn(delay),
    }
}

async fn check_run(engine: &Engine, message: &Message) -> Result<Step, Failure> {
    let keys = RunKeys(&message.connection, &message.run);
    let objects = engine.objects.as_ref();
    if store::read::<RunOutcome>(objects, &keys.outcome()).await?.is_some() {
        return follow(engine, &message.connection, &message.run).await.map(|()| Step::Ended);
    }
    let manifest = match store::read::<Manifest>(objects, &keys.manifest()).await {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(Step::Ended),
        Err(failure) if failure.kind == FailureKind::StoreDamaged => {
            let connection = load(engine, &message.connection).await?;
            let ended = fail_unopened(engine, &connection, &message.run, &failure).await;
            return ended.map(|()| Step::Ended);
        }
        Err(failure) => return Err(failure),
    };
    let step = advance(engine, &manifest).await;
    let late = engine.clock.now() > manifest.deadline && !mutant::on("ignores-the-deadline");
    let failure = match step {
        Ok(Step::Wait) if late => deadline_passed(engine, &manifest).await?,
        Err(failure) if failure.kind == FailureKind::Superseded => return Ok(Step::Ended),
        Err(failure) if failure.retry() == Retry::Never || late => failure,
        other => return other,
    };
    match end(engine, &manifest, Ending::failed(failure)).await {
        Ok(()) => Ok(Step::Ended),
        Err(failure) if failure.kind == FailureKind::Superseded => Ok(Step::Ended),
        Err(failure) => Err(failure),
    }
}

async fn deadline_passed(engine: &Engine, manifest: &Manifest) -> Result<Failure, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let mut missing = Vec::new();
    for plan in &manifest.streams {
        let staged = staged_keys(engine, &format!("{}main/", keys.pages(plan.stream))).await?;
        let name = |number| format!("{}/main/{number:06}", plan.stream);
        let unstaged = |page: &String| !staged.iter().any(|key| key.ends_with(&format!("{page}.json")));
        missing.extend((0..plan.pages).map(name).filter(unstaged).take(NAMED));
    }
    let detail = if missing.is_empty() {
        "the deadline passed before the run was decided".to_owned()
    } else {
        format!("the deadline passed; not staged: {}", missing.join(", "))
    };
    Ok(Failure::new(FailureKind::DeadlinePassed, format!("run {}", manifest.run), detail))
}

/// Does the first step that is not done.
async fn advance(engine: &Engine, manifest: &Manifest) -> Result<Step, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    if let Some(plan) = store::read::<Plan>(engine.objects.as_ref(), &keys.plan()).await? {
        return carry_out(engine, manifest, plan).await;
    }
    let lost = given_up(engine, keys).await?;
    let lost_pages: Vec<&str> =
        lost.iter().filter(|work| work.contains("/main/")).map(String::as_str).collect();
    let goes_on = mutant::on("takes-given-up-for-staged") && !lost_pages.is_empty();
    if !lost_pages.is_empty() && !goes_on {
        let failure = given_up_because(engine, keys, &lost_pages).await?;
        return end(engine, manifest, Ending::failed(failure)).await.map(|()| Step::Ended);
    }
    for plan in &manifest.streams {
        let staged = staged_keys(engine, &format!("{}main/", keys.pages(plan.stream))).await?;
        let each = if mutant::on("counts-a-page-twice") { 2 } else { 1 };
        if staged.len() as u64 * each < u64::from(plan.pages) && !goes_on {
            return Ok(Step::Wait);
        }
    }
    let Some(coverage) = catch_up::coverage(engine, manifest).await? else { return Ok(Step::Wait) };
    reconcile(engine, manifest, coverage).await
}

/// Asks for what is missing, then makes the plan.
async fn reconcile(
    engine: &Engine,
    manifest: &Manifest,
    coverage: Vec<StreamCoverage>,
) -> Result<Step, Failure> {
    let questions = confirm::questions(engine, manifest).await?;
    if questions == Questions::Open {
        return Ok(Step::Wait);
    }
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let mut pages: Vec<PageSummary> = Vec::new();
    for plan in &manifest.streams {
        pages.extend(staged_pages(engine, keys, plan.stream).await?);
    }
    pages.retain(|page| !matches!(page.page.series, Series::Recount(_)));
    let blocked = Blocked::load(engine, &pages).await?;
    let complete = coverage.iter().all(StreamCoverage::is_complete);
    let policy = Policy::of(manifest, complete, blocked.without_key > 0);
    match questions {
        Questions::Answered(questions) => {
            let absences = Absences::of(engine, manifest, questions, &pages).await?;
            plan::make(engine, manifest, &policy, &pages, &blocked, absences).await?;
        }
        _ => confirm::write(engine, manifest, &policy, &pages, &blocked).await?,
    }
    Ok(Step::Again)
}

/// Executes the plan: holds it, sends its deliveries, or commits.
async fn carry_out(engine: &Engine, manifest: &Manifest, plan: Plan) -> Result<Step, Failure> {
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let objects = engine.objects.as_ref();
    let coverage: Vec<StreamCoverage> = store::read(objects, &keys.coverage()).await?.unwrap_or_default();
    if !plan.held.is_empty() && !mutant::on("delivers-a-held-plan") {
        let reasons = plan.held.iter().map(ToString::to_string).collect();
        let failure = plan.held.first().cloned();
        let ending = Ending { outcome: Outcome::Held, reasons, failure, plan: Some(plan), coverage };
        return end(engine, manifest, ending).await.map(|()| Step::Ended);
    }
    let queued = keys.deliveries_queued();
    if !store::exists(objects, &queued).await? {
        if mutant::on("marks-before-sending") {
            store::create(objects, &queued, &true).await?;
        }
        let work = |delivery: &DeliveryPlan| {
            let work = Work::Deliver { number: delivery.number, data: delivery.data.clone() };
            outgoing(&message(manifest, work), Duration::ZERO)
        };
        let messages: Vec<_> = plan.deliveries.iter().map(work).collect();
        engine.queues.deliver.send(&messages).await?;
        store::create(objects, &queued, &true).await?;
    }
    let lost = given_up(engine, keys).await?;
    let lost: Vec<&str> =
        lost.iter().filter(|work| work.starts_with("delivery/")).map(String::as_str).collect();
    if !lost.is_empty() {
        let failure = given_up_because(engine, keys, &lost).await?;
        let ending = Ending { plan: Some(plan), coverage, ..Ending::failed(failure) };
        return end(engine, manifest, ending).await.map(|()| Step::Ended);
    }
    let received = objects.list(&keys.receipts()).await?.len();
    let planned = plan.deliveries.len();
    ensure(I4, &manifest.run, received <= planned, || format!("{received} receipts of {planned} deliveries"));
    if received < planned && !mutant::on("commits-without-receipts") {
        return Ok(Step::Wait);
    }
    let reasons = shortcomings(engine, manifest, &plan, &coverage).await?;
    let outcome = if reasons.is_empty() { Outcome::Complete } else { Outcome::Partial };
    let ending = Ending { outcome, reasons, failure: None, plan: Some(plan), coverage };
    end(engine, manifest, ending).await.map(|()| Step::Ended)
}

/// Why a run that arrived is not complete.
async fn shortcomings(
    engine: &Engine,
    manifest: &Manifest,
    plan: &Plan,
    coverage: &[StreamCoverage],
) -> Result<Vec<String>, Failure> {
    let mut reasons = Vec::new();
    for stream in coverage.iter().filter(|_| !mutant::on("calls-gaps-complete")) {
        reasons.extend(stream.gaps.iter().map(|gap| format!("{}: {gap}", stream.stream)));
    }
    let decided = |rule| plan.findings.rules.get(&rule).copied().unwrap_or_default();
    let unconfirmed = decided(Rule::NotConfirmed);
    if unconfirmed > 0 {
        reasons.push(format!(
            "{unconfirmed} missing findings were kept because their absence could not be confirmed"
        ));
    }
    let blocked = decided(Rule::ScopeBlocked);
    if blocked > 0 {
        reasons.push(format!(
            "{blocked} missing findings were kept because records without a readable key came along"
        ));
    }
    let keys = RunKeys(&manifest.connection, &manifest.run);
    let lost: Vec<String> = given_up(engine, keys).await?.into_iter().take(NAMED).collect();
    if !lost.is_empty() && !mutant::on("forgets-what-was-given-up") {
        reasons.push(format!("work was given up: {}", lost.join(", ")));
    }
    let receipts = receipts(engine, keys).await?;
    let refused: usize = receipts.iter().map(|receipt| receipt.refused.len()).sum();
    if refused > 0 {
        reasons
            .push(format!("the destination refused {refused} assets; they are sent again by the next run"));
    }
    Ok(reasons)
}

/// The failure of a run whose pages or deliveries were given up: the first one's, since it says what to do.
async fn given_up_because(engine: &Engine, keys: RunKeys<'_>, names: &[&str]) -> Result<Failure, Failure> {
    let first = names.first().copied().unwrap_or_default();
    let letter: DeadLetter = store::require(engine.objects.as_ref(), &keys.dead_letter(first)).await?;
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let subject = format!("work given up ({}: {shown})", names.len());
    Ok(Failure::new(letter.failure.kind, subject, letter.failure.to_string()))
}
