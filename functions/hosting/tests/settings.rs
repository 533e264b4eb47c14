//! Configuration: everything that is wrong with an environment is told at once.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use causeway_hosting::{Function, Settings};
use std::collections::BTreeMap;
use std::ffi::OsString;

const ALL: [Function; 5] =
    [Function::Scheduler, Function::Worker, Function::Finalizer, Function::Deliverer, Function::Control];

fn complete() -> BTreeMap<&'static str, OsString> {
    let queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/plant-";
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:plant-scheduler";
    let mut variables = BTreeMap::from(
        [
            ("CAUSEWAY_STACK", "plant"),
            ("CAUSEWAY_BUCKET", "plant-123456789012-eu-central-1"),
            ("CAUSEWAY_MAX_RECEIVES", "5"),
            ("CAUSEWAY_MAX_CHECKS", "20"),
            ("CAUSEWAY_WORKERS", "10"),
            ("CAUSEWAY_DELIVERERS", "2"),
            ("CAUSEWAY_LOG", "info"),
            ("CAUSEWAY_SCHEDULER_ARN", arn),
            ("CAUSEWAY_SCHEDULER_ROLE_ARN", arn),
            ("CAUSEWAY_SCHEDULE_DEAD_ARN", arn),
        ]
        .map(|(name, value)| (name, value.into())),
    );
    for name in ["WORK", "FINALIZE", "DELIVER"] {
        for (end, kind) in [("QUEUE_URL", ""), ("DEAD_QUEUE_URL", "-dead")] {
            let url = format!("{queue}{}{kind}", name.to_lowercase());
            variables.insert(format!("CAUSEWAY_{name}_{end}").leak(), url.into());
        }
    }
    variables
}

fn read(function: Function, variables: &BTreeMap<&'static str, OsString>) -> Result<Settings, String> {
    Settings::read(function, &|name| variables.get(name).cloned()).map_err(|error| error.to_string())
}

#[test]
fn a_complete_environment_serves_every_function() {
    for function in ALL {
        let settings = read(function, &complete()).unwrap();
        assert_eq!((settings.stack.as_str(), settings.workers, settings.deliverers), ("plant", 10, 2));
        let receives = settings.own.map(|own| own.max_receives);
        assert_eq!(
            receives,
            match function {
                Function::Worker | Function::Deliverer => Some(5),
                Function::Finalizer => Some(20),
                Function::Scheduler | Function::Control => None,
            }
        );
    }
}

#[test]
fn each_missing_variable_is_named_and_all_of_them_at_once() {
    for function in ALL {
        let told = read(function, &BTreeMap::new()).unwrap_err();
        let mut needed = 0;
        for name in complete().keys() {
            let mut variables = complete();
            variables.remove(name);
            match read(function, &variables) {
                Ok(_) => assert!(!told.contains(&format!("{name} is not set")), "{function:?}: {name}"),
                Err(alone) => {
                    needed += 1;
                    let named = format!("{name} is not set");
                    assert!(alone.contains(&named) && told.contains(&named), "{function:?}: {alone}\n{told}");
                    assert_eq!(alone.matches("is not set").count(), 1, "{alone}");
                }
            }
        }
        assert_eq!(told.matches("is not set").count(), needed, "{told}");
        assert!(needed >= 7, "{function:?} needs {needed} variables");
    }
}

#[test]
fn malformed_variables_are_told_with_what_they_hold() {
    let cases = [
        ("CAUSEWAY_STACK", "Plant"),
        ("CAUSEWAY_STACK", "a-name-of-more-than-thirty-letters"),
        ("CAUSEWAY_STACK", "../other"),
        ("CAUSEWAY_BUCKET", "a bucket"),
        ("CAUSEWAY_WORK_QUEUE_URL", "plant-work"),
        ("CAUSEWAY_WORK_QUEUE_URL", "https://"),
        ("CAUSEWAY_WORK_DEAD_QUEUE_URL", "ftp://host/queue"),
        ("CAUSEWAY_MAX_RECEIVES", "0"),
        ("CAUSEWAY_MAX_RECEIVES", "1001"),
        ("CAUSEWAY_WORKERS", "many"),
        ("CAUSEWAY_DELIVERERS", "-1"),
        ("CAUSEWAY_LOG", "causeway=loud"),
    ];
    for (name, value) in cases {
        let mut variables = complete();
        variables.insert(name, value.into());
        let told = read(Function::Worker, &variables).unwrap_err();
        assert!(told.contains(&format!("{name} is {value:?}, not ")), "{told}");
    }
    let mut variables = complete();
    variables.insert("CAUSEWAY_SCHEDULER_ARN", "scheduler".into());
    assert!(read(Function::Control, &variables).unwrap_err().contains("not an ARN"));
    variables.insert("CAUSEWAY_BUCKET", OsString::new());
    let told = read(Function::Control, &variables).unwrap_err();
    assert!(told.contains("CAUSEWAY_BUCKET is not set") && told.contains("SCHEDULER_ARN"), "{told}");
}
