//! A direct query for the missing records (I-1).
//!
//! The query has no scope filter: a device that left the scope is neither gone nor are its findings fixed. The answer proves
//! absence only if it contains a row that is known to exist, and no row that was not asked for.

use crate::client::Tries;
use crate::division::may_be_of_a_row;
use crate::endpoint::Endpoint;
use crate::model::{Answers, Keys, UnreadRow};
use crate::request::{self, Filter};
use crate::source::{Call, ClarotyXdome};
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::{Failure, Stream, VendorKey};
use causeway_outbound::Meter;
use causeway_ports::Fetched;
use std::collections::BTreeSet;

/// The API's maximum.
const ROWS_PER_ANSWER: u32 = 5000;
/// Answers to one query at most; a query for single records needs fewer.
const MOST_ANSWERS: u64 = 50;

/// Sends the query and judges its answer. The rows are passed on even if the answer proves nothing: they exist.
pub(crate) async fn confirm(
    source: &ClarotyXdome,
    stream: Stream,
    missing: &[VendorKey],
    controls: &[VendorKey],
) -> Result<(Fetched, Confirmation), Failure> {
    let endpoint = Endpoint::of(stream);
    let question = Question::new(endpoint, missing, controls);
    let filter = request::among(endpoint, &question.columns)?;
    let meter = Meter::default();
    let mut evidence = Evidence { endpoint, answers: Answers::new(stream) };
    let mut complete = false;
    let most_bytes = source.client.max_answer_bytes;
    for number in 0..MOST_ANSWERS {
        let window = Window { offset: number * u64::from(ROWS_PER_ANSWER), limit: ROWS_PER_ANSWER };
        let rows = evidence.ask(source, (&filter, window), &meter).await?;
        if rows < u64::from(ROWS_PER_ANSWER) {
            complete = true;
            break;
        }
        if evidence.answers.bytes() > most_bytes {
            break;
        }
    }
    let verdict = if complete {
        evidence.judge(&question)
    } else {
        Confirmation::Untrusted("the answer is too long for a question about single records".to_owned())
    };
    Ok((source.fetched(stream, evidence.answers, &meter), verdict))
}

/// Devices, or devices × vulnerabilities, to ask for, and the rows among them that must come back.
struct Question {
    /// The values of each column of the key as JSON: a number is sent as a number.
    columns: Vec<BTreeSet<String>>,
    /// The same as texts.
    texts: Vec<BTreeSet<String>>,
    controls: BTreeSet<Vec<String>>,
}

impl Question {
    fn new(endpoint: &Endpoint, missing: &[VendorKey], controls: &[VendorKey]) -> Self {
        let keys = || missing.iter().chain(controls);
        let column = |number| keys().filter_map(move |key| key.columns().nth(number)).map(str::to_owned);
        let text = |number| keys().filter_map(move |key| key.texts().into_iter().nth(number));
        Self {
            columns: (0..endpoint.key.len()).map(|number| column(number).collect()).collect(),
            texts: (0..endpoint.key.len()).map(|number| text(number).collect()).collect(),
            controls: controls.iter().map(VendorKey::texts).collect(),
        }
    }

    fn asks_for(&self, key: &[String]) -> bool {
        key.len() == self.texts.len()
            && key.iter().zip(&self.texts).all(|(column, asked)| asked.contains(column))
    }
}

/// All answers to one query.
struct Evidence {
    endpoint: &'static Endpoint,
    answers: Answers,
}

impl Evidence {
    /// Adds the rows of `window` that pass `filter`; returns their number. If one of them breaks the answer, the key fields
    /// alone show which rows exist: none of these is absent, and none can be used.
    async fn ask(
        &mut self,
        source: &ClarotyXdome,
        (filter, window): (&Filter, Window),
        meter: &Meter,
    ) -> Result<u64, Failure> {
        let endpoint = self.endpoint;
        let request = |fields: &[&str]| request::page(endpoint, fields, filter, window);
        let call = Call { first_row: self.answers.rows(), ..Call::usual(meter) };
        let broken = match source.ask(endpoint, call, request).await {
            Ok(answer) => {
                let rows = answer.rows();
                self.answers.add(answer)?;
                return Ok(rows);
            }
            Err(failure) if may_be_of_a_row(&failure) => failure,
            Err(failure) => return Err(failure),
        };
        let keys = source.client.keys(endpoint, &request(endpoint.key)?, (Tries::Usual, meter)).await;
        let Ok(Keys { rows, .. }) = keys else { return Err(broken) };
        let number = rows.len() as u64;
        for vendor_key in rows {
            self.answers.add_unread(UnreadRow { offset: None, vendor_key, reason: broken.detail.clone() });
        }
        Ok(number)
    }

    fn judge(&self, question: &Question) -> Confirmation {
        if self.answers.repeats_key() {
            return Confirmation::Untrusted("a row has its key more than once".to_owned());
        }
        let mut control_seen = false;
        for key in self.answers.row_keys() {
            let Some(columns) = key.columns().filter(|columns| columns.len() == question.columns.len())
            else {
                return Confirmation::Untrusted("a row has no readable key".to_owned());
            };
            if !question.asks_for(&columns) {
                return Confirmation::Untrusted(format!(
                    "the answer holds ({}), which was not asked for: the filter is not applied",
                    columns.join(", ")
                ));
            }
            control_seen |= question.controls.contains(&columns);
        }
        match (control_seen, question.controls.is_empty()) {
            (true, _) => Confirmation::Trusted,
            (false, true) => {
                Confirmation::Untrusted("there was no known record to ask for as a control".to_owned())
            }
            (false, false) => {
                Confirmation::Untrusted("no record that is known to exist came back".to_owned())
            }
        }
    }
}
