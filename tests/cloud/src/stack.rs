//! A deployed stack, as the suite uses it.

use crate::Result;
use crate::stage::Stage;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The two stacks, whose names begin the same.
pub const STACKS: [&str; 2] = ["plant", "plant-2"];

/// A stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Configuration for clients.
    pub config: aws_config::SdkConfig,
    /// Where it stands.
    pub stage: Stage,
    bucket: String,
    outputs: BTreeMap<String, String>,
}

/// What the HTTP API answered.
#[derive(Debug, Clone)]
pub struct ApiResponse {
    /// Status.
    pub status: u16,
    /// Body; `null` when it is no JSON.
    pub body: Value,
}

impl Stack {
    /// A stack of the stage that runs this test.
    ///
    /// # Errors
    /// When there is no stage: `make cloud` brings it.
    pub async fn of_stage(name: &str) -> Result<Self> {
        let stage = Stage::told()?;
        let outputs = stage.outputs.get(name).cloned().unwrap_or_default();
        let outputs: BTreeMap<String, String> = serde_json::from_value(outputs)?;
        Ok(Self {
            name: format!("{}{name}", stage.prefix),
            config: stage.config().await,
            bucket: outputs.get("Bucket").cloned().unwrap_or_default(),
            stage,
            outputs,
        })
    }

    /// An output of the template.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// A token of the stage's issuer; `wish` as in [`crate::issuer`].
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn token(&self, wish: &str) -> Result<String> {
        Ok(reqwest::get(format!("{}/token?{wish}", self.stage.issuer))
            .await?
            .error_for_status()?
            .text()
            .await?)
    }

    /// Calls the HTTP API with a token for everything.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<ApiResponse> {
        let token = self.token("scope=causeway/admin").await?;
        self.call_with(Some(&token), method, path, body).await
    }

    /// As [`Self::call`], and what it answers unless it refuses.
    ///
    /// # Errors
    /// Anything but a success, with what it answered.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.call(method.clone(), path, body).await?;
        match answer.status {
            200..300 => Ok(answer.body),
            other => Err(format!("{method} {path} answered {other}: {}", answer.body).into()),
        }
    }

    /// Calls the HTTP API with this token.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn call_with(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<ApiResponse> {
        let api = self.output("ApiUrl");
        let client = reqwest::Client::new();
        let mut request = match &self.stage.endpoint {
            // The emulator tells APIs apart by host, as AWS does; its names resolve nowhere.
            Some(endpoint) => {
                let host = api.rsplit('/').next().unwrap_or_default().to_owned();
                client.request(method, format!("{endpoint}{path}")).header("host", host)
            }
            None => client.request(method, format!("{api}{path}")),
        };
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok(ApiResponse { status, body: serde_json::from_slice(&answer.bytes().await?).unwrap_or_default() })
    }

    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// When it cannot be invoked or fails, with what it told.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        let client = aws_sdk_lambda::Client::new(&self.config);
        let name = format!("{}-{function}", self.name);
        let payload = serde_json::to_vec(event)?;
        let answer = client.invoke().function_name(name).payload(payload.into()).send().await?;
        let told: Value = serde_json::from_slice(answer.payload().map_or(b"null", |blob| blob.as_ref()))?;
        match answer.function_error() {
            None => Ok(told),
            Some(error) => Err(format!("{function} failed: {error}: {told}").into()),
        }
    }

    /// Starts a run on demand; the same token is the same run.
    ///
    /// # Errors
    /// As [`Self::invoke`].
    pub async fn start(&self, connection: &str, token: &str) -> Result<String> {
        let event = json!({ "version": 1, "kind": "run", "connection": connection, "token": token });
        let answer = self.invoke("scheduler", &event).await?;
        let run = answer.get("run").and_then(Value::as_str);
        run.map(ToOwned::to_owned).ok_or_else(|| format!("no run: {answer}").into())
    }

    /// An object, parsed; `None` when there is none.
    ///
    /// # Errors
    /// Those of S3.
    pub async fn object(&self, key: &str) -> Result<Option<Value>> {
        let client = self.s3();
        let found = client.get_object().bucket(&self.bucket).key(key).send().await;
        match found {
            Ok(found) => Ok(Some(serde_json::from_slice(&found.body.collect().await?.into_bytes())?)),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keys below a prefix, of at most a thousand.
    ///
    /// # Errors
    /// Those of S3.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let listed = self.s3().list_objects_v2().bucket(&self.bucket).prefix(prefix).send().await?;
        Ok(listed.contents().iter().filter_map(|object| object.key().map(ToOwned::to_owned)).collect())
    }

    /// S3 with the bucket in the path.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Queues.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }
}
