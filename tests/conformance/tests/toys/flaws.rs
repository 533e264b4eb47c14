//! Sources with one flaw each, and the rule that finds it.

use crate::ToyDriver;
use crate::source::Toy;
use crate::vendor::PASSWORD;
use async_trait::async_trait;
use causeway_conformance::source::{absence, drift, faults, limits, reading, sessions, values};
use causeway_conformance::{Credential, Limits, Ports, SourceDriver, StreamShape, run};
use causeway_domain::page::{Confirmation, Traffic, Window};
use causeway_domain::reading::Cursor;
use causeway_domain::{Failure, FailureKind, RowKey, Stream, VendorKey};
use causeway_ports::source::{Linked, Opened};
use causeway_ports::{
    Clock, Fetched, Freshness, RawPage, SecretText, Secrets, SingleRecords, Source, Transformed,
};
use jiff::Timestamp;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A flaw.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    TakesFailuresForEmptyPages,
    LosesTheLastRow,
    Miscounts,
    CallsEveryFailureAnOutage,
    FailsForOneRow,
    ReplaysOtherRows,
    TrustsEveryAnswer,
    AsksForControlsOnly,
    TellsTheSecretInFailures,
    TellsTheSecretInDebug,
    LogsTheSecret,
    ForgetsPauses,
    Hurries,
    StartsChainsAnew,
    CountsOneMore,
    PretendsThatPagesJoin,
    IgnoresTime,
    NeverReadsTheSecretAfresh,
}

use Flaw as F;

const FLAWS: [Flaw; 18] = [
    F::TakesFailuresForEmptyPages,
    F::LosesTheLastRow,
    F::Miscounts,
    F::CallsEveryFailureAnOutage,
    F::FailsForOneRow,
    F::ReplaysOtherRows,
    F::TrustsEveryAnswer,
    F::AsksForControlsOnly,
    F::TellsTheSecretInFailures,
    F::TellsTheSecretInDebug,
    F::LogsTheSecret,
    F::ForgetsPauses,
    F::Hurries,
    F::StartsChainsAnew,
    F::CountsOneMore,
    F::PretendsThatPagesJoin,
    F::IgnoresTime,
    F::NeverReadsTheSecretAfresh,
];

struct Flawed {
    toy: Toy,
    flaw: Flaw,
    /// Key of the last row of the page before.
    last: Mutex<Option<RowKey>>,
}

impl Flawed {
    fn failure(&self, mut failure: Failure) -> Failure {
        match self.flaw {
            F::CallsEveryFailureAnOutage => failure.kind = FailureKind::Unavailable,
            F::TellsTheSecretInFailures => failure.detail.push_str(PASSWORD),
            F::ForgetsPauses => failure.retry_after = None,
            F::LogsTheSecret => tracing::debug!(password = PASSWORD, "refused"),
            _ => {}
        }
        failure
    }

    fn page(&self, window: Window, read: Result<Fetched, Failure>) -> Result<Fetched, Failure> {
        let mut fetched = match read.map_err(|failure| self.failure(failure)) {
            Err(_) if self.flaw == F::TakesFailuresForEmptyPages => empty(),
            other => other?,
        };
        let page = &mut fetched.transformed;
        match self.flaw {
            F::LosesTheLastRow if page.fetched > 1 => {
                page.fetched -= 1;
                page.row_keys.pop();
                page.records.truncate(page.records.len() - 1);
            }
            F::PretendsThatPagesJoin => {
                let last = std::mem::replace(&mut *self.last.lock().unwrap(), page.row_keys.last().cloned());
                let pretended = last.filter(|last| window.offset > 0 && !page.row_keys.contains(last));
                page.row_keys.iter_mut().zip(pretended).for_each(|(first, last)| *first = last);
            }
            F::Miscounts => page.fetched += 1,
            F::FailsForOneRow if !page.rejects.is_empty() => {
                return Err(Failure::new(FailureKind::MalformedAnswer, "a page", "has an odd row"));
            }
            _ => {}
        }
        Ok(fetched)
    }
}

fn empty() -> Fetched {
    let (transformed, raw) = (Transformed::default(), RawPage::default());
    Fetched { transformed, raw, dropped_fields: Vec::new(), traffic: Traffic::default(), transform_ms: 0 }
}

