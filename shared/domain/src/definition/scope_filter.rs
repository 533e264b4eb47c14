//! The scope that a source asks for.

use crate::Scope;
use std::collections::BTreeSet;

/// The scope a run asked the vendor for, to judge recorded attributes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeFilter {
    /// Device categories asked for; empty means all.
    pub categories: BTreeSet<String>,
    /// Whether retired (`true`) or active (`false`) devices were asked for; `None` means both.
    pub retired: Option<bool>,
}

impl ScopeFilter {
    /// Whether a record with these attributes lies inside. An attribute the vendor did not give, or left blank, does not exclude: such
    /// a record is asked for by its key before anything is concluded.
    pub fn contains(&self, scope: &Scope<'_>) -> bool {
        let category = match &scope.category {
            Some(category) if !self.categories.is_empty() && !scope.category_group().is_empty() => {
                self.categories.contains(category.as_ref())
            }
            _ => true,
        };
        let retired = match (self.retired, scope.retired) {
            (Some(asked), Some(is)) => asked == is,
            _ => true,
        };
        category && retired
    }

    /// Whether some record may lie inside both.
    pub fn meets(&self, other: &Self) -> bool {
        let all = self.categories.is_empty() || other.categories.is_empty();
        let retired = match (self.retired, other.retired) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        retired && (all || !self.categories.is_disjoint(&other.categories))
    }
}
