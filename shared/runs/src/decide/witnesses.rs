//! Controls: findings of this run that prove an answer to its questions.

use crate::decide::question::{Control, Sites, is_answer};
use causeway_ledger::{Line, StagedFields, StagedLine};
use causeway_reconcile::AssetLines;

use crate::store;
use causeway_domain::{Failure, PageSummary, Scope, Stream, VendorKey};
use causeway_ledger::StagedRecord;
use std::collections::VecDeque;

/// Control records per question; one is enough for trust, the others may vanish meanwhile.
const CONTROLS: usize = 3;

/// Findings that can serve as controls.
pub(crate) struct Witnesses {
    /// Whether the run saw any finding.
    any: bool,
    /// The findings that came last.
    last: VecDeque<Line>,
    pub(crate) sites: Sites,
    /// The last scope that was read, as text, and its site.
    scope: Vec<u8>,
    site: String,
}

impl Witnesses {
    /// Before the first asset of `pages`.
    pub(crate) fn new(pages: &[PageSummary]) -> Self {
        let mut of_findings =
            pages.iter().filter(|page| page.page.stream == Stream::Findings && !is_answer(page));
        let any = of_findings.any(|page| page.data.is_some());
        let (last, sites, scope, site) = Default::default();
        Self { any, last, sites, scope, site }
    }

    /// Whether there is a finding at all that an answer can be controlled by.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// The controls of a question. Empty until a finding was seen; a control of one of the sites is used then.
    pub(crate) fn controls(&self) -> Result<Vec<Control>, Failure> {
        self.last.iter().map(control).collect()
    }

    /// Takes note of what was seen of one asset.
    pub(crate) fn hear(&mut self, lines: &AssetLines) -> Result<(), Failure> {
        let mut seen = lines.entries.iter().filter_map(|entry| entry.seen.as_ref()).peekable();
        while let Some(StagedLine { line, .. }) = seen.next() {
            let scope = scope_text(line);
            if scope.is_none_or(|scope| scope != self.scope.as_slice()) {
                self.read_scope(scope, &line.text)?;
            }
            // Of neighbours in one scope the last one is heard.
            let next = seen.peek().filter(|next| !next.line.finding().is_empty());
            let same = next.is_some_and(|next| scope.is_some() && scope_text(&next.line) == scope);
            if same {
                continue;
            }
            if line.finding().is_empty() {
                self.sites.0.entry(self.site.clone()).or_default();
            } else {
                self.sites.0.insert(self.site.clone(), Some(control(line)?));
            }
        }
        let findings = lines.entries.iter().rev().filter(|entry| !entry.finding().is_empty());
        let last: Vec<_> = findings.filter_map(|entry| entry.seen.as_ref()).take(CONTROLS).collect();
        self.last.extend(last.into_iter().rev().map(|seen| seen.line.clone()));
        self.last.drain(..self.last.len().saturating_sub(CONTROLS));
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

/// The scope of a staged line as text; `None` where it has to be parsed.
fn scope_text(seen: &Line) -> Option<&[u8]> {
    StagedFields::of(seen).map(|fields| fields.scope)
}

/// The finding of the staged `line`, to ask for.
fn control(line: &Line) -> Result<Control, Failure> {
    let unreadable = |error: serde_json::Error| store::damaged("staged record", &error.to_string());
    let record: StagedRecord<'_> = serde_json::from_slice(&line.text).map_err(unreadable)?;
    let vendor_key = record.vendor_key.map(VendorKey::read).transpose().map_err(unreadable)?;
    Ok(Control::new(line.key(), vendor_key))
}
