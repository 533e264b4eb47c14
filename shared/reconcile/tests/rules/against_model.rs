//! The real code and the model agree on every situation.

use crate::model::expected;
use crate::strategy::situations;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn judging_follows_the_stated_rules(situation in situations()) {
        let (real, _) = situation.judge_all();
        let model = expected(&situation);
        prop_assert_eq!(&real.verdicts, &model.verdicts);
        prop_assert_eq!(&real.ledger, &model.ledger);
        prop_assert_eq!(&real.sent, &model.sent);
    }
}
