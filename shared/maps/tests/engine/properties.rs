//! Nothing that a vendor or a person writes makes the engine panic, and what comes out is JSON on one line.

use crate::{open_map, rows};
use causeway_maps::{AnyDocument, CompiledMap, Overrides, TargetModel};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

static MAP: LazyLock<CompiledMap> = LazyLock::new(|| {
    open_map(&rows(&[
        "a -> x",
        "b -> l[].m[].n",
        "c[].d -> l[].o",
        "a.0.b -> p | functions = [\"min\", \"date_format\"]",
        "c -> q | functions = [{ join = \"-\" }]",
        "b[].c[] -> r[]",
    ]))
});

fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
        r#"(\\u[0-9a-fA-F]{4}|[a-z]){0,6}"#.prop_map(|text| format!("\"{text}\"")),
    ];
    let nested = leaf.prop_recursive(4, 32, 5, |inner| {
        let list =
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[ {}\n]", items.join(" ,")));
        let member = ("[a-d]", inner).prop_map(|(name, value)| format!("\"{name}\" :\t{value}"));
        let object = prop::collection::vec(member, 0..5)
            .prop_map(|members| format!("{{\r\n{} }}", members.join(",\n")));
        prop_oneof![list, object]
    });
    let member = ("[a-d]", nested).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

proptest! {
    #[test]
    fn any_document_becomes_json_on_one_line(document in document()) {
        let (mut out, mut again) = (String::new(), String::new());
        MAP.apply_document(&document, &mut out).unwrap();
        MAP.apply_document(&document, &mut again).unwrap();
        prop_assert_eq!(&out, &again);
        prop_assert!(!out.contains(['\n', '\r']));
        prop_assert!(serde_json::from_str::<Value>(&out).is_ok(), "{}", out);
    }

    #[test]
    fn any_text_is_a_document_or_a_failure(text in any::<String>()) {
        drop(MAP.apply_document(&text, &mut String::new()));
        drop(MAP.apply_document(&format!("{{\"a\":{text}}}"), &mut String::new()));
    }

    #[test]
    fn any_map_is_compiled_or_told_its_mistakes(
        source in r"[a-z.\[\]&0-9]{0,8}", target in r"[a-z.\[\]&0-9]{0,8}", rest in ".{0,20}",
    ) {
        let text = format!("{}[[row]]\nsource = \"{source}\"\ntarget = \"{target}\"\n{rest}", crate::HEADER);
        drop(CompiledMap::load("m", &text, &AnyDocument, &TargetModel::any(), &Overrides::none()));
        drop(CompiledMap::load("m", &rest, &AnyDocument, &TargetModel::any(), &Overrides::none()));
    }
}
