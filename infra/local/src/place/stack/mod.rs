//! A stack of functions on AWS, worked on with the operator's own credentials.
//!
//! Only its name is asked for: bucket, queues and whatever else there is stand in the environment of its control
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
use refusal::Wanted;
use std::ffi::OsString;
use std::sync::Arc;

/// The name of a stack, and where it is.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) name: String,
    /// By default that of the environment or the profile.
    pub(crate) region: Option<String>,
    /// A profile of AWS's own files, whose credentials and region hold.
    pub(crate) profile: Option<String>,
}

/// What a stack has besides the engine.
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) schedules: Arc<dyn Schedules>,
    config: aws_config::SdkConfig,
}

/// Finds the stack and makes its engine.
pub(super) async fn open(address: &Address) -> Result<(Engine, Arc<dyn SecretKeeper>, Stack), Problem> {
    let config = configuration(address.region.clone(), address.profile.as_deref()).await;
    let wanted = Wanted { address, region: config.region().map(ToString::to_string) };
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

/// What the control function's environment says, read as the function reads it.
fn settings(wanted: &Wanted<'_>, environment: Option<&EnvironmentResponse>) -> Result<Settings, Problem> {
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

/// The first thing that is wrong, and how many there are besides: often it is all of them.
fn in_short(Misconfigured(wrong): &Misconfigured) -> String {
    let first = wrong.first().map_or("", String::as_str);
    match wrong.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first}, and {} more of its variables are wrong", many - 1),
    }
}
