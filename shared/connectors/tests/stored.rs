//! Definitions that an earlier version stored, when it still had a type for each connector's settings.

use causeway_claroty_xdome::XdomeSettings;
use causeway_connectors::catalog;
use causeway_domain::definition::{Registered, Settings};
use causeway_qualys_etm::QualysEtmSettings;
use serde_json::json;

const STORED: &str = include_str!("stored/definition.json");

/// The scope that this definition's manifest has in its fingerprint.
const SCOPE: &str = "88465cfe71a85e7f33012f2d56fb81df";

#[test]
fn a_stored_definition_keeps_its_text_and_its_fingerprint() {
    let registered: Registered = serde_json::from_str(STORED).unwrap();
    let source = serde_json::to_string(&registered.definition.source).unwrap();
    assert_eq!(blake3::hash(source.as_bytes()).to_hex().as_str().split_at(32).0, SCOPE);
    assert_eq!(serde_json::to_string_pretty(&registered).unwrap(), STORED.trim_end());
}

/// A definition that is applied again is stored with the same text, so it does not count as changed.
#[test]
fn the_normal_form_is_that_of_the_earlier_version() {
    let registered: Registered = serde_json::from_str(STORED).unwrap();
    let text = |settings: &Settings| serde_json::to_string(settings).unwrap();
    let definition = &registered.definition;
    let completed = catalog().completed(definition);
    assert_eq!(text(&completed.source), text(&definition.source));
    assert_eq!(text(&completed.destination), text(&definition.destination));
    let typed = XdomeSettings::of(&definition.source).unwrap();
    assert_eq!(text(&typed.stored().unwrap()), text(&definition.source));
    let typed = QualysEtmSettings::of(&definition.destination).unwrap();
    assert_eq!(text(&Settings::of("qualys-etm", &typed).unwrap()), text(&definition.destination));
}

#[test]
fn fields_that_came_since_have_their_presets() {
    let few = json!({ "api_url": "https://api.example.com", "api_token_secret": "token" });
    let settings = XdomeSettings::of(&Settings::of("claroty-xdome", &few).unwrap()).unwrap();
    assert_eq!((settings.page_size, settings.severity.risk.len()), (1000, 5));
    assert_eq!(settings.maps.finding, "claroty-xdome-host-asset");
}

#[test]
fn settings_of_another_connector_are_refused() {
    let other = Settings::of("other", &json!({})).unwrap();
    let failure = XdomeSettings::of(&other).unwrap_err();
    assert!(failure.to_string().contains("\"other\""), "{failure}");
    let failure = catalog().connector(&other).unwrap_err();
    assert!(failure.to_string().contains("claroty-xdome"), "{failure}");
}
