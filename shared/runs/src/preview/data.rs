//! A preview as data, for a program.

use super::{Preview, Sample};
use crate::Forecast;
use causeway_ledger::StagedPage;
use causeway_ports::Records;
use serde_json::{Value, json};

impl Preview {
    /// Everything, with what `forecast` makes of it.
    pub fn data(&self, forecast: &Forecast) -> Value {
        let reject = |(page, reject): &(_, _)| json!({ "page": page, "reject": reject });
        json!({
            "connection": self.manifest.connection,
            "whole": self.is_whole(),
            "streams": self.manifest.streams,
            "pages_read": self.pages.len(),
            "coverage": self.coverage,
            "samples": self.samples.iter().map(sample).collect::<Vec<_>>(),
            "rejects": self.rejects.iter().map(reject).collect::<Vec<_>>(),
            "assets": self.plan.assets,
            "findings": self.plan.findings,
            "held": self.plan.held,
            "verdicts": self.verdicts,
            "traffic": self.traffic,
            "forecast": forecast,
        })
    }
}

fn sample(sample: &Sample) -> Value {
    let explained = &sample.explained;
    json!({
        "stream": sample.stream,
        "key": explained.key,
        "source": parsed(&explained.row),
        "records": staged(&explained.records),
        "reject": explained.reject,
    })
}

/// The records as they would be staged.
fn staged(records: &Records) -> Vec<Value> {
    let page = StagedPage::write(records).unwrap_or_default();
    let lines = page.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
