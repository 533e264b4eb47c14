//! Pages into records, by a connection's two maps.

use super::body::{self, Body};
use super::page::Page;
use super::stream::XdomeStream;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::page::{MAX_STAGED_BYTES, Reject};
use causeway_domain::{Failure, FailureKind, RowKey, Stream};
use causeway_maps::{CompiledMap, MapDefinition, Overrides, TargetModel};
use causeway_ports::Transformed;
use causeway_ports::source::Explained;
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
        // A map of the other stream would be told as unknown fields, row by row.
        if let Ok(definition) = MapDefinition::parse(name, text)
            && definition.stream != stream
        {
            let detail =
                format!("{name}: stream: this map is for {}, and {stream} are read", definition.stream);
            return Err(Failure::new(FailureKind::MapInvalid, format!("map {name}"), detail));
        }
        Ok(CompiledMap::load(name, text, &model, &targets, &overrides)?)
    }

    /// Wire names to ask the vendor for: what the map reads, the record's key and its scope.
    pub fn request_fields(&self, stream: Stream) -> Vec<&str> {
        self.map(stream).wire_fields().iter().map(String::as_str).collect()
    }

    /// What cannot do without the wire field `wire`: a required target, the record's key, or the finding's status.
    /// A request never goes on without such a field, because every record would change its key or reopen.
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

    /// Makes records of an answer. A row that cannot be used is rejected and never fails the page: rows fetched =
    /// rows that became records + rejects.
    ///
    /// # Errors
    /// `TruncatedAnswer`, `MalformedAnswer` and `UnexpectedAnswer` when the body is not the stream's list, `AnswerTooLarge` when its records
    /// would be more than a page may have: each CVE of a row repeats the row.
    pub fn transform(&self, stream: Stream, body: &[u8]) -> Result<Transformed, Failure> {
        let text = body::text(stream, body)?;
        let done = match self.in_one_pass(stream, text) {
            Some(done) => done,
            None => self.in_two_passes(stream, &Body::read(stream, text)?)?,
        };
        if !done.unreadable.is_empty() {
            tracing::warn!(%stream, fields = %done.unreadable, "values that cannot be read count as absent");
        }
        Ok(done)
    }

    /// Shows what becomes of each of the first `limit` rows of an answer.
    ///
    /// # Errors
    /// As [`Transform::transform`].
    pub fn explain(&self, stream: Stream, body: &[u8], limit: usize) -> Result<Vec<Explained>, Failure> {
        let body = Body::read(stream, body::text(stream, body)?)?;
        let explain = |(number, raw): (usize, &&RawValue)| {
            let one = Body { rows: vec![*raw], count: None };
            let mut done = self.in_two_passes(stream, &one)?;
            let reject = done.rejects.pop().map(|reject| Reject { row: number as u64, ..reject });
            let key = done.row_keys.pop().unwrap_or_else(|| RowKey::keyless(number));
            Ok(Explained { key, row: raw.get().to_owned(), records: done.records, reject })
        };
        body.rows.iter().take(limit).enumerate().map(explain).collect()
    }

    /// Cuts rows and fields and maps them while the text is read once. `None` when anything is not as usual, or too
    /// much: what it is, and whether it is wrong, the other way tells.
    fn in_one_pass(&self, stream: Stream, text: &str) -> Option<Transformed> {
        let mut page = Page::new(stream, self.map(stream), text.len());
        let count = body::cut(stream, text, |cutter| page.cut_row(cutter))?;
        Some(page.end(count))
    }

    fn in_two_passes(&self, stream: Stream, body: &Body<'_>) -> Result<Transformed, Failure> {
        let mut page = Page::new(stream, self.map(stream), 0);
        for raw in &body.rows {
            if page.read_row(raw.get()).is_none() {
                let detail = format!("its records are more than {} MiB", MAX_STAGED_BYTES >> 20);
                let subject = format!("answer with {stream}");
                return Err(Failure::new(FailureKind::AnswerTooLarge, subject, detail));
            }
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
