//! A check-up of everything stored: is every object what was written, is everything there that is needed, and is every
//! connection and run where it should be. It reads everything once and changes nothing.

mod contents;
mod needed;
mod standing;
mod survey;

use causeway_domain::Failure;
use causeway_domain::checkup::Issue;
use causeway_domain::definition::Registered;
use causeway_ports::Objects;
use futures::StreamExt;
use jiff::Timestamp;
use std::sync::Arc;
use survey::Survey;

/// What was looked at and what was found.
#[derive(Debug)]
pub struct Report {
    /// Objects read.
    pub objects: u64,
    /// Bytes of them, as they are stored.
    pub bytes: u64,
    /// The connections whose definitions can be read.
    pub connections: Vec<Registered>,
    /// Own maps whose text can be read: key and text.
    pub maps: Vec<(String, String)>,
    /// What was found, damage first.
    pub troubles: Vec<Issue>,
}

/// What the check-up goes by besides the objects.
#[derive(Debug)]
pub struct CheckupContext<'a> {
    /// The time.
    pub now: Timestamp,
    /// Whether a process works on the runs, so that an undecided one is nothing to tell.
    pub at_work: bool,
    /// Queue and body of every message that waits.
    pub messages: &'a [(String, String)],
    /// What stands before a key in the path that people know: `objects/`.
    pub root: &'a str,
}

/// Looks at every object; `looked` is told after each how many were looked at, and of how many.
///
/// # Errors
/// When the objects cannot be listed; one that cannot be read is what is looked for.
pub async fn check_up(
    objects: &Arc<dyn Objects>,
    circumstances: &CheckupContext<'_>,
    mut looked: impl FnMut(u64, u64),
) -> Result<Report, Failure> {
    let keys = objects.list("").await?;
    let all = keys.len() as u64;
    let mut survey = Survey::new(keys.iter().cloned().collect());
    let side_by_side = std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    let read = |key: String| contents::read(Arc::clone(objects), key);
    let mut contents = futures::stream::iter(keys).map(read).buffered(side_by_side);
    let (mut done, mut bytes) = (0, 0);
    while let Some(object) = contents.next().await {
        done += 1;
        bytes += survey.add(object);
        looked(done, all);
    }
    let mut troubles = survey.damage(circumstances.root);
    troubles.extend(survey.gaps(objects.as_ref(), circumstances.root).await?);
    troubles.extend(survey.standing(circumstances));
    troubles.sort();
    let (connections, maps) = survey.into_parts();
    Ok(Report { objects: done, bytes, connections, maps, troubles })
}
