//! Deliberate bugs in the protocol: what each does, and how many seeds it takes until the oracle notices.
//!
//! Each is one line behind `causeway_reconcile::mutant::on`, compiled only with the feature `mutants`.

/// Name of each bug and what it does.
pub const MUTANTS: &[(&str, &str)] = &[
    ("acknowledges-before-delivering", "a delivery that failed ends as done"),
    ("acknowledges-before-staging", "a page that failed ends as done"),
    ("checks-no-seam", "pages need not join up"),
    ("checks-once-only", "a check that failed is not made again"),
    ("claims-with-a-plain-put", "a start writes the state without looking whether it changed"),
    ("closes-any-share", "any share of the findings may be closed at once"),
    ("closes-in-an-incomplete-run", "a run with gaps closes findings"),
    ("commits-a-held-plan", "a held plan's ledger is put in force"),
    ("commits-when-superseded", "an overtaken run commits"),
    ("commits-without-receipts", "a run ends before its deliveries have arrived"),
    ("compares-no-count", "fewer rows than the vendor counts are enough"),
    ("counts-a-page-twice", "half of the pages are enough"),
    ("delivers-a-held-plan", "a held plan is carried out"),
    ("delivers-after-the-end", "deliveries of a run that has ended are sent"),
    ("does-not-send-the-reopened", "a finding that is back stays closed at the destination"),
    ("drops-a-record", "a page is staged without its last record"),
    ("fixes-under-a-narrowed-filter", "findings outside the scope are closed"),
    ("follows-with-a-plain-put", "the end of a run writes the state without looking whether it changed"),
    ("forgets-a-dead-letter", "work is given up without a mark"),
    ("forgets-refusals", "refused assets are not noted"),
    ("forgets-the-refused", "refused assets are not sent again"),
    ("forgets-what-was-given-up", "a run with lost reads is complete"),
    ("ignores-a-keyless-reject", "a row without a readable key blocks nothing"),
    ("ignores-a-reject", "a rejected row does not block its finding"),
    ("ignores-the-preserve-setting", "missing findings are closed although they are to be preserved"),
    ("ignores-the-streak", "missing findings are closed too early"),
    ("ignores-what-a-question-finds", "what a question finds does not join the run"),
    ("leaves-the-dead-undecided", "a new run takes over without ending the dead one"),
    ("lets-a-site-vanish", "a vanished site does not hold the plan"),
    ("misses-the-row-of-a-reject", "a rejected row does not block the findings of its CVEs"),
    ("never-holds", "no guard holds a plan"),
    ("rewrites-the-plan", "the second plan replaces the first"),
    ("sends-half-an-asset", "unchanged findings of a changed asset are left out"),
    ("skips-confirmation", "missing findings are closed unasked"),
    ("skips-the-coverage-check", "coverage is always complete"),
    ("starts-without-its-ledger", "a run reconciles with nothing"),
    ("stops-before-the-end", "the last page need not be short"),
    ("takes-a-control-of-any-site", "a control of another site proves absence"),
    ("takes-any-record-of-a-key", "of two records the later one need not count"),
    ("takes-no-receipt-for-received", "deliveries without a receipt are taken for received"),
    ("takes-over-from-a-live-run", "a start overtakes a live run"),
    ("trusts-every-answer", "an answer without control proves absence"),
];

/// How a bug was noticed.
#[cfg(feature = "mutants")]
#[derive(Debug, Clone)]
pub struct Caught {
    /// Its name.
    pub name: &'static str,
    /// What it broke first; `None` when nothing was noticed.
    pub violation: Option<crate::Violation>,
    /// Seeds played.
    pub seeds: u64,
}

/// Plays up to `most` seeds with the bug switched on, until the oracle notices.
#[cfg(feature = "mutants")]
pub fn hunt(name: &'static str, most: u64) -> Caught {
    causeway_reconcile::mutant::switch(Some(name));
    let mut caught = Caught { name, violation: None, seeds: 0 };
    while caught.violation.is_none() && caught.seeds < most {
        let setup = crate::Setup::of(caught.seeds);
        caught.seeds += 1;
        // A panic would be noticed as well, but says less.
        caught.violation = crate::play(&setup, false).violation;
    }
    causeway_reconcile::mutant::switch(None);
    caught
}
