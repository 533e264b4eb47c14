//! A failing seed says what broke, is made smaller, and is played again by the command that it prints.

use causeway_simulation::{Fault, SOMETIMES, Setup, Tally, play, shrink};
use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_simulate")).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_smallest_game_keeps_what_broke_and_little_else() {
    let trap = Some(Fault::QueueDuplicate);
    let setup = (0..).map(|seed| Setup { trap, runs: 2, devices: 4, ..Setup::of(seed) });
    let failing = setup.map(|setup| play(&setup, false)).find(|report| report.violation.is_some()).unwrap();
    let small = shrink(&failing);
    assert_eq!(
        small.violation.map(|violation| violation.invariant),
        failing.violation.map(|violation| violation.invariant)
    );
    let kinds = |setup: &Setup| Fault::ALL.iter().filter(|fault| setup.faults.has(**fault)).count();
    assert!(small.setup.faults.has(Fault::QueueDuplicate));
    assert!(kinds(&small.setup) < kinds(&failing.setup), "{:?}", small.setup);
    assert!(small.setup.runs <= failing.setup.runs && small.setup.devices <= failing.setup.devices);
    assert!(small.trace.iter().any(|line| line.contains("BROKEN trap")), "{:?}", small.trace.last());
    assert!(small.tally.events <= failing.tally.events);
}

#[test]
fn the_printed_command_plays_the_same_failure_again() {
    let failed = simulate(&["--seeds", "100", "--trap", "clock-skew"]);
    let text = told(&failed);
    assert_eq!(failed.status.code(), Some(1), "{text}");
    assert!(text.contains("BROKEN trap: ") && text.contains("looking for the shortest way there"), "{text}");
    let trace: Vec<&str> = text.lines().filter(|line| line.contains(" p")).collect();
    let command = text.lines().find_map(|line| line.strip_prefix("play it again:  ")).unwrap();
    let arguments = command.strip_prefix("cargo run --release -p causeway-simulation -- ").unwrap();
    let again = simulate(&arguments.split(' ').collect::<Vec<_>>());
    let text = told(&again);
    assert_eq!(again.status.code(), Some(1), "{text}");
    let last = trace.iter().rfind(|line| line.contains("BROKEN trap")).unwrap();
    assert!(text.contains(last), "{last}\nis not in\n{text}");
}

#[test]
fn a_fault_that_is_not_known_is_refused_with_those_that_are() {
    let refused = simulate(&["--seed", "1", "--trap", "gremlins"]);
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("\"gremlins\"") && error.contains("store-writes-and-fails"), "{error}");
}

#[test]
fn games_in_which_too_little_happens_do_not_pass_for_proof() {
    let nothing = Tally { games: 2_000, ..Tally::default() };
    assert_eq!(nothing.too_rare().len(), SOMETIMES.len() + Fault::ALL.len());
    assert!(nothing.too_rare().contains(&"plan held: 0 times, at least 150 expected".to_owned()));
    assert_eq!(Tally::default().too_rare(), Vec::<String>::new(), "no game, no demand");
}
