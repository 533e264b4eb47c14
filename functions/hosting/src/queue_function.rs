//! A function that processes a queue: event in, response out.

use crate::{Function, Host, Work, serve};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use causeway_domain::{Failure, FailureKind};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Deserialize;
use std::process::ExitCode;

/// An event of SQS. One without messages, as a person may send, is accepted.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "Records", default)]
    messages: Option<Vec<SqsMessage>>,
}

/// Runs `function`, which processes its queue's messages with `work`.
pub fn serve_queue(function: Function, work: Work) -> ExitCode {
    serve(function, |host| async move {
        let host = &host;
        lambda_runtime::run(service_fn(|event| async move { answer(host, event, work).await })).await
    })
}

async fn answer(host: &Host, event: LambdaEvent<Event>, work: Work) -> Result<SqsBatchResponse, Diagnostic> {
    let began = host.engine.clock.now();
    let (event, context) = event.into_parts();
    let batch = host.batch(host.begin(&context), work).ok_or_else(|| {
        diagnostic(&Failure::new(FailureKind::NotPossible, host.function.name(), "it works off no queue"))
    })?;
    let worked = batch.work_off(event.messages.unwrap_or_default()).await;
    match worked {
        Ok((response, counts)) => {
            host.tell(&counts.with_milestones(), began);
            Ok(response)
        }
        Err(failure) => Err(diagnostic(&failure)),
    }
}

/// A failure as Lambda reports it.
pub(crate) fn diagnostic(failure: &Failure) -> Diagnostic {
    // The name that docs/OPERATE.md uses.
    let kind = serde_json::to_value(failure.kind).ok();
    let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    tracing::error!(error = %failure, kind, advice = failure.advice(), "the invocation failed");
    Diagnostic { error_type: kind.to_owned(), error_message: failure.to_string() }
}
