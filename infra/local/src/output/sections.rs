//! The account of one run as text.

use super::{Screen, Tone};
use causeway_domain::page::Traffic;
use causeway_domain::plan::Rule;
use causeway_domain::{Intervention, Outcome};
use causeway_views::numbers::{bytes, count, counted, duration, time};
use causeway_views::{Account, Advice, numbers, words};
use std::fmt::Write;
use std::time::Duration;

/// Rows shown of a list that may be long.
const LISTED: usize = 10;

/// The whole account; empty sections are left out.
pub(crate) fn text(screen: &Screen, account: &Account) -> String {
    let sections = [
        head(account),
        timeline(screen, account),
        read(screen, account),
        drift(account),
        traffic(screen, account),
        verdicts(screen, account),
        rules(screen, account),
        deliveries(account),
        trouble(screen, account),
        advice(account),
    ];
    sections.iter().filter(|section| !section.is_empty()).fold(String::new(), |mut text, section| {
        let _ = writeln!(text, "{}\n", section.trim_end());
        text
    })
}

fn head(account: &Account) -> String {
    let mut text = format!("Run {} of connection {}", account.run, account.connection);
    if let Some(generation) = account.generation {
        let _ = write!(text, ", run #{generation}");
    }
    if let Some(run) = &account.replay_of {
        let _ = write!(
            text,
            "\nReplay of:   run {run}; the vendor was not queried, and no missing finding is closed"
        );
    }
    let outcome = account.outcome.map_or("in progress".to_owned(), |outcome| outcome.to_string());
    let _ = write!(text, "\nOutcome:     {outcome}");
    let failure = account.failure.as_ref().map(ToString::to_string);
    for reason in account.reasons.iter().filter(|reason| Some(*reason) != failure.as_ref()) {
        let _ = write!(text, "\n             {reason}");
    }
    for remark in &account.remarks {
        let _ = write!(text, "\nNote:        {remark}");
    }
    if let Some(failure) = failure {
        let label = if account.outcome == Some(Outcome::Held) { "Held because: " } else { "Failure: " };
        let _ = write!(text, "\n{label:<13}{failure}");
    }
    for Intervention { kind, by, at, note, .. } in &account.interventions {
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        let _ = write!(text, "\nAction:      {kind} by {by} on {}{note}", time(*at));
    }
    if let Some(started) = account.started_at {
        let _ = write!(text, "\nStarted:     {}", time(started));
        if let Some(ended) = account.ended_at {
            let _ = write!(text, "\nTook:        {}", duration(numbers::between(started, ended)));
        }
    }
    let maps: Vec<String> = account.maps.iter().map(words::map_in_use).collect();
    if !maps.is_empty() {
        let _ = write!(text, "\nMaps:        {}", maps.join("\n             "));
    }
    if let Some(before) = &account.mapped_otherwise_than {
        let _ = write!(
            text,
            "\n             Run {before} used different maps. Records this map produces differently are resent as changed."
        );
    }
    if let Some(peak) = account.peak_memory_bytes {
        let _ = write!(text, "\nPeak memory: {} of the process that ran it", bytes(peak));
    }
    text
}

fn timeline(screen: &Screen, account: &Account) -> String {
    let mut grid = screen.grid(&["step", "from", "to", "took", "count"]);
    for stretch in &account.timeline {
        let clock = |at: jiff::Timestamp| at.strftime("%H:%M:%S%.3f").to_string();
        let took = duration(Duration::from_millis(stretch.took_ms));
        grid.row([stretch.what.clone(), clock(stretch.from), clock(stretch.to), took, count(stretch.pieces)]);
    }
    if grid.is_empty() { String::new() } else { grid.right([3, 4]).to_string() }
}

/// Differences of the vendor's fields from those of the last committed run.
fn drift(account: &Account) -> String {
    let mut text = String::new();
    if let (Some(run), false) = (&account.fields_compared_with, account.field_changes.is_empty()) {
        let _ = write!(text, "The vendor's fields differ from those of run {run}:");
        for change in account.field_changes.iter().take(LISTED) {
            let _ = write!(text, "\n  {}: {} {}", change.stream, change.field, change.change);
        }
        more(&mut text, account.field_changes.len());
    }
    text
}