#[async_trait]
impl Source for Flawed {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        self.toy.open().await.map_err(|failure| self.failure(failure))
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        self.page(window, self.toy.fetch(stream, window).await)
    }

    async fn count(&self, stream: Stream) -> Result<(Option<u64>, Traffic), Failure> {
        let (count, traffic) = self.toy.count(stream).await.map_err(|failure| self.failure(failure))?;
        Ok((count.map(|count| count + u64::from(self.flaw == F::CountsOneMore)), traffic))
    }

    async fn follow(&self, stream: Stream, from: &Cursor) -> Result<Linked, Failure> {
        let start = Cursor::Opaque { cursor: None };
        let from = if self.flaw == F::StartsChainsAnew { &start } else { from };
        let linked = self.toy.follow(stream, from).await.map_err(|failure| self.failure(failure))?;
        Ok(Linked { fetched: self.page(Window { offset: 0, limit: 20 }, Ok(linked.fetched))?, ..linked })
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        Some(self)
    }

    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        let mut done = self.toy.replay(stream, kept)?;
        if self.flaw == F::ReplaysOtherRows {
            done.row_keys.push(RowKey::of(["another"]));
        }
        Ok(done)
    }
}

#[async_trait]
impl SingleRecords for Flawed {
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let missing = if self.flaw == F::AsksForControlsOnly { &[] } else { missing };
        let answer = self.toy.confirm(stream, missing, controls).await;
        let (fetched, verdict) = answer.map_err(|failure| self.failure(failure))?;
        let trusts = self.flaw == F::TrustsEveryAnswer;
        Ok((fetched, if trusts { Confirmation::Trusted } else { verdict }))
    }
}

impl fmt::Debug for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.flaw == F::TellsTheSecretInDebug { PASSWORD } else { "Flawed" })
    }
}

/// A clock whose waits end at once. The time of the others does not pass.
struct Impatient(Arc<dyn Clock>, Mutex<Duration>);

#[async_trait]
impl Clock for Impatient {
    fn now(&self) -> Timestamp {
        self.0.now().checked_add(*self.1.lock().unwrap()).unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        *self.1.lock().unwrap() += pause;
        tokio::task::yield_now().await;
    }
}

/// Secrets that are read from the cache only.
struct Stale(Arc<dyn Secrets>);

#[async_trait]
impl Secrets for Stale {
    async fn read(&self, name: &str, _: Freshness) -> Result<SecretText, Failure> {
        self.0.read(name, Freshness::Cached).await
    }
}

/// A toy of one way with one flaw.
struct FlawedDriver<const WAY: usize, const FLAW: usize>(ToyDriver<WAY>);

impl<const WAY: usize, const FLAW: usize> SourceDriver for FlawedDriver<WAY, FLAW> {
    type Source = Flawed;

    const SECRET: &'static str = PASSWORD;
    const CREDENTIAL: Credential = ToyDriver::<WAY>::CREDENTIAL;
    const LIMITS: Limits = ToyDriver::<WAY>::LIMITS;
    const STREAMS: &'static [StreamShape] = ToyDriver::<WAY>::STREAMS;

    async fn start(rows: usize) -> Self {
        Self(ToyDriver::start(rows).await)
    }

    fn address(&self) -> String {
        self.0.address()
    }

    fn build(&self, address: &str, ports: &Ports) -> Flawed {
        let flaw = FLAWS[FLAW];
        let hurries = Limits { per_second: 1000, at_once: Some(100) };
        let limits = if flaw == F::Hurries { hurries } else { Self::LIMITS };
        let mut ports = ports.clone();
        match flaw {
            F::IgnoresTime => ports.clock = Arc::new(Impatient(ports.clock, Mutex::default())),
            F::NeverReadsTheSecretAfresh => ports.secrets = Arc::new(Stale(ports.secrets)),
            _ => {}
        }
        let toy = Toy::new(Self::STREAMS[0].way, address, &ports, limits);
        Flawed { toy, flaw, last: Mutex::default() }
    }

    fn keys(&self, stream: Stream) -> Vec<VendorKey> {
        self.0.keys(stream)
    }

    fn out_of_scope(&self, stream: Stream) -> Option<VendorKey> {
        self.0.out_of_scope(stream)
    }

    fn remove(&self, stream: Stream, key: &VendorKey) {
        self.0.remove(stream, key);
    }

    fn add(&self, stream: Stream) {
        self.0.add(stream);
    }

    fn expire_cursors(&self, stream: Stream) {
        self.0.expire_cursors(stream);
    }
}

