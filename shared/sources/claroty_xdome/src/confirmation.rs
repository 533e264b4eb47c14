//! Asking for exactly the missing findings (I-1).
//!
//! The question has no scope filter: a device that left the scope is not a finding that was mended. The answer proves
//! absence only if a row that is known to exist came back and nothing that was not asked for did.

use crate::endpoint::RELATIONS;
use crate::model::id;
use crate::request;
use crate::source::ClarotyXdome;
use bytes::Bytes;
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::{Failure, FailureKind, Stream, VendorKey};
use causeway_outbound::Meter;
use causeway_ports::Fetched;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// The API's maximum.
const ROWS_PER_ANSWER: u32 = 5000;
/// A question whose answer does not end after so many is no question for single records any more.
const MOST_ANSWERS: u64 = 50;

/// Asks, and judges the answer. Rows of an answer that proves nothing are passed on all the same: what is there is
/// there.
pub(crate) async fn confirm(
    source: &ClarotyXdome,
    missing: &[VendorKey],
    controls: &[VendorKey],
) -> Result<(Fetched, Confirmation), Failure> {
    let question = Question::new(missing, controls);
    let filter = request::among(&RELATIONS, &question.columns)?;
    let meter = Meter::default();
    let mut answer = Answer::default();
    let mut complete = false;
    let most_bytes = source.client.max_answer_bytes;
    for number in 0..MOST_ANSWERS {
        let window = Window { offset: number * u64::from(ROWS_PER_ANSWER), limit: ROWS_PER_ANSWER };
        let page = source
            .ask(&RELATIONS, &meter, |fields| request::page(&RELATIONS, fields, &filter, window))
            .await?;
        answer.add(&page.body)?;
        if page.listing.rows < u64::from(ROWS_PER_ANSWER) {
            complete = true;
            break;
        }
        if answer.rows.len() > most_bytes {
            break;
        }
    }
    let verdict = if complete {
        answer.judge(&question)
    } else {
        Confirmation::Untrusted("the answer is too long for a question about single records".to_owned())
    };
    let fetched = Fetched {
        body: answer.into_body(),
        dropped_fields: source.refused.of(Stream::Findings),
        traffic: meter.total(),
    };
    Ok((fetched, verdict))
}

/// Devices × vulnerabilities asked for, and the pairs among them that must come back.
struct Question {
    /// JSON of devices and of vulnerabilities: a number is asked for as a number.
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

/// All answers to one question, joined to one body with the rows' own text.
#[derive(Default)]
struct Answer {
    rows: Vec<u8>,
    pairs: Vec<Option<(String, String)>>,
}

impl Answer {
    fn add(&mut self, body: &[u8]) -> Result<(), Failure> {
        let page: Page<'_> = serde_json::from_slice(body).map_err(|error| {
            Failure::new(FailureKind::MalformedAnswer, RELATIONS.subject(), error.to_string())
        })?;
        for row in page.devices_vulnerabilities.unwrap_or_default() {
            if !self.rows.is_empty() {
                self.rows.push(b',');
            }
            self.rows.extend_from_slice(row.get().as_bytes());
            self.pairs.push(pair_of(row));
        }
        Ok(())
    }

    fn judge(&self, question: &Question) -> Confirmation {
        let mut control_seen = false;
        for pair in &self.pairs {
            let Some((device, vulnerability)) = pair else {
                return Confirmation::Untrusted("a row has no readable key".to_owned());
            };
            if !question.asks_for(device, vulnerability) {
                return Confirmation::Untrusted(format!(
                    "the answer holds ({device}, {vulnerability}), which was not asked for: the filter is not applied"
                ));
            }
            control_seen |=
                question.controls.iter().any(|control| **control == [device.as_str(), vulnerability]);
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

    fn into_body(self) -> Bytes {
        let mut body = Vec::with_capacity(self.rows.len() + 32);
        body.extend_from_slice(br#"{"devices_vulnerabilities":["#);
        body.extend_from_slice(&self.rows);
        body.extend_from_slice(b"]}");
        Bytes::from(body)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    devices_vulnerabilities: Option<Vec<&'a RawValue>>,
}

fn pair_of(row: &RawValue) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Keys<'a> {
        #[serde(borrow)]
        device_uid: &'a RawValue,
        #[serde(borrow)]
        vulnerability_id: &'a RawValue,
    }
    let keys: Keys<'_> = serde_json::from_str(row.get()).ok()?;
    Some((id(keys.device_uid.get())?.into_owned(), id(keys.vulnerability_id.get())?.into_owned()))
}
