//! Trying again inside one piece of work; what does not pass within it goes back to the queue.

use crate::pace::LONGEST_WAIT;
use crate::{Channel, Meter};
use backon::{ExponentialBuilder, Retryable};
use causeway_domain::{Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;

/// Tries in all.
const TRIES: usize = 4;

impl Channel {
    /// Makes `attempt` up to four times while it fails for a reason that may pass by itself; an answer of another
    /// shape is given one more chance only. The pause the other side asked for is kept by the channel's pace, and one
    /// above a minute, or longer than this process may still begin work, is not waited for here.
    pub fn persist<T, F, Fut>(
        &self,
        meter: &Meter,
        attempt: F,
    ) -> impl Future<Output = Result<T, Failure>> + Send
    where
        T: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, Failure>> + Send,
    {
        let clock = Arc::clone(&self.clock);
        let mut unexpected = 0;
        attempt
            .retry(
                ExponentialBuilder::default()
                    .with_min_delay(Duration::from_secs(1))
                    .with_max_times(TRIES - 1),
            )
            .sleep(move |pause| {
                let clock = Arc::clone(&clock);
                async move { clock.sleep(pause).await }
            })
            .adjust(move |failure: &Failure, proposed| {
                unexpected += usize::from(is_of_another_shape(failure.kind));
                let longest = self.pace.longest_wait();
                let pause = proposed.filter(|_| may_pass(failure, longest) && unexpected < 2)?;
                // The pace makes this and every other call wait; waiting here as well would double the pause.
                let paced = failure.kind == FailureKind::RateLimited || failure.retry_after.is_some();
                let pause = if paced { Duration::ZERO } else { pause.mul_f64(0.5 + self.ids.fraction()) };
                Some(pause).filter(|pause| *pause <= longest)
            })
            .notify(move |failure, pause| {
                meter.count_retry();
                meter.count_backoff(pause);
                tracing::debug!(subject = %failure.subject, detail = %failure.detail, ?pause, "trying again");
            })
    }
}

fn is_of_another_shape(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::UnexpectedAnswer | FailureKind::MalformedAnswer)
}

fn may_pass(failure: &Failure, longest: Duration) -> bool {
    use FailureKind as K;
    let transient = matches!(
        failure.kind,
        K::Unreachable
            | K::Timeout
            | K::Unavailable
            | K::TruncatedAnswer
            | K::UnexpectedAnswer
            | K::MalformedAnswer
            | K::RateLimited
    );
    // Of a fault that named a pause the next try learns that the pause is too long here: then it is no failed attempt.
    let longest = if failure.kind == K::RateLimited { longest } else { LONGEST_WAIT };
    transient && failure.retry_after.is_none_or(|pause| pause <= longest)
}
