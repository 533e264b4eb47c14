//! Deliberate bugs in the protocol: what each does, and how many seeds it takes until the oracle notices.
//!
//! Each is one condition behind `causeway_mutants::on`, at the place where a programmer would get it wrong,
//! and is compiled with the feature `mutants` only.

use causeway_domain::invariant::{I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, Invariant};

/// A deliberate bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutant {
    /// What the hook in the source calls it.
    pub name: &'static str,
    /// What it does wrong.
    pub bug: &'static str,
    /// What it breaks; a chain of events may break another invariant first.
    pub breaks: Invariant,
}

const fn bug(name: &'static str, breaks: Invariant, bug: &'static str) -> Mutant {
    Mutant { name, bug, breaks }
}

/// All of them, in the order of a run.
pub const MUTANTS: &[Mutant] = &[
    // Start.
    bug("takes-each-call-for-a-new-run", I4, "a start that is fired twice makes two runs"),
    bug("starts-a-decided-run-again", I4, "an old request, fired once more, plays its run again"),
    bug("takes-over-from-a-live-run", I5, "a start overtakes a live run"),
    bug("leaves-the-dead-undecided", I11, "a new run takes over without ending the dead one"),
    bug("claims-with-a-plain-put", I5, "a start writes the state without looking whether it changed"),
    bug("forgets-the-ledger-without-delta", I5, "without Retain Delta a run knows nothing of earlier ones"),
    // Fetch and stage.
    bug("acknowledges-before-staging", I10, "a page that failed ends as done"),
    bug("drops-what-must-wait", I10, "work that the vendor put off is not queued again"),
    bug("forgets-a-dead-letter", I10, "work is given up without a mark"),
    bug("stages-under-the-wrong-page", I10, "a page is stored under the number of the next one"),
    bug("drops-a-record", I3, "a page is staged without its last record"),
    bug("counts-rejects-as-mapped", I3, "rejected rows count twice"),
    bug("loses-the-rejects", I1, "rejected rows are counted and not noted"),
    bug("creates-with-a-plain-put", I2, "what is to be written once is overwritten"),
    // Coverage and catch-up.
    bug("counts-a-page-twice", I2, "half of the pages are enough"),
    bug("takes-given-up-for-staged", I2, "a page that was given up is taken for staged"),
    bug("skips-the-coverage-check", I3, "coverage is always complete"),
    bug("checks-no-seam", I3, "pages need not join up"),
    bug("stops-before-the-end", I3, "the last page need not be short"),
    bug("compares-no-count", I3, "fewer rows than the vendor counts are enough"),
    bug("counts-each-record-as-a-row", I3, "a row of two CVEs makes up for a row that is missing"),
    // Rejects.
    bug("ignores-a-reject", I7, "a rejected row does not block its finding"),
    bug("misses-the-row-of-a-reject", I7, "a rejected row does not block the findings of its CVEs"),
    bug("ignores-a-keyless-reject", I7, "a row without a readable key blocks nothing"),
    // Confirm.
    bug("asks-by-the-composed-id", I1, "the vendor's id is guessed back from the id of a finding"),
    bug("skips-confirmation", I1, "missing findings are closed unasked"),
    bug("asks-for-the-first-only", I1, "a question asks for one of its findings and closes all"),
    bug("asks-without-controls", I11, "no answer can be controlled, so nothing is ever closed"),
    bug("trusts-every-answer", I1, "an answer without control proves absence"),
    bug("takes-silence-for-absence", I1, "a question that was given up proves absence"),
    bug("takes-a-control-of-any-site", I1, "a control of another site proves absence"),
    bug("ignores-what-a-question-finds", I1, "what a question finds does not join the run"),
    bug("takes-the-draft-unconfirmed", I1, "the drafted plan counts whatever was confirmed"),
    bug("takes-the-draft-whatever-came", I1, "the drafted plan counts whatever the questions found"),
    // Merge and reconcile.
    bug("copies-what-changed", I3, "a line is copied although its content changed"),
    bug("takes-any-record-of-a-key", I6, "of two records the later one need not count"),
    bug("forgets-the-unseen", I6, "what a run does not see leaves the ledger"),
    bug("misses-a-change", I3, "a finding that changed counts as unchanged"),
    bug("fixes-under-a-narrowed-filter", I1, "findings outside the scope are closed"),
    bug("closes-in-an-incomplete-run", I1, "a run with gaps closes findings"),
    bug("ignores-the-streak", I1, "missing findings are closed too early"),
    bug("ignores-the-preserve-setting", I1, "missing findings are closed although they are to be preserved"),
    bug("does-not-send-the-reopened", I3, "a finding that is back stays closed at the destination"),
    bug("sends-half-an-asset", I3, "unchanged findings of a changed asset are left out"),
    // Guards and plan.
    bug("closes-any-share", I8, "any share of the findings may be closed at once"),
    bug("takes-an-empty-answer", I8, "no row at all does not hold the plan"),
    bug("skips-an-empty-scope", I1, "records without a site have no control and no guard"),
    bug(
        "takes-an-unread-list-for-empty",
        I1,
        "a row whose list of CVEs is null has none, and its findings are gone",
    ),
    bug("lets-a-site-vanish", I8, "a vanished site does not hold the plan"),
    bug("lets-a-category-vanish", I8, "a vanished device category does not hold the plan"),
    bug("delivers-a-held-plan", I8, "a held plan is carried out"),
    bug("commits-a-held-plan", I8, "a held plan's ledger is put in force"),
    bug("rewrites-the-plan", I4, "the second plan replaces the first"),
    bug("drops-what-does-not-fit", I3, "an asset that does not fit a batch is in none"),
    bug("marks-before-sending", I10, "deliveries are marked as queued and then queued"),
    // Deliver.
    bug("acknowledges-before-delivering", I10, "a delivery that failed ends as done"),
    bug("writes-the-receipt-first", I3, "the receipt is written before the batch is sent"),
    bug("takes-an-error-for-accepted", I3, "an error in the answer is taken for success"),
    bug("takes-refused-for-accepted", I3, "refused assets are not noted"),
    bug("forgets-the-refused", I3, "refused assets are not sent again"),
    bug("numbers-every-batch-alike", I9, "every batch of a run has the same number"),
    bug("delivers-after-the-end", I5, "deliveries of a run that has ended are sent"),
    // The end.
    bug("checks-once-only", I10, "a check that failed is not made again"),
    bug("ignores-the-deadline", I11, "a run waits for as long as it takes"),
    bug("calls-gaps-complete", I3, "a run with gaps is complete"),
    bug("forgets-what-was-given-up", I10, "a run with lost reads is complete"),
    bug("commits-without-receipts", I4, "a run ends before its deliveries have arrived"),
    bug("takes-no-receipt-for-received", I4, "deliveries without a receipt are taken for received"),
    bug("commits-when-superseded", I5, "an overtaken run commits"),
    bug(
        "follows-with-a-plain-put",
        I5,
        "the end of a run writes the state without looking whether it changed",
    ),
    bug("loses-the-ledger-of-a-failed-run", I5, "after a run that failed no ledger is in force"),
];

