//! Schedules: created, changed and removed with their connection, in the group of their stack only.

use crate::faulty::{ManualClock, Reply, Server, fault};
use aws_config::SdkConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use causeway_aws::{ScheduleTarget, StackSchedules};
use causeway_domain::definition::{Occurs, ScheduleSettings};
use causeway_domain::{ConnectionName, Failure, FailureKind};
use causeway_emulators::{Emulator, Program};
use causeway_local::SystemClock;
use causeway_ports::{Clock, Schedules};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

fn target(group: &str, flexible_minutes: Option<u16>) -> ScheduleTarget {
    ScheduleTarget {
        group: group.into(),
        function_arn: "arn:aws:lambda:eu-central-1:000000000000:function:north-scheduler".into(),
        role_arn: "arn:aws:iam::000000000000:role/north-schedules".into(),
        dead_letter_arn: "arn:aws:sqs:eu-central-1:000000000000:north-schedule-dead".into(),
        flexible_minutes,
    }
}

fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}

fn cron(cron: &str) -> ScheduleSettings {
    let occurs = Occurs::Cron { cron: cron.into() };
    ScheduleSettings { occurs, time_zone: "Europe/Berlin".into(), start: None, end: None, enabled: true }
}

async fn names(client: &Client, group: &str) -> Vec<String> {
    let all = client.list_schedules().group_name(group).send().await.unwrap().schedules;
    let mut names: Vec<_> = all.into_iter().filter_map(|schedule| schedule.name).collect();
    names.sort();
    names
}

async fn stack(config: &SdkConfig, group: &str) -> StackSchedules {
    Client::new(config).create_schedule_group().name(group).send().await.unwrap();
    StackSchedules::new(config, target(group, Some(15)), Arc::new(SystemClock))
}

async fn get(client: &Client, group: &str, name: &str) -> GetScheduleOutput {
    client.get_schedule().group_name(group).name(name).send().await.unwrap()
}

#[tokio::test]
async fn a_schedule_follows_its_connection() {
    let emulator = Emulator::start(Program::Ministack).await;
    let config = emulator.config().await;
    let (client, now) = (Client::new(&config), SystemClock.now());
    let (north, south) = (stack(&config, "north").await, stack(&config, "south").await);
    let (plant, longest) = (name("plant"), name(&"p".repeat(63)));
    for connection in [&plant, &name("plant-2"), &longest] {
        north.put(connection, &cron("0 4 1,15 * sun"), now).await.unwrap();
    }
    south.put(&plant, &cron("0 4 * * *"), now).await.unwrap();
    assert_eq!(north.list().await.unwrap(), [plant.clone(), name("plant-2"), longest.clone()]);
    assert_eq!(names(&client, "north").await.len(), 6);

    let first = get(&client, "north", "plant").await;
    assert_eq!(first.schedule_expression(), Some("cron(0 4 1,15 * ? *)"));
    assert_eq!(first.schedule_expression_timezone(), Some("Europe/Berlin"));
    assert_eq!(get(&client, "north", "plantA").await.schedule_expression(), Some("cron(0 4 ? * 1 *)"));
    assert_eq!(first.flexible_time_window().unwrap().maximum_window_in_minutes(), Some(15));
    let end = Timestamp::from_second(first.end_date().unwrap().secs()).unwrap();
    let left = end.duration_since(now).as_hours();
    assert!((5 * 365 * 24..=5 * 366 * 24).contains(&left), "it ends after {left} hours");
    let invoked = first.target().unwrap();
    assert_eq!(invoked.arn(), "arn:aws:lambda:eu-central-1:000000000000:function:north-scheduler");
    assert_eq!(
        invoked.dead_letter_config().unwrap().arn(),
        Some("arn:aws:sqs:eu-central-1:000000000000:north-schedule-dead")
    );
    assert_eq!(
        invoked.input(),
        Some(
            r#"{"version":1,"kind":"schedule","connection":"plant","scheduled_time":"<aws.scheduler.scheduled-time>"}"#
        )
    );

    north.put(&plant, &cron("30 4 * * *"), now).await.unwrap();
    assert_eq!(get(&client, "north", "plant").await.schedule_expression(), Some("cron(30 4 * * ? *)"));
    let left: Vec<_> =
        names(&client, "north").await.into_iter().filter(|name| name.starts_with("plant")).collect();
    assert_eq!(left, ["plant", "plant-2", "plant-2A"], "what the new one does not need is gone");
    north.put(&plant, &ScheduleSettings { enabled: false, ..cron("30 4 * * *") }, now).await.unwrap();
    assert_eq!(north.list().await.unwrap(), [name("plant-2"), longest.clone()]);
    for _ in 0..2 {
        north.remove(&longest).await.unwrap();
    }
    assert_eq!(names(&client, "north").await, ["plant-2", "plant-2A"]);
    assert_eq!(names(&client, "south").await, ["plant"], "another stack's schedule is another's");
}

#[tokio::test]
async fn one_that_has_passed_wakes_nobody() {
    let emulator = Emulator::start(Program::Ministack).await;
    let (schedules, now) = (stack(&emulator.config().await, "north").await, SystemClock.now());
    let start = "2020-01-01T00:00".parse().ok();
    let once = ScheduleSettings { occurs: Occurs::Once, start, ..cron("0 4 * * *") };
    schedules.put(&name("plant"), &once, now - SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(schedules.list().await.unwrap(), []);
}

async fn refused(answers: Vec<Reply>) -> Failure {
    let server = Server::start(answers).await;
    let clock = ManualClock::at("2026-11-28T10:00:00Z");
    let now = clock.now();
    let schedules = StackSchedules::new(&server.config().await, target("north", None), Arc::new(clock));
    let failure = schedules.put(&name("plant"), &cron("0 4 1 1 *"), now).await.unwrap_err();
    server.asked();
    failure
}

#[tokio::test]
async fn what_aws_refuses_is_told_apart() {
    let missing = || fault(404, "ResourceNotFoundException", "Schedule group north does not exist.");
    let group = refused(vec![missing(), missing()]).await;
    assert_eq!(
        (group.kind, group.subject.as_str()),
        (FailureKind::StoreMissing, "schedule plant"),
        "{group}"
    );
    let invalid =
        refused(vec![fault(400, "ValidationException", "Invalid Schedule Expression cron(0 4 1 1 ? *).")])
            .await;
    assert_eq!((invalid.kind, invalid.subject.as_str()), (FailureKind::DefinitionInvalid, "schedule"));
    assert!(invalid.detail.starts_with("cron(0 4 1 1 ? *) of plant was refused"), "{invalid}");
    let denied =
        refused(vec![fault(403, "AccessDeniedException", "not authorized to perform: iam:PassRole")]).await;
    assert_eq!(denied.kind, FailureKind::AccessDenied);
    assert!(denied.detail.contains("iam:PassRole"), "{denied}");
}
