//! Finalize: decide what a run needs next, from objects alone, until it has ended (I-10, I-11).
//!
//! Each check starts from nothing, finds the first step that is not done, and does it. So a check may be repeated,
//! cut short or made twice at once.

use crate::connections::registry::load;
use crate::decide::decide;
use crate::guarantee::ensure;
use crate::protocol::attempt::{Attempt, outgoing};
use crate::protocol::commit::{Ending, end, fail_unopened, follow};
use crate::protocol::retention::prune;
use crate::protocol::{catch_up, chain, replayed as replay, settle};
use crate::run_objects::{StagedPages, given_up, receipt_names, receipts};
use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::coverage::StreamCoverage;
use causeway_domain::delivery::{DeliveryPlan, Phase};
use causeway_domain::invariant::I4;
use causeway_domain::layout::AttemptKeys;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{DeadLetter, Series};
use causeway_domain::plan::{Plan, Rule, VerdictCounts};
use causeway_domain::reading::Reading;
use causeway_domain::run::{RunOutcome, StreamPlan};
use causeway_domain::{Failure, FailureKind, Outcome, PageId, Retry, WorkName};
use causeway_mutants::Mutant;
use causeway_ports::{Received, Settlement};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Names shown in a message at most.
const NAMED: usize = 5;

/// Checks that one message serves for. A queue must hand a check out more often than this, by as many times as processes
/// may die over it.
const RENEWED: u32 = 50;

/// What a check found.
enum Step {
    /// Others are at work; look again later.
    Wait,
    /// Work was queued, so that others are at work from now on.
    Queued,
    /// A step was done; the next can follow at once.
    Again,
    /// The run is decided.
    Ended,
}

