//! What needs an object, so what its loss means and what to do about it.

use super::survey::Survey;
use causeway_domain::layout::{ConnectionObject, Key, RunObject};
use causeway_domain::{ConnectionName, RunId};

/// What the loss of `key` means, and what a person does.
pub(super) fn whereto(survey: &Survey, key: &str) -> (String, String) {
    match Key::parse(key) {
        Some(Key::Connection(name, object)) => of_connection(survey, key, (&name, &object)),
        Some(Key::Map(map, _)) => (
            format!(
                "map {map} cannot be shown, edited or applied; connections keep the text they were applied with"
            ),
            format!(
                "Restore it from a backup, or save a good version with `causeway map edit {map} --from-file FILE`."
            ),
        ),
        Some(Key::Run(name, run, object)) => of_run(survey, key, (&name, &run), &object),
        None => not_needed(),
    }
}

fn of_connection(
    survey: &Survey,
    key: &str,
    (name, object): (&ConnectionName, &ConnectionObject),
) -> (String, String) {
    use ConnectionObject::{Definition, LedgerIndex, LedgerSegment, Schedule, State};
    match object {
        Definition => (
            format!("connection {name} cannot run; its ledger is kept"),
            "Apply its file again with `causeway connection apply FILE`.".to_owned(),
        ),
        State => (
            format!("connection {name} cannot run, because the ledger in force is unknown; nothing is closed"),
            "Restore the file from a backup; the files next to it are useless without it.".to_owned(),
        ),
        Schedule => (
            format!("the schedule of connection {name} starts nothing"),
            "Restore it from a backup, or remove it and apply the connection again: missed starts are then forgotten."
                .to_owned(),
        ),
        LedgerIndex(..) | LedgerSegment(..) if survey.in_force(name.as_str(), key) => ledger(name),
        _ => not_needed(),
    }
}

fn not_needed() -> (String, String) {
    (
        "it does not belong to the ledger in force, and the next run does not need it".to_owned(),
        "No action needed; restore it from a backup to have the full history.".to_owned(),
    )
}

fn ledger(name: &ConnectionName) -> (String, String) {
    (
        format!(
            "every run of connection {name} fails, because it is compared with this ledger; nothing is closed"
        ),
        format!(
            "Restore the file from a backup; without one, `causeway connection delete {name}`, apply and run it again, which \
             sends everything anew."
        ),
    )
}

fn of_run(
    survey: &Survey,
    key: &str,
    (name, run): (&ConnectionName, &RunId),
    object: &RunObject,
) -> (String, String) {
    if survey.in_force(name.as_str(), key) {
        return ledger(name);
    }
    if survey.is_under_way(name.as_str(), run) {
        return (
            format!("run {run} fails when it reaches this object; nothing is closed"),
            format!(
                "Restore it from a backup, or run `causeway run {name}` twice: the second run needs nothing of it."
            ),
        );
    }
    let what = match object {
        RunObject::RawPage(..) => "the run cannot be replayed; the next run does not need it",
        _ => "`run show` and `redrive` of this run cannot use it; the next run does not need it",
    };
    let advice = "No action needed: it is removed with its run after `keep_runs` newer ones; or restore it from a backup.";
    (what.to_owned(), advice.to_owned())
}