fn read(screen: &Screen, account: &Account) -> String {
    if account.coverage.is_empty() {
        return planned(screen, account);
    }
    let mut grid = screen.grid(&["coverage", "assets", "findings"]);
    let streams = [causeway_domain::Stream::Assets, causeway_domain::Stream::Findings];
    let covered = streams.map(|stream| account.coverage.iter().find(|coverage| coverage.stream == stream));
    let mut line = |label: &str, value: &dyn Fn(&causeway_domain::coverage::StreamCoverage) -> String| {
        let [assets, findings] = covered.map(|coverage| coverage.map_or("not read".to_owned(), value));
        grid.row([label.to_owned(), assets, findings]);
    };
    line("vendor's count at the start", &|c| c.count_at_start.map_or("not counted".to_owned(), count));
    line("vendor's count at the end", &|c| c.count_at_end.map_or("unknown".to_owned(), count));
    line("pages read", &|c| count(c.pages));
    line("extra pages because data changed during the read", &|c| count(c.catch_up_pages));
    line("rows fetched (pages overlap by one)", &|c| count(c.fetched));
    line("unique rows", &|c| count(c.distinct));
    line("unique rows rejected", &|c| c.rejected_distinct.map_or("unknown".to_owned(), count));
    line("records staged", &|c| count(c.staged));
    line("complete", &|c| if c.is_complete() { "yes" } else { "no" }.to_owned());
    grid.right([1, 2]);
    let mut text = grid.to_string();
    for coverage in &account.coverage {
        for gap in &coverage.gaps {
            let _ = write!(text, "\n{} not complete: {gap}", coverage.stream);
        }
    }
    for stream in &account.unreadable {
        let _ = write!(text, "\n{stream}");
    }
    for field in &account.dropped_fields {
        let _ = write!(
            text,
            "\n{}: the vendor refused the field {}; the run continued without it",
            field.stream, field.field
        );
    }
    text
}

/// Before coverage is known.
fn planned(screen: &Screen, account: &Account) -> String {
    if account.planned.is_empty() {
        return String::new();
    }
    let mut grid = screen.grid(&["stream", "vendor's count at the start", "pages to read", "rows per page"]);
    for plan in &account.planned {
        grid.row([
            plan.stream.to_string(),
            plan.count.map_or("not counted".to_owned(), count),
            count(u64::from(plan.pages)),
            count(u64::from(plan.page_size)),
        ]);
    }
    grid.right([1, 2, 3]);
    format!("{grid}\n{} staged", counted(account.pages_staged, "page", "pages"))
}

fn traffic(screen: &Screen, account: &Account) -> String {
    let sides =
        [(&account.source, account.source_traffic), (&account.destination, account.destination_traffic)];
    if sides.iter().all(|(_, traffic)| *traffic == Traffic::default()) {
        return String::new();
    }
    let mut grid = screen.grid(&["traffic", &account.source, &account.destination]);
    let mut line = |label: &str, value: &dyn Fn(Traffic) -> String| {
        grid.row([label.to_owned(), value(account.source_traffic), value(account.destination_traffic)]);
    };
    let time = |milliseconds: u64| duration(Duration::from_millis(milliseconds));
    line("requests", &|traffic| count(traffic.requests));
    line("retries", &|traffic| count(traffic.retries));
    line("rate-limited responses (429)", &|traffic| count(traffic.limited));
    line("bytes sent", &|traffic| bytes(traffic.sent_bytes));
    line("bytes received", &|traffic| bytes(traffic.bytes));
    line("waited for our own rate limit (requests_per_second)", &|traffic| {
        time(traffic.waited_ms.saturating_sub(traffic.asked_ms))
    });
    line("waited at the server's request", &|traffic| time(traffic.asked_ms));
    line("waited before retries", &|traffic| time(traffic.backoff_ms));
    let mut text = grid.right([1, 2]).to_string();
    if account.repeated > 0 {
        let pieces = counted(account.repeated, "page or batch", "pages and batches");
        let _ = write!(text, "\n{pieces} took more than one attempt; failed attempts are not counted here");
    }
    text.push_str("\nWaits of parallel requests are added together.");
    text
}

