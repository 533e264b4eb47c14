//! The log lines of one run, from the log groups of the functions.

use super::Stack;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use causeway_domain::{Failure, RunId};
use causeway_stack::Function;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    /// When it was written.
    pub(crate) at: Timestamp,
    /// The function that wrote it.
    pub(crate) function: &'static str,
    /// The event: an object as the functions write it, or a text.
    pub(crate) event: Value,
    /// CloudWatch's id of it.
    #[serde(skip)]
    pub(crate) id: String,
}

impl Stack {
    /// All lines that name `run`, in time order, none older than `since`.
    ///
    /// # Errors
    /// `AccessDenied`, and others of CloudWatch Logs. A function that has logged nothing yet has no lines.
    pub(crate) async fn log_lines(
        &self,
        run: &RunId,
        since: Option<Timestamp>,
    ) -> Result<Vec<Line>, Failure> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let mut lines = Vec::new();
        for function in Function::ALL {
            let group = function.log_group(&self.name);
            let asked = client.filter_log_events().log_group_name(&group);
            // The id as one term, because different lines have it in different fields.
            let asked = asked.filter_pattern(format!("\"{run}\""));
            let asked = asked.set_start_time(since.map(Timestamp::as_millisecond));
            let mut pages = asked.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = match page {
                    Ok(page) => page,
                    Err(error) if causeway_aws::code(&error) == Some("ResourceNotFoundException") => break,
                    Err(error) => return Err(causeway_aws::failure(format!("log group {group}"), &error)),
                };
                let events = page.events.unwrap_or_default().into_iter();
                lines.extend(events.filter_map(|event| Line::of(function, event)));
            }
        }
        // A stable sort keeps lines of the same millisecond in the order of the function.
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }
}

impl Line {
    fn of(function: Function, event: FilteredLogEvent) -> Option<Self> {
        let text = event.message?;
        let at = Timestamp::from_millisecond(event.timestamp?).ok()?;
        let event_id = event.event_id.unwrap_or_default();
        let event = serde_json::from_str(&text).ok().filter(Value::is_object);
        let event = event.unwrap_or_else(|| Value::String(text.trim_end().to_owned()));
        Some(Self { at, function: function.name(), event, id: event_id })
    }
}
