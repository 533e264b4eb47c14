//! Applies a map to recorded pages of the vendor.

use super::document::{Document, PROFILE};
use super::studio::{Found, Studio};
use crate::output::Problem;
use causeway_connector::MapTrial;
use causeway_connectors::{check_map, connector};
use causeway_domain::definition::Settings;
use causeway_domain::{ConnectionName, Stream};
use causeway_ports::Record;
use causeway_ports::source::Explained;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Largest page, decompressed.
const LARGEST: u64 = 512 * 1024 * 1024;

/// First bytes of a compressed page, as runs keep them.
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// A compiled map.
pub(super) struct Trial {
    pub(super) label: String,
    pub(super) document: Document,
    pub(super) stream: Stream,
    compiled: MapTrial,
    /// Product of the pages.
    product: &'static str,
}

impl Trial {
    /// Checks and compiles `found`; severities and links are those of `settings`.
    pub(super) fn of(found: &Found, settings: Option<&Settings>) -> Result<Self, Problem> {
        let document = Document::checked(&found.label, &found.text)?;
        let stream = document.sections.first().map_or(Stream::Assets, |section| section.stream);
        if document.kind == PROFILE {
            let help = "Pages of the source go through transform maps; a profile works on what they make.";
            return Err(Problem::input(&found.label, "is a target profile", help));
        }
        let connector = match settings {
            Some(settings) => connector(settings)?,
            None => check_map(&found.label, &found.text)?,
        };
        let compiled = (connector.trial)(settings, stream, (&found.label, &found.text))?;
        let product = connector.descriptor.title;
        Ok(Self { label: found.label.clone(), document, stream, compiled, product })
    }

    /// Maps each row of the page in `file`.
    pub(super) fn apply(&self, file: &Path) -> Result<Vec<Explained>, Problem> {
        let body = read(file)?;
        (self.compiled.explain)(&body).map_err(|failure| {
            let help = format!(
                "A page is the body of a {} answer with {}, as it came: {{\"{}\": [ … ]}}. It may be compressed with zstd.",
                self.product, self.stream, self.compiled.list
            );
            Problem::input(file.display().to_string(), failure.detail, help)
        })
    }

    /// Maps `rows`.
    pub(super) fn apply_rows(&self, rows: &[Value]) -> Result<Vec<Explained>, Problem> {
        let body = serde_json::to_vec(&BTreeMap::from([(self.compiled.list, rows)]))
            .map_err(|error| Problem::input(&self.label, error.to_string(), ""))?;
        Ok((self.compiled.explain)(&body)?)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    let fault = |error: std::io::Error| Problem::file(file, "read it", &error);
    let stored = std::fs::read(file).map_err(fault)?;
    if !stored.starts_with(&ZSTD) {
        return Ok(stored);
    }
    let mut body = Vec::new();
    let decoder = zstd::Decoder::new(stored.as_slice()).map_err(fault)?;
    decoder.take(LARGEST).read_to_end(&mut body).map_err(fault)?;
    Ok(body)
}

/// Settings of a connection's source; without a connection the presets hold.
pub(super) async fn settings(studio: &Studio, connection: Option<&str>) -> Result<Option<Settings>, Problem> {
    let Some(name) = connection else { return Ok(None) };
    let place = studio.place().await?;
    let loaded = causeway_runs::load(&place.engine, &ConnectionName::parse(name)?).await?;
    Ok(Some(loaded.registered.definition.source))
}

/// Key and body of each record of a row.
pub(super) fn records(row: &Explained) -> Vec<(String, Value)> {
    let record = |record: Record<'_>| {
        let body = serde_json::from_str(record.body).unwrap_or_default();
        let key = if record.finding.is_empty() {
            record.asset.to_owned()
        } else {
            format!("{} / {}", record.asset, record.finding)
        };
        (key, body)
    };
    row.records.iter().map(record).collect()
}