/// How a bug was noticed.
#[cfg(feature = "mutants")]
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The bug.
    pub mutant: &'static Mutant,
    /// What it broke first; `None` when nothing was noticed.
    pub violation: Option<crate::Violation>,
    /// Seeds played.
    pub seeds: u64,
}

/// Plays up to `most` seeds with the bug switched on in this thread, until the oracle notices.
#[cfg(feature = "mutants")]
pub fn hunt(mutant: &'static Mutant, most: u64) -> Hunt {
    causeway_mutants::switch(Some(mutant.name));
    let mut hunt = Hunt { mutant, violation: None, seeds: 0 };
    while hunt.violation.is_none() && hunt.seeds < most {
        hunt.violation = crate::play(&crate::Setup::of(hunt.seeds), false).violation;
        hunt.seeds += 1;
    }
    causeway_mutants::switch(None);
    hunt
}

#[cfg(all(test, feature = "mutants"))]
mod tests {
    use super::{MUTANTS, hunt};

    /// Each breaks another invariant, within a few seeds.
    const QUICK: [&str; 8] = [
        "creates-with-a-plain-put",
        "drops-a-record",
        "asks-for-the-first-only",
        "forgets-the-unseen",
        "numbers-every-batch-alike",
        "marks-before-sending",
        "takes-over-from-a-live-run",
        "rewrites-the-plan",
    ];

    #[test]
    fn the_oracle_notices_the_quickest() {
        for name in QUICK {
            let mutant = MUTANTS.iter().find(|mutant| mutant.name == name).unwrap();
            let hunt = hunt(mutant, 20);
            assert!(hunt.violation.is_some(), "{name} ({}) is not noticed", mutant.bug);
        }
    }
}
