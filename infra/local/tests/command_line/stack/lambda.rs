//! A server on loopback that answers as AWS Lambda does, for one function.

use super::emulated::NAME;
use crate::process::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use causeway_runtime_api::{Answer, Running};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// What AWS says of the function's configuration.
#[derive(Clone)]
pub(crate) enum Says {
    /// The whole answer.
    Configuration(Value),
    /// An error: status, code, message.
    Fault(u16, &'static str, &'static str),
}

impl IntoResponse for Says {
    fn into_response(self) -> Response {
        match self {
            Self::Configuration(answer) => axum::Json(answer).into_response(),
            Self::Fault(status, code, message) => {
                let status = StatusCode::from_u16(status).unwrap_or_default();
                let body = axum::Json(json!({ "Type": "User", "Message": message }));
                (status, [("x-amzn-errortype", code)], body).into_response()
            }
        }
    }
}

/// Starts it; the endpoint. `function` takes the invocations.
pub(crate) async fn serve(says: Says, function: Option<Running>) -> Result<String> {
    let function = Arc::new(Mutex::new(function));
    let path = format!("/2015-03-31/functions/{NAME}-control");
    let configuration = get(move || async move { says });
    let invocations = post(move |body: Bytes| async move { invoke(&function, &body).await });
    let router = Router::new()
        .route(&format!("{path}/configuration"), configuration)
        .route(&format!("{path}/invocations"), invocations);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(endpoint)
}

async fn invoke(function: &Mutex<Option<Running>>, body: &[u8]) -> Response {
    let event = serde_json::from_slice(body).unwrap_or_default();
    let mut function = function.lock().await;
    let answer = match function.as_mut() {
        Some(function) => function.invoke(event, Duration::from_secs(29)).await,
        None => None,
    };
    match answer {
        Some(Answer::Response(response)) => axum::Json(response).into_response(),
        Some(Answer::Error(error)) => {
            ([("x-amz-function-error", "Unhandled")], axum::Json(error)).into_response()
        }
        None => {
            let error = json!({ "errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited" });
            ([("x-amz-function-error", "Unhandled")], axum::Json(error)).into_response()
        }
    }
}
