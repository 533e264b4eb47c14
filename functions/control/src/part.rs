//! Long lists in parts: an answer of a function has a largest size, and some lists of a run grow with the plant.

use crate::size::of_text;
use serde::Deserialize;
use serde_json::{Value, json};

/// Entries told unless more or less are asked for.
const USUAL: usize = 1_000;

/// Entries told at most.
const MOST: usize = 10_000;

/// Bytes that the entries of one answer take at most; what stands around them is small.
const ROOM: usize = 4 << 20;

/// Which part of an answer's lists to tell.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    from: Option<usize>,
    limit: Option<usize>,
}

impl Part {
    /// Leaves this part of each of the `lists` of `answer`: entries from the same number on, as many as are asked for and
    /// fit. `<list>_total` tells how many there are, `next` the number at which the next part begins; null behind the last.
    pub(crate) fn cut(&self, answer: &mut Value, lists: &[&str]) {
        let from = self.from.unwrap_or_default();
        let limit = self.limit.unwrap_or(USUAL).clamp(1, MOST);
        let whole: Vec<Vec<Value>> = lists.iter().map(|list| taken(answer, list)).collect();
        let longest = whole.iter().map(Vec::len).max().unwrap_or_default();
        let end = from.saturating_add(limit).min(longest);
        let (mut next, mut room) = (from, ROOM);
        while next < end {
            let entries = whole.iter().filter_map(|list| list.get(next));
            let size: usize = entries.map(|entry| of_text(entry.to_string().as_bytes()) + 1).sum();
            // One at least, or the parts would never end.
            if size > room && next > from {
                break;
            }
            room = room.saturating_sub(size);
            next += 1;
        }
        for (list, entries) in lists.iter().zip(whole) {
            answer[format!("{list}_total")] = json!(entries.len());
            let part = entries.into_iter().skip(from).take(next.saturating_sub(from));
            answer[*list] = part.collect();
        }
        answer["next"] = if next < longest { json!(next) } else { Value::Null };
    }
}

fn taken(answer: &mut Value, list: &str) -> Vec<Value> {
    match answer.get_mut(list).map(Value::take) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(from: Option<usize>, limit: Option<usize>, entries: &Value) -> Value {
        let mut answer = json!({ "other": 1, "list": entries });
        Part { from, limit }.cut(&mut answer, &["list"]);
        answer
    }

    #[test]
    fn parts_follow_one_another_to_the_end() {
        let entries: Vec<usize> = (0..25).collect();
        let told = |from, limit| part(from, limit, &json!(entries));
        let expected = json!({ "other": 1, "list": [0, 1, 2], "list_total": 25, "next": 3 });
        assert_eq!(told(None, Some(3)), expected);
        assert_eq!(told(Some(23), Some(3))["list"], json!([23, 24]));
        for (from, limit) in [(Some(23), Some(2)), (None, None), (Some(25), None), (Some(usize::MAX), None)] {
            assert_eq!(told(from, limit)["next"], Value::Null, "{from:?} {limit:?}");
        }
        assert_eq!(told(None, Some(0))["next"], 1, "a limit of none would never end");
        assert_eq!(part(None, None, &json!([]))["list_total"], 0);
    }

    #[test]
    fn a_part_ends_where_the_answer_is_full() {
        // Quotation marks take two bytes each in the answer of a function.
        let entries = vec![json!("\"".repeat(300_000)); 20];
        let mut seen = 0;
        let mut next = json!(0);
        while let Some(from) = next.as_u64() {
            let answer = part(usize::try_from(from).ok(), None, &json!(entries));
            let told = answer["list"].as_array().map_or(0, Vec::len);
            assert!((1..=4).contains(&told), "{told}");
            seen += told;
            next = answer["next"].clone();
        }
        assert_eq!(seen, 20);
    }

    #[test]
    fn lists_are_cut_at_the_same_number() {
        let mut answer = json!({ "long": [1, 2, 3, 4, 5], "short": [1, 2] });
        Part { from: Some(1), limit: Some(2) }.cut(&mut answer, &["long", "short", "none"]);
        assert_eq!((&answer["long"], &answer["short"]), (&json!([2, 3]), &json!([2])));
        assert_eq!((&answer["next"], &answer["none_total"]), (&json!(3), &json!(0)));
    }
}
