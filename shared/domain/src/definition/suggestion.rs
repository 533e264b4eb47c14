//! Finds the name a person probably meant.

use strsim::levenshtein;

/// The candidate nearest to `word`: one that starts with it, or one at most a third of its letters away.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let mut best = None;
    for candidate in candidates {
        let compared = candidate.to_lowercase().replace('-', "_");
        let away =
            if word.len() >= 3 && compared.starts_with(&word) { 1 } else { levenshtein(&word, &compared) };
        if away <= limit && best.is_none_or(|(least, _)| away < least) {
            best = Some((away, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["page_size", "api_token_secret", "retired_devices_only"];
        let of = |word| nearest(word, names.into_iter());
        assert_eq!(of("pagesize"), Some("page_size"));
        assert_eq!(of("page-size"), Some("page_size"));
        assert_eq!(of("api_token"), Some("api_token_secret"));
        assert_eq!(of("colour"), None);
    }
}
