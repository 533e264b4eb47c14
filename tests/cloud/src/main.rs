//! The stage: an emulator of AWS with two stacks, for as long as a command runs.
//!
//! `cloud-stage cargo nextest run …` starts the emulator, deploys `infra/aws/template.yaml` with `target/lambda`, runs the
//! command, and then judges the functions' policies by the calls that they made.
#![expect(clippy::disallowed_methods, reason = "it tells how long deploying took, and nothing depends on it")]

use causeway_cloud::deploy::Deploying;
use causeway_cloud::emulator::{self, ACCOUNT, REGION};
use causeway_cloud::recorder::{Recorder, Seen};
use causeway_cloud::stack::{STACKS, STAGE};
use causeway_cloud::verdict::judge;
use causeway_cloud::{Result, issuer};
use serde_json::json;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// How long messages stay hidden in the suite.
const VISIBILITY_SECONDS: u32 = 12;

#[tokio::main]
async fn main() -> ExitCode {
    match stage().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Errors of the SDK say what happened only in this form.
            tell(&format!("{error}: {error:?}"));
            ExitCode::FAILURE
        }
    }
}

async fn stage() -> Result<bool> {
    let mut command = std::env::args_os().skip(1);
    let program = command.next().ok_or("usage: cloud-stage COMMAND …")?;
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let strict = emulator::start(folder.path()).await?;
    let recorder = Recorder::start(&strict.url, strict.authority.as_bytes(), ACCOUNT).await?;
    let endpoint = format!("http://{}", recorder.address);
    let issuer = issuer::start().await?;
    let config = causeway_emulators::config(&endpoint).await;
    let bucket = format!("deployments-{ACCOUNT}-{REGION}");
    make_bucket(&config, &bucket).await?;
    let outputs = tokio::task::block_in_place(|| {
        let deploying =
            Deploying { checkout: &checkout, endpoint: &endpoint, issuer: &issuer, folder: folder.path() };
        let outputs = deploying.deploy_all(&bucket)?;
        deploying.correct(VISIBILITY_SECONDS).map(|()| outputs)
    })?;
    drop(recorder.take());
    tell(&format!("    {} deployed in {} s", STACKS.join(" and "), began.elapsed().as_secs()));
    let told = json!({ "endpoint": endpoint, "issuer": issuer, "outputs": outputs });
    let mut suite = Command::new(program);
    suite.args(command).env(STAGE, told.to_string());
    let passed = tokio::task::block_in_place(|| suite.status())?.success();
    let log = std::fs::read_to_string(strict.emulator.log()).unwrap_or_default();
    Ok(report(passed, &recorder.take(), &log))
}

async fn make_bucket(config: &aws_config::SdkConfig, bucket: &str) -> Result<()> {
    let s3 = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(config).force_path_style(true).build(),
    );
    let place =
        aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
    s3.create_bucket().bucket(bucket).create_bucket_configuration(place).send().await?;
    Ok(())
}

fn report(passed: bool, seen: &Seen, log: &str) -> bool {
    if !passed {
        tell(&format!("the emulator wrote:\n{}", last_lines(log, 40)));
        return false;
    }
    match judge(seen) {
        Ok(wrong) if wrong.is_empty() => {
            let calls: usize = seen.calls.values().map(std::collections::BTreeSet::len).sum();
            tell(&format!(
                "    policies: {calls} different calls of {} functions, all allowed, all needed",
                seen.calls.len()
            ));
            true
        }
        Ok(wrong) => {
            tell(&format!("policies and calls differ:\n  {}", wrong.join("\n  ")));
            false
        }
        Err(error) => {
            tell(&error.to_string());
            false
        }
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

#[expect(clippy::print_stderr, reason = "a program for people")]
fn tell(text: &str) {
    eprintln!("{text}");
}
