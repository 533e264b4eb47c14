//! A receiver that takes assets alone.

use crate::situation::Situation;
use crate::strategy::situations;
use causeway_domain::FindingKey;
use causeway_domain::delivery::Takes;
use causeway_domain::plan::{Rule, Verdict};
use proptest::prelude::*;

fn alone(mut situation: Situation) -> Situation {
    situation.policy.takes = Takes::Assets;
    situation
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn verdicts_and_ledger_are_those_of_any_receiver(situation in situations()) {
        let (usual, counted) = situation.judge_all();
        let (results, tally) = alone(situation).judge_all();
        prop_assert_eq!(results.verdicts, usual.verdicts);
        prop_assert_eq!(results.ledger, usual.ledger);
        prop_assert_eq!(&tally.findings.verdicts, &counted.findings.verdicts);
        prop_assert_eq!(&tally.assets, &counted.assets);
        prop_assert_eq!(tally.next_open(), counted.next_open());
    }

    #[test]
    fn an_asset_is_sent_for_its_own_sake_and_without_findings(situation in situations()) {
        let situation = alone(situation);
        let (results, tally) = situation.judge_all();
        prop_assert_eq!(tally.sent_assets, results.sent.len() as u64);
        prop_assert!(results.sent.values().all(|findings| findings.is_empty()));
        // No finding is said to be sent again.
        prop_assert!(!tally.findings.rules.contains_key(&Rule::SentAgain));
        for asset in situation.assets() {
            let own = FindingKey { asset: asset.clone(), finding: String::new() };
            let known = situation.ledger.get(&own);
            let changed = match (situation.seen.get(&own), results.verdicts.get(&own)) {
                (Some(_), Some((Verdict::OutOfScope, ..))) => false,
                // A record that was not asked for is not used.
                (Some(row), _) => results.ledger.get(&own).is_some_and(|line| line.hash == row.hash())
                    && known.is_none_or(|line| line.hash != row.hash()),
                (None, _) => false,
            };
            let again = !situation.policy.retain_delta && situation.seen.contains_key(&own);
            if results.sent.contains_key(&asset) {
                prop_assert!(changed || again || situation.refused.contains(&asset), "{}", asset);
            } else {
                prop_assert!(!changed, "{} changed and is not sent", asset);
            }
        }
    }
}
