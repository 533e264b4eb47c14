//! Writer of staged lines: the records of a page, sorted by key, each as one line of JSON.

use crate::name;
use causeway_domain::{FindingKey, FindingStatus};
use causeway_ports::{Record, Records};
use serde::Serialize;
use twox_hash::XxHash3_128;

/// The text of a page, ready to be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StagedPage {
    /// Lines of NDJSON, each a [`StagedRecord`](crate::StagedRecord), in key order and each key once.
    pub text: Vec<u8>,
    /// How many there are.
    pub records: u64,
    /// Smallest and largest key.
    pub key_range: Option<(FindingKey, FindingKey)>,
}

impl StagedPage {
    /// Writes `records`. Of several with one key the one with the greatest line is kept, as a merge of pages keeps it.
    ///
    /// # Errors
    /// When a text cannot be written as JSON.
    pub fn write(records: &Records) -> Result<Self, serde_json::Error> {
        let mut order: Vec<Record<'_>> = records.iter().collect();
        order.sort_by(|a, b| (a.asset, a.finding).cmp(&(b.asset, b.finding)));
        let key_range = order.first().zip(order.last()).map(|(first, last)| (first.key(), last.key()));
        let mut page = Self { text: Vec::new(), records: 0, key_range };
        let mut writer = LineWriter::default();
        let mut last: Option<(&Record<'_>, usize)> = None;
        for record in &order {
            let start = page.text.len();
            writer.write(record, &mut page.text)?;
            let before =
                last.filter(|(last, _)| (last.asset, last.finding) == (record.asset, record.finding));
            last = Some((record, start));
            let Some((_, before)) = before else {
                page.records += 1;
                continue;
            };
            if page.text.get(start..) > page.text.get(before..start) {
                page.text.drain(before..start);
            } else {
                page.text.truncate(start);
            }
            last = Some((record, before));
        }
        Ok(page)
    }
}

/// Writes lines one after the other. What the records of one row share is made once.
#[derive(Default)]
struct LineWriter {
    /// The row that the texts below belong to.
    row: Option<usize>,
    /// Up to the finding.
    head: Vec<u8>,
    /// From the status to the hash.
    middle: Vec<u8>,
    /// The hashed content: status, date and body.
    content: Vec<u8>,
    /// Where the body begins in it.
    body: usize,
}

impl LineWriter {
    fn write(&mut self, record: &Record<'_>, line: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        if self.row != Some(record.row) {
            self.begin(record)?;
            self.row = Some(record.row);
        }
        line.extend_from_slice(&self.head);
        push(line, name::FINDING, record.finding)?;
        push(line, name::PART, record.part)?;
        line.extend_from_slice(&self.middle);
        self.content.truncate(self.body);
        self.content.extend_from_slice(record.body.as_bytes());
        push_hash(line, &self.content);
        line.extend_from_slice(name::BODY);
        line.extend_from_slice(record.body.as_bytes());
        line.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Makes the texts that the records of `record`'s row share.
    fn begin(&mut self, record: &Record<'_>) -> Result<(), serde_json::Error> {
        let Self { head, middle, content, .. } = self;
        [&mut *head, middle, content].into_iter().for_each(Vec::clear);
        push(head, name::ASSET, record.asset)?;
        let status = match record.status {
            FindingStatus::Open => "open",
            FindingStatus::Fixed => "fixed",
            FindingStatus::Irrelevant => "irrelevant",
            FindingStatus::Gone => "gone",
        };
        push(middle, name::STATUS, status)?;
        if let Some(fixed_on) = record.fixed_on {
            push(middle, name::FIXED_ON, fixed_on)?;
        }
        push(middle, name::SCOPE, &record.scope)?;
        if let Some(vendor_key) = record.vendor_key {
            middle.extend([name::VENDOR_KEY, vendor_key.as_bytes()].concat());
        }
        if !record.parts_read.is_all() {
            push(middle, name::PARTS_READ, record.parts_read)?;
        }
        middle.extend_from_slice(name::HASH);
        middle.push(b'"');
        for text in [status, record.fixed_on.unwrap_or_default()] {
            content.extend_from_slice(text.as_bytes());
            content.push(b'\n');
        }
        self.body = content.len();
        Ok(())
    }
}

fn push(line: &mut Vec<u8>, name: &[u8], value: impl Serialize) -> Result<(), serde_json::Error> {
    line.extend_from_slice(name);
    serde_json::to_writer(line, &value)
}

/// Appends 32 hexadecimal digits over `content` and the quote behind them. They only tell whether a record changed, so speed
/// counts, and that two contents have one hash by chance only; nobody gains by making a collision.
fn push_hash(line: &mut Vec<u8>, content: &[u8]) {
    for byte in XxHash3_128::oneshot(content).to_be_bytes() {
        let digit = |number: u8| number + if number < 10 { b'0' } else { b'a' - 10 };
        line.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests;
