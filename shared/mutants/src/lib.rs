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
    StartsADecidedRunAgain = "starts-a-decided-run-again": "an old request, fired once more, plays its run again",
    TakesOverFromALiveRun = "takes-over-from-a-live-run": "a start overtakes a live run",
    LeavesTheDeadUndecided = "leaves-the-dead-undecided": "a new run takes over without ending the dead one",
    ForgetsTheLedgerWithoutDelta = "forgets-the-ledger-without-delta": "without Retain Delta a run knows nothing of earlier ones",
    // Fetch and stage.
    AcknowledgesBeforeStaging = "acknowledges-before-staging": "a page that failed ends as done",
    DropsWhatMustWait = "drops-what-must-wait": "work that the vendor put off is not queued again",
    ForgetsADeadLetter = "forgets-a-dead-letter": "work is given up without a mark",
    StagesUnderTheWrongPage = "stages-under-the-wrong-page": "a page is stored under the number of the next one",
    CountsRejectsAsMapped = "counts-rejects-as-mapped": "rejected rows count twice",
    LosesTheRejects = "loses-the-rejects": "rejected rows are counted and not noted",
    // Coverage and catch-up.
    SkipsTheCoverageCheck = "skips-the-coverage-check": "coverage is always complete",
    ChecksNoSeam = "checks-no-seam": "pages need not join up",
    StopsBeforeTheEnd = "stops-before-the-end": "the last page need not be short",
    ComparesNoCount = "compares-no-count": "fewer rows than the vendor counts are enough",
    CountsEachRecordAsARow = "counts-each-record-as-a-row": "a row of two CVEs makes up for a row that is missing",
    // Chains and numbered pages.
    SkipsAnId = "skips-an-id": "the next page of a chain begins one id too late",
    TakesABrokenChainForWhole = "takes-a-broken-chain-for-whole": "a chain that cannot be followed is at its end",
    TakesDisorderForOrder = "takes-disorder-for-order": "ids need not ascend",
    JudgesOneChainOnly = "judges-one-chain-only": "of chains side by side the first speaks for all",
    WaitsForOneChainOnly = "waits-for-one-chain-only": "of chains side by side one has to end",
    // Assets.
    CountsAnUnaskedAssetAsGone = "counts-an-unasked-asset-as-gone": "an asset that is missing counts as gone without an answer",
    // Rejects.
    IgnoresAReject = "ignores-a-reject": "a rejected row does not block its finding",
    MissesTheRowOfAReject = "misses-the-row-of-a-reject": "a rejected row does not block the findings of its CVEs",
    IgnoresAKeylessReject = "ignores-a-keyless-reject": "a row without a readable key blocks nothing",
    // Confirm.
    TrustsEveryAnswer = "trusts-every-answer": "an answer without control proves absence",
    TakesAControlOfAnySite = "takes-a-control-of-any-site": "a control of another site proves absence",
    IgnoresWhatAQuestionFinds = "ignores-what-a-question-finds": "what a question finds does not join the run",
    TakesTheDraftUnconfirmed = "takes-the-draft-unconfirmed": "the drafted plan counts whatever was confirmed",
    TakesTheDraftWhateverCame = "takes-the-draft-whatever-came": "the drafted plan counts whatever the questions found",
    // Merge and reconcile.
    CopiesWhatChanged = "copies-what-changed": "a line is copied although its content changed",
    MissesAChange = "misses-a-change": "a finding that changed counts as unchanged",
    FixesUnderANarrowedFilter = "fixes-under-a-narrowed-filter": "findings outside the scope are closed",
    ClosesInAnIncompleteRun = "closes-in-an-incomplete-run": "a run with gaps closes findings",
    IgnoresTheStreak = "ignores-the-streak": "missing findings are closed too early",
    IgnoresThePreserveSetting = "ignores-the-preserve-setting": "missing findings are closed although they are to be preserved",
    DoesNotSendTheReopened = "does-not-send-the-reopened": "a finding that is back stays closed at the destination",
    SendsHalfAnAsset = "sends-half-an-asset": "unchanged findings of a changed asset are left out",
    SendsFindingsToAssetsAlone = "sends-findings-to-assets-alone": "a receiver that takes assets alone gets findings as well",
    // Guards and plan.
    ClosesAnyShare = "closes-any-share": "any share of the findings may be closed at once",
    TakesAnEmptyAnswer = "takes-an-empty-answer": "no row at all does not hold the plan",
    LetsASiteVanish = "lets-a-site-vanish": "a vanished site does not hold the plan",
    LetsACategoryVanish = "lets-a-category-vanish": "a vanished device category does not hold the plan",
    DeliversAHeldPlan = "delivers-a-held-plan": "a held plan is carried out",
    CommitsAHeldPlan = "commits-a-held-plan": "a held plan's ledger is put in force",
    // Deliver.
    AcknowledgesBeforeDelivering = "acknowledges-before-delivering": "a delivery that failed ends as done",
    TakesAgainForAccepted = "takes-again-for-accepted": "assets that must be sent again are taken for accepted",
    ForgetsTheRefused = "forgets-the-refused": "refused assets are not sent again",
    DeliversAfterTheEnd = "delivers-after-the-end": "deliveries of a run that has ended are sent",
    SendsLinksEarly = "sends-links-early": "links are sent before the items are there",
    LinksWhatWasRefused = "links-what-was-refused": "links of refused items are sent",
    // The end.
    ChecksOnceOnly = "checks-once-only": "a check that failed is not made again",
    CallsGapsComplete = "calls-gaps-complete": "a run with gaps is complete",
    ForgetsWhatWasGivenUp = "forgets-what-was-given-up": "a run with lost reads is complete",
    CommitsWithoutReceipts = "commits-without-receipts": "a run ends before its deliveries have arrived",
    TakesNoReceiptForReceived = "takes-no-receipt-for-received": "deliveries without a receipt are taken for received",
    CommitsWhenSuperseded = "commits-when-superseded": "an overtaken run commits",
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
