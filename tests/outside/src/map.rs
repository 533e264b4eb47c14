//! Maps: told its mistakes or compiled, and a compiled one makes JSON on one line of every record, or a reason.

use crate::divided;
use crate::xdome_page::settings;
use causeway_claroty_xdome::model::{Transform, XdomeStream};
use causeway_domain::{FailureKind, Stream};
use causeway_maps::{AnyDocument, CompiledMap, MapDefinition, MapErrors, Overrides, TargetModel};
use causeway_qualys_etm::TargetProfile;
use serde_json::Value;
use serde_json::value::RawValue;

/// A map or target profile, then, after a line `+++`, records to apply it to, one a line.
pub fn map(bytes: &[u8]) {
    let Ok(input) = std::str::from_utf8(bytes) else { return };
    let (text, records) = divided(input, "+++");
    let targets = TargetModel::any();
    let compiled = CompiledMap::load("map.toml", text, &AnyDocument, &targets, &Overrides::none());
    match MapDefinition::parse("map.toml", text) {
        Ok(definition) => {
            let from_data = CompiledMap::compile(&definition, &AnyDocument, &targets, &Overrides::none());
            assert_eq!(from_data.is_ok(), compiled.is_ok(), "a map is accepted as text or data only");
            assert_eq!(definition.explain().len(), definition.rows.len(), "a row is not explained");
        }
        Err(errors) => {
            is_placed(text, &errors);
            assert!(compiled.is_err(), "what cannot be parsed was compiled");
        }
    }
    if let Err(errors) = TargetProfile::load("map.toml", text) {
        is_placed(text, &errors);
    }
    for stream in [Stream::Assets, Stream::Findings] {
        if let Err(failure) = Transform::check(settings(), stream, "map.toml", text) {
            assert_eq!(failure.kind, FailureKind::MapInvalid);
        }
        let known = CompiledMap::load(
            "map.toml",
            text,
            &XdomeStream::new(stream, settings()),
            &TargetModel::canonical(stream),
            &Overrides::none(),
        );
        records.iter().for_each(|records| applied(&known, records));
    }
    match compiled {
        Err(errors) => is_placed(text, &errors),
        compiled => records.iter().for_each(|records| applied(&compiled, records)),
    }
}

fn is_placed(text: &str, errors: &MapErrors) {
    assert!(!errors.mistakes.is_empty(), "refused without a mistake");
    let lines = text.split('\n').count();
    for mistake in &errors.mistakes {
        assert!((1..=lines).contains(&mistake.line), "no such line: {mistake:?}");
    }
}

fn applied(map: &Result<CompiledMap, MapErrors>, records: &str) {
    let Ok(map) = map else { return };
    for record in records.lines() {
        let (mut out, mut again) = ("before".to_owned(), String::new());
        let done = map.apply_document(record, &mut out);
        let body = out.strip_prefix("before").expect("a map only appends");
        if done.is_err() {
            assert_eq!(body, "", "a record that was refused left something behind");
            continue;
        }
        assert!(!body.contains(['\n', '\r']), "more than one line: {body:?}");
        assert!(
            body.starts_with('{') && serde_json::from_str::<&RawValue>(body).is_ok(),
            "no JSON: {body:?}"
        );
        map.apply_document(record, &mut again).expect("it was accepted before");
        assert_eq!(body, again, "the same record, another result");
        let depth_is_readable = serde_json::from_str::<Value>(record).is_ok();
        assert!(!depth_is_readable || serde_json::from_str::<Value>(body).is_ok(), "not readable: {body:?}");
    }
}
