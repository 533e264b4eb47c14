//! The schedules of one stack in EventBridge Scheduler.

use crate::expression::{Expression, expressions};
use crate::faults;
use crate::on_first_use::{OnFirstUse, on_first_use};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::primitives::DateTime;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy,
    ScheduleState, Target,
};
use causeway_domain::definition::ScheduleSettings;
use causeway_domain::schedule::Timetable;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_ports::{Clock, Schedules};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Retries of a failed invocation, and the seconds after its time in which they are made.
const ATTEMPTS: i32 = 10;
const LONGEST_AGE: i32 = 3_600;

/// The target of the schedules of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTarget {
    /// Schedule group, which is the stack's name.
    pub group: String,
    /// ARN of the function that is invoked.
    pub function_arn: String,
    /// ARN of the role that EventBridge Scheduler assumes to invoke it.
    pub role_arn: String,
    /// ARN of the queue of the invocations that failed permanently.
    pub dead_letter_arn: String,
    /// Longest delay of a start in minutes, 1 to 1440, so that the schedules of a company do not all start at
    /// once; `None` starts on time.
    pub flexible_minutes: Option<u16>,
}

/// The schedules of a stack. The first one of a connection has the connection's name; where one expression cannot say all
/// of a schedule, the others have a capital letter behind it. Clones share one client.
#[derive(Clone)]
pub struct StackSchedules {
    client: OnFirstUse<Client>,
    target: Arc<ScheduleTarget>,
    clock: Arc<dyn Clock>,
}

impl StackSchedules {
    /// The schedules in the group of `target`.
    pub fn new(config: &SdkConfig, target: ScheduleTarget, clock: Arc<dyn Clock>) -> Self {
        let config = config.clone();
        let client = on_first_use(move || Client::new(&config));
        Self { client, target: Arc::new(target), clock }
    }

    /// Creates or replaces the schedule called `name`.
    async fn write(
        &self,
        connection: &ConnectionName,
        name: &str,
        expression: &Expression,
    ) -> Result<(), Failure> {
        let built =
            |error: BuildError| Failure::new(FailureKind::StoreUnavailable, subject(name), error.to_string());
        let (target, window) = (self.invocation(connection).map_err(built)?, self.window().map_err(built)?);
        for _ in 0..2 {
            let update = self.client.update_schedule().group_name(&self.target.group).name(name);
            let update = update.schedule_expression(&expression.text).target(target.clone());
            let update = update.schedule_expression_timezone(&expression.zone).state(ScheduleState::Enabled);
            let update = update.flexible_time_window(window.clone());
            let update =
                update.set_start_date(expression.from.map(date)).set_end_date(expression.until.map(date));
            let updated = update.action_after_completion(ActionAfterCompletion::Delete).send().await;
            match updated {
                Ok(_) => return Ok(()),
                Err(error) if faults::code(&error) == Some("ResourceNotFoundException") => {}
                Err(error) => {
                    return Err(refused(
                        name,
                        expression,
                        faults::code(&error),
                        faults::failure(subject(name), &error),
                    ));
                }
            }
            let create = self.client.create_schedule().group_name(&self.target.group).name(name);
            let create = create.schedule_expression(&expression.text).target(target.clone());
            let create = create.schedule_expression_timezone(&expression.zone).state(ScheduleState::Enabled);
            let create = create.flexible_time_window(window.clone());
            let create =
                create.set_start_date(expression.from.map(date)).set_end_date(expression.until.map(date));
            let created = create.action_after_completion(ActionAfterCompletion::Delete).send().await;
            match created {
                Ok(_) => return Ok(()),
                // Another process has just created it.
                Err(error) if faults::code(&error) == Some("ConflictException") => {}
                Err(error) => {
                    return Err(refused(
                        name,
                        expression,
                        faults::code(&error),
                        faults::failure(subject(name), &error),
                    ));
                }
            }
        }
        Err(Failure::new(FailureKind::Conflict, subject(name), "is created and removed by somebody else"))
    }

    fn invocation(&self, connection: &ConnectionName) -> Result<Target, BuildError> {
        let event = serde_json::json!({
            "version": 1,
            "kind": "schedule",
            "connection": connection,
            "scheduled_time": "<aws.scheduler.scheduled-time>",
        });
        let retry =
            RetryPolicy::builder().maximum_retry_attempts(ATTEMPTS).maximum_event_age_in_seconds(LONGEST_AGE);
        let target = Target::builder().arn(&self.target.function_arn).role_arn(&self.target.role_arn);
        let dead = DeadLetterConfig::builder().arn(&self.target.dead_letter_arn).build();
        target.input(event.to_string()).retry_policy(retry.build()).dead_letter_config(dead).build()
    }

