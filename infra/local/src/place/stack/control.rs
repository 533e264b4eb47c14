//! Asking the control function, for what must be done from where the functions run.

use super::Stack;
use aws_sdk_lambda::primitives::Blob;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_ports::Clock;
use causeway_runs::Tested;
use causeway_stack::Function;
use serde::Deserialize;
use serde_json::{Value, json};

/// What the function answers to API Gateway.
#[derive(Deserialize)]
struct Response {
    #[serde(rename = "statusCode")]
    status: u16,
    #[serde(default)]
    body: String,
}

/// What it answers when something cannot be done.
#[derive(Deserialize)]
struct Refused {
    kind: FailureKind,
    subject: String,
    detail: String,
}

impl Stack {
    /// The checks of source and destination, made by the control function: from its network, with its rights.
    ///
    /// # Errors
    /// Those of the function, and those of reaching it.
    pub(crate) async fn test(
        &self,
        name: &ConnectionName,
        clock: &dyn Clock,
    ) -> Result<Vec<Tested>, Failure> {
        let path = format!("/v1/connections/{name}/test");
        let body = self.ask(&event("POST", &path, "causeway/operate", clock)).await?;
        serde_json::from_str(&body).map_err(|error| self.unreadable(&error.to_string()))
    }

    async fn ask(&self, event: &Value) -> Result<String, Failure> {
        let function = Function::Control.of(&self.name);
        let client = aws_sdk_lambda::Client::new(&self.config);
        let invoked =
            client.invoke().function_name(&function).payload(Blob::new(event.to_string())).send().await;
        let answer =
            invoked.map_err(|error| causeway_aws::failure(format!("function {function}"), &error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if let Some(kind) = answer.function_error {
            let told = serde_json::from_slice::<Value>(&payload).unwrap_or_default();
            let told = told.get("errorMessage").and_then(Value::as_str).unwrap_or("no reason given");
            let detail = format!("it broke off ({kind}): {told}; its log group says more");
            return Err(Failure::new(FailureKind::CutShort, format!("function {function}"), detail));
        }
        let response: Response =
            serde_json::from_slice(&payload).map_err(|error| self.unreadable(&error.to_string()))?;
        if response.status == 200 {
            return Ok(response.body);
        }
        match serde_json::from_str::<Refused>(&response.body) {
            Ok(refused) => Err(Failure::new(refused.kind, refused.subject, refused.detail)),
            Err(_) => Err(self.unreadable(&format!("status {}", response.status))),
        }
    }

    fn unreadable(&self, detail: &str) -> Failure {
        let function = Function::Control.of(&self.name);
        let detail = format!("its answer is not that of this version: {detail}");
        Failure::new(FailureKind::UnexpectedAnswer, format!("function {function}"), detail)
    }
}

/// A request as API Gateway passes it on (HTTP API, payload format 2.0), made by one who has `scope`. Whoever may invoke
/// the function has been let in by AWS already, so this gives nobody more than he has.
fn event(method: &str, path: &str, scope: &str, clock: &dyn Clock) -> Value {
    let now = clock.now();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "accept": "application/json" },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "command-line",
            "authorizer": { "jwt": { "claims": { "sub": "command-line", "scope": scope }, "scopes": [scope] } },
            "domainName": "command-line",
            "domainPrefix": "command-line",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": concat!("causeway/", env!("CARGO_PKG_VERSION")),
            },
            "requestId": "command-line",
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    })
}
