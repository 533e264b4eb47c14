//! Deliberate bugs in the protocol, switched on one at a time, for the simulation to notice. Without the feature
//! `mutants` there are none, and a hook compiles to the correct code alone.

macro_rules! mutants {
    ($($variant:ident = $name:literal: $bug:literal,)*) => {
        /// A deliberate bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mutant {
            $(#[doc = $bug] $variant,)*
        }

        impl Mutant {
            /// All of them, in the order of a run.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name on the command line and in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it does wrong.
            pub const fn bug(self) -> &'static str {
                match self {
                    $(Self::$variant => $bug,)*
                }
            }
        }
    };
}

mutants! {
    // Start.
    TakesEachCallForANewRun = "takes-each-call-for-a-new-run": "a start that is fired twice makes two runs",
    StartsADecidedRunAgain = "starts-a-decided-run-again": "an old request, fired once more, plays its run again",
    TakesOverFromALiveRun = "takes-over-from-a-live-run": "a start overtakes a live run",
    LeavesTheDeadUndecided = "leaves-the-dead-undecided": "a new run takes over without ending the dead one",
    ClaimsWithAPlainPut = "claims-with-a-plain-put": "a start writes the state without looking whether it changed",
    ForgetsTheLedgerWithoutDelta = "forgets-the-ledger-without-delta": "without Retain Delta a run knows nothing of earlier ones",
    // Fetch and stage.
    AcknowledgesBeforeStaging = "acknowledges-before-staging": "a page that failed ends as done",
    DropsWhatMustWait = "drops-what-must-wait": "work that the vendor put off is not queued again",
    ForgetsADeadLetter = "forgets-a-dead-letter": "work is given up without a mark",
    StagesUnderTheWrongPage = "stages-under-the-wrong-page": "a page is stored under the number of the next one",
    DropsARecord = "drops-a-record": "a page is staged without its last record",
    CountsRejectsAsMapped = "counts-rejects-as-mapped": "rejected rows count twice",
    LosesTheRejects = "loses-the-rejects": "rejected rows are counted and not noted",
    CreatesWithAPlainPut = "creates-with-a-plain-put": "what is to be written once is overwritten",
    // Coverage and catch-up.
    CountsAPageTwice = "counts-a-page-twice": "half of the pages are enough",
    TakesGivenUpForStaged = "takes-given-up-for-staged": "a page that was given up is taken for staged",
    SkipsTheCoverageCheck = "skips-the-coverage-check": "coverage is always complete",
    ChecksNoSeam = "checks-no-seam": "pages need not join up",
    StopsBeforeTheEnd = "stops-before-the-end": "the last page need not be short",
    ComparesNoCount = "compares-no-count": "fewer rows than the vendor counts are enough",
    CountsEachRecordAsARow = "counts-each-record-as-a-row": "a row of two CVEs makes up for a row that is missing",
    // Rejects.
    IgnoresAReject = "ignores-a-reject": "a rejected row does not block its finding",
    MissesTheRowOfAReject = "misses-the-row-of-a-reject": "a rejected row does not block the findings of its CVEs",
    IgnoresAKeylessReject = "ignores-a-keyless-reject": "a row without a readable key blocks nothing",
    // Confirm.
    AsksByTheComposedId = "asks-by-the-composed-id": "the vendor's id is guessed back from the id of a finding",
    SkipsConfirmation = "skips-confirmation": "missing findings are closed unasked",
    AsksForTheFirstOnly = "asks-for-the-first-only": "a question asks for one of its findings and closes all",
    AsksWithoutControls = "asks-without-controls": "no answer can be controlled, so nothing is ever closed",
    TrustsEveryAnswer = "trusts-every-answer": "an answer without control proves absence",
    TakesSilenceForAbsence = "takes-silence-for-absence": "a question that was given up proves absence",
    TakesAControlOfAnySite = "takes-a-control-of-any-site": "a control of another site proves absence",
    IgnoresWhatAQuestionFinds = "ignores-what-a-question-finds": "what a question finds does not join the run",
    TakesTheDraftUnconfirmed = "takes-the-draft-unconfirmed": "the drafted plan counts whatever was confirmed",
    TakesTheDraftWhateverCame = "takes-the-draft-whatever-came": "the drafted plan counts whatever the questions found",
    // Merge and reconcile.
    CopiesWhatChanged = "copies-what-changed": "a line is copied although its content changed",
    TakesAnyRecordOfAKey = "takes-any-record-of-a-key": "of two records the later one need not count",
    ForgetsTheUnseen = "forgets-the-unseen": "what a run does not see leaves the ledger",
    MissesAChange = "misses-a-change": "a finding that changed counts as unchanged",
    FixesUnderANarrowedFilter = "fixes-under-a-narrowed-filter": "findings outside the scope are closed",
    ClosesInAnIncompleteRun = "closes-in-an-incomplete-run": "a run with gaps closes findings",
    IgnoresTheStreak = "ignores-the-streak": "missing findings are closed too early",
    IgnoresThePreserveSetting = "ignores-the-preserve-setting": "missing findings are closed although they are to be preserved",
    DoesNotSendTheReopened = "does-not-send-the-reopened": "a finding that is back stays closed at the destination",
    SendsHalfAnAsset = "sends-half-an-asset": "unchanged findings of a changed asset are left out",
    // Guards and plan.
    ClosesAnyShare = "closes-any-share": "any share of the findings may be closed at once",
    TakesAnEmptyAnswer = "takes-an-empty-answer": "no row at all does not hold the plan",
    SkipsAnEmptyScope = "skips-an-empty-scope": "records without a site have no control and no guard",
    TakesAnUnreadListForEmpty = "takes-an-unread-list-for-empty": "a row whose list of CVEs is null has none, and its findings are gone",
    LetsASiteVanish = "lets-a-site-vanish": "a vanished site does not hold the plan",
    LetsACategoryVanish = "lets-a-category-vanish": "a vanished device category does not hold the plan",
    DeliversAHeldPlan = "delivers-a-held-plan": "a held plan is carried out",
    CommitsAHeldPlan = "commits-a-held-plan": "a held plan's ledger is put in force",
    RewritesThePlan = "rewrites-the-plan": "the second plan replaces the first",
    DropsWhatDoesNotFit = "drops-what-does-not-fit": "an asset that does not fit a batch is in none",
    MarksBeforeSending = "marks-before-sending": "deliveries are marked as queued and then queued",
    // Deliver.
    AcknowledgesBeforeDelivering = "acknowledges-before-delivering": "a delivery that failed ends as done",
    WritesTheReceiptFirst = "writes-the-receipt-first": "the receipt is written before the batch is sent",
    TakesAnErrorForAccepted = "takes-an-error-for-accepted": "an error in the answer is taken for success",
    TakesRefusedForAccepted = "takes-refused-for-accepted": "refused assets are not noted",
    ForgetsTheRefused = "forgets-the-refused": "refused assets are not sent again",
    NumbersEveryBatchAlike = "numbers-every-batch-alike": "every batch of a run has the same number",
    DeliversAfterTheEnd = "delivers-after-the-end": "deliveries of a run that has ended are sent",
    // The end.
    ChecksOnceOnly = "checks-once-only": "a check that failed is not made again",
    IgnoresTheDeadline = "ignores-the-deadline": "a run waits for as long as it takes",
    CallsGapsComplete = "calls-gaps-complete": "a run with gaps is complete",
    ForgetsWhatWasGivenUp = "forgets-what-was-given-up": "a run with lost reads is complete",
    CommitsWithoutReceipts = "commits-without-receipts": "a run ends before its deliveries have arrived",
    TakesNoReceiptForReceived = "takes-no-receipt-for-received": "deliveries without a receipt are taken for received",
    CommitsWhenSuperseded = "commits-when-superseded": "an overtaken run commits",
    FollowsWithAPlainPut = "follows-with-a-plain-put": "the end of a run writes the state without looking whether it changed",
    LosesTheLedgerOfAFailedRun = "loses-the-ledger-of-a-failed-run": "after a run that failed no ledger is in force",
}

#[cfg(feature = "mutants")]
std::thread_local! {
    static ACTIVE: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

impl Mutant {
    /// Whether this bug is switched on in this thread.
    #[cfg(feature = "mutants")]
    pub fn on(self) -> bool {
        ACTIVE.get() == Some(self)
    }

    /// Never.
    #[cfg(not(feature = "mutants"))]
    #[inline]
    pub const fn on(self) -> bool {
        false
    }

    /// Switches one bug on in this thread, or all off.
    #[cfg(feature = "mutants")]
    pub fn switch(active: Option<Self>) {
        ACTIVE.set(active);
    }
}
