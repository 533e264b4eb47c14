//! What a run may conclude, fixed before the first record is judged.

use causeway_domain::definition::SourceSettings;
use causeway_domain::{Manifest, RunId, Scope, Stream};
use causeway_mutants::Mutant;
use std::collections::BTreeSet;

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
    /// The policy of `manifest`'s run, given what its coverage showed.
    pub fn of(manifest: &Manifest, complete: bool, scope_blocked: bool) -> Self {
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
            scope: ScopeFilter::of(&definition.source),
        }
    }
}

/// The scope a run asked the vendor for, to judge recorded attributes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeFilter {
    /// Device categories asked for; empty means all.
    pub categories: BTreeSet<String>,
    /// Whether retired (`true`) or active (`false`) devices were asked for; `None` means both.
    pub retired: Option<bool>,
}

impl ScopeFilter {
    /// The scope that `source` asks for.
    pub fn of(source: &SourceSettings) -> Self {
        match source {
            SourceSettings::ClarotyXdome(settings) => Self {
                categories: settings.device_categories.iter().map(ToString::to_string).collect(),
                retired: Some(settings.retired_devices_only),
            },
        }
    }

    /// Whether a record with these attributes lies inside. An attribute the vendor did not give, or left blank, does not exclude: such
    /// a record is asked for by its key before anything is concluded.
    pub fn contains(&self, scope: &Scope<'_>) -> bool {
        let category = match &scope.category {
            Some(category) if !self.categories.is_empty() && !scope.category_group().is_empty() => {
                self.categories.contains(category.as_ref())
            }
            _ => true,
        };
        let retired = match (self.retired, scope.retired) {
            (Some(asked), Some(is)) => asked == is,
            _ => true,
        };
        category && retired
    }
}
