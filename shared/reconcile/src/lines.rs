//! The records of one asset in run and ledger, as lines of text.

use crate::{Absence, Entry, Group, Seen};
use causeway_domain::Failure;
use causeway_ledger::{Line, StagedLine, damaged};

/// One asset's lines, still as text.
#[derive(Debug, Default)]
pub struct AssetLines {
    /// In key order, the asset's own line first if it has one.
    pub entries: Vec<EntryLines>,
    /// Its last delivery was refused, so it is sent whatever changed.
    pub refused_before: bool,
}

/// One record in this run, in the ledger, or in both.
#[derive(Debug)]
pub struct EntryLines {
    /// The record in this run.
    pub seen: Option<StagedLine>,
    /// The record in the ledger.
    pub known: Option<Line>,
    /// Whether a record of this key was rejected in this run.
    pub rejected: bool,
    /// The result of the direct query for it.
    pub absence: Absence,
}

impl AssetLines {
    /// The lines as records.
    pub fn group(&self) -> Result<Group<'_>, Failure> {
        let mut own = Entry::default();
        let mut findings = Vec::with_capacity(self.entries.len());
        for lines in &self.entries {
            let entry = lines.entry()?;
            if lines.finding().is_empty() {
                own = entry;
            } else {
                findings.push((lines.finding(), entry));
            }
        }
        Ok(Group { asset: self.asset(), own, findings, refused_before: self.refused_before })
    }

    /// Asset id.
    pub fn asset(&self) -> &str {
        self.entries.first().and_then(EntryLines::line).map(Line::asset).unwrap_or_default()
    }
}

impl EntryLines {
    /// One of its lines.
    pub fn line(&self) -> Option<&Line> {
        self.seen.as_ref().map(|seen| &seen.line).or(self.known.as_ref())
    }

    /// Finding id; empty for the asset itself.
    pub fn finding(&self) -> &str {
        self.line().map(Line::finding).unwrap_or_default()
    }

    /// The lines as records.
    pub fn entry(&self) -> Result<Entry<'_>, Failure> {
        let unreadable = |error: serde_json::Error| damaged("staged or ledger record", &error.to_string());
        let seen = match &self.seen {
            Some(StagedLine { line, when_asked }) => {
                let record = serde_json::from_slice(&line.text).map_err(unreadable)?;
                Some(Seen { record, when_asked: *when_asked })
            }
            None => None,
        };
        let known = self.known.as_ref().map(|line| serde_json::from_slice(&line.text)).transpose();
        Ok(Entry { seen, known: known.map_err(unreadable)?, absence: self.absence, rejected: self.rejected })
    }
}
