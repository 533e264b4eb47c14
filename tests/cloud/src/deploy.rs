//! Deploying the real template with the real zips, as docs/DEPLOY.md says: by `sam deploy`.

use crate::Result;
use crate::emulator::REGION;
use crate::stack::STACKS;
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

/// The suite's settings: few attempts and short time-outs, so that what fails is soon given up, and everything switched on.
const PARAMETERS: [&str; 6] = [
    "Architecture=x86_64",
    "MaxReceives=3",
    "WorkerTimeout=15",
    "FinalizerTimeout=30",
    "DelivererTimeout=15",
    "LogDays=7",
];

/// Where and how to deploy.
#[derive(Debug, Clone)]
pub struct Deploying<'a> {
    /// The checkout, with the template and `target/lambda`.
    pub checkout: &'a Path,
    /// Where AWS is.
    pub endpoint: &'a str,
    /// Issuer of the API's tokens.
    pub issuer: &'a str,
    /// A folder for SAM's own files.
    pub folder: &'a Path,
}

impl Deploying<'_> {
    /// Deploys a stack; returns its outputs.
    ///
    /// # Errors
    /// With what SAM printed.
    pub fn deploy(&self, stack: &str, bucket: &str) -> Result<Map<String, Value>> {
        let mut overrides: Vec<String> = PARAMETERS.iter().map(|&text| text.to_owned()).collect();
        overrides.push(format!("JwtIssuer={}", self.issuer));
        overrides.push(format!("EndpointUrl={}", self.endpoint));
        let template = self.checkout.join("infra/aws/template.yaml");
        let mut deploy = self.sam();
        deploy.arg("deploy").arg("--template").arg(template).args([
            "--stack-name",
            stack,
            "--s3-bucket",
            bucket,
        ]);
        deploy.args(["--capabilities", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        deploy.args(["--no-confirm-changeset", "--parameter-overrides"]).args(overrides);
        printed(deploy)?;
        let mut list = self.sam();
        list.args(["list", "stack-outputs", "--stack-name", stack, "--output", "json"]);
        let outputs: Vec<Value> = serde_json::from_str(&printed(list)?)?;
        let text = |output: &Value, name: &str| output.get(name).cloned().unwrap_or_default();
        let named = |output| {
            (text(&output, "OutputKey").as_str().unwrap_or_default().to_owned(), text(&output, "OutputValue"))
        };
        Ok(outputs.into_iter().map(named).collect())
    }

    /// Deploys both stacks side by side.
    ///
    /// # Errors
    /// As [`Self::deploy`].
    pub fn deploy_all(&self, bucket: &str) -> Result<Map<String, Value>> {
        std::thread::scope(|scope| {
            let deploying = STACKS.map(|stack| (stack, scope.spawn(move || self.deploy(stack, bucket))));
            let outputs = |(stack, thread): (&str, std::thread::ScopedJoinHandle<'_, Result<_>>)| {
                let outputs = thread.join().map_err(|_| "deploying panicked")??;
                Ok((stack.to_owned(), Value::Object(outputs)))
            };
            deploying.into_iter().map(outputs).collect()
        })
    }

    /// SAM with nothing of whoever runs the suite but the path.
    fn sam(&self) -> Command {
        let mut sam = Command::new(self.checkout.join(".tools/template/bin/sam"));
        sam.env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder)
            .env("LANG", "C.UTF-8")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ENDPOINT_URL", self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        sam
    }
}

fn printed(mut command: Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("cannot run SAM, `make template-tools` installs it: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(format!("{command:?} failed:\n{text}\n{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Corrects what the emulator gets wrong: numbers that a template takes from parameters stay texts in event source mappings,
/// and its poller stops at them. And shortens how long messages stay hidden, so that what a killed function had in hand
/// comes back while the suite waits.
///
/// # Errors
/// Those of the calls.
pub async fn settle(config: &aws_config::SdkConfig, visibility_seconds: u32) -> Result<()> {
    let lambda = aws_sdk_lambda::Client::new(config);
    // The SDK cannot read an answer with such texts, so it is read here.
    if let Err(unreadable) = lambda.list_event_source_mappings().send().await {
        let body = unreadable.raw_response().and_then(|response| response.body().bytes());
        let listed: Value = serde_json::from_slice(body.ok_or("no answer about mappings")?)?;
        let mappings = listed.get("EventSourceMappings").and_then(Value::as_array);
        for mapping in mappings.into_iter().flatten() {
            let text = |name: &str| mapping.get(name).and_then(Value::as_str).unwrap_or_default();
            let scaling = aws_sdk_lambda::types::ScalingConfig::builder().maximum_concurrency(2).build();
            let most = mapping.get("BatchSize").map(ToString::to_string).unwrap_or_default();
            let change = lambda.update_event_source_mapping().uuid(text("UUID")).scaling_config(scaling);
            change.batch_size(most.trim_matches('"').parse()?).send().await?;
        }
    }
    let sqs = aws_sdk_sqs::Client::new(config);
    for url in sqs.list_queues().send().await?.queue_urls() {
        if !url.ends_with("-dead") {
            let name = aws_sdk_sqs::types::QueueAttributeName::VisibilityTimeout;
            sqs.set_queue_attributes()
                .queue_url(url)
                .attributes(name, visibility_seconds.to_string())
                .send()
                .await?;
        }
    }
    Ok(())
}
