//! The connection test.

use crate::world::{AUTH, Call, Reply, SYNC, World, reply};
use causeway_domain::FailureKind;
use causeway_ports::Testable;
use causeway_ports::check::CheckVerdict;

/// Name and verdict of each check.
async fn tested(script: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (World, Vec<(String, String)>) {
    let world = World::new(script).await;
    let checks = world.etm.test().await.into_iter().map(|check| {
        let verdict = match check.verdict {
            CheckVerdict::Passed => "passed".to_owned(),
            CheckVerdict::Failed(failure) => format!("{:?}", failure.kind),
            CheckVerdict::Skipped => "skipped".to_owned(),
        };
        (check.name, verdict)
    });
    let checks = checks.collect();
    (world, checks)
}

fn verdicts(checks: &[(String, String)]) -> Vec<&str> {
    checks.iter().map(|(_, verdict)| verdict.as_str()).collect()
}

#[tokio::test]
async fn five_checks_on_the_cheapest_calls() {
    let (world, checks) = tested(|_| Reply::Usual).await;
    let names: Vec<&str> = checks.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "Network Reachability",
        "TLS Handshake",
        "Authentication Credential Check",
        "Authorization Scope Check",
        "Data Push",
    ];
    assert_eq!(names, expected);
    assert_eq!(verdicts(&checks), ["passed", "skipped", "passed", "passed", "passed"]);
    let body = world.calls(SYNC).pop().unwrap().json();
    assert_eq!(
        (&body["connectorMetaData"]["assetCount"], &body["assetData"]),
        (&0.into(), &serde_json::json!([]))
    );
    assert_eq!((world.calls(AUTH).len(), world.calls(SYNC).len()), (1, 1));
    world.etm.test().await;
    assert_eq!(world.calls(AUTH).len(), 2, "each test signs in");
}

#[tokio::test]
async fn each_fault_fails_its_own_check() {
    let faults: [(&str, u16, &str, [&str; 3]); 7] = [
        (AUTH, 401, "", ["Unauthorized", "skipped", "skipped"]),
        (AUTH, 404, "", ["WrongAddress", "skipped", "skipped"]),
        (SYNC, 401, "", ["passed", "Unauthorized", "skipped"]),
        (SYNC, 403, r#"{"message":"no module"}"#, ["passed", "Forbidden", "skipped"]),
        (SYNC, 404, "", ["passed", "passed", "WrongAddress"]),
        (SYNC, 200, "<html>portal</html>", ["passed", "passed", "UnexpectedAnswer"]),
        (SYNC, 400, r#"{"message":"assetData is empty"}"#, ["passed", "passed", "passed"]),
    ];
    for (path, status, body, expected) in faults {
        let (_, checks) =
            tested(move |call| if call.path == path { reply(status, body) } else { Reply::Usual }).await;
        assert_eq!(verdicts(&checks)[2..], expected, "{path} {status} {body}");
    }
}

#[tokio::test]
async fn an_unknown_host_fails_the_first_check() {
    let world = World::with(
        serde_json::json!({ "gateway_url": "http://127.0.0.1:9" }),
        serde_json::json!({}),
        |_| Reply::Usual,
    )
    .await;
    let checks = world.etm.test().await;
    assert!(
        matches!(&checks[0].verdict, CheckVerdict::Failed(f) if f.kind == FailureKind::Unreachable),
        "{checks:?}"
    );
    assert!(checks[1..].iter().all(|check| check.verdict == CheckVerdict::Skipped), "{checks:?}");
}
