//! What a run may conclude, fixed before the first record is judged.

use crate::{MissingPolicy, Proof};
use causeway_domain::definition::ScopeFilter;
use causeway_domain::delivery::Takes;
use causeway_domain::{Manifest, RunId, Stream};
use causeway_mutants::Mutant;

/// The policy of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The run.
    pub run: RunId,
    /// Its start, RFC 3339: `fixed_on` of findings closed by absence.
    pub started_at: String,
    /// For missing findings; *Preserve Findings Missing in Latest Sync* is part of it.
    pub missing_findings: MissingPolicy,
    /// For missing assets.
    pub missing_assets: MissingPolicy,
    /// *Retain Delta*.
    pub retain_delta: bool,
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
    /// The part of an asset that the receiver takes. Limits deliveries and changes no verdict.
    pub takes: Takes,
}

impl Policy {
    /// The policy of `manifest`'s run, which looked for `scope`, given what its coverage showed, which streams' records the
    /// vendor `can_be_asked` for one by one, and what the receiver takes.
    pub fn of(
        manifest: &Manifest,
        scope: ScopeFilter,
        can_be_asked: impl Fn(Stream) -> bool,
        takes: Takes,
        Coverage { complete, scope_blocked }: Coverage,
    ) -> Self {
        let definition = &manifest.definition.definition;
        let missing = |stream, preserve, after: u32| {
            let proof = match can_be_asked(stream) {
                true => Proof::Answer,
                false => Proof::Runs(definition.run.close_unasked_after_runs),
            };
            MissingPolicy {
                preserve: preserve && !Mutant::IgnoresThePreserveSetting.on(),
                after: after.max(1),
                proof,
            }
        };
        let (preserve, after) = (definition.preserve_missing_findings, definition.run.fix_after_missing_runs);
        let preserve_assets = definition.preserve_missing_assets.unwrap_or(preserve);
        let gone_after = definition.run.gone_after_missing_runs.unwrap_or(after);
        Self {
            run: manifest.run.clone(),
            started_at: manifest.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            missing_findings: missing(Stream::Findings, preserve, after),
            missing_assets: missing(Stream::Assets, preserve_assets, gone_after),
            retain_delta: definition.retain_delta,
            fix_withdrawn: definition.run.fix_withdrawn_cves,
            findings_read: manifest.streams.iter().any(|plan| plan.stream == Stream::Findings),
            complete: complete || Mutant::ClosesInAnIncompleteRun.on(),
            scope_blocked: scope_blocked && !Mutant::IgnoresAKeylessReject.on(),
            scope,
            takes,
        }
    }

    /// Whether findings are sent.
    pub(crate) fn sends_findings(&self) -> bool {
        self.takes == Takes::AssetsWithFindings
    }
}

/// What the pages of a run prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// See [`Policy::complete`].
    pub complete: bool,
    /// See [`Policy::scope_blocked`].
    pub scope_blocked: bool,
}
