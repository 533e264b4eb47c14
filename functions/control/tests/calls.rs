//! Calls as API Gateway hands them on, over the stores of one machine and a simulated vendor.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod stack;

use serde_json::{Value, json};
use stack::Stack;

const FILE: &str = r#"name = "plant-north"
[source.claroty-xdome]
api_url = "URL"
api_token_secret = "xdome-token"
[destination.files]
folder = "out"
[schedule]
occurs = "daily"
at = ["02:00"]
time_zone = "Europe/Berlin"
"#;

async fn with_connection() -> Stack {
    let stack = Stack::start().await;
    let file = FILE.replace("URL", &stack.vendor.base_url);
    let body = json!({ "file": file });
    let (status, applied) = stack.call("PUT", "/v1/connections/plant-north", "causeway/admin", body).await;
    assert_eq!(status, 201, "{applied}");
    assert_eq!(applied["missing_secrets"], json!(["xdome-token"]), "{applied}");
    let secret = json!({ "value": stack.token() });
    let (status, told) = stack.call("PUT", "/v1/secrets/xdome-token", "causeway/admin", secret).await;
    assert_eq!((status, told), (200, json!({ "secret": "xdome-token", "stored": true })));
    stack
}

#[tokio::test]
async fn connections_that_write_the_same_are_told() {
    let stack = &with_connection().await;
    let file = FILE.replace("URL", &stack.vendor.base_url).replace("plant-north", "plant-south");
    let body = json!({ "file": file });
    let (status, applied) = stack.call("PUT", "/v1/connections/plant-south", "causeway/admin", body).await;
    assert_eq!(status, 201, "{applied}");
    let told = applied["overlaps"][0].as_str().unwrap();
    assert!(told.starts_with("Connections plant-south and plant-north read the same records of"), "{told}");
}

