//! Hunting deliberate bugs: what each breaks, and how many seeds it takes until the oracle notices.
//!
//! A bug is one condition behind [`Mutant::on`], at the place where a programmer would get it wrong.

use causeway_domain::invariant::{I1, I2, I3, I4, I5, I7, I8, I10, I11, Invariant};
use causeway_mutants::Mutant;

/// What a bug breaks; a chain of events may break another invariant first.
pub fn broken_by(mutant: Mutant) -> Invariant {
    use Mutant::*;
    match mutant {
        LosesTheRejects
        | TrustsEveryAnswer
        | CountsAnUnaskedAssetAsGone
        | TakesAControlOfAnySite
        | IgnoresWhatAQuestionFinds
        | TakesTheDraftUnconfirmed
        | TakesTheDraftWhateverCame
        | FixesUnderANarrowedFilter
        | ClosesInAnIncompleteRun
        | IgnoresTheStreak
        | IgnoresThePreserveSetting => I1,
        CountsRejectsAsMapped
        | SkipsTheCoverageCheck
        | ChecksNoSeam
        | StopsBeforeTheEnd
        | SkipsAnId
        | TakesABrokenChainForWhole
        | TakesDisorderForOrder
        | JudgesOneChainOnly
        | ComparesNoCount
        | CountsEachRecordAsARow
        | CopiesWhatChanged
        | MissesAChange
        | DoesNotSendTheReopened
        | SendsHalfAnAsset
        | SendsFindingsToAssetsAlone
        | TakesAgainForAccepted
        | ForgetsTheRefused
        | CallsGapsComplete => I3,
        StartsADecidedRunAgain
        | CommitsWithoutReceipts
        | TakesNoReceiptForReceived
        | SendsLinksEarly
        | LinksWhatWasRefused => I4,
        TakesOverFromALiveRun
        | ForgetsTheLedgerWithoutDelta
        | DeliversAfterTheEnd
        | CommitsWhenSuperseded
        | LosesTheLedgerOfAFailedRun => I5,
        IgnoresAReject | MissesTheRowOfAReject | IgnoresAKeylessReject => I7,
        ClosesAnyShare | TakesAnEmptyAnswer | LetsASiteVanish | LetsACategoryVanish | DeliversAHeldPlan
        | CommitsAHeldPlan => I8,
        WaitsForOneChainOnly => I2,
        AcknowledgesBeforeStaging
        | DropsWhatMustWait
        | ForgetsADeadLetter
        | StagesUnderTheWrongPage
        | AcknowledgesBeforeDelivering
        | ChecksOnceOnly
        | ForgetsWhatWasGivenUp => I10,
        LeavesTheDeadUndecided => I11,
    }
}

/// How a bug was noticed.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The bug.
    pub mutant: Mutant,
    /// What it broke first; `None` when nothing was noticed.
    pub violation: Option<crate::Violation>,
    /// Seeds played.
    pub seeds: u64,
}

/// Plays up to `most` seeds with the bug switched on in this thread, until the oracle notices.
pub fn hunt(mutant: Mutant, most: u64) -> Hunt {
    Mutant::switch(Some(mutant));
    let mut hunt = Hunt { mutant, violation: None, seeds: 0 };
    while hunt.violation.is_none() && hunt.seeds < most {
        hunt.violation = crate::play(&crate::Setup::of(hunt.seeds), false).violation;
        hunt.seeds += 1;
    }
    Mutant::switch(None);
    hunt
}

#[cfg(test)]
mod tests {
    use super::hunt;
    use causeway_mutants::Mutant;

    /// Each breaks another invariant, within a few seeds.
    const QUICK: [Mutant; 8] = [
        Mutant::IgnoresAReject,
        Mutant::SendsHalfAnAsset,
        Mutant::TakesNoReceiptForReceived,
        Mutant::ForgetsTheLedgerWithoutDelta,
        Mutant::CopiesWhatChanged,
        Mutant::IgnoresAKeylessReject,
        Mutant::CommitsAHeldPlan,
        Mutant::AcknowledgesBeforeStaging,
    ];

    #[test]
    fn the_oracle_notices_the_quickest() {
        for mutant in QUICK {
            let hunt = hunt(mutant, 20);
            assert!(hunt.violation.is_some(), "{} ({}) is not noticed", mutant.name(), mutant.bug());
        }
    }
}
