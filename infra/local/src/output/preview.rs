//! A preview as text.

use super::{Screen, Tone};
use causeway_domain::plan::{Rule, Verdict, VerdictCounts};
use causeway_domain::{Stream, WorkName};
use causeway_ports::source::Explained;
use causeway_runs::Preview;
use causeway_views::numbers::{bytes, count, counted, duration};
use causeway_views::{Forecast, words};
use serde_json::Value;
use std::fmt::Write;

/// Rows shown of a list that may be long.
const LISTED: usize = 10;

/// Longest value next to its source, in characters.
const LETTERS: usize = 60;

/// The whole preview as text.
pub(crate) fn text(screen: &Screen, preview: &Preview, forecast: &Forecast) -> String {
    let mut text =
        format!("Preview of connection {}: nothing was sent or changed.\n\n", preview.manifest.connection);
    text.push_str(&read(screen, preview));
    preview
        .samples
        .iter()
        .for_each(|sample| text.push_str(&beside(screen, sample.stream, &sample.explained)));
    text.push_str(&rejects(screen, preview));
    text.push_str(&verdicts(screen, preview));
    text.push_str(&costs(preview, forecast));
    text
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn read(screen: &Screen, preview: &Preview) -> String {
    let mut grid =
        screen.grid(&["stream", "rows at the vendor", "pages", "pages read", "rows read", "rejected"]);
    for plan in &preview.manifest.streams {
        let pages = preview.pages.iter().filter(|page| page.page.stream == plan.stream);
        let (read, rows, rejected) = pages.fold((0, 0, 0), |(read, rows, rejected), page| {
            (read + 1, rows + page.fetched, rejected + page.rejected)
        });
        let rows_there = plan.count.map_or("not counted".to_owned(), count);
        let numbers = [u64::from(plan.pages), read, rows, rejected].map(count);
        grid.row([plan.stream.to_string(), rows_there].into_iter().chain(numbers));
    }
    format!("{}\n\n", grid.right(1..6))
}

/// One row of the vendor next to the records it becomes.
pub(crate) fn beside(screen: &Screen, stream: Stream, explained: &Explained) -> String {
    let mut grid = screen.grid(&["the vendor's field", "value", "becomes", "value"]);
    let source = lines(&parsed(&explained.row));
    let mut mapped = Vec::new();
    let mut title = format!("{stream}: row {}", explained.key);
    for record in explained.records.iter() {
        mapped.extend(lines(&parsed(record.body)));
        if !record.finding.is_empty() {
            let _ = write!(title, ", finding {}", record.finding);
        }
    }
    if let Some(reject) = &explained.reject {
        let _ = write!(title, " is rejected: {}", reject.reason);
    }
    for place in 0..source.len().max(mapped.len()) {
        let cells = |side: &[(String, String)]| side.get(place).cloned().unwrap_or_default();
        let ((field, value), (target, mapped)) = (cells(&source), cells(&mapped));
        let plain = |text| (text, Tone::Plain);
        grid.toned_row([(field, Tone::Dim), plain(value), (target, Tone::Dim), plain(mapped)]);
    }
    format!("{title}\n{grid}\n\n")
}

/// Paths and values of a document, without null and empty ones.
fn lines(document: &Value) -> Vec<(String, String)> {
    fn walk(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Null => {}
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| walk(&below(name), value, lines));
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                items.iter().enumerate().for_each(|(at, item)| walk(&format!("{path}[{at}]"), item, lines));
            }
            Value::Array(items) if items.iter().all(Value::is_null) => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => lines.push((path.to_owned(), shortened(text))),
            other => lines.push((path.to_owned(), shortened(&other.to_string()))),
        }
    }
    let mut all = Vec::new();
    walk("", document, &mut all);
    all
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn rejects(screen: &Screen, preview: &Preview) -> String {
    if preview.rejects.is_empty() {
        return "No row was rejected.\n\n".to_owned();
    }
    let mut grid = screen.grid(&["page", "row", "reason"]);
    for (page, reject) in preview.rejects.iter().take(LISTED) {
        grid.row([WorkName::Page(*page).in_words(), reject.row.to_string(), reject.reason.clone()]);
    }
    let all = preview.rejects.len();
    let shown = if all > LISTED { format!(", the first {LISTED}; all with `--json`") } else { String::new() };
    format!(
        "Rejected rows ({}{shown}); their records are never closed:\n{}\n\n",
        count(all as u64),
        grid.right([1])
    )
}

fn verdicts(screen: &Screen, preview: &Preview) -> String {
    let plan = &preview.plan;
    let mut text = if preview.is_whole() {
        "Verdicts of a run started now:\n".to_owned()
    } else {
        "Verdicts of a run started now, for the rows read; `--all` covers all rows and missing records:\n"
            .to_owned()
    };
    let mut grid = screen.grid(&["verdict", "assets", "findings", "meaning"]);
    for verdict in words::VERDICTS {
        let of = |counts: &VerdictCounts| judged(counts, verdict);
        let numbers = [of(&plan.assets), of(&plan.findings)];
        if numbers != [0, 0] {
            let [assets, findings] = numbers.map(count);
            grid.row([verdict.to_string(), assets, findings, words::meaning(verdict).to_owned()]);
        }
    }
    let _ = write!(text, "{}\n\n", grid.right([1, 2]));
    if preview.is_whole() && !plan.held.is_empty() {
        text.push_str("Such a run would be held for approval:\n");
        for reason in &plan.held {
            let _ = writeln!(text, "  {reason}");
        }
        text.push('\n');
    }
    text
}

/// Number of records with this verdict, without those that the preview did not read.
fn judged(counts: &VerdictCounts, verdict: Verdict) -> u64 {
    let unseen = match verdict {
        Verdict::Preserved => counts.rules.get(&Rule::RunNotComplete).copied().unwrap_or_default(),
        _ => 0,
    };
    counts.of(verdict).saturating_sub(unseen)
}

fn costs(preview: &Preview, forecast: &Forecast) -> String {
    let traffic = preview.traffic;
    let Forecast { source_requests, deliveries, at_limit, at_pace, aws } = *forecast;
    let known = deliveries.map_or("known after `--all`".to_owned(), count);
    format!(
        "This preview:  {}, {} in {}\n\
         A full run:    about {} to the vendor; at least {} at its limit, about {} at the pace seen here\n\
         \x20              deliveries: {known}; one more request per 100 missing records\n\
         On AWS:        about US$ {:.4} a run: {} invocations, {:.0} GB-seconds, {} queue and {} object requests\n\
         \x20              (list prices of us-east-1, without free tier, every wait billed)\n",
        counted(traffic.requests, "request", "requests"),
        bytes(traffic.bytes),
        duration(preview.took),
        counted(source_requests, "request", "requests"),
        duration(at_limit),
        duration(at_pace),
        aws.dollars,
        count(aws.invocations),
        aws.gb_seconds,
        count(aws.queue_requests),
        count(aws.object_writes + aws.object_reads),
    )
}
