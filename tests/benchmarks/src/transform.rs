//! Transform: an answer parsed, mapped, sorted and written as NDJSON, by one core. Beside it what bounds it from below.

use crate::BoxError;
use crate::pages::{Pages, map, settings};
use crate::stopwatch::{computed, median};
use crate::typed::{Devices, Relations};
use causeway_claroty_xdome::model::Transform;
use causeway_domain::Stream;
use causeway_ledger::StagedPage;
use indicatif::ProgressBar;
use serde::Serialize;
use std::hint::black_box;
use std::time::Duration;

/// Rows that a user adds: a constant, a copied field and a function.
const ADDED: &str = r#"
[[row]]
constant = "Plant north"
target = "customConnectorAttributes.plant"

[[row]]
source = "FIELD"
target = "customConnectorAttributes.again"

[[row]]
source = "DATE"
functions = ["max", "date_format"]
target = "customConnectorAttributes.day"
"#;

/// What a user changes: where a value goes, what is made of it, a constant. In both maps there are three such rows, and
/// the edited map writes as many values as the shipped one.
const CHANGED: [(Stream, &str, &str); 6] = [
    (Stream::Assets, "target = \"hostName\"", "target = \"customConnectorAttributes.host\""),
    (Stream::Assets, "functions = [\"max\", \"date_format\"]", "functions = [\"min\", \"date_format\"]"),
    (Stream::Assets, "constant = \"Claroty\"", "constant = \"Plant north\""),
    (Stream::Findings, "target = \"finding[].name\"", "target = \"customConnectorAttributes.title\""),
    (Stream::Findings, "HIGH = 4", "HIGH = 5"),
    (Stream::Findings, "constant = \"Claroty\"", "constant = \"Plant north\""),
];

/// The contestants of one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Which stream.
    pub stream: Stream,
    /// Rows in the pages.
    pub rows: u64,
    /// Bytes of the pages.
    pub bytes: u64,
    /// Rounds that the medians are of.
    pub rounds: usize,
    /// In the order of the table.
    pub contestants: Vec<Contestant>,
}

/// One way to go through the pages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contestant {
    /// What it does.
    pub name: &'static str,
    /// Median seconds of a round.
    pub seconds: f64,
    /// Median of its time over that of the fastest bare parse in the same round.
    pub over_bare_parse: f64,
    /// Records, rows or bytes that it made; the same in each round.
    pub made: u64,
}

type Work<'w> = (&'static str, Box<dyn Fn() -> u64 + 'w>);

