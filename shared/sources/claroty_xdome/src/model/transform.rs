//! Pages into records, by a connection's two maps.

use super::body::Body;
use super::derived::{cves, finding_id, id};
use super::record::{Standing, fixed_on, scope, short_hex, stage, status};
use super::stream::XdomeStream;
use causeway_domain::definition::XdomeSettings;
use causeway_domain::page::{MAX_STAGED_BYTES, Reject};
use causeway_domain::schema::{FieldsSeen, SAMPLED_ROWS};
use causeway_domain::{Failure, FailureKind, FindingKey, FindingStatus, Stream};
use causeway_maps::{Applied, Applier, CompiledMap, MapDefinition, Overrides, RowFailure, TargetModel};
use causeway_ports::Transformed;
use causeway_ports::source::{Explained, TransformedRecord};
use serde_json::value::RawValue;

/// Both maps of a connection, compiled.
#[derive(Debug)]
pub struct Transform {
    assets: CompiledMap,
    findings: CompiledMap,
}

/// A row that was read: where it belongs and what its records say.
struct Row {
    asset: String,
    /// The vendor's own id; empty in the assets stream.
    vulnerability: String,
    standing: Standing,
    /// CVEs, or one empty text.
    parts: Vec<String>,
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
    /// `TruncatedAnswer` and `UnexpectedAnswer` when the body is not the stream's list, `AnswerTooLarge` when its records
    /// would be more than a page may have: each CVE of a row repeats the row.
    pub fn transform(&self, stream: Stream, body: &[u8]) -> Result<Transformed, Failure> {
        self.transform_rows(stream, &Body::read(stream, body)?)
    }

    /// Shows what becomes of each of the first `limit` rows of an answer.
    ///
    /// # Errors
    /// As [`Transform::transform`].
    pub fn explain(&self, stream: Stream, body: &[u8], limit: usize) -> Result<Vec<Explained>, Failure> {
        let body = Body::read(stream, body)?;
        let explain = |(number, raw): (usize, &&RawValue)| {
            let one = Body { rows: vec![*raw], count: None };
            let mut done = self.transform_rows(stream, &one)?;
            let reject = done.rejects.pop().map(|reject| Reject { row: number as u64, ..reject });
            let key = done.row_keys.pop().unwrap_or_default();
            Ok(Explained { key, row: raw.get().to_owned(), records: done.records, reject })
        };
        body.rows.iter().take(limit).enumerate().map(explain).collect()
    }

    fn transform_rows(&self, stream: Stream, body: &Body<'_>) -> Result<Transformed, Failure> {
        let mut done = Transformed {
            fetched: body.rows.len() as u64,
            vendor_count: body.count,
            row_keys: Vec::with_capacity(body.rows.len()),
            records: Vec::with_capacity(body.rows.len()),
            rejects: Vec::new(),
            unreadable_values: 0,
            fields: sample(&body.rows),
        };
        let mut applier = self.map(stream).applier();
        let mut room = MAX_STAGED_BYTES;
        for (number, raw) in body.rows.iter().enumerate() {
            let row = applier
                .read(raw.get())
                .map_err(|failure| failure.to_string())
                .and_then(|()| read_row(stream, &applier));
            let row = match row {
                Ok(row) => row,
                Err(reason) => {
                    let key = format!("#{}", short_hex(&blake3::hash(raw.get().as_bytes())));
                    let asset = asset_of(stream, &applier, raw.get());
                    let reason = format!("{reason} (row {number}, {key})");
                    done.rejects.push(Reject { asset, finding: None, row: number as u64, reason });
                    done.row_keys.push(key);
                    continue;
                }
            };
            done.row_keys.push(row.key());
            match row.map(&mut applier, &mut room) {
                Ok(_) if room == 0 => {
                    let detail = format!("its records are more than {} MiB", MAX_STAGED_BYTES >> 20);
                    return Err(Failure::new(
                        FailureKind::AnswerTooLarge,
                        format!("answer with {stream}"),
                        detail,
                    ));
                }
                Ok((records, applied)) => {
                    done.unreadable_values += u64::from(applied.unreadable_values);
                    done.records.extend(records);
                }
                Err(failure) => done.rejects.push(row.reject(number as u64, &failure)),
            }
        }
        if done.unreadable_values > 0 {
            tracing::warn!(%stream, count = done.unreadable_values, "dates that cannot be read count as absent");
        }
        Ok(done)
    }

