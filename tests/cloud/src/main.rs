//! The stage: an emulator of AWS with two stacks, for as long as a command runs.
//!
//! `cloud-stage cargo nextest run …` starts the emulator, deploys `infra/aws/template.yaml` with `target/lambda`, runs the
//! command, and then judges the functions' policies by the calls that they made. With a prefix and a public name it deploys
//! into a real account instead; nobody judges there but AWS.
#![expect(clippy::disallowed_methods, reason = "it tells how long deploying took, and nothing depends on it")]

use causeway_cloud::deploy::Deploying;
use causeway_cloud::emulator::{self, ACCOUNT, REGION};
use causeway_cloud::recorder::{Recorder, Seen};
use causeway_cloud::stack::STACKS;
use causeway_cloud::stage::{Public, STAGE, Stage};
use causeway_cloud::verdict::judge;
use causeway_cloud::{Result, issuer};
use clap::Parser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Runs a command against two stacks, on an emulator or, with all of the options, in a real account.
#[derive(Parser)]
#[command(name = "cloud-stage")]
struct Arguments {
    /// Deploys in the account of the environment's credentials; names of stacks begin with this and `-`
    #[arg(long, requires_all = ["host", "certificate", "key"])]
    prefix: Option<String>,
    /// Name by which functions in AWS reach this machine
    #[arg(long, requires = "prefix")]
    host: Option<String>,
    /// Certificate for that name with its chain, PEM, of an authority that everybody trusts
    #[arg(long, requires = "prefix", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, requires = "prefix", value_name = "FILE")]
    key: Option<PathBuf>,
    /// The command
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

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
    let Arguments { prefix, host, certificate, key, command } = Arguments::parse();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    match (prefix, host.zip(certificate).zip(key)) {
        (Some(prefix), Some(((host, certificate), key))) => {
            in_account(&checkout, prefix, Public { host, certificate, key }, &command).await
        }
        _ => on_emulator(&checkout, &command).await,
    }
}

/// Runs the command against an emulator, and judges the calls that were made.
async fn on_emulator(checkout: &Path, command: &[OsString]) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let strict = emulator::start(folder.path()).await?;
    let recorder = Recorder::start(&strict.url, strict.authority.as_bytes(), ACCOUNT).await?;
    let endpoint = format!("http://{}", recorder.address);
    let issuer = issuer::start(None).await?;
    let config = causeway_emulators::config(&endpoint).await;
    let bucket = format!("deployments-{ACCOUNT}-{REGION}");
    make_bucket(&config, &bucket).await?;
    let deploying = Deploying {
        checkout,
        endpoint: Some(&endpoint),
        prefix: "",
        bucket: Some(&bucket),
        issuer: &issuer,
        folder: folder.path(),
    };
    let outputs = tokio::task::block_in_place(|| {
        let outputs = deploying.deploy_all()?;
        deploying.correct(VISIBILITY_SECONDS).map(|()| outputs)
    })?;
    drop(recorder.take());
    tell(&format!("    {} deployed in {} s", STACKS.join(" and "), began.elapsed().as_secs()));
    let stage = Stage { endpoint: Some(endpoint), prefix: String::new(), issuer, public: None, outputs };
    let passed = run(command, &stage)?;
    let log = std::fs::read_to_string(strict.emulator.log()).unwrap_or_default();
    Ok(report(passed, &recorder.take(), &log))
}

/// Runs the command against stacks in the account of the environment's credentials. They stay for a person to look at.
async fn in_account(checkout: &Path, prefix: String, public: Public, command: &[OsString]) -> Result<bool> {
    let began = Instant::now();
    let issuer = issuer::start(Some(&public)).await?;
    let folder = tempfile::tempdir()?;
    let prefix = format!("{prefix}-");
    let deploying = Deploying {
        checkout,
        endpoint: None,
        prefix: &prefix,
        bucket: None,
        issuer: &issuer,
        folder: folder.path(),
    };
    let outputs = tokio::task::block_in_place(|| deploying.deploy_all())?;
    tell(&format!(
        "    {prefix}{} deployed in {} s",
        STACKS.join(&format!(" and {prefix}")),
        began.elapsed().as_secs()
    ));
    run(command, &Stage { endpoint: None, prefix, issuer, public: Some(public), outputs })
}

fn run(command: &[OsString], stage: &Stage) -> Result<bool> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let mut suite = Command::new(program);
    suite.args(arguments).env(STAGE, serde_json::to_string(stage)?);
    Ok(tokio::task::block_in_place(|| suite.status())?.success())
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