/// Times every contestant over `pages` in turn, `rounds` times.
///
/// # Errors
/// When the maps are wrong, a page cannot be read, or a contestant does not make the same each time.
pub fn measure(pages: &Pages, rounds: usize, progress: &ProgressBar) -> Result<Figures, BoxError> {
    let (shipped, changed, longer) =
        (transform(Map::Shipped)?, transform(Map::Changed)?, transform(Map::Longer)?);
    let works: [Work<'_>; 7] = [
        (
            "shipped map: parse, map, write",
            Box::new(|| over(pages, |body| write(&shipped, pages.stream, body))),
        ),
        (
            "edited map, as many rows: parse, map, write",
            Box::new(|| over(pages, |body| write(&changed, pages.stream, body))),
        ),
        (
            "edited map, three rows more: parse, map, write",
            Box::new(|| over(pages, |body| write(&longer, pages.stream, body))),
        ),
        (BARE[0], Box::new(|| over(pages, sonic))),
        (BARE[1], Box::new(|| over(pages, simd))),
        ("serde_json into typed structs", Box::new(|| over(pages, |body| typed(pages.stream, body)))),
        ("memcpy", Box::new(|| over(pages, copy))),
    ];
    let mut times: Vec<Vec<Duration>> = works.iter().map(|_| Vec::new()).collect();
    let mut made: Vec<u64> = works.iter().map(|(_, work)| work()).collect();
    progress.set_length((rounds * works.len()) as u64);
    for _ in 0..rounds {
        for ((work, times), made) in works.iter().zip(&mut times).zip(&mut made) {
            let (count, took) = computed(&work.1);
            if count != *made {
                return Err(format!("{}: {count} now and {made} before", work.0).into());
            }
            times.push(took);
            progress.inc(1);
        }
    }
    let bare = bare(works.iter().map(|(name, _)| *name).zip(&times));
    let contestant = |((work, times), made): ((&Work<'_>, &Vec<Duration>), &u64)| {
        let seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
        let ratios: Vec<f64> = seconds.iter().zip(&bare).map(|(own, bare)| own / bare).collect();
        Contestant { name: work.0, seconds: median(&seconds), over_bare_parse: median(&ratios), made: *made }
    };
    let contestants = works.iter().zip(&times).zip(&made).map(contestant).collect();
    Ok(Figures { stream: pages.stream, rows: pages.rows, bytes: pages.bytes(), rounds, contestants })
}

/// The bare parses.
const BARE: [&str; 2] = ["bare parse: sonic-rs", "bare parse: simd-json"];

/// Of the two libraries the one that is faster here is the measure, in each round by its own time.
fn bare<'t>(times: impl Iterator<Item = (&'static str, &'t Vec<Duration>)>) -> Vec<f64> {
    let bare = times.filter(|(name, _)| BARE.contains(name)).map(|(_, times)| times);
    let fastest = bare.min_by_key(|times| times.iter().sum::<Duration>());
    fastest.into_iter().flatten().map(Duration::as_secs_f64).collect()
}

/// The maps that are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Map {
    Shipped,
    Changed,
    Longer,
}

fn transform(which: Map) -> Result<Transform, BoxError> {
    let text = |stream, field: &str, date: &str| -> Result<(&str, String), BoxError> {
        let (name, text) = map(stream)?;
        let mut text = text.to_owned();
        if which == Map::Longer {
            text.push_str(&ADDED.replace("FIELD", field).replace("DATE", date));
        }
        for (of, from, to) in CHANGED.iter().filter(|(of, ..)| which == Map::Changed && *of == stream) {
            if !text.contains(from) {
                return Err(format!("the map of {of} has no `{from}` any more").into());
            }
            text = text.replacen(from, to, 1);
        }
        Ok((name, text))
    };
    let assets = text(Stream::Assets, "device_type", "last_seen_list")?;
    let findings = text(Stream::Findings, "vulnerability_name", "vulnerability_last_updated")?;
    Ok(Transform::new(&settings(), (assets.0, &assets.1), (findings.0, &findings.1))?)
}

fn over(pages: &Pages, work: impl Fn(&[u8]) -> u64) -> u64 {
    pages.bodies.iter().map(|body| work(body)).sum()
}

/// All that a worker does with an answer but compress and store it.
fn write(transform: &Transform, stream: Stream, body: &[u8]) -> u64 {
    let Ok(done) = transform.transform(stream, body) else { return 0 };
    StagedPage::write(&done.records).map_or(0, |page| black_box(page).records)
}

fn sonic(body: &[u8]) -> u64 {
    u64::from(black_box(sonic_rs::from_slice::<sonic_rs::Value>(body)).is_ok())
}

/// It parses in place, so it is given a copy, which is a part of its price.
fn simd(body: &[u8]) -> u64 {
    let mut copy = body.to_vec();
    u64::from(black_box(simd_json::to_tape(&mut copy)).is_ok())
}

fn typed(stream: Stream, body: &[u8]) -> u64 {
    let rows = match stream {
        Stream::Assets => {
            serde_json::from_slice::<Devices<'_>>(body).map(|page| black_box(page).devices.len())
        }
        Stream::Findings => serde_json::from_slice::<Relations<'_>>(body)
            .map(|page| black_box(page).devices_vulnerabilities.len()),
    };
    rows.unwrap_or_default() as u64
}

fn copy(body: &[u8]) -> u64 {
    black_box(body.to_vec()).len() as u64
}