    fn map(&self, stream: Stream) -> &CompiledMap {
        match stream {
            Stream::Assets => &self.assets,
            Stream::Findings => &self.findings,
        }
    }
}

/// The fields of a few rows, evenly spread: whatever is looked at here is parsed once more.
fn sample(rows: &[&RawValue]) -> FieldsSeen {
    let mut seen = FieldsSeen::default();
    let every = rows.len().div_ceil(SAMPLED_ROWS).max(1);
    rows.iter().step_by(every).for_each(|row| seen.observe(row.get()));
    seen
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

/// The device of a row without a full key, so that what is known of it blocks no more than that device.
fn asset_of(stream: Stream, applier: &Applier<'_, '_>, raw: &str) -> Option<String> {
    if stream == Stream::Assets || !raw.starts_with('{') {
        return None;
    }
    applier.raw("device_uid").and_then(id)
}

fn read_row(stream: Stream, applier: &Applier<'_, '_>) -> Result<Row, String> {
    let key = |wire: &str| applier.raw(wire).and_then(id).ok_or_else(|| format!("`{wire}` is no usable key"));
    match stream {
        Stream::Assets => {
            let scope =
                scope(applier.raw("device_category"), applier.raw("site_name"), applier.raw("retired"));
            let standing = Standing { status: FindingStatus::Open, fixed_on: None, scope };
            Ok(Row { asset: key("uid")?, vulnerability: String::new(), standing, parts: vec![String::new()] })
        }
        Stream::Findings => {
            let status = status(applier.raw("vulnerability_relevance"));
            let fixed_on = fixed_on(status, applier.raw("device_vulnerability_resolution_date"));
            let (site, retired) = (applier.raw("device_site_name"), applier.raw("device_retired"));
            let scope = scope(applier.raw("device_category"), site, retired);
            let mut parts = cves(applier.raw("vulnerability_cve_ids"));
            if parts.is_empty() {
                parts.push(String::new());
            }
            let standing = Standing { status, fixed_on, scope };
            Ok(Row { asset: key("device_uid")?, vulnerability: key("vulnerability_id")?, standing, parts })
        }
    }
}

impl Row {
    /// The vendor's key of the row.
    fn key(&self) -> String {
        if self.vulnerability.is_empty() {
            self.asset.clone()
        } else {
            format!("{}|{}", self.asset, self.vulnerability)
        }
    }

    /// The row's records; none, and no `room` left, when they are longer than `room` bytes.
    fn map(
        &self,
        applier: &mut Applier<'_, '_>,
        room: &mut u64,
    ) -> Result<(Vec<TransformedRecord>, Applied), RowFailure> {
        let mut records = Vec::with_capacity(self.parts.len());
        let mut first = Applied::default();
        let mut body = String::new();
        for (part, name) in self.parts.iter().enumerate() {
            body.clear();
            let applied = applier.apply(name, &mut body)?;
            if part == 0 {
                first = applied;
            }
            let key =
                FindingKey { asset: self.asset.clone(), finding: finding_id(&self.vulnerability, name) };
            let record = stage(key, u16::try_from(part).unwrap_or(u16::MAX), &self.standing, &body);
            *room = room.saturating_sub(record.line.len() as u64);
            if *room == 0 {
                return Ok((Vec::new(), first));
            }
            records.push(record);
        }
        Ok((records, first))
    }

    /// A row is rejected as a whole. One of several CVEs names no single finding, so it blocks its device.
    fn reject(&self, row: u64, failure: &RowFailure) -> Reject {
        let finding = match self.parts.as_slice() {
            [part] if !self.vulnerability.is_empty() => Some(finding_id(&self.vulnerability, part)),
            _ => None,
        };
        Reject { asset: Some(self.asset.clone()), finding, row, reason: failure.reason(&self.key()) }
    }
}
