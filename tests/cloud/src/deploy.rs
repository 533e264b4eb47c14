//! Deploying the real template with the real zips, as docs/DEPLOY.md says: by `sam deploy`.

use crate::Result;
use crate::emulator::REGION;
use crate::stack::STACKS;
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

/// The suite's settings: few attempts and short time-outs, so that what fails is soon given up, and everything switched on.
const PARAMETERS: [&str; 5] =
    ["MaxReceives=3", "WorkerTimeout=15", "FinalizerTimeout=30", "DelivererTimeout=15", "LogDays=7"];

/// Where and how to deploy.
#[derive(Debug, Clone)]
pub struct Deploying<'a> {
    /// The checkout, with the template and `target/lambda`.
    pub checkout: &'a Path,
    /// Where the emulator is; none for a real account.
    pub endpoint: Option<&'a str>,
    /// Before the name of each stack.
    pub prefix: &'a str,
    /// Bucket for the zips; SAM has one of its own in a real account.
    pub bucket: Option<&'a str>,
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
    pub fn deploy(&self, stack: &str) -> Result<Map<String, Value>> {
        let mut overrides: Vec<String> = PARAMETERS.iter().map(|&text| text.to_owned()).collect();
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        overrides.push(format!("Architecture={architecture}"));
        overrides.push(format!("JwtIssuer={}", self.issuer));
        overrides.extend(self.endpoint.map(|endpoint| format!("EndpointUrl={endpoint}")));
        let template = self.checkout.join("infra/aws/template.yaml");
        let mut deploy = self.tool("sam");
        deploy.arg("deploy").arg("--template").arg(template).args(["--stack-name", stack]);
        match self.bucket {
            Some(bucket) => deploy.args(["--s3-bucket", bucket]),
            None => deploy.arg("--resolve-s3"),
        };
        deploy.args(["--capabilities", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        deploy.args(["--no-confirm-changeset", "--parameter-overrides"]).args(overrides);
        printed(deploy)?;
        let mut list = self.tool("sam");
        list.args(["list", "stack-outputs", "--stack-name", stack, "--output", "json"]);
        let outputs: Vec<Value> = serde_json::from_str(&printed(list)?)?;
        let text = |output: &Value, name: &str| output.get(name).cloned().unwrap_or_default();
        let named = |output| {
            (text(&output, "OutputKey").as_str().unwrap_or_default().to_owned(), text(&output, "OutputValue"))
        };
        Ok(outputs.into_iter().map(named).collect())
    }

    /// Deploys both stacks: side by side, but in a real account one after the other, because SAM makes its bucket with the
    /// first one.
    ///
    /// # Errors
    /// As [`Self::deploy`].
    pub fn deploy_all(&self) -> Result<Map<String, Value>> {
        let named = |stack: &str, deployed: Map<String, Value>| (stack.to_owned(), Value::Object(deployed));
        let name = |stack: &str| format!("{}{stack}", self.prefix);
        if self.bucket.is_none() {
            return STACKS.iter().map(|stack| Ok(named(stack, self.deploy(&name(stack))?))).collect();
        }
        std::thread::scope(|scope| {
            let deploying = STACKS.map(|stack| (stack, scope.spawn(move || self.deploy(&name(stack)))));
            let joined = deploying
                .map(|(stack, thread)| Ok(named(stack, thread.join().map_err(|_| "deploying panicked")??)));
            joined.into_iter().collect()
        })
    }

    /// Corrects what the emulator gets wrong in the stacks, and has messages stay hidden for so many seconds.
    ///
    /// # Errors
    /// With what was printed.
    pub fn correct(&self, visibility_seconds: u32) -> Result<()> {
        let mut python = self.tool("python");
        python.args(["-c", include_str!("corrections.py"), &visibility_seconds.to_string()]);
        printed(python).map(drop)
    }

    /// A tool; for the emulator with nothing of whoever runs the suite but the path.
    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(self.checkout.join(".tools/template/bin").join(name));
        let Some(endpoint) = self.endpoint else { return tool };
        tool.env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder)
            .env("LANG", "C.UTF-8")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        tool
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
