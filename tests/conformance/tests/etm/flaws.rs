//! Receivers with one flaw each, and the rule that finds it.

use crate::Etm;
use async_trait::async_trait;
use causeway_conformance::receiver::{answers, arrival, faults, limits, sessions};
use causeway_conformance::{Api, Kept, Ports, ReceiverDriver, run};
use causeway_domain::delivery::{AssetDelivery, BatchAnswer, BatchLimits, ItemAnswer};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::Destination;
use causeway_ports::destination::Batch;
use causeway_qualys_etm::QualysEtm;
use causeway_simulators::EtmConfig;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

const TAKES_FAILURES_FOR_SUCCESS: usize = 0;
const REFUSES_FOR_GOOD: usize = 1;
const MIXES_ANSWERS_UP: usize = 2;
const FORGETS_AN_ANSWER: usize = 3;
const IGNORES_CASE: usize = 4;
const SENDS_CLOSED_AS_OPEN: usize = 5;
const SENDS_EACH_TIME_ANEW: usize = 6;
const CUTS_FINDINGS: usize = 7;
const FORGETS_PAUSES: usize = 8;
const TELLS_THE_SECRET: usize = 9;
const SENDS_EMPTY_BATCHES: usize = 10;

#[derive(Debug)]
struct Flawed<const FLAW: usize>(QualysEtm, AtomicU64);

impl<const FLAW: usize> Flawed<FLAW> {
    /// The item as it is sent.
    fn changed(&self, item: &AssetDelivery<'_>) -> String {
        let mut item = serde_json::to_value(item).unwrap();
        let findings = item["findings"].as_array_mut().unwrap();
        match FLAW {
            SENDS_CLOSED_AS_OPEN => findings.iter_mut().for_each(|finding| finding["status"] = json!("open")),
            CUTS_FINDINGS => findings.truncate(10),
            IGNORES_CASE => item["asset"] = Value::from(item["asset"].as_str().unwrap().to_lowercase()),
            SENDS_EACH_TIME_ANEW => item["body"]["hostName"] = json!(self.1.fetch_add(1, Ordering::SeqCst)),
            _ => {}
        }
        item.to_string()
    }
}

#[async_trait]
impl<const FLAW: usize> Destination for Flawed<FLAW> {
    fn limits(&self) -> BatchLimits {
        self.0.limits()
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Result<BatchAnswer, Failure> {
        let changed: Vec<String> = batch.assets.iter().map(|item| self.changed(item)).collect();
        let assets: Vec<AssetDelivery<'_>> =
            changed.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
        let answer = self.0.deliver(&Batch { assets: &assets, ..*batch }).await;
        let mut answer = match answer {
            Err(_) if FLAW == TAKES_FAILURES_FOR_SUCCESS => BatchAnswer::accepting(assets.len()),
            Err(failure) if FLAW == REFUSES_FOR_GOOD => {
                let items = vec![ItemAnswer::Refused(failure.detail); assets.len()];
                BatchAnswer { items, ..BatchAnswer::default() }
            }
            Err(failure) if FLAW == FORGETS_PAUSES => return Err(failure.after(None)),
            Err(failure) if FLAW == TELLS_THE_SECRET => {
                let detail = format!("{} {}", failure.detail, EtmConfig::DEFAULT_PASSWORD);
                return Err(Failure { detail, ..failure });
            }
            other => other?,
        };
        match FLAW {
            MIXES_ANSWERS_UP => answer.items.reverse(),
            FORGETS_AN_ANSWER => drop(answer.items.pop()),
            SENDS_EMPTY_BATCHES if assets.is_empty() => {
                return Err(Failure::new(FailureKind::RequestRejected, "an empty batch", "is refused"));
            }
            _ => {}
        }
        Ok(answer)
    }
}

struct FlawedDriver<const FLAW: usize>(Etm);

impl<const FLAW: usize> ReceiverDriver for FlawedDriver<FLAW> {
    type Receiver = Flawed<FLAW>;

    const API: Option<Api> = Etm::API;

    async fn start() -> Self {
        Self(Etm::start().await)
    }

    fn address(&self) -> String {
        self.0.address()
    }

    fn build(&self, address: &str, ports: &Ports) -> Flawed<FLAW> {
        Flawed(self.0.build(address, ports), AtomicU64::default())
    }

    fn kept(&self) -> Kept {
        self.0.kept()
    }
}

/// A test that a rule finds a flaw.
macro_rules! finds {
    ($($group:ident::$rule:ident: $flaw:ident, $name:ident;)*) => {
        $(
            #[test]
            fn $name() {
                let found = catch_unwind(AssertUnwindSafe(|| run($group::$rule::<FlawedDriver<$flaw>>())));
                assert!(found.is_err(), "{} does not find it", stringify!($rule));
            }
        )*
    };
}

finds! {
    faults::refusals_accept_nothing: TAKES_FAILURES_FOR_SUCCESS, a_refusal_as_success;
    faults::outages_accept_nothing: TAKES_FAILURES_FOR_SUCCESS, an_outage_as_success;
    faults::other_bodies_accept_nothing: TAKES_FAILURES_FOR_SUCCESS, another_body_as_success;
    faults::a_lost_answer_is_sent_again_to_the_same_state: TAKES_FAILURES_FOR_SUCCESS, a_lost_answer_as_success;
    faults::outages_accept_nothing: REFUSES_FOR_GOOD, an_outage_as_a_refusal;
    faults::broken_connections_accept_nothing: REFUSES_FOR_GOOD, a_reset_as_a_refusal;
    faults::too_many_calls_accept_nothing: REFUSES_FOR_GOOD, a_limit_as_a_refusal;
    faults::silence_times_out: REFUSES_FOR_GOOD, silence_as_a_refusal;
    answers::refused_items_do_not_stop_the_others: MIXES_ANSWERS_UP, answers_in_another_order;
    arrival::every_item_arrives_and_is_accepted: FORGETS_AN_ANSWER, an_item_without_an_answer;
    arrival::odd_ids_stay_distinct: IGNORES_CASE, ids_that_become_one;
    arrival::closed_findings_arrive_closed_with_their_date: SENDS_CLOSED_AS_OPEN, a_closed_finding_as_open;
    arrival::the_same_batch_twice_leaves_the_same_state: SENDS_EACH_TIME_ANEW, another_content_each_time;
    limits::a_batch_at_its_limits_arrives: CUTS_FINDINGS, findings_that_are_cut;
    arrival::an_empty_batch_is_nothing: SENDS_EMPTY_BATCHES, an_empty_batch_as_a_failure;
    sessions::a_quoted_secret_is_not_repeated: TELLS_THE_SECRET, a_secret_in_a_failure;
    limits::a_long_pause_goes_back_to_the_caller: FORGETS_PAUSES, a_pause_that_is_not_passed_on;
}
