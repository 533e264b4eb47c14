//! Metrics in CloudWatch's embedded metric format: one log line per invocation, which CloudWatch turns into metrics.
//!
//! Written with `serde_json` alone. The crate `metrics_cloudwatch_embedded` brings a registry of all metrics and a layer
//! around the runtime for what is a dozen sums and one line here, and cannot say that a metric is wanted by stack as well
//! as by function.

use causeway_runs::milestone;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Sums of milestones since they were last taken. One for the process, because an environment processes one
/// invocation at a time.
static SUMS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Sums the numbers of milestones, and counts broken invariants.
pub(crate) struct Tally;

impl<S: Subscriber> Layer<S> for Tally {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        event.record(&mut Adding { milestone: event.metadata().target() == milestone::TARGET });
    }
}

struct Adding {
    milestone: bool,
}

impl Visit for Adding {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.milestone {
            add(field.name(), value);
        }
    }

    fn record_str(&mut self, field: &Field, _value: &str) {
        if field.name() == "invariant" {
            add("invariants_broken", 1);
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}

fn add(name: &'static str, value: u64) {
    *SUMS.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += value;
}

/// The metrics of one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// These metrics, with names in snake case.
    pub fn of<const N: usize>(counts: [(&'static str, u64); N]) -> Self {
        Self(counts.into())
    }

    /// With the milestones since the last invocation.
    #[must_use]
    pub fn with_milestones(mut self) -> Self {
        let sums = std::mem::take(&mut *SUMS.lock().unwrap_or_else(PoisonError::into_inner));
        // Alarms on these need zeros, not missing data.
        for name in ["runs_errored", "runs_held", "invariants_broken"] {
            self.0.entry(name).or_default();
        }
        for (name, sum) in sums {
            *self.0.entry(name).or_default() += sum;
        }
        self
    }

    /// The line for CloudWatch of an invocation that ended at `ended_ms` since 1970 and took `took_ms`.
    pub fn line(&self, stack: &str, function: &str, ended_ms: i64, took_ms: u64) -> String {
        let mut metrics = vec![json!({ "Name": "Duration", "Unit": "Milliseconds" })];
        let mut line = Map::new();
        for (name, count) in &self.0 {
            let name = pascal(name);
            metrics.push(json!({ "Name": name, "Unit": "Count" }));
            line.insert(name, Value::from(*count));
        }
        let about = json!({
            "Namespace": "Causeway",
            "Dimensions": [["Stack"], ["Stack", "Function"]],
            "Metrics": metrics,
        });
        line.insert("_aws".to_owned(), json!({ "Timestamp": ended_ms, "CloudWatchMetrics": [about] }));
        line.insert("Duration".to_owned(), Value::from(took_ms));
        line.insert("Stack".to_owned(), Value::from(stack));
        line.insert("Function".to_owned(), Value::from(function));
        Value::Object(line).to_string()
    }

    /// Writes the line to stdout, next to the logs. Errors are ignored: metrics are no reason to fail.
    pub fn tell(&self, stack: &str, function: &str, ended_ms: i64, took_ms: u64) {
        let line = self.line(stack, function, ended_ms, took_ms);
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

/// `pages_staged` → `PagesStaged`.
fn pascal(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn milestones_and_broken_invariants_are_counted_and_nothing_else_is() {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Tally), || {
            tracing::info!(target: milestone::TARGET, pages_staged = 1_u64, records = 500_u64, "page staged");
            tracing::info!(target: milestone::TARGET, pages_staged = 1_u64, records = 20_u64, "page staged");
            tracing::error!(invariant = "I-3", seen = "x", "an invariant is broken");
            tracing::info!(records = 7_u64, "something else");
        });
        let line =
            Counts::of([("messages", 3)]).with_milestones().line("plant", "worker", 1_700_000_000_000, 250);
        let line: Value = serde_json::from_str(&line).unwrap();
        let counted = ["Messages", "PagesStaged", "Records", "InvariantsBroken", "RunsErrored", "Duration"];
        assert_eq!(counted.map(|name| line[name].as_u64()), [3, 2, 520, 1, 0, 250].map(Some), "{line}");
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Dimensions"], json!([["Stack"], ["Stack", "Function"]]));
        assert_eq!((&line["Stack"], &line["Function"]), (&json!("plant"), &json!("worker")));
        for metric in about["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric} has no value");
        }
        let again = Counts::default().with_milestones().line("plant", "worker", 0, 0);
        assert!(!again.contains("PagesStaged"), "an invocation is counted once: {again}");
    }
}