/// A test that a rule finds a flaw, in numbered pages or in a chain by cursor.
macro_rules! finds {
    ($($group:ident::$rule:ident: $flaw:ident in $way:literal, $name:ident;)*) => {
        $(
            #[test]
            fn $name() {
                type Driver = FlawedDriver<$way, { F::$flaw as usize }>;
                let found = catch_unwind(AssertUnwindSafe(|| run($group::$rule::<Driver>())));
                assert!(found.is_err(), "{} does not find it", stringify!($rule));
            }
        )*
    };
}

finds! {
    faults::refusals_are_failures: TakesFailuresForEmptyPages in 0, a_refusal_as_an_empty_page;
    faults::outages_are_failures: TakesFailuresForEmptyPages in 0, an_outage_as_an_empty_page;
    faults::other_bodies_are_failures: TakesFailuresForEmptyPages in 0, another_body_as_an_empty_page;
    faults::other_lists_are_failures: TakesFailuresForEmptyPages in 0, another_list_as_an_empty_page;
    faults::broken_connections_are_failures: TakesFailuresForEmptyPages in 0, a_reset_as_an_empty_page;
    faults::silence_times_out: TakesFailuresForEmptyPages in 0, silence_as_an_empty_page;
    faults::refusals_are_failures: CallsEveryFailureAnOutage in 0, a_refusal_as_an_outage;
    faults::too_many_calls_are_failures: CallsEveryFailureAnOutage in 0, a_limit_as_an_outage;
    faults::faults_of_the_sign_in_are_failures: CallsEveryFailureAnOutage in 0, a_refused_sign_in_as_an_outage;
    reading::every_row_comes_once: LosesTheLastRow in 0, a_lost_row_of_a_page;
    reading::every_row_comes_once: LosesTheLastRow in 2, a_lost_row_of_a_chain;
    reading::every_row_comes_once: Miscounts in 0, a_wrong_number_of_rows;
    reading::counts_are_those_of_the_vendor: CountsOneMore in 0, a_wrong_count;
    reading::a_kept_page_is_replayed: ReplaysOtherRows in 0, another_replay;
    reading::an_expired_cursor_is_reported: CallsEveryFailureAnOutage in 2, an_expired_cursor_as_an_outage;
    reading::chains_end_and_their_cursors_never_repeat: StartsChainsAnew in 2, a_chain_without_an_end;
    values::odd_rows_are_rejected_one_by_one: FailsForOneRow in 0, an_odd_row_as_a_broken_page;
    values::odd_values_cost_at_most_their_row: FailsForOneRow in 0, an_odd_value_as_a_broken_page;
    absence::an_answer_without_a_control_is_untrusted: TrustsEveryAnswer in 0, trust_without_a_control;
    absence::an_answer_with_foreign_rows_is_untrusted: TrustsEveryAnswer in 0, trust_in_foreign_rows;
    absence::without_controls_nothing_is_trusted: TrustsEveryAnswer in 0, trust_without_a_question;
    absence::a_present_record_comes_back: AsksForControlsOnly in 0, a_record_that_is_not_asked_for;
    absence::a_record_outside_the_filters_comes_back: AsksForControlsOnly in 0, a_hidden_record_that_is_not_asked_for;
    sessions::a_quoted_secret_is_not_repeated: TellsTheSecretInFailures in 0, a_secret_in_a_failure;
    sessions::a_quoted_secret_is_not_repeated: LogsTheSecret in 0, a_secret_in_the_log;
    reading::the_way_of_reading_is_as_declared: TellsTheSecretInDebug in 0, a_secret_in_debug;
    limits::a_long_pause_goes_back_to_the_caller: ForgetsPauses in 0, a_pause_that_is_not_passed_on;
    limits::requests_keep_their_rate: Hurries in 0, too_many_requests_a_second;
    limits::requests_at_once_are_bounded: Hurries in 0, too_many_requests_at_once;
    limits::requests_keep_their_rate: IgnoresTime in 0, a_rate_that_is_not_waited_for;
    limits::a_short_pause_is_kept: IgnoresTime in 0, a_pause_that_is_not_waited_for;
    sessions::a_rotated_secret_is_read_again: NeverReadsTheSecretAfresh in 0, a_secret_that_is_never_read_afresh;
    drift::a_removed_row_shows_in_the_seams: PretendsThatPagesJoin in 0, pages_that_only_seem_to_join;
}
