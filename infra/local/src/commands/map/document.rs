//! A map or target profile, for display and checks.

use crate::output::Problem;
use causeway_connectors::{check_map, profile_for};
use causeway_maps::{MapDefinition, MapErrors};
use serde::Serialize;

/// A document with its sections; a transform map has one, a target profile several.
pub(super) struct Document {
    pub(super) kind: &'static str,
    pub(super) sections: Vec<MapDefinition>,
}

/// Kind of a document with several sections.
pub(super) const PROFILE: &str = "target profile";

/// One row of a section, as data.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) row: usize,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) functions: String,
    pub(super) required: bool,
}

/// One section, as data.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) map: String,
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) version: String,
    pub(super) stream: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rows: Vec<Row>,
    pub(super) row_count: usize,
}

impl Document {
    /// Reads `text`, which is called `label` in messages. A profile has sections called `asset` and `finding`; a map
    /// has rows.
    pub(super) fn read(label: &str, text: &str) -> Result<Self, MapErrors> {
        if let Some(profile) = profile_for().filter(|_| is_profile(text)) {
            return Ok(Self { kind: PROFILE, sections: (profile.sections)(label, text)? });
        }
        Ok(Self { kind: "transform map", sections: vec![MapDefinition::parse(label, text)?] })
    }

    /// As [`Self::read`], and checked against the known fields and targets. All mistakes are reported at once.
    pub(super) fn checked(label: &str, text: &str) -> Result<Self, Problem> {
        if !is_profile(text) {
            check_map(label, text)?;
        }
        let document = Self::read(label, text)?;
        if let Some(profile) = profile_for().filter(|_| document.kind == PROFILE) {
            (profile.check)(label, text)?;
        }
        Ok(document)
    }

    /// The sections as data.
    pub(super) fn shown(&self, map: &str, version: Option<&str>, with_rows: bool) -> Vec<Section> {
        let shown = |section: &MapDefinition| Section {
            map: map.to_owned(),
            kind: self.kind,
            title: section.title.clone(),
            version: version.unwrap_or(&section.version).to_owned(),
            stream: section.stream.to_string(),
            row_count: section.rows.len(),
            rows: if with_rows { rows(section) } else { Vec::new() },
        };
        self.sections.iter().map(shown).collect()
    }

    /// Rows of all sections.
    pub(super) fn row_count(&self) -> usize {
        self.sections.iter().map(|section| section.rows.len()).sum()
    }
}

fn is_profile(text: &str) -> bool {
    text.lines().any(|line| matches!(line.trim(), "[asset]" | "[finding]" | "[[asset.row]]"))
}

fn rows(section: &MapDefinition) -> Vec<Row> {
    let row = |row: causeway_maps::RowExplanation| Row {
        row: row.row,
        source: row.source,
        target: row.target,
        functions: row.functions,
        required: row.required,
    };
    section.explain().into_iter().map(row).collect()
}