/// Handles one message of the finalize queue.
#[async_recursion]
pub async fn finalize(engine: &Engine, received: &Received) -> Settlement {
    let message = match settle::read(received) {
        Ok(message) => message,
        Err(settlement) => return settlement,
    };
    let Work::Finalize { check } = message.work else { return settle::not_for("the finalizer") };
    let checks = check.saturating_add(received.receives);
    let delay = match check_run(engine, &message).await {
        Ok(Step::Ended) => {
            // The run is decided whatever becomes of older ones; they are looked at again after the next.
            if let Err(failure) = prune(engine, &message.connection).await {
                tracing::warn!(connection = %message.connection, error = %failure, "old runs were not removed");
            }
            return Settlement::Done;
        }
        Ok(Step::Again) => Duration::ZERO,
        Ok(Step::Queued) => return wait_anew(engine, message).await,
        Ok(Step::Wait) => engine.pacing.before(checks),
        // Connection or outcome cannot be read: a check would find the same for ever (I-10).
        Err(failure) if failure.retry() == Retry::Never => {
            tracing::error!(run = %message.run, error = %failure, advice = failure.advice(), "given up");
            return Settlement::DeadLetter(failure.to_string());
        }
        Err(failure) => {
            tracing::warn!(run = %message.run, error = %failure, "the check will be made again");
            if Mutant::ChecksOnceOnly.on() {
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

/// New work answers soon, so the pauses begin with the shortest again, in a fresh message.
async fn wait_anew(engine: &Engine, message: Message) -> Settlement {
    let delay = engine.pacing.before(0);
    let next = Message { work: Work::Finalize { check: 0 }, ..message };
    match engine.queues.finalize.send(&[outgoing(&next, delay)]).await {
        Ok(()) => Settlement::Done,
        Err(_) => Settlement::RetryIn(delay),
    }
}

async fn check_run(engine: &Engine, message: &Message) -> Result<Step, Failure> {
    let keys = message.keys();
    if store::read::<RunOutcome>(engine.objects.as_ref(), &keys.outcome()).await?.is_some() {
        return follow(engine, keys).await.map(|()| Step::Ended);
    }
    let attempt = match Attempt::load(engine, keys).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return Ok(Step::Ended),
        Err(failure) if failure.kind == FailureKind::StoreDamaged => {
            let connection = load(engine, &message.connection).await?;
            let ended = fail_unopened(engine, &connection, keys, &failure).await;
            return ended.map(|()| Step::Ended);
        }
        Err(failure) => return Err(failure),
    };
    let listed = OnceCell::new();
    let step = advance(engine, &attempt, &listed).await;
    let late = engine.clock.now() > attempt.deadline();
    let failure = match step {
        Ok(Step::Wait) if late => deadline_passed(engine, &attempt, &listed).await?,
        Ok(Step::Wait) if attempt.has_queued() => return Ok(Step::Queued),
        Err(failure) if failure.kind == FailureKind::Superseded => return Ok(Step::Ended),
        Err(failure) if failure.retry() == Retry::Never || late => failure,
        other => return other,
    };
    match end(engine, &attempt, Ending::failed(failure)).await {
        Ok(()) => Ok(Step::Ended),
        Err(failure) if failure.kind == FailureKind::Superseded => Ok(Step::Ended),
        Err(failure) => Err(failure),
    }
}

async fn deadline_passed<'a>(
    engine: &'a Engine,
    attempt: &'a Attempt,
    listed: &OnceCell<StagedPages<'a>>,
) -> Result<Failure, Failure> {
    let manifest = &attempt.manifest;
    let staged = listed.get_or_try_init(|| StagedPages::list(engine, attempt.run())).await?;
    let pages = manifest.streams.iter().flat_map(StreamPlan::windows).map(|(page, _)| page);
    let mut missing: Vec<PageId> = pages.filter(|page| !staged.has(*page)).take(NAMED).collect();
    for plan in &manifest.streams {
        missing.extend(chain::open(staged, manifest, plan).await?.into_iter().map(|open| open.page));
    }
    let missing: Vec<String> = missing.into_iter().map(|page| WorkName::Page(page).in_words()).collect();
    let detail = if missing.is_empty() {
        "the deadline passed before the run finished".to_owned()
    } else {
        format!("the deadline passed; not staged: {}", missing.join("; "))
    };
    Ok(Failure::new(FailureKind::DeadlinePassed, format!("run {}", manifest.run), detail))
}

/// Does the first step that is not done. The pages are listed when they are needed.
async fn advance<'a>(
    engine: &'a Engine,
    attempt: &'a Attempt,
    listed: &OnceCell<StagedPages<'a>>,
) -> Result<Step, Failure> {
    let (manifest, keys) = (&attempt.manifest, attempt.run());
    if let Some(plan) = store::read::<Plan>(engine.objects.as_ref(), &keys.plan()).await? {
        return carry_out(engine, attempt, plan).await;
    }
    // Read before the pages are listed, or the list may lack pages that another check judged this coverage by.
    let judged: Option<Vec<StreamCoverage>> = store::read(engine.objects.as_ref(), &keys.coverage()).await?;
    let staged = listed.get_or_try_init(|| StagedPages::list(engine, keys)).await?;
    let lost = given_up(engine, attempt.keys()).await?;
    // A replay cannot do without any page; a run that asks can repair or doubt what it lacks.
    let replayed = manifest.replay.is_some();
    let lost_pages: Vec<WorkName> =
        lost.into_iter().filter(|work| replayed || work.is_planned_page()).collect();
    if !lost_pages.is_empty() {
        let failure = given_up_because(engine, attempt.keys(), &lost_pages).await?;
        return end(engine, attempt, Ending::failed(failure)).await.map(|()| Step::Ended);
    }
    // Once the coverage is judged, reading is over: what a late worker begins is not waited for.
    for plan in manifest.streams.iter().filter(|_| judged.is_none()) {
        let read = match plan.reading {
            Reading::Chains { .. } => replayed || chain::have_ended(engine, attempt, staged, plan).await?,
            Reading::Windows | Reading::NumberedPages => {
                staged.count(plan.stream, Series::Main) >= u64::from(plan.pages)
            }
        };
        if !read {
            return Ok(Step::Wait);
        }
    }
    let coverage = match judged {
        Some(coverage) => coverage,
        None => {
            let Some(coverage) = judge_coverage(engine, attempt, staged).await? else {
                return Ok(Step::Wait);
            };
            if !store::create(engine.objects.as_ref(), &keys.coverage(), &coverage).await? {
                // Another check judged it first, perhaps by pages that this list lacks.
                return Ok(Step::Again);
            }
            coverage
        }
    };
    Ok(if decide(engine, attempt, &coverage, staged).await? { Step::Again } else { Step::Wait })
}

/// The coverage of all streams by exactly these pages, or `None` while some are still to come.
async fn judge_coverage(
    engine: &Engine,
    attempt: &Attempt,
    staged: &StagedPages<'_>,
) -> Result<Option<Vec<StreamCoverage>>, Failure> {
    match &attempt.manifest.replay {
        Some(replay) if replay.pages.iter().any(|page| !staged.has(*page)) => Ok(None),
        Some(replay) => replay::coverage(engine, replay, &attempt.manifest, staged).await.map(Some),
        None => catch_up::coverage(engine, attempt, staged).await,
    }
}

/// Executes the plan: holds it, sends its deliveries phase by phase, or commits. A run that gives up a batch ends, so no links
/// are sent of items that did not arrive; the next run, or a redrive, sends both.
async fn carry_out(engine: &Engine, attempt: &Attempt, plan: Plan) -> Result<Step, Failure> {
    let keys = attempt.keys();
    let objects = engine.objects.as_ref();
    let coverage: Vec<StreamCoverage> = store::read(objects, &keys.run.coverage()).await?.unwrap_or_default();
    if !plan.held.is_empty() && !attempt.approved() && !Mutant::DeliversAHeldPlan.on() {
        let reasons = plan.held.iter().map(ToString::to_string).collect();
        let failure = plan.held.first().cloned();
        let ending = Ending { outcome: Outcome::Held, reasons, failure, plan: Some(plan), coverage };
        return end(engine, attempt, ending).await.map(|()| Step::Ended);
    }
    let has_links = plan.batches(Phase::Links).next().is_some();
    let phases: &[Phase] = if has_links { &Phase::ALL } else { &[Phase::Items] };
    for phase in phases {
        let queued = match store::read::<BTreeSet<u32>>(objects, &keys.deliveries_queued(*phase)).await? {
            Some(queued) => queued,
            None => queue_deliveries(engine, attempt, &plan, *phase).await?,
        };
        let lost = given_up(engine, keys).await?;
        let lost: Vec<WorkName> = lost.into_iter().filter(WorkName::is_delivery).collect();
        if !lost.is_empty() {
            let failure = given_up_because(engine, keys, &lost).await?;
            let ending = Ending { plan: Some(plan), coverage, ..Ending::failed(failure) };
            return end(engine, attempt, ending).await.map(|()| Step::Ended);
        }
        let received = receipt_names(engine, keys.run).await?;
        let planned = plan.deliveries.len();
        let known = received.iter().all(|(number, _)| (*number as usize) < planned);
        ensure(I4, keys.run.run, known, || format!("receipts of more than {planned} deliveries"));
        let arrived = queued.iter().all(|number| received.contains(&(*number, attempt.number)));
        let early = phase.is_items() && has_links && Mutant::SendsLinksEarly.on();
        if !arrived && !early && !Mutant::CommitsWithoutReceipts.on() {
            return Ok(Step::Wait);
        }
    }
    let reasons = shortcomings(engine, attempt, &plan, &coverage).await?;
    let outcome = if reasons.is_empty() { Outcome::Complete } else { Outcome::Partial };
    let ending = Ending { outcome, reasons, failure: None, plan: Some(plan), coverage };
    end(engine, attempt, ending).await.map(|()| Step::Ended)
}

/// Queues what is not known to have arrived of a phase: in a first attempt everything, later the batches without a receipt or
/// with refused assets; of these only what must come again is sent.
async fn queue_deliveries(
    engine: &Engine,
    attempt: &Attempt,
    plan: &Plan,
    phase: Phase,
) -> Result<BTreeSet<u32>, Failure> {
    let received = receipts(engine, attempt.run()).await?;
    let done = |number| {
        let receipt = received.iter().find(|receipt| receipt.delivery == number);
        receipt.is_some_and(|receipt| receipt.is_whole() && receipt.attempt < attempt.number)
    };
    let open: Vec<&DeliveryPlan> = plan.batches(phase).filter(|delivery| !done(delivery.number)).collect();
    let work = |delivery: &&DeliveryPlan| {
        let DeliveryPlan { number, data, phase, .. } = *delivery;
        Work::Deliver { number: *number, data: data.clone(), phase: *phase }
    };
    let numbers: BTreeSet<u32> = open.iter().map(|delivery| delivery.number).collect();
    let key = attempt.keys().deliveries_queued(phase);
    attempt.send(engine.queues.deliver.as_ref(), open.iter().map(work).collect::<Vec<_>>()).await?;
    store::create(engine.objects.as_ref(), &key, &numbers).await?;
    store::require(engine.objects.as_ref(), &key).await
}

/// Why a run that arrived is not complete.
async fn shortcomings(
    engine: &Engine,
    attempt: &Attempt,
    plan: &Plan,
    coverage: &[StreamCoverage],
) -> Result<Vec<String>, Failure> {
    let mut reasons = Vec::new();
    for stream in coverage.iter().filter(|_| !Mutant::CallsGapsComplete.on()) {
        reasons
            .extend(stream.gaps.iter().chain(&stream.unread).map(|gap| format!("{}: {gap}", stream.stream)));
    }
    reasons.extend(kept(&plan.findings, "findings keep their status"));
    reasons.extend(kept(&plan.assets, "assets stay as they are"));
    let unknown = plan.assets.rules.get(&Rule::AssetUnknown).copied().unwrap_or_default();
    if unknown > 0 {
        let kept = if unknown == 1 { "1 asset was".to_owned() } else { format!("{unknown} assets were") };
        reasons.push(format!("{kept} withheld with all findings: the asset's own record could not be read"));
    }
    let keys = attempt.keys();
    let lost = never_done(engine, keys).await?;
    if !lost.is_empty() && !Mutant::ForgetsWhatWasGivenUp.on() {
        let lost: Vec<String> = lost.iter().take(NAMED).map(WorkName::in_words).collect();
        reasons.push(format!("failed: {}", lost.join("; ")));
    }
    let receipts = receipts(engine, keys.run).await?;
    let refused: usize = receipts.iter().map(|receipt| receipt.refused.len()).sum();
    if refused > 0 {
        reasons.push(format!("the destination refused {refused} assets; the next run resends them"));
    }
    Ok(reasons)
}

/// Why missing records are kept although nothing but a proof of their absence is missing.
fn kept(counts: &VerdictCounts, what: &str) -> Vec<String> {
    let because = [
        (Rule::NotConfirmed, "their absence could not be confirmed"),
        (Rule::ScopeBlocked, "records without a readable key were rejected"),
    ];
    let decided = |rule| counts.rules.get(&rule).copied().filter(|count| *count > 0);
    let told = because.into_iter().filter_map(|(rule, why)| Some((decided(rule)?, why)));
    told.map(|(count, why)| format!("{count} missing {what}: {why}")).collect()
}

/// Work that was given up by this attempt, or by an earlier one that had the plan already: the plan was made without it, so
/// an approved or redriven run is no more complete than it was. Deliveries are queued anew by each attempt.
async fn never_done(engine: &Engine, keys: AttemptKeys<'_>) -> Result<BTreeSet<WorkName>, Failure> {
    let mut lost = given_up(engine, keys).await?;
    let objects = engine.objects.as_ref();
    for earlier in (0..keys.attempt).map(|number| keys.run.attempt(number)) {
        let outcome: Option<RunOutcome> = store::read(objects, &earlier.outcome()).await?;
        // An attempt that ended before there was a plan has neither, and what it lacked was asked for again.
        let judged = outcome.is_some_and(|outcome| !outcome.coverage.is_empty());
        if judged || objects.get(&earlier.deliveries_queued(Phase::Items)).await?.is_some() {
            let work = given_up(engine, earlier).await?.into_iter();
            lost.extend(work.filter(|work| !work.is_delivery()));
        }
    }
    Ok(lost)
}

/// The failure of a run whose pages or deliveries were given up: the first one's, since it says what to do.
async fn given_up_because(
    engine: &Engine,
    keys: AttemptKeys<'_>,
    names: &[WorkName],
) -> Result<Failure, Failure> {
    let shown = names.iter().take(NAMED).map(WorkName::in_words).collect::<Vec<_>>().join("; ");
    let first = names.first().map(|first| keys.dead_letter(*first));
    let key = first.ok_or_else(|| store::damaged("failed work", "no work is named"))?;
    let letter: DeadLetter = store::require(engine.objects.as_ref(), &key).await?;
    // Much fails permanently at once, such as a wrong token, and is never retried.
    let failed = match letter.receives {
        0 | 1 => "failed".to_owned(),
        attempts => format!("failed after {attempts} attempts"),
    };
    let subject = format!("{failed} ({}: {shown})", names.len());
    Ok(Failure::new(letter.failure.kind, subject, letter.failure.to_string()))
}
