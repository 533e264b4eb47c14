//! A server on loopback that answers as AWS Lambda does, for one function.

use super::emulated::NAME;
use crate::process::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;

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

/// Starts it; the endpoint. `function` takes the invocations; without one, each ends as a crash does.
pub(crate) async fn serve(says: Says, function: Option<Router>) -> Result<String> {
    let path = format!("/2015-03-31/functions/{NAME}-control");
    let configuration = get(move || async move { says });
    let invocations = post(move |body: Bytes| async move { invoke(function, &body).await });
    let router = Router::new()
        .route(&format!("{path}/configuration"), configuration)
        .route(&format!("{path}/invocations"), invocations);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(endpoint)
}

/// Hands the event to the function as `lambda_http` does, and its response back as API Gateway gets it.
async fn invoke(function: Option<Router>, event: &[u8]) -> Response {
    let Some(function) = function else {
        let crash =
            json!({ "errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited" });
        return ([("x-amz-function-error", "Unhandled")], axum::Json(crash)).into_response();
    };
    let request = lambda_http::request::from_reader(event).expect("the event is one of API Gateway");
    let response = function.oneshot(request).await.unwrap_or_default();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    axum::Json(json!({ "statusCode": status, "body": body, "isBase64Encoded": false })).into_response()
}
