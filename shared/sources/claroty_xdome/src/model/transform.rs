//! Makes records of answers by a connection's two maps.

use super::answer::{Answer, Reading, too_large};
use super::body::{self, Body};
use super::kept::{self, Note, Part};
use super::page::{Page, Place};
use super::stream::XdomeStream;
use crate::settings::XdomeSettings;
use bytes::Bytes;
use causeway_domain::{Failure, FailureKind, RowKey, Stream};
use causeway_maps::{CompiledMap, MapDefinition, Overrides, TargetModel};
use causeway_outbound::shortened;
use causeway_ports::source::Explained;
use causeway_ports::{Records, Transformed};
use serde_json::value::RawValue;

/// Both maps of a connection, compiled.
#[derive(Debug)]
pub struct Transform {
    assets: CompiledMap,
    findings: CompiledMap,
}

impl Transform {
    /// Checks and compiles the maps, each given as (name in the definition, text).
    ///
    /// # Errors
    /// `MapInvalid` with every mistake of both maps.
    pub fn new(
        settings: &XdomeSettings,
        asset_map: (&str, &str),
        finding_map: (&str, &str),
    ) -> Result<Self, Failure> {
        let assets = Self::check(settings, Stream::Assets, asset_map.0, asset_map.1);
        let findings = Self::check(settings, Stream::Findings, finding_map.0, finding_map.1);
        match (assets, findings) {
            (Ok(assets), Ok(findings)) => Ok(Self { assets, findings }),
            (Err(first), Err(second)) => {
                let subject = format!("{} and {}", first.subject, second.subject);
                Err(Failure::new(
                    FailureKind::MapInvalid,
                    subject,
                    format!("{}\n{}", first.detail, second.detail),
                ))
            }
            (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
        }
    }

    /// Checks and compiles one map for `stream`.
    ///
    /// # Errors
    /// `MapInvalid` with every mistake.
    pub fn check(
        settings: &XdomeSettings,
        stream: Stream,
        name: &str,
        text: &str,
    ) -> Result<CompiledMap, Failure> {
        let model = XdomeStream::new(stream, settings);
        let overrides = severity_overrides(settings);
        let targets = TargetModel::canonical(stream);
        // Otherwise a map of the other stream would be reported as unknown fields, row by row.
        if let Ok(definition) = MapDefinition::parse(name, text)
            && definition.stream != stream
        {
            let detail =
                format!("{name}: stream: this map is for {}, and {stream} are read", definition.stream);
            return Err(Failure::new(FailureKind::MapInvalid, format!("map {name}"), detail));
        }
        Ok(CompiledMap::load(name, text, &model, &targets, &overrides)?)
    }

    /// Wire names to ask the vendor for: the fields that the map reads, the record's key and its scope.
    pub fn request_fields(&self, stream: Stream) -> Vec<&str> {
        self.map(stream).wire_fields().iter().map(String::as_str).collect()
    }

    /// What depends on the wire field `wire`: a required target, the record's key, or the finding's status. A request is never
    /// repeated without such a field, because every record would change its key or reopen.
    pub fn required_by(&self, stream: Stream, wire: &str) -> Option<&str> {
        match (stream, wire) {
            (Stream::Assets, "uid") => Some("record key"),
            (Stream::Findings, "device_uid" | "vulnerability_id" | "vulnerability_cve_ids") => {
                Some("record key")
            }
            (Stream::Findings, "vulnerability_relevance") => Some("finding status"),
            _ => self.map(stream).required_by(wire),
        }
    }

    /// Reads an answer of the vendor, once: judges whether it is the stream's list and makes its records. `first_row` rows of
    /// its page come before it. A row that cannot be used is rejected and never fails the page: rows fetched = rows that
    /// became records + rejects.
    ///
    /// # Errors
    /// `TruncatedAnswer`, `MalformedAnswer` and `UnexpectedAnswer` if the body is not the stream's list; the vendor's own
    /// words are quoted. `AnswerTooLarge` if its records exceed the limit of a page: each CVE of a row repeats the row.
    pub(crate) fn answer(&self, stream: Stream, body: Bytes, first_row: u64) -> Result<Answer, Failure> {
        let reading = self.read(Place { stream, first_row, kept: false }, &body)?;
        Ok(Answer::new(reading, body))
    }

    /// Makes records of a page that a run kept, or of the body of one answer.
    ///
    /// # Errors
    /// As for an answer of the vendor.
    pub fn transform(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        let mut page = Reading::default();
        for part in kept::parts(stream, kept)? {
            let first_row = page.done.fetched;
            match part {
                Part::Answer(body) => {
                    let next =
                        self.read(Place { stream, first_row, kept: true }, body).map_err(quoted_briefly)?;
                    page.append(stream, next)?;
                }
                Part::Note(Note::UnreadRow(row)) => page.add_unread(stream, &row),
                Part::Note(Note::Count(count)) => page.done.vendor_count = Some(count),
            }
        }
        Ok(page.done)
    }

    /// Shows what becomes of each of the first `limit` rows of a page.
    ///
    /// # Errors
    /// As [`Transform::transform`].
    pub fn explain(&self, stream: Stream, kept: &[u8], limit: usize) -> Result<Vec<Explained>, Failure> {
        let mut explained = Vec::new();
        for part in kept::parts(stream, kept)? {
            let first_row = explained.len() as u64;
            match part {
                Part::Answer(body) => {
                    let body = Body::read(stream, body::text(stream, body)?).map_err(quoted_briefly)?;
                    for (raw, first_row) in body.rows.iter().zip(first_row..).take(limit - explained.len()) {
                        explained.push(self.explain_row(Place { stream, first_row, kept: true }, raw)?);
                    }
                }
                Part::Note(Note::UnreadRow(row)) if explained.len() < limit => {
                    let (key, reject) = row.reject(stream, first_row);
                    let (row, records) = (reject.reason.clone(), Records::default());
                    explained.push(Explained { key, row, records, reject: Some(reject) });
                }
                Part::Note(_) => {}
            }
        }
        Ok(explained)
    }

    fn explain_row(&self, place: Place, raw: &RawValue) -> Result<Explained, Failure> {
        let mut done = self.in_two_passes(place, &Body { rows: vec![raw], count: None })?.done;
        let key = done.row_keys.pop().unwrap_or_else(|| RowKey::keyless(place.first_row));
        let (row, reject) = (raw.get().to_owned(), done.rejects.pop());
        Ok(Explained { key, row, records: done.records, reject })
    }

    fn read(&self, place: Place, body: &[u8]) -> Result<Reading, Failure> {
        let stream = place.stream;
        let text = body::text(stream, body)?;
        let reading = match self.in_one_pass(place, text) {
            Some(reading) => reading,
            None => self.in_two_passes(place, &Body::read(stream, text)?)?,
        };
        let unreadable = &reading.done.unreadable;
        if !unreadable.is_empty() {
            tracing::warn!(%stream, fields = %unreadable, "values that cannot be read count as absent");
        }
        Ok(reading)
    }

    /// Cuts rows and fields and maps them in one pass over the text. `None` if anything is unusual or the page is full: the
    /// other way then decides what it is, and whether it is wrong.
    fn in_one_pass(&self, place: Place, text: &str) -> Option<Reading> {
        let mut page = Page::new(place, self.map(place.stream), text.len());
        let count = body::cut(place.stream, text, |cutter| page.cut_row(cutter))?;
        Some(page.end(count))
    }

    fn in_two_passes(&self, place: Place, body: &Body<'_>) -> Result<Reading, Failure> {
        let mut page = Page::new(place, self.map(place.stream), 0);
        for raw in &body.rows {
            page.read_row(raw.get()).ok_or_else(|| too_large(place.stream))?;
        }
        Ok(page.end(body.count))
    }

    fn map(&self, stream: Stream) -> &CompiledMap {
        match stream {
            Stream::Assets => &self.assets,
            Stream::Findings => &self.findings,
        }
    }
}

/// *Default Severity* and the three columns of *Risk Severity Mapping* as lookup tables of the finding map.
fn severity_overrides(settings: &XdomeSettings) -> Overrides {
    let risk = &settings.severity.risk;
    let scores = risk.iter().map(|row| (row.source.clone(), row.qds));
    let scores = scores.chain(risk.iter().map(|row| (row.severity.to_string(), row.qds)));
    Overrides::none()
        .default_of("severity", settings.severity.default)
        .rows_of("risk_severity", scores)
        .rows_of("source_severity", risk.iter().map(|row| (row.source.clone(), row.severity)))
}

/// Characters of a detail that are kept.
const DETAIL_LENGTH: usize = 300;

/// Cuts the vendor's words; within a call the client does so after masking the token.
fn quoted_briefly(failure: Failure) -> Failure {
    Failure { detail: shortened(&failure.detail, DETAIL_LENGTH), ..failure }
}
