//! The time limits of an invocation: until when it begins work, and until when it waits for work in flight.

use jiff::{SignedDuration, Timestamp};

/// Time reserved for settling and responding.
const TO_ANSWER: SignedDuration = SignedDuration::from_secs(3);

/// Time before the end in which no work is begun.
const TO_FINISH: SignedDuration = SignedDuration::from_secs(30);

/// The time limits of one invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// No work is begun after this.
    pub begin_until: Timestamp,
    /// Nothing is waited for after this.
    pub wait_until: Timestamp,
}

impl TimeLimit {
    /// Of an invocation that begins at `now` and is killed at `killed_at`. Short ones leave shares of their time in
    /// place of the usual seconds.
    pub fn of(now: Timestamp, killed_at: Timestamp) -> Self {
        let left = killed_at.duration_since(now).max(SignedDuration::ZERO);
        let before = |share: SignedDuration| killed_at.saturating_sub(share).unwrap_or(killed_at);
        Self { begin_until: before(TO_FINISH.min(left / 3)), wait_until: before(TO_ANSWER.min(left / 5)) }
    }

    /// As [`Self::of`], with the end as Lambda tells it: milliseconds since 1970.
    pub fn until_ms(now: Timestamp, killed_at_ms: u64) -> Self {
        let killed_at = i64::try_from(killed_at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self::of(now, killed_at.unwrap_or(now))
    }
}
