//! The functions of a stack, and how each begins: logs first, then configuration, then clients, then the first event.

use crate::{Host, Settings, logs};
use lambda_runtime::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// A function of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Starts runs.
    Scheduler,
    /// Works on pages and questions.
    Worker,
    /// Decides what a run needs next.
    Finalizer,
    /// Delivers batches.
    Deliverer,
    /// Answers the HTTP API.
    Control,
}

impl Function {
    /// Its name inside a stack.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Worker => "worker",
            Self::Finalizer => "finalizer",
            Self::Deliverer => "deliverer",
            Self::Control => "control",
        }
    }
}

/// Runs `function` for as long as its environment lives: `events` is called once and waits for events. A function that
/// cannot begin says why in one log line and ends, which Lambda reports as an error of its initialization.
pub fn serve<F>(function: Function, events: impl FnOnce(Arc<Host>) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Error>>,
{
    let environment = |name: &str| -> Option<OsString> { std::env::var_os(name) };
    let settings = Settings::read(function, &environment);
    logs::start(settings.as_ref().map_or("info", |settings| settings.log.as_str()));
    let served = settings.map_err(Error::from).and_then(|settings| {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { events(Arc::new(Host::new(function, settings).await)).await })
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = function.name(), error = %error, "the function cannot work");
            ExitCode::FAILURE
        }
    }
}
