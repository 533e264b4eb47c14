//! The settings for records that a complete run did not see, the same for assets and findings.

use causeway_domain::plan::Rule;
use causeway_mutants::Mutant;

/// Settings for the missing records of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingPolicy {
    /// Whether they are kept as they are.
    pub preserve: bool,
    /// Complete runs in a row that must miss a record before it is closed, at least 1.
    pub after: u32,
    /// The proof that a record must have before it is closed.
    pub proof: Proof,
}

/// The proof that a single record is absent, in addition to complete runs that did not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The vendor's answer to a question for exactly it.
    Answer,
    /// This many complete runs in a row, and a person's approval: the vendor cannot be asked. `None`: nothing does.
    Runs(Option<u32>),
}

impl MissingPolicy {
    /// The rule by which a record that was missed in `streak` complete runs is kept, whatever the vendor answers.
    pub(crate) fn keeps(&self, streak: u32) -> Option<Rule> {
        if self.preserve {
            Some(Rule::PreserveSetting)
        } else if streak < self.after && !Mutant::IgnoresTheStreak.on() {
            Some(Rule::BelowStreak)
        } else {
            None
        }
    }

    /// The rule for a record that the vendor cannot be asked for, which closes it or keeps it; `None` if it can be asked.
    pub(crate) fn without_asking(&self, streak: u32) -> Option<Rule> {
        match self.proof {
            Proof::Answer => None,
            Proof::Runs(None) => Some(Rule::CannotBeAsked),
            Proof::Runs(Some(runs)) if streak < runs => Some(Rule::BelowStreak),
            Proof::Runs(Some(_)) => Some(Rule::MissingRepeatedly),
        }
    }
}
