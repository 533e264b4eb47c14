//! A preview as data, for a program.

use super::{Preview, Sample};
use crate::Forecast;
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
        "records": explained.records.iter().map(|record| parsed(&record.line)).collect::<Vec<_>>(),
        "reject": explained.reject,
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
