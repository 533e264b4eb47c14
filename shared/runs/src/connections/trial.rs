//! *Test Connection*: the checks of source and destination, as data.

use crate::Engine;
use crate::connections::registry::load;
use async_recursion::async_recursion;
use causeway_domain::{ConnectionName, Failure};
use causeway_ports::Check;
use causeway_ports::check::CheckVerdict;
use serde::{Deserialize, Serialize};

/// The checks of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// Connector or destination.
    pub system: String,
    /// Its checks in order.
    pub checks: Vec<TestedCheck>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedCheck {
    /// The product text's name.
    pub check: String,
    /// How it went.
    pub result: TestResult,
    /// Milliseconds taken.
    pub took_ms: u64,
    /// What was seen.
    pub detail: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What to do about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum TestResult {
    Passed,
    Failed,
    Skipped,
}

impl TestResult {
    /// `passed`, `failed`, `skipped`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl From<Check> for TestedCheck {
    fn from(check: Check) -> Self {
        let (result, failure) = match check.verdict {
            CheckVerdict::Passed => (TestResult::Passed, None),
            CheckVerdict::Failed(failure) => (TestResult::Failed, Some(failure)),
            CheckVerdict::Skipped => (TestResult::Skipped, None),
        };
        Self {
            check: check.name,
            result,
            took_ms: u64::try_from(check.took.as_millis()).unwrap_or(u64::MAX),
            detail: check.detail,
            advice: failure.as_ref().map(|failure| failure.advice().to_owned()),
            failure: failure.map(|failure| failure.to_string()),
        }
    }
}

/// Makes the checks of source and destination, from where this program runs.
///
/// # Errors
/// `NotFound`, and whatever keeps source or destination from being built.
#[async_recursion]
pub async fn test_connection(engine: &Engine, name: &ConnectionName) -> Result<Vec<Tested>, Failure> {
    let connection = load(engine, name).await?;
    let mut tested = Vec::new();
    for (system, side) in engine.connectors.tests(&connection.registered)? {
        let checks = side.test().await.into_iter().map(Into::into).collect();
        tested.push(Tested { system, checks });
    }
    Ok(tested)
}
