//! Which function the program is.

use crate::PROGRAM;
use serde_json::Value;
use std::process::{Command, Output};

fn run(name: Option<&str>) -> Output {
    let mut program = Command::new(PROGRAM);
    program.env_clear().envs(name.map(|name| ("CAUSEWAY_FUNCTION", name)));
    program.output().unwrap()
}

/// Without the rest of its environment a function ends with a line that tells which one it is.
#[test]
fn the_environment_names_the_function() {
    for name in ["scheduler", "worker", "finalizer", "deliverer", "control"] {
        let ended = run(Some(name));
        let line: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!((ended.status.success(), &line["function"]), (false, &name.into()), "{line}");
    }
}

#[test]
fn a_program_that_is_no_function_says_what_to_set() {
    for name in [None, Some("cleaner")] {
        let ended = run(name);
        let line: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert!(!ended.status.success() && line["level"] == "ERROR", "{line}");
        let told = "CAUSEWAY_FUNCTION names none of scheduler, worker, finalizer, deliverer, control";
        assert_eq!(line["message"], told, "{line}");
    }
}
