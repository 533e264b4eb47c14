//! The settings of a function, from its environment; `infra/aws/template.yaml` sets them.

use crate::Function;
use crate::environment::{Misconfigured, Variables};
use std::ffi::OsString;
use tracing_subscriber::filter::Targets;

/// Receives that SQS allows before a message is a dead letter.
const RECEIVES: std::ops::RangeInclusive<u32> = 1..=1000;

/// Processes that Lambda may run concurrently for one queue.
const CONCURRENCY: std::ops::RangeInclusive<u32> = 1..=1000;

/// The settings of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of the stack: 1 to 30 lower-case letters, digits and hyphens, a letter first.
    pub stack: String,
    /// Its bucket.
    pub bucket: String,
    /// URL of the queue of pages and direct queries.
    pub work_url: String,
    /// URL of the queue of checks.
    pub finalize_url: String,
    /// URL of the queue of batches.
    pub deliver_url: String,
    /// The queue that this function processes.
    pub own: Option<OwnQueue>,
    /// Workers that share the vendor's limit.
    pub workers: u32,
    /// Deliverers that share the destination's limit.
    pub deliverers: u32,
    /// The target of schedules; for the control function only.
    pub schedules: Option<Woken>,
    /// Filter of log events.
    pub log: String,
}

/// Settings of the queue that a function processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnQueue {
    /// URL of the queue of its dead letters.
    pub dead_url: String,
    /// Receives after which a message is dead-lettered.
    pub max_receives: u32,
}

/// The target of schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Woken {
    /// ARN of the scheduler function.
    pub function_arn: String,
    /// ARN of the role by which EventBridge Scheduler invokes it.
    pub role_arn: String,
    /// ARN of the queue of invocations that failed.
    pub dead_letter_arn: String,
}

impl Settings {
    /// Reads what `function` needs from an environment, where `look_up` finds the value of a variable.
    ///
    /// # Errors
    /// Names every variable that is missing or malformed.
    pub fn read(
        function: Function,
        look_up: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Misconfigured> {
        let mut variables = Variables::new(look_up);
        let is_filter = |text: &str| text.parse::<Targets>().is_ok();
        let settings = Self {
            stack: variables.text("CAUSEWAY_STACK", "the stack's name", is_stack),
            bucket: variables.text("CAUSEWAY_BUCKET", "the name of a bucket", is_bucket),
            work_url: url(&mut variables, "CAUSEWAY_WORK_QUEUE_URL"),
            finalize_url: url(&mut variables, "CAUSEWAY_FINALIZE_QUEUE_URL"),
            deliver_url: url(&mut variables, "CAUSEWAY_DELIVER_QUEUE_URL"),
            own: own(function, &mut variables),
            workers: variables.number("CAUSEWAY_WORKERS", &CONCURRENCY),
            deliverers: variables.number("CAUSEWAY_DELIVERERS", &CONCURRENCY),
            schedules: schedules(function, &mut variables),
            log: variables.text_or("CAUSEWAY_LOG", "info", "a filter of log events, such as info", is_filter),
        };
        variables.judge(settings)
    }
}

fn own(function: Function, variables: &mut Variables<'_>) -> Option<OwnQueue> {
    let (dead, receives) = match function {
        Function::Worker => ("CAUSEWAY_WORK_DEAD_QUEUE_URL", "CAUSEWAY_MAX_RECEIVES"),
        Function::Finalizer => ("CAUSEWAY_FINALIZE_DEAD_QUEUE_URL", "CAUSEWAY_MAX_CHECKS"),
        Function::Deliverer => ("CAUSEWAY_DELIVER_DEAD_QUEUE_URL", "CAUSEWAY_MAX_RECEIVES"),
        Function::Scheduler | Function::Control => return None,
    };
    Some(OwnQueue { dead_url: url(variables, dead), max_receives: variables.number(receives, &RECEIVES) })
}

/// The scheduler removes schedules only, and the group that it needs for this is the stack's name.
fn schedules(function: Function, variables: &mut Variables<'_>) -> Option<Woken> {
    match function {
        Function::Control => Some(Woken {
            function_arn: arn(variables, "CAUSEWAY_SCHEDULER_ARN"),
            role_arn: arn(variables, "CAUSEWAY_SCHEDULER_ROLE_ARN"),
            dead_letter_arn: arn(variables, "CAUSEWAY_SCHEDULE_DEAD_ARN"),
        }),
        Function::Scheduler => Some(Woken {
            function_arn: String::new(),
            role_arn: String::new(),
            dead_letter_arn: String::new(),
        }),
        Function::Worker | Function::Finalizer | Function::Deliverer => None,
    }
}

fn url(variables: &mut Variables<'_>, name: &str) -> String {
    variables.text(name, "the URL of a queue", |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let named = rest
            .and_then(|rest| rest.rsplit_once('/'))
            .is_some_and(|(host, queue)| !host.is_empty() && !queue.is_empty());
        named && text.chars().all(|c| c.is_ascii_graphic())
    })
}

fn arn(variables: &mut Variables<'_>, name: &str) -> String {
    variables.text(name, "an ARN", |text| {
        text.starts_with("arn:") && text.split(':').count() >= 6 && text.chars().all(|c| c.is_ascii_graphic())
    })
}

fn is_stack(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=30).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(letters)
}

fn is_bucket(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    (3..=63).contains(&text.len()) && text.chars().all(letters)
}
