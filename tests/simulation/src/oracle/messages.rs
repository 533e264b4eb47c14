//! Messages: none ends as done while its work is not (I-10).

use super::RUNS;
use crate::sim::Inner;
use causeway_domain::Stream;
use causeway_domain::invariant::I10;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{PageId, Series};

/// A message was acknowledged.
pub(crate) fn done(inner: &mut Inner, queue: usize, receipt: u64, body: &str) {
    let Ok(message) = Message::parse(body) else { return };
    let object = |rest: String| format!("{RUNS}{}/{rest}", message.run);
    if inner.store.has(&object("outcome.json".to_owned()))
        || !inner.store.has(&object("manifest.json".to_owned()))
    {
        return;
    }
    let page = |page: PageId| object(format!("pages/{page}.json"));
    let effect = match &message.work {
        Work::Page { page: id, .. } => page(*id),
        Work::Confirm { number } => {
            page(PageId { stream: Stream::Findings, series: Series::Confirm, number: *number })
        }
        Work::Deliver { number, .. } => object(format!("receipts/{number:06}.json")),
        Work::Finalize { .. } => object("outcome.json".to_owned()),
    };
    if inner.store.has(&effect) {
        return;
    }
    let record = inner.oracle.record.as_ref();
    let check = matches!(message.work, Work::Finalize { .. });
    if check && record.is_some_and(|record| record.current_run.as_ref() != Some(&message.run)) {
        return;
    }
    let same = |other: &str| {
        let Ok(other) = Message::parse(other) else { return false };
        let checks = check && matches!(other.work, Work::Finalize { .. });
        other.run == message.run && (checks || other.work == message.work)
    };
    let again = inner.queues.get(queue).is_some_and(|queue| queue.another(receipt, same));
    if !again && !inner.oracle.queue_lost {
        inner.broken(I10, format!("a message ends as done without its effect: {body}"));
    }
}

/// A message was put aside by its worker.
pub(crate) fn buried(inner: &mut Inner, body: &str) {
    let Ok(message) = Message::parse(body) else { return };
    let work = match &message.work {
        Work::Page { page, .. } => page.to_string(),
        Work::Confirm { number } => {
            PageId { stream: Stream::Findings, series: Series::Confirm, number: *number }.to_string()
        }
        Work::Deliver { number, .. } => format!("delivery/{number:06}"),
        Work::Finalize { .. } => return,
    };
    let mark = format!("{RUNS}{}/failures/{work}.json", message.run);
    if !inner.store.has(&mark) {
        inner.broken(I10, format!("{work} is given up and no mark says so"));
    }
}

/// A message was sent.
pub(crate) fn sent(inner: &mut Inner, body: &str) {
    super::keeps_secrets(inner, "a message", body.as_bytes());
    let Ok(message) = Message::parse(body) else { return };
    if matches!(message.work, Work::Finalize { .. })
        && let Some(facts) = inner.oracle.runs.get_mut(&message.run)
    {
        facts.checked = true;
    }
}

/// A queue lost everything.
pub(crate) fn lost(inner: &mut Inner) {
    inner.oracle.queue_lost = true;
}
