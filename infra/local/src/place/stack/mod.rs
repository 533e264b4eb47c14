//! A stack of functions on AWS, used with the operator's own credentials.
//!
//! Only its name is needed: bucket, queues and everything else are in the environment of its control
//! function, which is read with one request.

mod control;
mod identity;
mod logs;
mod refusal;

pub(crate) use logs::Line;

use crate::output::Problem;
use aws_sdk_lambda::types::EnvironmentResponse;
use causeway_aws::configuration;
use causeway_ports::{Schedules, SecretKeeper, SystemClock};
use causeway_runs::Engine;
use causeway_stack::{Function, Misconfigured, Settings};
use refusal::StackLookup;
use std::ffi::OsString;
use std::sync::Arc;

/// The name, region and credentials profile of a stack.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) name: String,
    /// Region; by default that of the environment or the profile.
    pub(crate) region: Option<String>,
    /// Profile in AWS's own files, for credentials and region.
    pub(crate) profile: Option<String>,
}

/// The parts of a stack besides the engine.
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) schedules: Arc<dyn Schedules>,
    config: aws_config::SdkConfig,
}

/// Finds the stack and builds its engine.
pub(super) async fn open(address: &Address) -> Result<(Engine, Arc<dyn SecretKeeper>, Stack), Problem> {
    let config = configuration(address.region.clone(), address.profile.as_deref()).await;
    let wanted = StackLookup { address, region: config.region().map(ToString::to_string) };
    wanted.judge_region()?;
    let function = Function::Control.of(&address.name);
    let lambda = aws_sdk_lambda::Client::new(&config);
    let found = lambda.get_function_configuration().function_name(&function).send().await;
    let found = found.map_err(|error| wanted.not_found(&error))?;
    let settings = settings(&wanted, found.environment.as_ref())?;
    let causeway_stack::Stack { name, engine, secrets, schedules, .. } =
        causeway_stack::Stack::new(&config, settings, Arc::new(SystemClock));
    let schedules = schedules.ok_or_else(|| wanted.foreign("it names no schedules"))?;
    Ok((engine, secrets, Stack { name, schedules, config }))
}

/// Settings from the control function's environment, read as the function reads them.
fn settings(
    wanted: &StackLookup<'_>,
    environment: Option<&EnvironmentResponse>,
) -> Result<Settings, Problem> {
    if let Some(error) = environment.and_then(EnvironmentResponse::error) {
        return Err(wanted.undecrypted(error));
    }
    let variables = environment.and_then(EnvironmentResponse::variables);
    let look_up = |name: &str| variables?.get(name).map(OsString::from);
    let settings =
        Settings::read(Function::Control, &look_up).map_err(|wrong| wanted.foreign(&in_short(&wrong)))?;
    if settings.stack != wanted.address.name {
        return Err(wanted.foreign(&format!("it belongs to stack {}", settings.stack)));
    }
    Ok(settings)
}

/// The first mistake and the number of the others: often all variables are wrong.
fn in_short(Misconfigured(wrong): &Misconfigured) -> String {
    let first = wrong.first().map_or("", String::as_str);
    match wrong.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first}, and {} more of its variables are wrong", many - 1),
    }
}
