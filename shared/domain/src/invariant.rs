//! The invariants by id: the one list that code, tests, metrics and `docs/ARCHITECTURE.md` refer to.

use std::fmt;

/// What always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invariant {
    /// `I-1` … `I-12`.
    pub id: &'static str,
    /// What holds, as the documentation says it.
    pub holds: &'static str,
    /// Which modules see to it.
    pub place: &'static str,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

macro_rules! invariants {
    ($($name:ident $id:literal $holds:literal $place:literal)*) => {
        $(
            #[doc = $holds]
            pub const $name: Invariant = Invariant { id: $id, holds: $holds, place: $place };
        )*

        /// All of them, in order.
        pub const ALL: &[Invariant] = &[$($name,)*];
    };
}

invariants! {
    I1 "I-1"
        "A finding becomes Fixed only through a run with complete coverage, and only after its absence was confirmed by querying for exactly it; an asset counts as gone by the same rule. Findings hidden by a narrowed filter are kept as *out of scope*"
        "`reconcile::{finding, asset}`, `runs::confirm`"
    I2 "I-2"
        "Every page of the manifest is staged exactly once in effect: the summary is written if absent, data is named by content hash"
        "`runs::stage`"
    I3 "I-3"
        "fetched = mapped + rejected; pages that do not join up, or fewer rows than counted, are not complete"
        "`coverage`, `runs::catch_up`"
    I4 "I-4"
        "At most one plan per run, and no run commits another ledger than that plan's"
        "`runs::plan`, `runs::commit`"
    I5 "I-5"
        "An older run never overwrites the state of a newer one"
        "`runs::commit::follow`, generations"
    I6 "I-6"
        "reconcile(S, S) changes nothing; page order, duplicates and batch size do not matter"
        "`reconcile::judge`, `ledger::merge`"
    I7 "I-7"
        "A rejected record blocks fixing of its key; without a readable key it blocks its scope"
        "`runs::rejects`, `reconcile::finding`"
    I8 "I-8"
        "No answer, far fewer findings, or a site or category gone: the plan is `held`"
        "`reconcile::guards`"
    I9 "I-9"
        "Delivering a plan twice changes nothing at the receiver"
        "deterministic batches and ids"
    I10 "I-10"
        "Every message ends done, dead-lettered or still visible; dead-lettered means not complete"
        "`runs::settle`"
    I11 "I-11"
        "Every started run, and every attempt of one, is decided by its deadline; one whose checks were lost, soon after it"
        "`runs::finalize`, `runs::attempt`, `runs::overdue`"
    I12 "I-12"
        "No secret in a log, an error, a metric, an event or the object store"
        "`ports::secrets`, `domain::Failure`"
}
