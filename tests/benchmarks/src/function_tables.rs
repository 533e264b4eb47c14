//! Figures of the functions as tables.

use crate::tables::{Titled, table};
use causeway_benchmarks::functions::million::{PageWork, Variants};
use causeway_benchmarks::functions::start::Start;
use causeway_benchmarks::functions::whole::Whole;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn starts(all: &[Start], rounds: usize) -> Titled {
    let header = ["", "start ms", "p90 ms", "× hello", "CPU ms", "peak MiB", "binary MiB", "zip MiB"];
    let mut table = table(&header);
    let mebibytes = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
    for start in all {
        table.add_row([
            start.name.clone(),
            format!("{:.1}", start.median_ms),
            format!("{:.1}", start.p90_ms),
            format!("{:.2}", start.over_hello),
            format!("{:.1}", start.cpu_ms),
            format!("{:.1}", start.peak_mib),
            mebibytes(start.binary_bytes),
            start.zip_bytes.map(mebibytes).unwrap_or_default(),
        ]);
    }
    (format!("From the start of the process to its first poll, {rounds} starts of each in turn"), table)
}

pub(crate) fn page_work(all: &[PageWork], variants: &Variants) -> Titled {
    let header = [
        "",
        "findings",
        "pages",
        "batch",
        "processes",
        "calls",
        "wall s",
        "billed s",
        "CPU s",
        "peak MiB",
        "GB-s per 1 M",
        "Python's",
    ];
    let mut table = table(&header);
    for work in all {
        let same = |other: &&PageWork| {
            other.name == "Python" && other.setting == work.setting && other.findings == work.findings
        };
        let python = all.iter().find(same).filter(|_| work.name != "Python");
        let over = python.map(|python| python.gb_seconds_a_million() / work.gb_seconds_a_million());
        table.add_row([
            work.name.to_owned(),
            work.findings.to_string(),
            work.pages.to_string(),
            work.setting.batch.to_string(),
            work.setting.processes.to_string(),
            work.used.invocations.to_string(),
            format!("{:.1}", work.wall_seconds),
            format!("{:.1}", work.used.billed_ms as f64 / 1e3),
            format!("{:.2}", work.used.cpu_seconds),
            format!("{:.0}", work.used.peak_mib),
            format!("{:.1}", work.gb_seconds_a_million()),
            over.map(|over| format!("{over:.1} ×")).unwrap_or_default(),
        ]);
    }
    let share = if variants.share {
        "with the share of a processor that Lambda gives"
    } else {
        "with whole processors"
    };
    let title = format!(
        "Page work at {} MB, {share}; {} ms for each request to AWS",
        variants.memory,
        variants.cloud.as_millis()
    );
    (title, table)
}

pub(crate) fn page_requests(all: &[PageWork]) -> Titled {
    let kinds: BTreeSet<&String> = all.iter().flat_map(|work| work.requests.keys()).collect();
    let header = ["", "findings", "batch", "processes", "to xDome"].map(str::to_owned).into_iter();
    let header: Vec<String> = header.chain(kinds.iter().map(|kind| (*kind).clone())).collect();
    let mut table = table(&header);
    for work in all {
        let row = [
            work.name.to_owned(),
            work.findings.to_string(),
            work.setting.batch.to_string(),
            work.setting.processes.to_string(),
            work.vendor_requests.to_string(),
        ];
        table.add_row(row.into_iter().chain(counts(&work.requests, &kinds)));
    }
    ("Requests of the page work".to_owned(), table)
}

fn counts(requests: &BTreeMap<String, u64>, kinds: &BTreeSet<&String>) -> Vec<String> {
    kinds.iter().map(|kind| requests.get(*kind).copied().unwrap_or_default().to_string()).collect()
}

pub(crate) fn wholes(all: &[Whole]) -> Vec<Titled> {
    let mut times = table(&[
        "workers", "batch", "pages", "findings", "pages s", "whole s", "to xDome", "objects", "outcome",
    ]);
    let kinds: BTreeSet<&String> = all.iter().flat_map(|run| run.requests.keys()).collect();
    let header = ["workers".to_owned()].into_iter().chain(kinds.iter().map(|kind| (*kind).clone()));
    let mut requests = table(&header.collect::<Vec<_>>());
    let header =
        ["workers", "function", "calls", "messages", "came back", "billed s", "CPU s", "peak MiB", "GB-s"];
    let mut functions = table(&header);
    for run in all {
        times.add_row([
            run.workers.to_string(),
            run.batch.to_string(),
            run.pages.to_string(),
            run.findings.to_string(),
            format!("{:.1}", run.pages_seconds),
            format!("{:.1}", run.wall_seconds),
            run.vendor_requests.to_string(),
            run.objects.to_string(),
            run.outcome.clone(),
        ]);
        requests.add_row([run.workers.to_string()].into_iter().chain(counts(&run.requests, &kinds)));
        for (name, used) in &run.used {
            functions.add_row([
                run.workers.to_string(),
                (*name).to_owned(),
                used.invocations.to_string(),
                used.messages.to_string(),
                used.came_back.to_string(),
                format!("{:.1}", used.billed_ms as f64 / 1e3),
                format!("{:.2}", used.cpu_seconds),
                format!("{:.0}", used.peak_mib),
                format!("{:.1}", used.gb_seconds()),
            ]);
        }
    }
    vec![
        ("Whole runs by the functions".to_owned(), times),
        ("Their requests to AWS, without those of the event sources".to_owned(), requests),
        ("Their functions; a check of the finalizer is a message that it was handed".to_owned(), functions),
    ]
}
