//! A direct query for the missing findings (I-1).
//!
//! The query has no scope filter: a device that left the scope is not a fixed finding. The answer proves absence only
//! if it contains a row that is known to exist, and no row that was not asked for.

use crate::client::Tries;
use crate::division::may_be_of_a_row;
use crate::endpoint::RELATIONS;
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
    missing: &[VendorKey],
    controls: &[VendorKey],
) -> Result<(Fetched, Confirmation), Failure> {
    let question = Question::new(missing, controls);
    let filter = request::among(&RELATIONS, &question.columns)?;
    let meter = Meter::default();
    let mut evidence = Evidence(Answers::new(Stream::Findings));
    let mut complete = false;
    let most_bytes = source.client.max_answer_bytes;
    for number in 0..MOST_ANSWERS {
        let window = Window { offset: number * u64::from(ROWS_PER_ANSWER), limit: ROWS_PER_ANSWER };
        let rows = evidence.ask(source, (&filter, window), &meter).await?;
        if rows < u64::from(ROWS_PER_ANSWER) {
            complete = true;
            break;
        }
        if evidence.0.bytes() > most_bytes {
            break;
        }
    }
    let verdict = if complete {
        evidence.judge(&question)
    } else {
        Confirmation::Untrusted("the answer is too long for a question about single records".to_owned())
    };
    Ok((source.fetched(Stream::Findings, evidence.0, &meter), verdict))
}

/// Devices × vulnerabilities to ask for, and the pairs among them that must come back.
struct Question {
    /// Devices and vulnerabilities as JSON: a number is sent as a number.
    columns: [BTreeSet<String>; 2],
    /// The same as texts.
    texts: [BTreeSet<String>; 2],
    controls: BTreeSet<Vec<String>>,
}

impl Question {
    fn new(missing: &[VendorKey], controls: &[VendorKey]) -> Self {
        let keys = || missing.iter().chain(controls);
        let column = |number| keys().filter_map(move |key| key.columns().nth(number)).map(str::to_owned);
        let text = |number| keys().filter_map(move |key| key.texts().into_iter().nth(number));
        Self {
            columns: [column(0).collect(), column(1).collect()],
            texts: [text(0).collect(), text(1).collect()],
            controls: controls.iter().map(VendorKey::texts).collect(),
        }
    }

    fn asks_for(&self, device: &str, vulnerability: &str) -> bool {
        let [devices, vulnerabilities] = &self.texts;
        devices.contains(device) && vulnerabilities.contains(vulnerability)
    }
}

/// All answers to one query.
struct Evidence(Answers);

impl Evidence {
    /// Adds the rows of `window` that pass `filter`; returns their number. If one of them breaks the answer, the key fields
    /// alone show which rows exist: none of these is absent, and none can be used.
    async fn ask(
        &mut self,
        source: &ClarotyXdome,
        (filter, window): (&Filter, Window),
        meter: &Meter,
    ) -> Result<u64, Failure> {
        let request = |fields: &[&str]| request::page(&RELATIONS, fields, filter, window);
        let call = Call { first_row: self.0.rows(), ..Call::usual(meter) };
        let broken = match source.ask(&RELATIONS, call, request).await {
            Ok(answer) => {
                let rows = answer.rows();
                self.0.add(answer)?;
                return Ok(rows);
            }
            Err(failure) if may_be_of_a_row(&failure) => failure,
            Err(failure) => return Err(failure),
        };
        let keys = source.client.keys(&RELATIONS, &request(RELATIONS.key)?, (Tries::Usual, meter)).await;
        let Ok(Keys { rows, .. }) = keys else { return Err(broken) };
        let number = rows.len() as u64;
        for vendor_key in rows {
            self.0.add_unread(UnreadRow { offset: None, vendor_key, reason: broken.detail.clone() });
        }
        Ok(number)
    }

    fn judge(&self, question: &Question) -> Confirmation {
        if self.0.repeats_key() {
            return Confirmation::Untrusted("a row has its key more than once".to_owned());
        }
        let mut control_seen = false;
        for key in self.0.row_keys() {
            let columns = key.columns().unwrap_or_default();
            let [device, vulnerability] = &*columns else {
                return Confirmation::Untrusted("a row has no readable key".to_owned());
            };
            if !question.asks_for(device, vulnerability) {
                return Confirmation::Untrusted(format!(
                    "the answer holds ({device}, {vulnerability}), which was not asked for: the filter is not applied"
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
