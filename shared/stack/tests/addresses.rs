//! Where the systems of a connection may be.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use causeway_domain::FailureKind;
use causeway_domain::definition::Registered;
use causeway_ports::SystemClock;
use causeway_stack::{Settings, Stack};
use serde_json::json;
use std::sync::Arc;

/// A stack of AWS, or of an emulator of it at `endpoint`.
fn stack(endpoint: Option<&str>) -> Stack {
    let mut config =
        SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
    config.set_endpoint_url(endpoint.map(str::to_owned));
    let text = |name: &str| format!("https://sqs.eu-central-1.amazonaws.com/1/{name}");
    let settings = Settings {
        stack: "plant".to_owned(),
        bucket: "plant-bucket".to_owned(),
        work_url: text("work"),
        finalize_url: text("finalize"),
        deliver_url: text("deliver"),
        own: None,
        workers: 1,
        deliverers: 1,
        schedules: None,
        log: "info".to_owned(),
    };
    Stack::new(&config.build(), settings, Arc::new(SystemClock))
}

fn registered(api_url: &str, gateway_url: &str) -> Registered {
    let documents: serde_json::Map<_, _> = causeway_connectors::catalog()
        .shipped()
        .into_iter()
        .map(|(name, text)| (name.to_owned(), json!(text)))
        .collect();
    serde_json::from_value(json!({
        "definition": {
            "name": "plant-north",
            "source": { "claroty-xdome": { "api_url": api_url, "api_token_secret": "token" } },
            "destination": { "qualys-etm": {
                "gateway_url": gateway_url,
                "username": "api-user",
                "password_secret": "etm-password",
                "connector_uuid": "3c4e9a52-7f0d-4a7e-9c55-0d8f6b1a2e11",
            } },
        },
        "documents": documents,
    }))
    .unwrap()
}

#[test]
fn a_stack_refuses_systems_on_the_machine_itself() {
    let (real, emulated) = (stack(None), stack(Some("http://127.0.0.1:4566")));
    for own in ["http://127.0.0.1:9001", "http://localhost:9001", "http://[::1]:9001", "https://127.0.0.1"] {
        let registered = registered(own, own);
        let refused = [
            real.engine.connectors.source(&registered).map(drop),
            real.engine.connectors.destination(&registered).map(drop),
            real.engine.connectors.tests(&registered).map(drop),
        ];
        for failure in refused.map(Result::unwrap_err) {
            assert_eq!(failure.kind, FailureKind::DefinitionInvalid, "{own}: {failure}");
            assert!(failure.detail.contains("the machine itself"), "{failure}");
        }
        if own.starts_with("http:") {
            emulated.engine.connectors.source(&registered).unwrap();
            emulated.engine.connectors.destination(&registered).unwrap();
        }
    }
}
