//! Calls of the control function, for work that must be done from the stack's network.

use super::Stack;
use aws_sdk_lambda::primitives::Blob;
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_ports::Clock;
use causeway_runs::Tested;
use causeway_stack::Function;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The function's response to API Gateway.
#[derive(Deserialize)]
struct Response {
    #[serde(rename = "statusCode")]
    status: u16,
    #[serde(default)]
    body: String,
}

/// Lambda's response when the function fails.
#[derive(Default, Deserialize)]
struct Broken {
    #[serde(rename = "errorMessage")]
    message: Option<String>,
}

/// The function's error response.
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
        let body = self.ask(&Event::of("POST", &path, "causeway/operate", clock)).await?;
        serde_json::from_str(&body).map_err(|error| self.unreadable(&error.to_string()))
    }

    async fn ask(&self, event: &Event<'_>) -> Result<String, Failure> {
        let function = Function::Control.of(&self.name);
        let event = serde_json::to_vec(event).map_err(|error| self.unreadable(&error.to_string()))?;
        let client = aws_sdk_lambda::Client::new(&self.config);
        let invoked = client.invoke().function_name(&function).payload(Blob::new(event)).send().await;
        let answer =
            invoked.map_err(|error| causeway_aws::failure(format!("function {function}"), &error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if let Some(kind) = answer.function_error {
            let broken: Broken = serde_json::from_slice(&payload).unwrap_or_default();
            let reason = broken.message.as_deref().unwrap_or("no reason given");
            let detail = format!("it failed ({kind}): {reason}; see its log group");
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
        let detail = format!("its answer does not match this version: {detail}");
        Failure::new(FailureKind::UnexpectedAnswer, format!("function {function}"), detail)
    }
}

/// A request as API Gateway passes it on (HTTP API, payload format 2.0).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    request_context: Context<'a>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    authorizer: Authorizer<'a>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
struct Authorizer<'a> {
    jwt: Jwt<'a>,
}

#[derive(Serialize)]
struct Jwt<'a> {
    claims: BTreeMap<&'a str, &'a str>,
    scopes: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: &'a str,
    user_agent: &'a str,
}

impl<'a> Event<'a> {
    /// One made by a caller with `scope`. Whoever may invoke the function has been let in by AWS already, so this grants
    /// nothing more.
    fn of(method: &'a str, path: &'a str, scope: &'a str, clock: &dyn Clock) -> Self {
        let (now, caller, default) = (clock.now(), "command-line", "$default");
        Self {
            version: "2.0",
            route_key: default,
            raw_path: path,
            raw_query_string: "",
            headers: BTreeMap::from([("accept", "application/json")]),
            request_context: Context {
                account_id: "anonymous",
                api_id: caller,
                authorizer: Authorizer {
                    jwt: Jwt { claims: BTreeMap::from([("sub", caller), ("scope", scope)]), scopes: [scope] },
                },
                domain_name: caller,
                domain_prefix: caller,
                http: Http {
                    method,
                    path,
                    protocol: "HTTP/1.1",
                    source_ip: "127.0.0.1",
                    user_agent: concat!("causeway/", env!("CARGO_PKG_VERSION")),
                },
                request_id: caller,
                route_key: default,
                stage: default,
                time: now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                time_epoch: now.as_millisecond(),
            },
            is_base64_encoded: false,
        }
    }
}