#[tokio::test]
async fn a_connection_from_file_to_plan() {
    let stack = &with_connection().await;
    assert_eq!(stack.woken(), ["plant-north"], "its schedule follows it");
    let read = |path: &'static str| stack.call("GET", path, "causeway/read", Value::Null);
    let operate =
        |path: String| async move { stack.call("POST", &path, "causeway/operate", Value::Null).await };
    let (_, list) = read("/v1/connections").await;
    assert_eq!((&list[0]["connection"], &list[0]["state"]), (&json!("plant-north"), &json!("Scheduled")));
    let (_, shown) = read("/v1/connections/plant-north").await;
    assert_eq!(shown["missing_secrets"], json!([]));
    let (_, starts) = read("/v1/connections/plant-north/starts?count=3").await;
    assert_eq!(starts["starts"].as_array().unwrap().len(), 3);
    assert!(starts["starts"][0]["local"].as_str().unwrap().contains("T02:00:00+0"), "{starts}");
    let (status, tested) = operate("/v1/connections/plant-north/test".to_owned()).await;
    assert_eq!(status, 200);
    let results = tested.as_array().unwrap().iter().flat_map(|side| side["checks"].as_array().unwrap());
    assert!(
        results.clone().count() > 4 && results.clone().all(|check| check["result"] != "failed"),
        "{tested}"
    );
    let (status, preview) = operate("/v1/connections/plant-north/preview".to_owned()).await;
    assert_eq!((status, &preview["whole"]), (200, &json!(false)), "{preview}");
    assert!(preview["samples"].as_array().is_some_and(|samples| !samples.is_empty()));
    let runs = "/v1/connections/plant-north/runs";
    let wish = json!({ "token": "ticket-1" });
    let (status, started) = stack.call("POST", runs, "causeway/operate", wish.clone()).await;
    assert_eq!((status, &started["resumed"]), (202, &json!(false)), "{started}");
    let (status, again) = stack.call("POST", runs, "causeway/operate", wish.clone()).await;
    assert_eq!((status, &again["run"]), (202, &started["run"]), "the same token is the same run");
    let (status, busy) = operate(runs.to_owned()).await;
    assert_eq!((status, &busy["kind"]), (409, &json!("run-in-progress")));
    stack.work_until_idle().await;
    let run = started["run"].as_str().unwrap().to_owned();
    let (_, list) = read("/v1/connections/plant-north/runs").await;
    assert_eq!((&list[0]["run"], &list[0]["outcome"]), (&json!(run), &json!("complete")), "{list}");
    let of_run = |rest: &str| format!("{runs}/{run}{rest}");
    let (_, account) = stack.call("GET", &of_run(""), "causeway/read", Value::Null).await;
    assert_eq!(account["outcome"], "complete", "{account}");
    let (_, plan) = stack.call("GET", &of_run("/plan"), "causeway/read", Value::Null).await;
    assert!(plan["deliveries"].as_u64().unwrap() > 0, "{plan}");
    let asset = stack.first_asset().await;
    let why = of_run(&format!("/plan/why?finding={asset}"));
    let (status, why) = stack.call("GET", &why, "causeway/read", Value::Null).await;
    assert_eq!((status, &why[0]["verdict"]), (200, &json!("new")), "{why}");
    for decide in ["/plan/approve", "/plan/discard", "/redrive"] {
        let (status, told) = operate(of_run(decide)).await;
        assert_eq!(status, 409, "{decide} of a complete run: {told}");
        assert!(told["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{told}");
    }
    let (status, _) =
        stack.call("DELETE", "/v1/connections/plant-north", "causeway/admin", Value::Null).await;
    assert_eq!(status, 200);
    assert!(stack.woken().is_empty(), "its schedule goes with it");
    assert_eq!(read("/v1/connections/plant-north").await.0, 404);
}

#[tokio::test]
async fn the_subject_of_the_token_is_who_decides() {
    let stack = with_connection().await;
    stack.hold_next_plan().await;
    let (_, started) =
        stack.call("POST", "/v1/connections/plant-north/runs", "causeway/operate", Value::Null).await;
    stack.work_until_idle().await;
    let run = format!("/v1/connections/plant-north/runs/{}", started["run"].as_str().unwrap());
    let (_, account) = stack.call("GET", &run, "causeway/read", Value::Null).await;
    assert_eq!(account["outcome"], "held", "{account}");
    let body = json!({ "note": "checked with the plant" });
    let (status, told) = stack.call("POST", &format!("{run}/plan/discard"), "causeway/operate", body).await;
    assert_eq!(status, 200, "{told}");
    let done = &told["discarded"];
    assert_eq!((&done["by"], &done["note"]), (&json!("somebody"), &json!("checked with the plant")));
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token_or_with_another_scope() {
    let stack = with_connection().await;
    for (method, path, scope) in causeway_control::table() {
        let path = path
            .replace("{connection}", "plant-north")
            .replace("{run}", "20261101T020000Z-0a1b2c3d")
            .replace("{secret}", "xdome-token");
        let method = method.to_uppercase();
        for context in stack::without_token() {
            let (status, told) = stack.send(&method, &path, &context, &Value::Null).await;
            assert_eq!((status, &told["kind"]), (401, &json!("unauthorized")), "{method} {path}: {told}");
        }
        let lower = match scope {
            "causeway/admin" => "openid causeway/read causeway/operate",
            "causeway/operate" => "causeway/read",
            _ => "openid profile causeway/reader",
        };
        for lacking in [lower, "", "causeway/ADMIN", "*"] {
            let (status, told) = stack.call(&method, &path, lacking, Value::Null).await;
            assert_eq!(
                (status, &told["kind"]),
                (403, &json!("forbidden")),
                "{method} {path} by {lacking:?}: {told}"
            );
            assert!(told["detail"].as_str().unwrap().contains(scope), "{told}");
        }
    }
    let (status, _) =
        stack.call("GET", "/v1/connections/plant-north", "[causeway/operate openid]", Value::Null).await;
    assert_eq!(status, 200, "a higher scope includes the lower, and lists come in brackets");
    // The description is for everybody.
    let (status, described) = stack.send("GET", "/openapi.json", &Value::Null, &Value::Null).await;
    assert_eq!((status, &described["info"]["title"]), (200, &json!("Causeway")));
}

#[tokio::test]
async fn no_name_leads_out_of_its_connection_or_its_stack() {
    let stack = with_connection().await;
    let before = stack.keys().await;
    let names = [
        "..",
        "../plant-south",
        "%2e%2e",
        "%2e%2e%2fmaps",
        "..%2f..%2fetc",
        "%2E%2E%2Fsecrets",
        "plant-north%00",
        "plant-north%2fstate.json",
        "plant-north/../plant-north",
        "PLANT-NORTH",
        "plant-north.",
        "%ff",
        "other%2fplant",
        "a%5cb",
        "plant-south\\..\\plant-north",
        "plant-south/%2e%2E/plant-north",
        "plant%20north",
        "plant-south",
        "20261101T020000Z-0a1b2c3d%2f..%2f..",
        "x",
    ];
    let routes = [
        ("GET", "/v1/connections/{}"),
        ("DELETE", "/v1/connections/{}"),
        ("POST", "/v1/connections/{}/runs"),
        ("GET", "/v1/connections/plant-north/runs/{}"),
        ("GET", "/v1/connections/plant-north/runs/{}/plan"),
        ("POST", "/v1/connections/plant-north/runs/{}/plan/approve"),
        ("POST", "/v1/connections/plant-north/runs/{}/redrive"),
        ("DELETE", "/v1/secrets/{}"),
        ("DELETE", "/v1/secrets/plant%2f{}"),
    ];
    for (method, route) in routes {
        for name in names {
            let path = route.replace("{}", name);
            let (status, told) = stack.call(method, &path, "causeway/admin", Value::Null).await;
            assert!(matches!(status, 400 | 404 | 405), "{method} {path} was answered {status}: {told}");
            assert!(told["kind"].is_string() && told["detail"].is_string(), "{method} {path}: {told}");
        }
    }
    assert_eq!(stack.keys().await, before, "nothing was written or removed");
}

#[tokio::test]
async fn bodies_are_bounded_parsed_and_never_told_back() {
    let stack = with_connection().await;
    let put = |path: &'static str, body: Value| stack.call("PUT", path, "causeway/admin", body);
    let (status, told) = put("/v1/secrets/x", json!({ "value": "x".repeat(2 << 20) })).await;
    assert_eq!(status, 413, "{told}");
    for value in ["two\nlines", "", "   ", "a\rb", "a\0b", "\u{feff}"] {
        let (status, told) = put("/v1/secrets/x", json!({ "value": value })).await;
        assert_eq!((status, &told["kind"]), (400, &json!("secret-invalid")), "{value:?}: {told}");
    }
    for body in [Value::Null, json!({ "value": 17 }), json!({ "value": "x".repeat((64 << 10) + 1) })] {
        let (status, told) = put("/v1/secrets/x", body).await;
        assert_eq!(status, 400, "{told}");
    }
    let (status, told) = put("/v1/secrets/eyJ-Hunter2", json!({ "value": "x" })).await;
    assert!(status == 400 && !told.to_string().contains("Hunter2"), "{told}");
    let (status, told) = put("/v1/secrets/x", json!({ "hunter2": "hunter2" })).await;
    assert_eq!(status, 400);
    assert!(!told.to_string().contains("hunter2"), "{told}");
    let (_, secrets) = stack.call("GET", "/v1/secrets", "causeway/read", Value::Null).await;
    assert_eq!(secrets.as_array().unwrap().len(), 1);
    assert!(!secrets.to_string().contains(&stack.token()), "{secrets}");
    let (status, told) = put("/v1/connections/plant-north", json!({ "file": "name = 1" })).await;
    assert_eq!((status, &told["kind"]), (400, &json!("definition-invalid")), "{told}");
    assert!(told["mistakes"].as_array().is_some_and(|mistakes| !mistakes.is_empty()), "{told}");
    let file = FILE.replace("URL", &stack.vendor.base_url);
    let (status, told) = put("/v1/connections/plant-south", json!({ "file": file })).await;
    assert_eq!(status, 400, "a file of another connection: {told}");
    let named = file.replace("api_token_secret", "ca_file = \"../../etc/passwd\"\napi_token_secret");
    let (status, told) = put("/v1/connections/plant-north", json!({ "file": named })).await;
    assert!(
        status == 400 && told["detail"].as_str().unwrap().contains("it is missing from `documents`"),
        "{told}"
    );
    let (status, told) = stack.call("PATCH", "/v1/connections", "causeway/admin", Value::Null).await;
    assert_eq!(status, 405, "{told}");
}

#[tokio::test]
async fn a_long_plan_is_told_in_parts_with_its_totals() {
    let stack = with_connection().await;
    stack.hold_next_plan().await;
    let (_, started) =
        stack.call("POST", "/v1/connections/plant-north/runs", "causeway/operate", Value::Null).await;
    stack.work_until_idle().await;
    let plan = format!("/v1/connections/plant-north/runs/{}/plan", started["run"].as_str().unwrap());
    let part = async |query: &str| {
        let (status, told) = stack.call("GET", &format!("{plan}{query}"), "causeway/read", Value::Null).await;
        assert_eq!(status, 200, "{told}");
        told
    };
    let whole = part("").await;
    let closing = whole["closing"].as_array().unwrap().clone();
    assert!(closing.len() > 20, "{whole}");
    assert_eq!((&whole["closing_total"], &whole["next"]), (&json!(closing.len()), &Value::Null));
    let places = whole["closing_at"].as_array().unwrap();
    let counted: u64 = places.iter().map(|place| place["findings"].as_u64().unwrap()).sum();
    assert_eq!(counted, closing.len() as u64, "{places:?}");
    let (mut parts, mut next) = (Vec::new(), json!(0));
    while let Some(from) = next.as_u64() {
        let told = part(&format!("?from={from}&limit=7")).await;
        for same in ["plan", "closing_total", "closing_at", "held"] {
            assert_eq!(told[same], whole[same], "{same}");
        }
        parts.extend(told["closing"].as_array().unwrap().clone());
        next = told["next"].clone();
    }
    assert_eq!(parts, closing);
    let (status, told) = stack.call("GET", &format!("{plan}?limit=many"), "causeway/read", Value::Null).await;
    assert_eq!(status, 400, "{told}");
}

/// Lambda drops a larger answer, and the gateway then says no more than that something went wrong.
#[tokio::test]
async fn an_answer_that_lambda_would_drop_is_a_problem_that_says_so() {
    let stack = with_connection().await;
    let (_, started) =
        stack.call("POST", "/v1/connections/plant-north/runs", "causeway/operate", Value::Null).await;
    stack.work_until_idle().await;
    let run = started["run"].as_str().unwrap();
    for (letters, expected) in
        [("x".repeat(6_100_000), 200), ("x".repeat(6_300_000), 422), ("\"".repeat(3_200_000), 422)]
    {
        stack.tell_reasons(run, "20261101T020000Z-0a1b2c3d", &[letters]).await;
        let path = "/v1/connections/plant-north/runs/20261101T020000Z-0a1b2c3d";
        let (status, told) = stack.call("GET", path, "causeway/read", Value::Null).await;
        assert_eq!(status, expected, "{}", told["detail"]);
        if expected == 422 {
            assert_eq!(told["kind"], "answer-too-large");
            assert!(told["advice"].as_str().unwrap().contains("`limit`"), "{told}");
        }
    }
}
