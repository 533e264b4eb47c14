//! Connection files: what is accepted, and the whole message for what is not.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail a test, too")]

use causeway_claroty_xdome::XdomeSettings;
use causeway_connectors::catalog;
use causeway_domain::definition::{DefinitionErrors, Mistake, Overlap};
use causeway_domain::{Definition, Failure, FailureKind};
use causeway_qualys_etm::QualysEtmSettings;

const SMALLEST: &str = r#"
name = "plant-north"

[source.claroty-xdome]
api_url = "https://api.example.com"
api_token_secret = "plant-north-token"

[destination.files]
folder = "out"
"#;

fn parse(text: &str, file: &str) -> Result<Definition, DefinitionErrors> {
    Definition::parse(text, file, catalog())
}

fn mistakes(text: &str) -> String {
    parse(text, "plant-north.toml").map_or_else(|errors| errors.to_string(), |_| "accepted".to_owned())
}

#[test]
fn the_smallest_file_gets_the_products_defaults() {
    let definition = parse(SMALLEST, "plant-north.toml").unwrap();
    insta::assert_json_snapshot!(definition);
}

#[test]
fn a_full_file_is_read_as_written() {
    let definition = parse(include_str!("definition/full.toml"), "full.toml").unwrap();
    assert!(definition.preserve_missing_findings);
    let source = XdomeSettings::of(&definition.source).unwrap();
    assert_eq!((source.page_size, source.severity.risk.len()), (500, 2));
    let etm = QualysEtmSettings::of(&definition.destination).unwrap();
    assert_eq!(etm.batch_assets, 250);
    let written = toml::to_string(&definition).unwrap();
    assert_eq!(parse(&written, "written.toml").unwrap(), definition);
}

#[test]
fn every_mistake_is_reported_at_once() {
    insta::assert_snapshot!(mistakes(include_str!("definition/mistakes.toml")));
}