    fn window(&self) -> Result<FlexibleTimeWindow, BuildError> {
        let window = FlexibleTimeWindow::builder();
        match self.target.flexible_minutes {
            Some(minutes) => window
                .mode(FlexibleTimeWindowMode::Flexible)
                .maximum_window_in_minutes(i32::from(minutes))
                .build(),
            None => window.mode(FlexibleTimeWindowMode::Off).build(),
        }
    }

    /// Names of all schedules that start with `prefix`.
    async fn names(&self, prefix: Option<&str>) -> Result<Vec<String>, Failure> {
        let list = self.client.list_schedules().group_name(&self.target.group);
        let mut pages = list.set_name_prefix(prefix.map(str::to_owned)).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let subject = || format!("schedule group {}", self.target.group);
            let page = page.map_err(|error| faults::failure(subject(), &error))?;
            names.extend(page.schedules.into_iter().filter_map(|schedule| schedule.name));
        }
        Ok(names)
    }

    /// Removes the schedules of a connection but those called in `keep`.
    async fn remove_but(&self, connection: &ConnectionName, keep: &[String]) -> Result<(), Failure> {
        let all = self.names(Some(connection.as_str())).await?;
        let own = all.iter().filter(|name| owner(name) == Some(connection.as_str()) && !keep.contains(name));
        for name in own {
            let delete = self.client.delete_schedule().group_name(&self.target.group).name(name).send().await;
            match delete {
                Ok(_) => {}
                Err(error) if faults::code(&error) == Some("ResourceNotFoundException") => {}
                Err(error) => return Err(faults::failure(subject(name), &error)),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Schedules for StackSchedules {
    async fn put(
        &self,
        connection: &ConnectionName,
        settings: &ScheduleSettings,
        since: Timestamp,
    ) -> Result<(), Failure> {
        let timetable = Timetable::of(settings, since)?;
        let expressions = match settings.enabled {
            true => expressions(settings, &timetable, self.clock.now())?,
            false => Vec::new(),
        };
        let names: Vec<String> = names_of(connection).take(expressions.len()).collect();
        if names.len() < expressions.len() {
            let detail = format!(
                "needs {} schedules of EventBridge Scheduler, and {} can be had",
                expressions.len(),
                names.len()
            );
            return Err(Failure::new(FailureKind::DefinitionInvalid, "schedule", detail));
        }
        for (name, expression) in names.iter().zip(&expressions) {
            self.write(connection, name, expression).await?;
        }
        self.remove_but(connection, &names).await
    }

    async fn remove(&self, connection: &ConnectionName) -> Result<(), Failure> {
        self.remove_but(connection, &[]).await
    }

    async fn list(&self) -> Result<Vec<ConnectionName>, Failure> {
        let names = self.names(None).await?;
        let owners: BTreeSet<&str> = names.iter().filter_map(|name| owner(name)).collect();
        Ok(owners.into_iter().filter_map(|name| ConnectionName::parse(name).ok()).collect())
    }
}

/// Names for the schedules of a connection. AWS's longest name has just one character more than ours.
fn names_of(connection: &ConnectionName) -> impl Iterator<Item = String> {
    let letters = ('A'..='Z').map(move |letter| format!("{connection}{letter}"));
    std::iter::once(connection.to_string()).chain(letters)
}

/// The connection that a schedule belongs to, by its name; `None` for one that is not ours.
fn owner(name: &str) -> Option<&str> {
    let name = name.strip_suffix(|c: char| c.is_ascii_uppercase()).unwrap_or(name);
    ConnectionName::parse(name).is_ok().then_some(name)
}

fn subject(name: &str) -> String {
    format!("schedule {name}")
}

/// An expression that AWS rejects is a mistake of the definition.
fn refused(name: &str, expression: &Expression, code: Option<&str>, failure: Failure) -> Failure {
    match code {
        Some("ValidationException") => {
            let detail = format!("{} of {name} was refused: {}", expression.text, failure.detail);
            Failure::new(FailureKind::DefinitionInvalid, "schedule", detail)
        }
        _ => failure,
    }
}

fn date(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}
