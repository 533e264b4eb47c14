//! How each function begins: logs first, then configuration, then clients, then the first event.

use crate::{Function, Host, Settings, logs};
use lambda_runtime::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs `function` for as long as its environment lives; `events` is called once and waits for events. A function that
/// cannot start logs the reason in one line and exits, which Lambda reports as an initialization error.
pub fn serve<F>(function: Function, events: impl FnOnce(Arc<Host>) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Error>>,
{
    let settings = Settings::read(function, &environment);
    logs::start(settings.as_ref().map_or("info", |settings| settings.log.as_str()));
    let served = settings.map_err(Error::from).and_then(|settings| {
        // A second installation is refused, which is harmless.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        causeway_runs::runtime()?
            .block_on(async { events(Arc::new(Host::new(function, settings, &environment))).await })
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = function.name(), error = %error, "the function cannot work");
            ExitCode::FAILURE
        }
    }
}

/// The function named by `CAUSEWAY_FUNCTION`; without one, a log line says so.
pub fn named() -> Option<Function> {
    let name = environment("CAUSEWAY_FUNCTION").unwrap_or_default();
    let found = Function::ALL.into_iter().find(|function| name == function.name());
    if found.is_none() {
        logs::start("info");
        let names = Function::ALL.map(Function::name).join(", ");
        tracing::error!(found = %name.display(), "CAUSEWAY_FUNCTION names none of {names}");
    }
    found
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
