//! Function: starts a run, from a schedule or on demand.

use causeway_hosting::lambda_runtime::{self, LambdaEvent, service_fn};
use causeway_hosting::{Counts, Function, SchedulerResponse, serve, start};
use std::process::ExitCode;

/// Runs it for as long as its environment lives.
pub fn run() -> ExitCode {
    serve(Function::Scheduler, |host| async move {
        let host = &host;
        let handler = service_fn(|event: LambdaEvent<_>| async move {
            let began = host.engine.clock.now();
            host.begin(&event.context);
            let answer = start(host, event.payload).await;
            // A check that ends nothing emits no metrics: CloudWatch charges a metric for each hour in which it is emitted.
            if !matches!(&answer, Ok(SchedulerResponse::Ended { ended }) if ended.is_empty()) {
                host.tell(&Counts::default().with_milestones(), began);
            }
            answer
        });
        lambda_runtime::run(handler).await
    })
}
