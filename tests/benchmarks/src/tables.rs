//! Figures as tables, in Markdown, so that they can be kept as they are.

use causeway_benchmarks::child::Spent;
use causeway_benchmarks::peers::Peer;
use causeway_benchmarks::plant::Ran;
use causeway_benchmarks::{ledger, runs, transform};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

/// A table and what it is about.
pub(crate) type Titled = (String, Table);

pub(crate) fn transform(figures: &transform::Figures) -> Titled {
    let mut table = table(&["", "CPU ms", "MB/s", "rows/s", "× bare parse"]);
    for one in &figures.contestants {
        table.add_row([
            one.name.to_owned(),
            format!("{:.1}", one.seconds * 1e3),
            format!("{:.0}", figures.bytes as f64 / one.seconds / 1e6),
            format!("{:.0}", figures.rows as f64 / one.seconds),
            format!("{:.2}", one.over_bare_parse),
        ]);
    }
    let title = format!(
        "Transform, one core: {} {}, {:.1} MB of pages, medians of {} rounds",
        figures.rows,
        figures.stream,
        figures.bytes as f64 / 1e6,
        figures.rounds
    );
    (title, table)
}

pub(crate) fn runs(all: &[runs::Figures]) -> Titled {
    let header = [
        "findings",
        "run",
        "wall s",
        "CPU s",
        "peak MiB",
        "pages to plan s",
        "to xDome",
        "to ETM",
        "forced s",
        "forced share",
    ];
    let mut table = table(&header);
    for figures in all {
        for (name, ran) in [("first", &figures.first), ("1 % changed", &figures.second)] {
            let Ran { spent, vendor_requests, receiver_requests, forced_seconds, plan_seconds } = ran;
            table.add_row([
                figures.findings.to_string(),
                name.to_owned(),
                format!("{:.1}", spent.wall_seconds),
                format!("{:.1}", spent.cpu_seconds),
                format!("{:.0}", spent.peak_mib),
                format!("{plan_seconds:.1}"),
                vendor_requests.to_string(),
                receiver_requests.to_string(),
                format!("{forced_seconds:.1}"),
                format!("{:.0} %", forced_seconds / spent.wall_seconds * 100.0),
            ]);
        }
    }
    ("Whole runs; a request limit of 33 a second to each side".to_owned(), table)
}

pub(crate) fn reconcile(all: &[ledger::Figures]) -> Titled {
    let mut table = table(&["ledger rows", "GB of pages", "", "wall s", "CPU s", "peak MiB"]);
    for figures in all {
        let size = [figures.rows.to_string(), format!("{:.2}", figures.bytes as f64 / 1e9)];
        let mut row = |what: String, used: [String; 3]| {
            table.add_row(size.iter().cloned().chain([what]).chain(used));
        };
        let used = |wall: f64, spent: &Spent| {
            [format!("{wall:.1}"), format!("{:.1}", spent.cpu_seconds), format!("{:.0}", spent.peak_mib)]
        };
        row(
            "Causeway: questions, verdicts, plan, next ledger".to_owned(),
            used(figures.seconds, &figures.spent),
        );
        for ledger::Peer { memory, work, spent } in &figures.peers {
            let what = if *work == "join" { "the join alone" } else { "join, verdicts, next ledger" };
            let used = match spent {
                Ok(spent) => used(spent.wall_seconds, spent),
                Err(_) => ["out of memory", "", ""].map(str::to_owned),
            };
            row(format!("DuckDB: {what}, {memory}"), used);
        }
    }
    ("Reconcile, 1 % changed".to_owned(), table)
}

pub(crate) fn peers(findings: u32, peers: &[Peer]) -> Titled {
    let mut table = table(&["", "wall s", "CPU s", "peak MiB", "× Causeway's wall", "× its peak"]);
    let own = peers.first().map(|peer| peer.spent);
    for Peer { name, spent } in peers {
        let own = own.unwrap_or(*spent);
        table.add_row([
            (*name).to_owned(),
            format!("{:.1}", spent.wall_seconds),
            format!("{:.1}", spent.cpu_seconds),
            format!("{:.0}", spent.peak_mib),
            format!("{:.1}", spent.wall_seconds / own.wall_seconds),
            format!("{:.1}", spent.peak_mib / own.peak_mib),
        ]);
    }
    (format!("The same job, {findings} findings"), table)
}

/// An empty table; all columns but the first are of numbers.
pub(crate) fn table<T: ToString>(header: &[T]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header.iter().map(ToString::to_string));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