/// One table of `[schedule]` after the other.
#[test]
fn mistakes_of_schedules_say_what_is_allowed() {
    let tables = include_str!("definition/schedules.toml").split("\n\n");
    let told: Vec<String> = tables
        .map(|table| {
            let text = format!("{SMALLEST}\n[schedule]\n{table}\n");
            format!("{table}\n---\n{}\n", mistakes(&text))
        })
        .collect();
    assert!(told.iter().all(|told| !told.contains("accepted")), "{told:#?}");
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn unsafe_addresses_are_refused() {
    for (url, expected) in [
        ("http://api.example.com", "is not encrypted"),
        ("ftp://api.example.com", "is not an http address"),
        ("https://user:hunter2@api.example.com", "holds a user name or a password"),
        ("https://api.example.com/api/v1", "has the path \"/api/v1\""),
        ("https://api.example.com/?a=b", "has a query"),
        ("api.example.com", "is not an address"),
    ] {
        let text = SMALLEST.replace("https://api.example.com", url);
        let message = mistakes(&text);
        let place = "plant-north.toml:5:11: source.claroty-xdome.api_url: ";
        assert!(message.starts_with(place) && message.contains(expected), "{url}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    for url in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1/"] {
        let text = SMALLEST.replace("https://api.example.com", url);
        assert!(parse(&text, "x.toml").is_ok(), "{url}");
    }
}

#[test]
fn a_secret_in_place_of_its_name_is_not_repeated() {
    let message = mistakes(&SMALLEST.replace("plant-north-token", "eyJhbGciOi/very+secret=="));
    assert!(message.contains("api_token_secret: is not the name of a secret"), "{message}");
    assert!(!message.contains("eyJ"), "{message}");
}

#[test]
fn missing_parts_are_named() {
    insta::assert_snapshot!(mistakes(
        "description = \"nothing else\"\n[source.claroty-xdome]\n[destination]\n"
    ));
}

#[test]
fn two_destinations_are_one_too_many() {
    let text = format!(
        "{SMALLEST}\n[destination.qualys-etm]\ngateway_url = \"https://g\"\nusername = \"u\"\n\
        password_secret = \"p\"\nconnector_uuid = \"3f2a6c1e-0b7d-4e58-9a41-5d2c8b7f6e10\"\n"
    );
    insta::assert_snapshot!(mistakes(&text));
}

#[test]
fn text_that_is_not_toml_is_placed() {
    insta::assert_snapshot!(mistakes("name = \"plant-north\"\nsource = [\n"));
    insta::assert_snapshot!(mistakes("name = \"a\"\nname = \"b\"\n"));
}

#[test]
fn mistakes_become_one_failure() {
    let errors = parse("name = 3\n", "x.toml").unwrap_err();
    let failure = Failure::from(errors);
    assert_eq!((failure.kind, failure.subject.as_str()), (FailureKind::DefinitionInvalid, "x.toml"));
    assert!(failure.detail.contains("line 1: name: is the number 3"), "{failure}");
}

#[test]
fn a_field_is_found_again_by_its_path() {
    let place = |field| {
        let mistake = Mistake::at(SMALLEST, field, "is not there", "");
        (mistake.line, mistake.column)
    };
    assert_eq!(place("source.claroty-xdome.api_token_secret"), (6, 20));
    assert_eq!(place("destination.files.folder"), (9, 10));
    assert_eq!(place("source.claroty-xdome.maps.asset"), (4, 1));
}

/// The file shown in `docs/CONNECTION.md`.
fn documented() -> &'static str {
    let page = include_str!("../../../docs/CONNECTION.md");
    page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default()
}

#[test]
fn the_documented_file_is_accepted_and_shows_the_defaults() {
    let documented = parse(documented(), "CONNECTION.md").unwrap();
    let smallest = parse(SMALLEST, "plant-north.toml").unwrap();
    assert_eq!((&documented.guards, &documented.run), (&smallest.guards, &smallest.run));
    let [shown, default] = [documented, smallest].map(|file| XdomeSettings::of(&file.source).unwrap());
    assert_eq!(shown.severity, default.severity);
    assert_eq!((shown.maps, shown.links), (default.maps, default.links));
    assert_eq!((shown.page_size, shown.timeout_seconds), (default.page_size, default.timeout_seconds));
}

fn connection(source: &str, destination: &str) -> Definition {
    let text = format!(
        "name = \"plant\"\n[source.claroty-xdome]\napi_token_secret = \"token\"\n{source}\n[destination.{destination}"
    );
    parse(&text, "plant.toml").unwrap()
}

#[test]
fn one_connector_or_the_same_records_twice_are_an_overlap() {
    const XDOME: &str = "api_url = \"https://one.test\"";
    const OTHER: &str = "api_url = \"https://two.test\"";
    let etm = |uuid: &str| {
        format!(
            "qualys-etm]\ngateway_url = \"https://g.test\"\nusername = \"u\"\npassword_secret = \"p\"\nconnector_uuid = \"{uuid}\""
        )
    };
    let overlap = |one: &Definition, two: &Definition| one.overlap(two, catalog()).unwrap();
    let one = etm("a0000000-0000-4000-8000-000000000000");
    let upper = etm("A0000000-0000-4000-8000-000000000000");
    let two = etm("b0000000-0000-4000-8000-000000000000");
    let (files, elsewhere) = ("files]\nfolder = \"out\"", "files]\nfolder = \"other\"");
    let (ot, it) = ("device_categories = [\"OT\"]", "device_categories = [\"IT\"]");
    let part = |rest: &str| format!("{XDOME}\n{rest}");
    let first = connection(XDOME, &one);
    assert_eq!(overlap(&first, &connection(XDOME, &upper)), Some(Overlap::SourceAndConnector));
    assert_eq!(overlap(&first, &connection(OTHER, &one)), Some(Overlap::Connector));
    assert_eq!(overlap(&first, &connection(XDOME, &two)), Some(Overlap::Records));
    assert_eq!(overlap(&first, &connection(OTHER, &two)), None);
    assert_eq!(overlap(&first, &connection(XDOME, files)), None);
    let parts = |a: &str, b: &str| overlap(&connection(&part(a), &one), &connection(&part(b), &two));
    assert_eq!(parts(ot, it), None);
    assert_eq!(parts(ot, "retired_devices_only = true"), None);
    assert_eq!(parts(ot, "data_to_sync = \"assets\""), Some(Overlap::Records));
    assert_eq!(overlap(&connection(XDOME, files), &connection(XDOME, files)), Some(Overlap::Records));
    assert_eq!(overlap(&connection(XDOME, files), &connection(XDOME, elsewhere)), None);
    let mut stranger = connection(XDOME, &two);
    stranger.source.set("api_token_secret", "another");
    assert_eq!(overlap(&first, &stranger), None, "another customer of the same region");
}
