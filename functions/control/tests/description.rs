//! The description of the API is that of the API.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use causeway_control::{document, table};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn the_checked_in_description_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    let current = serde_json::to_string_pretty(&document()).unwrap();
    assert!(checked_in.trim_end() == current, "docs/openapi.json is not current: run `make openapi`");
}

#[test]
fn every_route_is_described_with_its_scope_and_nothing_else_is() {
    let described: Value = serde_json::to_value(document()).unwrap();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut scopes = BTreeMap::new();
    for (path, operations) in described["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let scope = operation["security"][0]["token"][0].as_str().unwrap_or_default();
            scopes.insert((method.clone(), path.clone()), scope.to_owned());
            assert!(operation["operationId"].is_string(), "{method} {path} has no name");
        }
    }
    let routes = table();
    assert_eq!(routes.len(), scopes.len());
    for (method, path, scope) in routes {
        let described = scopes.get(&(method.to_owned(), path.to_owned()));
        assert_eq!(described.map(String::as_str), Some(scope), "{method} {path}");
    }
}
