//! Retries inside one piece of work; a failure that outlasts them goes back to the queue.

use crate::pace::LONGEST_WAIT;
use crate::{Channel, Decision, Meter};
use backon::{ExponentialBuilder, Retryable};
use causeway_domain::{Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;

/// Attempts in all.
const ATTEMPTS: usize = 4;

impl Channel {
    /// Makes `attempt` up to four times while [`Decision`] calls its failure transient. The channel's pace keeps the pause
    /// that the other side asked for. A pause above a minute, or longer than this process may still begin work, is not
    /// waited for here.
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
                    .with_max_times(ATTEMPTS - 1),
            )
            .sleep(move |pause| {
                let clock = Arc::clone(&clock);
                async move { clock.sleep(pause).await }
            })
            .adjust(move |failure: &Failure, proposed| {
                let longest = self.pace.longest_wait();
                let asked = match Decision::on(failure) {
                    Decision::Retry { after } => after,
                    Decision::RetryOnce if unexpected == 0 => {
                        unexpected += 1;
                        None
                    }
                    Decision::Done | Decision::RetryOnce | Decision::SignIn | Decision::Never => return None,
                };
                let limited = failure.kind == FailureKind::RateLimited;
                // After a fault that named a pause, the next attempt learns that the pause is too long here, and that
                // refusal does not count as a failed attempt.
                let longest_asked = if limited { longest } else { LONGEST_WAIT };
                let pause = proposed.filter(|_| asked.is_none_or(|asked| asked <= longest_asked))?;
                // The pace makes this and every other call wait; waiting here as well would double the pause.
                let paced = limited || asked.is_some();
                let pause = if paced { Duration::ZERO } else { pause.mul_f64(0.5 + self.ids.fraction()) };
                Some(pause).filter(|pause| *pause <= longest)
            })
            .notify(move |failure, pause| {
                meter.count_retry();
                meter.count_backoff(pause);
                tracing::debug!(subject = %failure.subject, detail = %failure.detail, ?pause, "retrying");
            })
    }
}
