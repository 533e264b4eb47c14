//! A stack of functions on AWS, worked on with the operator's own credentials.
//!
//! Only its name is asked for: bucket, queues and whatever else there is stand in the environment of its control
//! function, which is read with one request.

mod control;
mod identity;
mod logs;
mod refusal;

pub(crate) use logs::Line;

use crate::machine::{Machine, Place};
use crate::output::Problem;
use crate::site::Named;
use aws_sdk_lambda::types::EnvironmentResponse;
use causeway_aws::configuration;
use causeway_ports::{Schedules, SystemClock};
use causeway_stack::{Function, Misconfigured, Settings, Stack};
use refusal::Wanted;
use std::ffi::OsString;
use std::sync::Arc;

/// What a stack has besides the engine.
pub(crate) struct Cloud {
    pub(crate) name: String,
    pub(crate) schedules: Arc<dyn Schedules>,
    config: aws_config::SdkConfig,
}

/// Finds the stack and makes its engine.
pub(crate) async fn open(named: &Named) -> Result<Machine, Problem> {
    let config = configuration(named.region.clone(), named.profile.as_deref()).await;
    let wanted = Wanted { named, region: config.region().map(ToString::to_string) };
    wanted.judge_region()?;
    let function = Function::Control.of(&named.stack);
    let lambda = aws_sdk_lambda::Client::new(&config);
    let found = lambda.get_function_configuration().function_name(&function).send().await;
    let found = found.map_err(|error| wanted.not_found(&error))?;
    let settings = settings(&wanted, found.environment.as_ref())?;
    let Stack { name, engine, secrets, schedules, .. } = Stack::new(&config, settings, Arc::new(SystemClock));
    let schedules = schedules.ok_or_else(|| wanted.foreign("it names no schedules"))?;
    let place = Place::Stack(Box::new(Cloud { name, schedules, config }));
    Ok(Machine { engine, secrets, place })
}

/// What the control function's environment says, read as the function reads it.
fn settings(wanted: &Wanted<'_>, environment: Option<&EnvironmentResponse>) -> Result<Settings, Problem> {
    if let Some(error) = environment.and_then(EnvironmentResponse::error) {
        return Err(wanted.undecrypted(error));
    }
    let variables = environment.and_then(EnvironmentResponse::variables);
    let look_up = |name: &str| variables?.get(name).map(OsString::from);
    let settings =
        Settings::read(Function::Control, &look_up).map_err(|wrong| wanted.foreign(&in_short(&wrong)))?;
    if settings.stack != wanted.named.stack {
        return Err(wanted.foreign(&format!("it belongs to stack {}", settings.stack)));
    }
    Ok(settings)
}

/// The first thing that is wrong, and how many there are besides: often it is all of them.
fn in_short(Misconfigured(wrong): &Misconfigured) -> String {
    let first = wrong.first().map_or("", String::as_str);
    match wrong.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first}, and {} more of its variables are wrong", many - 1),
    }
}
