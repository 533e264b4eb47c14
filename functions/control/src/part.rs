//! Pagination of long lists: a function's response has a largest size, and some lists of a run grow with the plant.

use crate::size::of_text;
use serde::{Deserialize, Serialize};

/// Entries returned unless more or fewer are asked for.
const USUAL: usize = 1_000;

/// Entries returned at most.
const MOST: usize = 10_000;

/// Largest size of the entries in one response, in bytes; the rest of it is small.
const ROOM: usize = 4 << 20;

/// The requested part of a response's lists.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    from: Option<usize>,
    limit: Option<usize>,
}

/// A response whose lists hold one part of their entries.
#[derive(Debug, Serialize)]
pub(crate) struct InParts<T> {
    #[serde(flatten)]
    answer: T,
    /// The number at which the next part begins; null after the last.
    next: Option<usize>,
}

impl Part {
    /// Leaves this part of each of the `lists` of `answer`: entries from the same number on, as many as are asked for and
    /// fit.
    pub(crate) fn of<T>(&self, mut answer: T, lists: impl Fn(&mut T) -> Vec<&mut dyn Entries>) -> InParts<T> {
        let next = self.cut(&mut lists(&mut answer));
        InParts { answer, next }
    }

    fn cut(&self, lists: &mut [&mut dyn Entries]) -> Option<usize> {
        let from = self.from.unwrap_or_default();
        let limit = self.limit.unwrap_or(USUAL).clamp(1, MOST);
        let longest = lists.iter().map(|list| list.count()).max().unwrap_or_default();
        let end = from.saturating_add(limit).min(longest);
        let (mut next, mut room) = (from, ROOM);
        while next < end {
            let size: usize = lists.iter().map(|list| list.size(next)).sum();
            // One at least, or the parts would never end.
            if size > room && next > from {
                break;
            }
            room = room.saturating_sub(size);
            next += 1;
        }
        lists.iter_mut().for_each(|list| list.keep(from, next));
        (next < longest).then_some(next)
    }
}

/// A list of any entries.
pub(crate) trait Entries {
    /// How many it has.
    fn count(&self) -> usize;

    /// Bytes that entry `number` takes in an answer, with its comma.
    fn size(&self, number: usize) -> usize;

    /// Drops all entries but those from `from` up to `end`.
    fn keep(&mut self, from: usize, end: usize);
}

impl<T: Serialize> Entries for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn size(&self, number: usize) -> usize {
        let text = self.get(number).and_then(|entry| serde_json::to_vec(entry).ok());
        text.map_or(0, |text| of_text(&text) + 1)
    }

    fn keep(&mut self, from: usize, end: usize) {
        self.truncate(end);
        self.drain(..from.min(self.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(
        from: Option<usize>,
        limit: Option<usize>,
        mut entries: Vec<String>,
    ) -> (Vec<String>, Option<usize>) {
        let next = Part { from, limit }.cut(&mut [&mut entries]);
        (entries, next)
    }

    #[test]
    fn parts_follow_one_another_to_the_end() {
        let entries: Vec<String> = (0..25).map(|number| number.to_string()).collect();
        let told = |from, limit| part(from, limit, entries.clone());
        assert_eq!(told(None, Some(3)), (vec!["0".to_owned(), "1".to_owned(), "2".to_owned()], Some(3)));
        assert_eq!(told(Some(23), Some(3)).0, ["23", "24"]);
        for (from, limit) in [(Some(23), Some(2)), (None, None), (Some(25), None), (Some(usize::MAX), None)] {
            assert_eq!(told(from, limit).1, None, "{from:?} {limit:?}");
        }
        assert_eq!(told(None, Some(0)).1, Some(1), "a limit of none would never end");
        assert_eq!(part(None, None, Vec::new()), (Vec::new(), None));
    }

    #[test]
    fn a_part_ends_where_the_answer_is_full() {
        // A quotation mark takes two bytes in a document, and four in the answer of a function that holds it.
        let entries = vec!["\"".repeat(300_000); 20];
        let (mut seen, mut next) = (0, Some(0));
        while let Some(from) = next {
            let (told, following) = part(Some(from), None, entries.clone());
            assert!((1..=4).contains(&told.len()), "{}", told.len());
            seen += told.len();
            next = following;
        }
        assert_eq!(seen, 20);
    }

    #[test]
    fn lists_are_cut_at_the_same_number() {
        let (mut long, mut short) = (vec![1, 2, 3, 4, 5], vec![1, 2]);
        let next = Part { from: Some(1), limit: Some(2) }.cut(&mut [&mut long, &mut short]);
        assert_eq!((long, short, next), (vec![2, 3], vec![2], Some(3)));
    }
}
