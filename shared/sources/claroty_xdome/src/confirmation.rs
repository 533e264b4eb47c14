//! Asking for exactly the missing findings (I-1).
//!
//! The question has no scope filter: a device that left the scope is not a finding that was mended. The answer proves
//! absence only if a row that is known to exist came back and nothing that was not asked for did.

use crate::endpoint::RELATIONS;
use crate::request;
use crate::source::ClarotyXdome;
use bytes::Bytes;
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::{Failure, FailureKind, FindingKey, Stream};
use causeway_outbound::Meter;
use causeway_ports::Fetched;
use serde::Deserialize;
use serde_json::Value;
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
    keys: &[FindingKey],
    controls: &[FindingKey],
) -> Result<(Fetched, Confirmation), Failure> {
    let question = Question::new(keys, controls);
    let filter = request::among(&RELATIONS, [&question.devices, &question.vulnerabilities]);
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

/// The vendor's id of a finding's vulnerability: without the CVE that tells the findings of one row apart.
fn raw_vulnerability_id(finding: &str) -> &str {
    match finding.rsplit_once(":CVE-") {
        Some((vulnerability, number)) if is_cve_number(number) => vulnerability,
        _ => finding,
    }
}

fn is_cve_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(year, number)| year.len() == 4 && digits(year) && digits(number))
}

/// Devices × vulnerabilities asked for, and the pairs among them that must come back.
struct Question<'a> {
    devices: BTreeSet<&'a str>,
    vulnerabilities: BTreeSet<&'a str>,
    controls: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Question<'a> {
    fn new(keys: &'a [FindingKey], controls: &'a [FindingKey]) -> Self {
        let pair = |key: &'a FindingKey| (key.asset.as_str(), raw_vulnerability_id(&key.finding));
        let asked: BTreeSet<_> = keys.iter().chain(controls).map(pair).collect();
        Self {
            devices: asked.iter().map(|(device, _)| *device).collect(),
            vulnerabilities: asked.iter().map(|(_, vulnerability)| *vulnerability).collect(),
            controls: controls.iter().map(pair).collect(),
        }
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

    fn judge(&self, question: &Question<'_>) -> Confirmation {
        let mut control_seen = false;
        for pair in &self.pairs {
            let Some((device, vulnerability)) = pair else {
                return Confirmation::Untrusted("a row has no readable key".to_owned());
            };
            let pair = (device.as_str(), vulnerability.as_str());
            if !question.devices.contains(pair.0) || !question.vulnerabilities.contains(pair.1) {
                return Confirmation::Untrusted(format!(
                    "the answer holds ({device}, {vulnerability}), which was not asked for: the filter is not applied"
                ));
            }
            control_seen |= question.controls.contains(&pair);
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
    struct Keys {
        device_uid: Value,
        vulnerability_id: Value,
    }
    let keys: Keys = serde_json::from_str(row.get()).ok()?;
    Some((id(keys.device_uid)?, id(keys.vulnerability_id)?))
}

/// Ids come as numbers at times.
fn id(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::raw_vulnerability_id;

    #[test]
    fn only_a_cve_suffix_is_cut_off() {
        assert_eq!(raw_vulnerability_id("ALKIFVSA:CVE-2020-24586"), "ALKIFVSA");
        assert_eq!(raw_vulnerability_id("ALKIFVSA"), "ALKIFVSA");
        assert_eq!(raw_vulnerability_id("a:b"), "a:b");
        assert_eq!(raw_vulnerability_id("a:b:CVE-2021-44228"), "a:b");
        assert_eq!(raw_vulnerability_id("a:CVE-20-1"), "a:CVE-20-1");
        assert_eq!(raw_vulnerability_id("CVE-2021-44228"), "CVE-2021-44228");
        assert_eq!(raw_vulnerability_id("CVE-2021-44228:CVE-2021-44228"), "CVE-2021-44228");
    }
}
