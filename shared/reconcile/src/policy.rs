//! What a run may conclude, fixed before the first record is judged.

use causeway_domain::definition::ScopeFilter;
use causeway_domain::{Manifest, RunId, Stream};
use causeway_mutants::Mutant;

/// The policy of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The run.
    pub run: RunId,
    /// Its start, RFC 3339: `fixed_on` of findings closed by absence.
    pub started_at: String,
    /// *Preserve Findings Missing in Latest Sync*.
    pub preserve_missing: bool,
    /// *Retain Delta*.
    pub retain_delta: bool,
    /// Complete runs in a row that must miss a finding before it is closed, at least 1.
    pub fix_after: u32,
    /// Whether a finding that the vendor took out of the list of a row it still reports is closed.
    pub fix_withdrawn: bool,
    /// Whether the findings stream is read at all.
    pub findings_read: bool,
    /// Whether everything that existed throughout the run was seen (I-1, I-3).
    pub complete: bool,
    /// Whether a record without a readable key was rejected, which blocks fixing in the scope (I-7).
    pub scope_blocked: bool,
    /// What the run looked for.
    pub scope: ScopeFilter,
}

impl Policy {
    /// The policy of `manifest`'s run, which looked for `scope`, given what its coverage showed.
    pub fn of(manifest: &Manifest, scope: ScopeFilter, complete: bool, scope_blocked: bool) -> Self {
        let definition = &manifest.definition.definition;
        Self {
            run: manifest.run.clone(),
            started_at: manifest.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            preserve_missing: definition.preserve_missing_findings && !Mutant::IgnoresThePreserveSetting.on(),
            retain_delta: definition.retain_delta,
            fix_after: definition.run.fix_after_missing_runs.max(1),
            fix_withdrawn: definition.run.fix_withdrawn_cves,
            findings_read: manifest.streams.iter().any(|plan| plan.stream == Stream::Findings),
            complete: complete || Mutant::ClosesInAnIncompleteRun.on(),
            scope_blocked: scope_blocked && !Mutant::IgnoresAKeylessReject.on(),
            scope,
        }
    }
}