pub(super) fn verdicts(screen: &Screen, account: &Account) -> String {
    let mut grid = screen.grid(&["verdict", "assets", "findings", "meaning"]);
    for verdict in words::VERDICTS {
        let (assets, findings) = (account.assets.of(verdict), account.findings.of(verdict));
        if assets + findings > 0 {
            let meaning = words::meaning(verdict).to_owned();
            grid.row([verdict.to_string(), count(assets), count(findings), meaning]);
        }
    }
    if grid.is_empty() { String::new() } else { grid.right([1, 2]).to_string() }
}

pub(super) fn rules(screen: &Screen, account: &Account) -> String {
    let mut grid = screen.grid(&["reason", "assets", "findings"]);
    let of = |counts: &causeway_domain::plan::VerdictCounts, rule: Rule| {
        counts.rules.get(&rule).copied().unwrap_or_default()
    };
    let mut known: Vec<Rule> =
        account.assets.rules.keys().chain(account.findings.rules.keys()).copied().collect();
    known.sort();
    known.dedup();
    for rule in known {
        let (assets, findings) = (of(&account.assets, rule), of(&account.findings, rule));
        grid.row([words::reason(rule).to_owned(), count(assets), count(findings)]);
    }
    if grid.is_empty() { String::new() } else { grid.right([1, 2]).to_string() }
}

fn deliveries(account: &Account) -> String {
    if account.planned_deliveries == 0 && account.delivered.deliveries == 0 {
        return match account.outcome {
            Some(Outcome::Complete | Outcome::Partial) => "Nothing to deliver.".to_owned(),
            _ => String::new(),
        };
    }
    let sent = account.delivered;
    let mut text = format!(
        "Delivered: {} of {} batches with {} and {} accepted, {} refused",
        count(sent.deliveries),
        count(account.planned_deliveries),
        counted(sent.assets, "asset", "assets"),
        counted(sent.findings, "finding", "findings"),
        counted(sent.refused_assets, "asset", "assets"),
    );
    for refusal in account.refused.iter().take(LISTED) {
        let _ = write!(text, "\n  refused: {}: {}", refusal.asset, refusal.reason);
    }
    more(&mut text, account.refused.len());
    text
}

fn trouble(screen: &Screen, account: &Account) -> String {
    let mut text = String::new();
    for reason in &account.held {
        let _ = writeln!(text, "Held: {reason}");
    }
    if !account.rejects.is_empty() {
        let mut grid = screen.grid(&["rows rejected", "reason", "example"]);
        for reject in account.rejects.iter().take(LISTED) {
            let example = reject.example.clone().unwrap_or_default();
            grid.row([count(reject.rows), reject.reason.clone(), example]);
        }
        let _ = write!(text, "{}", grid.right([0]));
        more(&mut text, account.rejects.len());
    }
    if !account.dead_letters.is_empty() {
        let mut grid = screen.grid(&["failed", "attempts", "last failure"]);
        for letter in account.dead_letters.iter().take(LISTED) {
            let plain = |text: String| (text, Tone::Plain);
            let failure = (letter.failure.to_string(), Tone::Bad);
            grid.toned_row([plain(letter.work.in_words()), plain(letter.receives.to_string()), failure]);
        }
        let _ = write!(text, "{}", grid.right([1]));
        more(&mut text, account.dead_letters.len());
    }
    text
}

fn more(text: &mut String, all: usize) {
    if all > LISTED {
        let _ = write!(text, "\n  and {} more, see `--json`", all - LISTED);
    }
}

/// Where the run stands, what to look at, and what to do next.
fn advice(account: &Account) -> String {
    let Advice { standing, help, next } = &account.advice;
    let help = help.iter().map(|help| format!("help: {help}"));
    let next: Vec<String> = next.iter().map(|step| format!("`{}` {}", step.command, step.effect)).collect();
    let next = (!next.is_empty()).then(|| format!("Next: {}.", next.join("; ")));
    standing.iter().cloned().chain(help).chain(next).collect::<Vec<_>>().join("\n")
}
