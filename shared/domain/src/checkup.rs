//! What a check-up of a home or a bucket finds.

use serde::Serialize;

/// Something that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Trouble {
    /// How much it matters.
    pub weight: Weight,
    /// Where: a path relative to the home, a connection, a run or a secret.
    pub place: String,
    /// What was found.
    pub found: String,
    /// What that means for runs, as one sentence.
    pub means: String,
    /// What a person does about it, as one sentence.
    pub advice: String,
    /// What mending it does or did; `None` when only a person can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// Whether it was mended.
    pub mended: bool,
}

/// How much a trouble matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Something is not as it should be.
    Trouble,
    /// Nothing is wrong, but somebody may look for it.
    Remark,
}

impl Trouble {
    /// One that only a person can end.
    pub fn new(
        place: impl Into<String>,
        found: impl Into<String>,
        means: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (place, found, means, advice) = (place.into(), found.into(), means.into(), advice.into());
        Self { weight: Weight::Trouble, place, found, means, advice, mend: None, mended: false }
    }

    /// The same as a mere remark.
    #[must_use]
    pub fn remarked(self) -> Self {
        Self { weight: Weight::Remark, ..self }
    }

    /// The same with what mending it does, and whether that was done.
    #[must_use]
    pub fn mendable(self, mend: impl Into<String>, mended: bool) -> Self {
        Self { mend: Some(mend.into()), mended, ..self }
    }

    /// Whether something is wrong still.
    pub fn is_open(&self) -> bool {
        self.weight == Weight::Trouble && !self.mended
    }
}
