//! The rate limit of one API over all concurrent calls: requests are evenly spaced, and none is sent during a pause
//! that the server asked for.

use crate::Meter;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Ids};
use governor::clock::Clock as Ticking;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::Timestamp;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longest wait inside a call, if the process has that long. After a longer pause is asked for, the work goes back to the
/// queue as `RateLimited`.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Number of processes that share the limit of one API. None sees the others, so each keeps an equal part. The limit
/// holds in aggregate, and a process that works alone is no faster than its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(NonZeroU32);

impl Share {
    /// The whole limit, for a single process.
    pub const WHOLE: Self = Self(NonZeroU32::MIN);

    /// An equal part among `processes`; 0 counts as one.
    pub fn among(processes: u32) -> Self {
        NonZeroU32::new(processes).map_or(Self::WHOLE, Self)
    }

    /// The time between two requests of one process.
    fn interval(self, requests_per_second: u32) -> Duration {
        Duration::from_secs(1) * self.0.get() / requests_per_second.max(1)
    }
}

/// One API's limit.
pub struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>,
    ticks: Ticks,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    pause: Mutex<Pause>,
}

struct Pause {
    until: Timestamp,
    /// Pauses since the last accepted request.
    streak: u32,
}

impl Pace {
    /// This process's share of `requests_per_second` over all callers, without bursts, because vendors count bursts.
    pub fn new(requests_per_second: u32, share: Share, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let interval = share.interval(requests_per_second);
        let ticks = Ticks { start: clock.now(), clock: Arc::clone(&clock) };
        let limiter = RateLimiter::direct_with_clock(
            Quota::with_period(interval)
                .unwrap_or_else(|| Quota::per_second(NonZeroU32::MAX))
                .allow_burst(NonZeroU32::MIN),
            ticks.clone(),
        );
        let pause = Mutex::new(Pause { until: clock.now(), streak: 0 });
        Self { limiter, ticks, clock, ids, pause }
    }

    /// Waits for the next free slot.
    ///
    /// # Errors
    /// `RateLimited` if the pause in force, or the wait for a slot, is longer than a minute or than this process may still
    /// begin work. The work then goes back to the queue, where waiting costs nothing.
    pub async fn slot(&self, subject: &str, meter: &Meter) -> Result<(), Failure> {
        let mut waited = Duration::ZERO;
        loop {
            let (wait, asked) = match self.pause_left() {
                Some(left) if left > self.longest_wait() => {
                    let detail = format!("the server asked for a pause; {} s remain", left.as_secs());
                    return Err(Failure::new(FailureKind::RateLimited, subject, detail).after(Some(left)));
                }
                Some(left) => (left, true),
                None => match self.limiter.check() {
                    Ok(()) => return Ok(()),
                    Err(busy) => (busy.wait_time_from(self.ticks.now()), false),
                },
            };
            if !asked && (waited + wait > LONGEST_WAIT || wait > self.longest_wait()) {
                let within = waited + self.longest_wait().min(LONGEST_WAIT.saturating_sub(waited));
                let detail = format!("`requests_per_second` left no free slot within {} s", within.as_secs());
                return Err(Failure::new(FailureKind::RateLimited, subject, detail).after(Some(wait)));
            }
            waited += if asked { Duration::ZERO } else { wait };
            meter.count_wait(wait, asked);
            self.clock.sleep(wait).await;
        }
    }

    /// Stops all calls until `asked` has passed, and for at least 1 s, 2 s, 4 s … with jitter. This minimum grows with each
    /// pause, not with each refused call. It grows whatever pause is named: a server that always names 0 s would be called
    /// without end. Returns the pause in force.
    pub fn slow_down(&self, asked: Option<Duration>) -> Duration {
        let now = self.clock.now();
        let mut pause = self.lock();
        let floor = if pause.until > now {
            Duration::ZERO
        } else {
            let doubled = FIRST_PAUSE * 2u32.pow(pause.streak.min(5));
            pause.streak += 1;
            doubled.mul_f64(1.0 + self.ids.fraction() / 2.0)
        };
        let until = now.saturating_add(asked.unwrap_or_default().max(floor)).unwrap_or(now);
        pause.until = pause.until.max(until);
        left(pause.until, now).unwrap_or_default()
    }

    /// The longest wait that is possible now.
    pub(crate) fn longest_wait(&self) -> Duration {
        let stops = self.clock.begin_until();
        let ours = stops.map(|stops| left(stops, self.clock.now()).unwrap_or_default());
        ours.map_or(LONGEST_WAIT, |ours| ours.min(LONGEST_WAIT))
    }

    /// Notes that the server accepted a request.
    pub fn accepted(&self) {
        self.lock().streak = 0;
    }

    fn pause_left(&self) -> Option<Duration> {
        left(self.lock().until, self.clock.now())
    }

    fn lock(&self) -> MutexGuard<'_, Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn left(until: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(until.duration_since(now)).ok().filter(|left| !left.is_zero())
}

/// The injected clock in the form of the rate limiter: time since the start.
#[derive(Clone)]
struct Ticks {
    start: Timestamp,
    clock: Arc<dyn Clock>,
}

impl Ticking for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        left(self.clock.now(), self.start).unwrap_or_default()
    }
}
