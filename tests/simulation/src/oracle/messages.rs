//! Messages: none ends as done while its work is not (I-10).

use super::Facts;
use super::staged::Pages;
use super::state::SKEW;
use crate::ports::queue::QUEUES;
use crate::sim::Inner;
use causeway_domain::RunId;
use causeway_domain::delivery::Phase;
use causeway_domain::invariant::I10;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{PageId, Series};

/// A message was acknowledged.
pub(crate) fn done(inner: &mut Inner, queue: usize, receipt: u64, body: &str) {
    let Ok(message) = Message::parse(body) else { return };
    let keys = message.keys();
    if inner.store.has(&keys.outcome()) || !inner.store.has(&keys.run.manifest()) {
        return;
    }
    let page = |page: PageId| keys.run.page_summary(page);
    let effect = match &message.work {
        Work::Page { page: id, .. } | Work::Link { page: id, .. } | Work::Replay { page: id } => page(*id),
        Work::Confirm { stream, number } => page(PageId::answer(*stream, *number)),
        Work::Count { stream, round } => keys.run.count(*stream, *round),
        Work::Deliver { number, .. } => keys.receipt(*number),
        Work::Finalize { .. } => keys.outcome(),
    };
    let done = match message.work {
        // A chain is led on until it ends, by this message or another.
        Work::Link { page, .. } => chain_has_ended(inner, &message, page),
        _ => inner.store.has(&effect),
    };
    if done {
        return;
    }
    let record = inner.oracle.record.as_ref();
    let check = matches!(message.work, Work::Finalize { .. });
    // For a run past its deadline nothing is read or sent any more; its check ends it as failed (I-11).
    let deadline = inner.oracle.runs.get(&message.run).and_then(Facts::deadline);
    if !check && deadline.is_some_and(|deadline| inner.now + SKEW >= deadline) {
        return;
    }
    if check && record.is_some_and(|record| record.current_run.as_ref() != Some(&message.run)) {
        return;
    }
    let same = |other: &str| {
        let Ok(other) = Message::parse(other) else { return false };
        let checks = check && matches!(other.work, Work::Finalize { .. });
        other.run == message.run
            && (checks || other.work == message.work || leads_on(&message.work, &other.work))
    };
    let again = inner.queues.get(queue).is_some_and(|queue| queue.another(receipt, same));
    if !again && !inner.oracle.queue_lost {
        inner.broken(I10, format!("a message ends as done without its effect: {body}"));
    }
}

/// Whether `other` leads on the chain that `work` belongs to.
fn leads_on(work: &Work, other: &Work) -> bool {
    let lane = |work: &Work| match work {
        Work::Link { page: PageId { stream, series: Series::Chain(chain), .. }, .. } => {
            Some((*stream, chain.lane))
        }
        _ => None,
    };
    lane(work).is_some() && lane(work) == lane(other)
}

/// Whether the chain of `page` is at its end, as far as it is staged.
fn chain_has_ended(inner: &Inner, message: &Message, page: PageId) -> bool {
    let pages = Pages::of(&inner.store, &message.run);
    let Series::Chain(chain) = page.series else { return false };
    pages.ended.contains(&(page.stream, chain.lane))
}

/// A message was put aside by its worker.
pub(crate) fn buried(inner: &mut Inner, body: &str) {
    let Ok(message) = Message::parse(body) else { return };
    let Some(work) = message.work.name() else { return };
    if !inner.store.has(&message.keys().dead_letter(work)) {
        inner.broken(I10, format!("{work} is given up and no mark says so"));
    }
}

/// A message was sent.
pub(crate) fn sent(inner: &mut Inner, body: &str) {
    super::keeps_secrets(inner, "a message", body.as_bytes());
    let Ok(message) = Message::parse(body) else { return };
    let now = inner.now;
    let Some(facts) = inner.oracle.runs.get_mut(&message.run) else { return };
    match &message.work {
        Work::Page { page, .. } | Work::Link { page, .. } | Work::Replay { page } => {
            _ = facts.sent.insert(page.to_string());
        }
        Work::Deliver { number, .. } => drop(facts.sent.insert(delivery(*number))),
        Work::Finalize { .. } => facts.checked = facts.checked.or(Some(now)),
        Work::Confirm { .. } | Work::Count { .. } => {}
    }
}

fn delivery(number: u32) -> String {
    format!("delivery/{number:06}")
}

/// A mark says that all pages, or all deliveries, of a run were sent.
pub(super) fn marked(inner: &mut Inner, run: &RunId, mark: &str) {
    let Some(facts) = inner.oracle.runs.get(run) else { return };
    let streams = || facts.manifest.iter().flat_map(|manifest| &manifest.streams);
    let pages =
        || streams().flat_map(|plan| plan.windows().map(|(page, _)| page.to_string()).collect::<Vec<_>>());
    let deliveries = |phase| {
        facts.plan.iter().flat_map(move |plan| plan.batches(phase)).map(|batch| delivery(batch.number))
    };
    let wanted: Vec<String> = match mark {
        "pages-queued.json" => pages().collect(),
        "deliveries-queued.json" => deliveries(Phase::Items).collect(),
        "deliveries-links-queued.json" => deliveries(Phase::Links).collect(),
        _ => return,
    };
    let unsent = wanted.into_iter().find(|work| !facts.sent.contains(work));
    if let Some(work) = unsent {
        inner.broken(I10, format!("{mark} of run {run} exists, and {work} was never sent"));
    }
}

/// The queue of this number lost everything.
pub(crate) fn lost(inner: &mut Inner, number: usize) {
    inner.oracle.queue_lost = true;
    inner.oracle.checks_lost |= QUEUES.get(number) == Some(&"finalize");
}
