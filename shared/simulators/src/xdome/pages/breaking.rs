//! Rows that break the response that contains them.

use super::Page;
use crate::faults::{Action, Breaking};
use crate::xdome::judge::Query;
use std::borrow::Cow;

/// Placeholder for a byte of Latin-1 in the text of a response.
const LATIN: char = '\u{e0fc}';

/// Whether a row of `page` makes the response to `query` a 500.
pub(in crate::xdome) fn fails(page: &Page, query: &Query, action: &Action) -> bool {
    let Action::BreakingRow { at, how: Breaking::Status, field } = action else { return false };
    let place = at.checked_sub(query.offset).and_then(|place| usize::try_from(place).ok());
    place.and_then(|place| page.texts().nth(place)).is_some_and(|row| has(row, field.as_deref()))
}

/// `row`, at `place` of the table, with the damage that breaks the response.
pub(super) fn broken<'r>(row: Cow<'r, str>, place: u64, action: &Action) -> Cow<'r, str> {
    let Action::BreakingRow { at, how, field } = action else { return row };
    let value = match how {
        Breaking::NotANumber => "NaN".to_owned(),
        Breaking::Latin1 => format!("\"Z{LATIN}rich\""),
        Breaking::Status => return row,
    };
    if place != *at || !has(&row, field.as_deref()) {
        return row;
    }
    match field {
        Some(field) => {
            let name = format!("\"{field}\":");
            Cow::Owned(row.replacen(&name, &format!("{name}{value},\"was\":"), 1))
        }
        None => Cow::Owned(row.replacen('{', &format!("{{\"broken\":{value},"), 1)),
    }
}

/// The bytes of a response's text.
pub(super) fn bytes(text: String) -> Vec<u8> {
    if !text.contains(LATIN) {
        return text.into_bytes();
    }
    text.split(LATIN).map(str::as_bytes).collect::<Vec<_>>().join(&0xfc)
}

fn has(row: &str, field: Option<&str>) -> bool {
    field.is_none_or(|field| row.contains(&format!("\"{field}\":")))
}
