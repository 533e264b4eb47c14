//! The binary `causeway`, called on a home of this machine or on a stack of the stage.

use causeway_cloud::Result;
use causeway_cloud::stack::Stack;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The binary in a folder of its own.
pub(crate) struct CommandLine {
    folder: TempDir,
    site: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl CommandLine {
    /// Works on a home in its folder.
    pub(crate) fn at_home() -> Result<Self> {
        let site = ["--home", "home"].map(str::to_owned).to_vec();
        Ok(Self { folder: TempDir::new()?, site, environment: Vec::new() })
    }

    /// Works on `stack`. Its calls are told apart by the application's name, as those of functions are.
    pub(crate) fn of_stack(stack: &Stack) -> Result<Self> {
        let site = vec!["--stack".to_owned(), stack.name.clone()];
        let mut environment = stack.stage.variables();
        environment.push(("AWS_SDK_UA_APP_ID", format!("{}-operator", stack.name)));
        Ok(Self { folder: TempDir::new()?, site, environment })
    }

    /// Where it is called, and where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Calls it; it must end with 0. Its output.
    pub(crate) fn call(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.ends(0, arguments, input)
    }

    /// Calls it with `--json`; it must end with 0. Its output, parsed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        Ok(serde_json::from_str(&self.call(&arguments, "")?)?)
    }

    /// Calls it; it must end with `code`. Its output.
    pub(crate) fn ends(&self, code: i32, arguments: &[&str], input: &str) -> Result<String> {
        let mut child = Command::new(binary()?)
            .current_dir(self.folder.path())
            .args(&self.site)
            .args(arguments)
            .env_remove("CAUSEWAY_HOME")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child.stdin.take().ok_or("no stdin")?.write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(code) {
            return Ok(told);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(format!("{arguments:?} ended with {}, not {code}: {told}{complaint}", output.status).into())
    }
}

/// Beside the folder that this test was built into.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(|deps| deps.parent()).ok_or("no target folder")?;
    let binary = folder.join("causeway");
    if binary.exists() { Ok(binary) } else { Err(format!("{} is not built", binary.display()).into()) }
}
