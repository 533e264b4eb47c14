//! `map test`: golden tests of a map.

use super::changes::{self, Change, Output};
use super::page::Trial;
use super::studio::{Origin, Studio};
use crate::arguments::TestArgs;
use crate::commands::text_file;
use crate::output::{Problem, Screen};
use crate::process::Ending;
use causeway_views::numbers::counted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Changes listed of one test.
const LISTED: usize = 20;

/// One test: `*.json` in the folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    /// Rows as the vendor sends them.
    rows: Vec<Value>,
    /// The expected records and rejects, in order.
    #[serde(default)]
    expected: Option<Vec<Expected>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<String>,
}

/// The result of one test.
#[derive(Debug, Serialize)]
struct Tested {
    test: String,
    /// `passed`, `failed`, `accepted`.
    outcome: &'static str,
    changes: Vec<Change>,
}

/// The results of all tests.
#[derive(Serialize)]
struct Results<'a> {
    map: &'a str,
    failed: usize,
    tests: &'a [Tested],
}

/// Exits with 5 if a test fails.
pub(super) async fn run(studio: &Studio, screen: &Screen, arguments: &TestArgs) -> Result<Ending, Problem> {
    let found = studio.find(&arguments.map).await?;
    let folder = match (&arguments.tests, &found.origin) {
        (Some(folder), _) => folder.clone(),
        (None, Origin::Own(name)) => PathBuf::from(format!("{name}.tests")),
        (None, Origin::File(file)) => file.with_extension("tests"),
        (None, Origin::Shipped) => PathBuf::from(format!("{}.tests", found.label)),
    };
    let trial = Trial::of(&found, None)?;
    let files = tests_in(&folder)?;
    let tested: Result<Vec<Tested>, Problem> =
        files.iter().map(|file| test(&trial, file, arguments.accept)).collect();
    let tested = tested?;
    let failed = tested.iter().filter(|test| test.outcome == "failed").count();
    screen.show(&Results { map: &trial.label, failed, tests: &tested }, || {
        text(screen, &trial.label, &tested)
    })?;
    if failed > 0 {
        screen.note("If the new output is right, `--accept` saves it as the expected output.");
    }
    Ok(if failed == 0 { Ending::Done } else { Ending::TestFailed })
}

fn tests_in(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let help = "A test is a file `*.json` in this folder: {\"rows\": [ … rows as the vendor sends them … ]}. \
                `--accept` adds what is expected.";
    let none = |detail: String| Problem::input(folder.display().to_string(), detail, help);
    let entries = std::fs::read_dir(folder).map_err(|error| none(format!("no tests: {error}")))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    if files.is_empty() { Err(none("it contains no tests".to_owned())) } else { Ok(files) }
}

fn test(trial: &Trial, file: &Path, accept: bool) -> Result<Tested, Problem> {
    let text = text_file::read(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let golden: Golden = serde_json::from_str(&text).map_err(|error| {
        let help = "A test is {\"rows\": [ … ], \"expected\": [{\"key\": …, \"record\": { … }}, …]}.";
        Problem::input(file.display().to_string(), error.to_string(), help)
    })?;
    let name = file.file_stem().unwrap_or_default().display().to_string();
    let made: Output = trial.apply_rows(&golden.rows)?.iter().flat_map(changes::output).collect();
    let expected: Output = golden.expected.into_iter().flatten().map(Expected::into_output).collect();
    let changes = changes::between(&expected, &made);
    let outcome = match (changes.is_empty(), accept) {
        (true, _) => "passed",
        (false, false) => "failed",
        (false, true) => {
            let expected = Some(made.into_iter().map(Expected::of).collect());
            let golden = Golden { rows: golden.rows, expected };
            let json = serde_json::to_string_pretty(&golden)
                .map_err(|error| Problem::input(file.display().to_string(), error.to_string(), ""))?;
            std::fs::write(file, json + "\n").map_err(|error| Problem::file(file, "write it", &error))?;
            "accepted"
        }
    };
    Ok(Tested { test: name, outcome, changes })
}

impl Expected {
    fn of((key, result): (String, Result<Value, String>)) -> Self {
        match result {
            Ok(record) => Self { key, record: Some(record), rejected: None },
            Err(reason) => Self { key, record: None, rejected: Some(reason) },
        }
    }

    fn into_output(self) -> (String, Result<Value, String>) {
        (self.key, self.rejected.map_or_else(|| Ok(self.record.unwrap_or_default()), Err))
    }
}

fn text(screen: &Screen, label: &str, tested: &[Tested]) -> String {
    let mut text = String::new();
    for test in tested {
        text.push_str(&format!("{:8} {}\n", test.outcome, test.test));
        if test.outcome == "failed" {
            let mut grid = screen.grid(&["record", "field", "expected", "made"]);
            changes::list(&mut grid, &test.changes, LISTED);
            text.push_str(&format!("{grid}\n"));
        }
    }
    let of = |outcome| tested.iter().filter(|test| test.outcome == outcome).count();
    let all = counted(tested.len() as u64, "test", "tests");
    let accepted = of("accepted");
    let accepted = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
    text + &format!("{label}: {all}, {} passed, {} failed{accepted}", of("passed"), of("failed"))
}
