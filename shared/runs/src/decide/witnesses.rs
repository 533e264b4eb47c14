//! Controls: records of this run that prove an answer to its questions.

use crate::decide::question::{Control, Sites, is_answer};
use causeway_ledger::{Line, StagedFields, StagedLine};
use causeway_reconcile::AssetLines;

use crate::store;
use causeway_domain::{Failure, PageSummary, Scope, Stream, VendorKey};
use causeway_ledger::StagedRecord;
use std::collections::VecDeque;

/// Control records per question; one is enough for trust, the others may vanish meanwhile.
const CONTROLS: usize = 3;

/// Records that can serve as controls.
pub(crate) struct Witnesses {
    pub(crate) assets: Controls,
    pub(crate) findings: Controls,
    /// The last scope that was read, as text, and its site.
    scope: Vec<u8>,
    site: String,
}

/// Those of one stream.
pub(crate) struct Controls {
    /// Whether the run saw any record.
    any: bool,
    /// The records that came last.
    last: VecDeque<Line>,
    pub(crate) sites: Sites,
}

impl Witnesses {
    /// Before the first asset of `pages`.
    pub(crate) fn new(pages: &[PageSummary]) -> Self {
        let controls = |stream| {
            let mut read = pages.iter().filter(|page| page.page.stream == stream && !is_answer(page));
            Controls {
                any: read.any(|page| page.data.is_some()),
                last: VecDeque::new(),
                sites: Sites::default(),
            }
        };
        let (assets, findings) = (controls(Stream::Assets), controls(Stream::Findings));
        Self { assets, findings, scope: Vec::new(), site: String::new() }
    }

    /// Takes note of what was seen of one asset.
    pub(crate) fn hear(&mut self, lines: &AssetLines) -> Result<(), Failure> {
        let mut seen = lines.entries.iter().filter_map(|entry| entry.seen.as_ref()).peekable();
        while let Some(StagedLine { line, .. }) = seen.next() {
            let scope = scope_text(line);
            if scope.is_none_or(|scope| scope != self.scope.as_slice()) {
                self.read_scope(scope, &line.text)?;
            }
            if line.finding().is_empty() {
                self.findings.sites.hear(&self.site, None)?;
                // The first of a site stands for it, so that few are parsed.
                let known = matches!(self.assets.sites.0.get(&self.site), Some(Some(_)));
                self.assets.sites.hear(&self.site, Some(line).filter(|_| !known))?;
                self.assets.push(line);
                continue;
            }
            // Of neighbours in one scope the last one is heard.
            let same = seen.peek().is_some_and(|next| scope.is_some() && scope_text(&next.line) == scope);
            if !same {
                self.assets.sites.hear(&self.site, None)?;
                self.findings.sites.hear(&self.site, Some(line))?;
            }
        }
        let findings = lines.entries.iter().rev().filter(|entry| !entry.finding().is_empty());
        let last: Vec<_> = findings.filter_map(|entry| entry.seen.as_ref()).take(CONTROLS).collect();
        last.into_iter().rev().for_each(|seen| self.findings.push(&seen.line));
        Ok(())
    }

    fn read_scope(&mut self, scope: Option<&[u8]>, line: &[u8]) -> Result<(), Failure> {
        let unreadable = |error: serde_json::Error| store::damaged("staged record", &error.to_string());
        let scope_of: Scope<'_> = match scope {
            Some(scope) => serde_json::from_slice(scope).map_err(unreadable)?,
            None => serde_json::from_slice::<StagedRecord<'_>>(line).map_err(unreadable)?.scope,
        };
        self.site = scope_of.site_group().to_owned();
        self.scope.clear();
        self.scope.extend_from_slice(scope.unwrap_or_default());
        Ok(())
    }
}

impl Controls {
    /// Whether there is a record at all that an answer can be controlled by.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// The controls of a question. Empty until a record was seen; a control of one of the sites is used then.
    pub(crate) fn of_question(&self) -> Result<Vec<Control>, Failure> {
        self.last.iter().map(control).collect()
    }

    fn push(&mut self, line: &Line) {
        self.last.push_back(line.clone());
        self.last.drain(..self.last.len().saturating_sub(CONTROLS));
    }
}

impl Sites {
    /// Something of `site` was seen; a record of the stream, if there is a `line` of it.
    fn hear(&mut self, site: &str, line: Option<&Line>) -> Result<(), Failure> {
        if let Some(line) = line {
            self.0.insert(site.to_owned(), Some(control(line)?));
        } else if !self.0.contains_key(site) {
            self.0.insert(site.to_owned(), None);
        }
        Ok(())
    }
}

/// The scope of a staged line as text; `None` where it has to be parsed.
fn scope_text(seen: &Line) -> Option<&[u8]> {
    StagedFields::of(seen).map(|fields| fields.scope)
}

/// The record of the staged `line`, to ask for.
fn control(line: &Line) -> Result<Control, Failure> {
    let unreadable = |error: serde_json::Error| store::damaged("staged record", &error.to_string());
    let record: StagedRecord<'_> = serde_json::from_slice(&line.text).map_err(unreadable)?;
    let vendor_key = record.vendor_key.map(VendorKey::read).transpose().map_err(unreadable)?;
    Ok(Control::new(line.key(), vendor_key))
}
