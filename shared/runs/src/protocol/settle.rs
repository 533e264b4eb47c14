//! How a message ends when its work failed: again later, again without counting, or put aside for a person (I-10).

use crate::{Engine, store};
use async_recursion::async_recursion;
use causeway_domain::message::Message;
use causeway_domain::page::DeadLetter;
use causeway_domain::{Failure, FailureKind, Retry, WorkName};
use causeway_mutants::Mutant;
use causeway_ports::{Outgoing, Queue, Received, Settlement};
use std::time::Duration;

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The message that was received, or how it ends if it is none.
pub(crate) fn read(received: &Received) -> Result<Message, Settlement> {
    Message::parse(&received.body).map_err(|failure| Settlement::DeadLetter(failure.to_string()))
}

/// How a message ends that lies in a queue where others are expected.
pub(crate) fn not_for(consumer: &str) -> Settlement {
    Settlement::DeadLetter(format!("not work for {consumer}"))
}

/// Judges `failure` of `work`.
pub(crate) async fn failed(
    engine: &Engine,
    queue: &dyn Queue,
    received: &Received,
    message: &Message,
    work: WorkName,
    failure: Failure,
) -> Settlement {
    match failure.retry() {
        Retry::AfterPause if Mutant::DropsWhatMustWait.on() => Settlement::Done,
        Retry::AfterPause => {
            // A vendor that says "later" has not failed: the message goes back as a new one, its receives uncounted.
            let delay = failure.retry_after.unwrap_or(LONGEST_PAUSE / 5).min(LONGEST_PAUSE * 3);
            let again = Outgoing { body: received.body.clone(), delay };
            match queue.send(&[again]).await {
                Ok(()) => Settlement::Done,
                Err(_) => Settlement::RetryIn(delay),
            }
        }
        Retry::Backoff if !received.last_receive => {
            tracing::warn!(run = %message.run, %work, error = %failure, receives = received.receives, "will try again");
            Settlement::RetryIn(failure.retry_after.unwrap_or_else(|| pause(engine, received.receives)))
        }
        Retry::Backoff | Retry::Never => dead_letter(engine, received, message, work, failure).await,
    }
}

/// How a message ends whose work was cut short from outside: by the time limit of a function, or by a fault of the program
/// itself. It counts as an attempt that failed, so that work which never ends does not go on for ever.
#[async_recursion]
pub async fn cut_short(
    engine: &Engine,
    queue: &dyn Queue,
    received: &Received,
    detail: String,
) -> Settlement {
    let message = match read(received) {
        Ok(message) => message,
        Err(settlement) => return settlement,
    };
    // A check is made until the run is decided, which its deadline sees to (I-11).
    let Some(work) = message.work.name() else {
        return Settlement::RetryIn(pause(engine, received.receives));
    };
    let failure = Failure::new(FailureKind::CutShort, work.to_string(), detail);
    failed(engine, queue, received, &message, work, failure).await
}

/// 1 s, 2 s, 4 s … with a jitter of half, so that workers that failed together do not return together.
fn pause(engine: &Engine, receives: u32) -> Duration {
    let doubled = Duration::from_secs(1_u64 << receives.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    doubled.mul_f64(0.5 + 0.5 * engine.ids.fraction())
}

async fn dead_letter(
    engine: &Engine,
    received: &Received,
    message: &Message,
    work: WorkName,
    failure: Failure,
) -> Settlement {
    tracing::error!(run = %message.run, %work, error = %failure, advice = failure.advice(), "given up");
    let key = message.keys().dead_letter(work);
    let reason = failure.to_string();
    let letter = DeadLetter { work, receives: received.receives, failure, at: engine.clock.now() };
    if Mutant::ForgetsADeadLetter.on() {
        return Settlement::DeadLetter(reason);
    }
    match store::create(engine.objects.as_ref(), &key, &letter).await {
        Ok(_) => Settlement::DeadLetter(reason),
        // Without the mark the finalizer would wait in vain, so the message must come back.
        Err(_) => Settlement::RetryIn(LONGEST_PAUSE / 10),
    }
}
