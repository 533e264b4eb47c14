//! The body of a response, and the effects of faults on its rows and its count.

use super::Page;
use super::breaking::{broken, bytes};
use super::reshape::reshaped;
use crate::faults::{Action, RowsOf};
use crate::xdome::{Reshape, Rows};
use std::borrow::Cow;

/// `{"devices":[…],"count":…}` with the fault's marks. `offset` is that of the page, `count` the reported count, or `None` for null.
pub(in crate::xdome) fn mangle(
    rows: Rows,
    page: &Page,
    (offset, count): (u64, Option<usize>),
    action: &Action,
    reshapes: &[Reshape],
) -> Vec<u8> {
    let key = match rows {
        Rows::Devices => "devices",
        Rows::Relations => "devices_vulnerabilities",
    };
    let mut body = String::with_capacity(page.text.len() + page.rows.len() + 64);
    body.push_str("{\"");
    body.push_str(key);
    body.push_str("\":");
    match action {
        Action::NullList => body.push_str("null"),
        Action::EmptyList => body.push_str("[]"),
        action => list(rows, (page, offset), (action, reshapes), &mut body),
    }
    body.push_str(",\"count\":");
    let shift = if let Action::WrongCount { by } = action { *by } else { 0 };
    match count.and_then(|count| i64::try_from(count).ok()) {
        Some(count) => body.push_str(&count.saturating_add(shift).max(0).to_string()),
        None => body.push_str("null"),
    }
    body.push('}');
    bytes(body)
}

fn list(
    rows: Rows,
    (page, offset): (&Page, u64),
    (action, reshapes): (&Action, &[Reshape]),
    body: &mut String,
) {
    body.push('[');
    let mut first = true;
    let mut push = |row: &str| {
        if !std::mem::take(&mut first) {
            body.push(',');
        }
        body.push_str(row);
    };
    for (number, row) in (1_usize..).zip(page.texts()) {
        let place = (offset + number as u64).saturating_sub(1);
        let row = &broken(reshaped(rows, row, reshapes), place, action);
        let hit = |every: usize| every > 0 && number.is_multiple_of(every);
        match action {
            Action::DropRows { every } if hit(*every) => (),
            Action::DuplicateRows { every } if hit(*every) => {
                push(row);
                push(row);
            }
            Action::NullRows { every } if hit(*every) => push("null"),
            Action::NullKeys { every, of } if hit(*every) => push(&without_key(rows, row, *of)),
            _ => push(row),
        }
    }
    body.push(']');
}

fn without_key(rows: Rows, row: &str, of: RowsOf) -> String {
    let names: &[&str] = match (rows, of) {
        (Rows::Devices, _) => &["uid"],
        (Rows::Relations, RowsOf::Device) => &["device_uid"],
        (Rows::Relations, RowsOf::Vulnerability) => &["vulnerability_id"],
        (Rows::Relations, RowsOf::Both) => &["device_uid", "vulnerability_id"],
    };
    names.iter().fold(Cow::Borrowed(row), |row, name| nulled(row, name)).into_owned()
}

/// `row` with null as the value of a member that is a text without escapes, as keys are.
fn nulled<'a>(row: Cow<'a, str>, name: &str) -> Cow<'a, str> {
    let member = format!("\"{name}\":\"");
    let Some(start) = row.find(&member).map(|start| start + member.len()) else { return row };
    let length = row.get(start..).and_then(|rest| rest.find('"'));
    let Some(end) = length.map(|length| start + length + 1) else { return row };
    let (before, after) = (row.get(..start - 1).unwrap_or_default(), row.get(end..).unwrap_or_default());
    Cow::Owned(format!("{before}null{after}"))
}
