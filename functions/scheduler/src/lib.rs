//! Function: starts a run, from a schedule or on demand.

use causeway_hosting::lambda_runtime::{self, LambdaEvent, service_fn};
use causeway_hosting::{Counts, Function, serve, start};
use std::process::ExitCode;

/// Runs it for as long as its environment lives.
pub fn run() -> ExitCode {
    serve(Function::Scheduler, |host| async move {
        let host = &host;
        let handler = service_fn(|event: LambdaEvent<_>| async move {
            let began = host.engine.clock.now();
            let answer = start(host, event.payload).await;
            host.tell(&Counts::default().with_milestones(), began);
            answer
        });
        lambda_runtime::run(handler).await
    })
}
