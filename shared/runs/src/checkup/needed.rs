//! What needs an object, so what its loss means and what to do about it.

use super::survey::{Survey, part};

/// What the loss of `key` means, and what a person does.
pub(super) fn whereto(survey: &Survey, key: &str) -> (String, String) {
    let (folder, owner) = (part(key, 0), part(key, 1));
    match folder.as_str() {
        "connections" => of_connection(survey, key, &owner),
        "maps" => (
            format!(
                "map {owner} cannot be shown, edited or applied; connections keep the text they were applied with"
            ),
            format!(
                "Restore it from a backup, or save a good version with `causeway map edit {owner} --from-file FILE`."
            ),
        ),
        _ => of_run(survey, key, &(owner, part(key, 2))),
    }
}

fn of_connection(survey: &Survey, key: &str, name: &str) -> (String, String) {
    match part(key, 2).as_str() {
        "definition.json" => (
            format!("connection {name} cannot run; its ledger is kept"),
            "Apply its file again with `causeway connection apply FILE`.".to_owned(),
        ),
        "state.json" => (
            format!("connection {name} cannot run, because the ledger in force is unknown; nothing is closed"),
            "Restore the file from a backup; the files next to it are useless without it.".to_owned(),
        ),
        "schedule.json" => (
            format!("the schedule of connection {name} starts nothing"),
            "Restore it from a backup, or remove it and apply the connection again: missed starts are then forgotten."
                .to_owned(),
        ),
        "ledger" if survey.in_force(name, key) => ledger(name),
        _ => (
            "it does not belong to the ledger in force, and the next run does not need it".to_owned(),
            "No action needed; restore it from a backup to have the full history.".to_owned(),
        ),
    }
}

fn ledger(name: &str) -> (String, String) {
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

fn of_run(survey: &Survey, key: &str, run: &(String, String)) -> (String, String) {
    let name = &run.0;
    if survey.in_force(name, key) {
        return ledger(name);
    }
    if survey.is_under_way(run) {
        return (
            format!("run {} fails when it reaches this object; nothing is closed", run.1),
            format!(
                "Restore it from a backup, or run `causeway run {name}` twice: the second run needs nothing of it."
            ),
        );
    }
    let what = match part(key, 3).as_str() {
        "raw" => "the run cannot be replayed; the next run does not need it",
        _ => "`run show` and `redrive` of this run cannot use it; the next run does not need it",
    };
    let advice = "No action needed: it is removed with its run after `keep_runs` newer ones; or restore it from a backup.";
    (what.to_owned(), advice.to_owned())
}
