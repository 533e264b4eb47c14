//! Logs: one JSON object a line on stdout, which Lambda takes as it is. Each carries the run, connection and work of the
//! message that it is about; a panic is a line too.

use crate::metrics::Tally;
use std::panic;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

/// Starts logging with `filter`. Milestones are counted whatever the filter.
pub(crate) fn start(filter: &str) {
    let filter = filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    // The runtime would log errors and panics a second time.
    let filter = filter.with_target("lambda_runtime::layers", LevelFilter::OFF);
    let lines = fmt::layer().json().flatten_event(true).with_span_list(false).with_filter(filter);
    let counted = Tally.with_filter(filter_fn(|event| event.target().starts_with("causeway_runs")));
    registry().with(lines).with(counted).init();
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or("no text");
        tracing::error!(place, said, "the program panicked: this is a bug");
    }));
}
