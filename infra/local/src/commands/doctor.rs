//! `doctor`: checks a home and repairs what is safe to repair automatically.

use super::map;
use crate::arguments::DoctorArgs;
use crate::output::checkup::text;
use crate::output::progress::Scanning;
use crate::output::{Problem, Screen};
use crate::process::Ending;
use causeway_domain::checkup::Issue;
use causeway_domain::definition::Registered;
use causeway_domain::{Failure, FailureKind};
use causeway_local::{Checkup, SystemClock};
use causeway_ports::{Clock, Freshness, Objects, Secrets};
use causeway_runs::{CheckupContext, Report, check_up};
use causeway_views::numbers::bytes;
use nix::sys::statvfs::{FsFlags, statvfs};
use std::path::Path;
use std::sync::Arc;

/// Least free space for a run to finish, in bytes and in files.
const LITTLE_SPACE: (u64, u64) = (256 << 20, 10_000);

pub(crate) async fn answer(
    (home, key_file): (&Path, Option<&Path>),
    screen: &Screen,
    arguments: DoctorArgs,
) -> Result<Ending, Problem> {
    let checkup = Checkup::begin(home, key_file, arguments.mend).map_err(|failure| match failure.kind {
        FailureKind::NotFound => {
            Problem::input(failure.subject, failure.detail, "Name the home with `--home DIR`.")
        }
        _ => failure.into(),
    })?;
    let mut troubles = checkup.files(SystemClock.now())?;
    troubles.extend(space(home));
    let objects: Arc<dyn Objects> = Arc::new(checkup.objects());
    let scanning = Scanning::new(screen, 0, "objects");
    let messages = checkup.messages();
    let circumstances = CheckupContext {
        now: SystemClock.now(),
        at_work: checkup.user().is_some(),
        messages: &messages,
        root: "objects/",
    };
    let report = check_up(&objects, &circumstances, |done, all| scanning.of(done, all)).await;
    scanning.close();
    let Report { objects, bytes, connections, maps, troubles: stored } = report.unwrap_or_else(unlisted);
    troubles.extend(stored);
    troubles.extend(secrets(&checkup, &connections).await?);
    troubles.extend(maps.iter().filter_map(|(key, text)| mistaken(key, text)));
    troubles.sort();
    let findings = causeway_views::Checkup {
        home: checkup.home().to_owned(),
        sound: !troubles.iter().any(Issue::is_open),
        in_use_by: checkup.user().map(str::to_owned),
        repair_refused: arguments.mend && checkup.user().is_some(),
        connections: connections.len() as u64,
        objects,
        bytes,
        troubles,
    };
    screen.show(&findings, || text(&findings))?;
    Ok(if findings.sound { Ending::Done } else { Ending::Failed })
}

/// The report when objects cannot be listed; other results are still shown.
#[expect(clippy::needless_pass_by_value, reason = "it is what an error is turned into")]
fn unlisted(failure: Failure) -> Report {
    let means = "no object was looked at";
    let trouble = Issue::new("objects", failure.detail.as_str(), means, failure.advice());
    Report { objects: 0, bytes: 0, connections: Vec::new(), maps: Vec::new(), troubles: vec![trouble] }
}

/// Checks the free space, and whether the disk is writable.
fn space(home: &Path) -> Option<Issue> {
    let space = statvfs(home).ok()?;
    let free = (space.blocks_available() as u64).saturating_mul(space.fragment_size());
    let means = "a run may stop early; it resumes once there is space";
    let (found, means, advice) = if space.flags().contains(FsFlags::ST_RDONLY) {
        ("can only be read".to_owned(), "no command works", "Mount it so that it can be written.")
    } else if free < LITTLE_SPACE.0 {
        let advice = "Free some disk space, or keep fewer runs with `keep_runs`.";
        (format!("has {} of space left", bytes(free)), means, advice)
    } else if space.files() > 0 && (space.files_available() as u64) < LITTLE_SPACE.1 {
        let advice = "Remove files from it, or keep fewer runs with `keep_runs`.";
        (format!("has room for {} more files", space.files_available()), means, advice)
    } else {
        return None;
    };
    Some(Issue::new("the disk of the home", found, means, advice))
}

/// Secrets that a connection needs and that cannot be read.
async fn secrets(checkup: &Checkup, connections: &[Registered]) -> Result<Vec<Issue>, Failure> {
    let Some(stored) = checkup.secret_names() else { return Ok(Vec::new()) };
    let secrets = checkup.secrets(Arc::new(SystemClock))?;
    let mut troubles = Vec::new();
    for registered in connections {
        let connection = &registered.definition.name;
        for name in causeway_connectors::catalog().secrets(&registered.definition) {
            let (found, advice) = if !stored.contains(&name) {
                ("is not stored".to_owned(), format!("Store it with `causeway secret set {name}`."))
            } else if let Some(secrets) = &secrets
                && let Err(failure) = secrets.read(&name, Freshness::Fresh).await
            {
                let advice =
                    format!("Restore the right key, or store it again with `causeway secret set {name}`.");
                (failure.detail, advice)
            } else {
                continue;
            };
            let means = format!("connection {connection} needs it, so it cannot run");
            troubles.push(Issue::new(format!("secret {name}"), found, means, advice));
        }
    }
    Ok(troubles)
}

/// An own map with a mistake, which could no longer be applied.
fn mistaken(key: &str, text: &str) -> Option<Issue> {
    let mistakes = map::mistakes(key, text)?;
    let found = mistakes.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let found = found.strip_prefix(key).unwrap_or(found).trim_start_matches(':').trim_start();
    let means = "a connection can no longer be applied with it; those that were applied keep their text";
    let advice = "`causeway map edit` saves a version without mistakes.";
    Some(Issue::new(format!("objects/{key}"), format!("has a mistake, line {found}"), means, advice))
}
