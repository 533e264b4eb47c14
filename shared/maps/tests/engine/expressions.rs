//! Expressions: what they can say, how their mistakes are told, and that nothing they say takes long or much.

use crate::{HEADER, applied, open_map};
use causeway_domain::{Failure, Stream};
use causeway_maps::{AnyDocument, CompiledMap, MapDefinition, Overrides, TargetModel};
use proptest::prelude::*;

fn quoted(expression: &str) -> String {
    format!("'''{expression}'''")
}

/// A map with one row that is the expression.
fn map(expression: &str) -> CompiledMap {
    open_map(&format!("[[row]]\ntarget = \"x\"\nfunctions = [{{ cel = {} }}]\n", quoted(expression)))
}

fn mistakes(expression: &str) -> String {
    let text = format!("{HEADER}[[row]]\ntarget = \"x\"\nfunctions = [{{ cel = {} }}]\n", quoted(expression));
    CompiledMap::load("m.toml", &text, &AnyDocument, &TargetModel::any(), &Overrides::none())
        .map_or_else(|errors| Failure::from(errors).detail, |_| "no mistake".to_owned())
}

#[test]
fn what_rows_cannot_say() {
    let record = r#"{"name":"PLC-7 ","site":null,"ips":["10.1.0.7","192.0.2.9"],"score":7,"ratio":0.5,"tags":{"z":1,"b":{"c":[true,null]}}}"#;
    let said = [
        "name.trim().lowerAscii() + \".\" + string(score)",
        "site == null ? \"no site\" : site",
        "ips.filter(ip, ip.startsWith(\"10.\"))",
        "ips.exists(ip, ip.matches(\"^192[.]\")) && score >= 7",
        "ips.map(ip, {\"address\": ip, \"inside\": ip.startsWith(\"10.\")})",
        "tags.map(key, key)",
        "has(tags.q) ? tags.q : tags.b.c[0]",
        "double(score) * ratio",
        "name.split(\"-\").map(part, part.trim())",
        "absent",
        "name + 1",
        "ips[7]",
        "tags.nothing",
        "score / (score - 7)",
        "1.0 / 0.0",
    ];
    let told = said.map(|expression| format!("{expression}\n  → {}", applied(&map(expression), record)));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_value_goes_through_the_functions_in_order() {
    let map = open_map(
        "[[row]]\nsource = \"seen[]\"\ntarget = \"x\"\n\
         functions = [\"max\", { cel = \"value == null ? null : value + ' by ' + who\" }, { join = \"\" }]\n\
         [[row]]\nconstant = \"none\"\ntarget = \"x\"",
    );
    assert_eq!(applied(&map, r#"{"seen":["a","b"],"who":"me"}"#), r#"{"x":"b by me"}"#);
    assert_eq!(applied(&map, r#"{"who":"me"}"#), r#"{"x":"none"}"#);
    assert_eq!(map.wire_fields(), ["seen", "who"], "the vendor is asked for what an expression reads");
}

#[test]
fn mistakes_have_a_place_and_an_advice() {
    let wrong = [
        "",
        "name +",
        "name +\n  * 2",
        "now()",
        "timestamp(\"2026\")",
        "name.startWith(\"a\")",
        "name.matches(site)",
        "name.matches(\"(a\")",
        "name.matches(\"(a{1000}){1000}\")",
        "Asset{name: 1}",
        "name.?first",
        "{1: 2, 3",
    ];
    let told = wrong.map(|expression| format!("{expression}\n  → {}", mistakes(expression)));
    insta::assert_snapshot!(told.join("\n"));
    let text = format!(
        "{HEADER}[[row]]\nsource = \"uid\"\ntarget = \"created\"\nfunctions = [{{ cel = \"os_nam + osname\" }}, {{ cel = 3 }}]"
    );
    let errors = MapDefinition::parse("m.toml", &text).unwrap_err();
    assert!(errors.to_string().contains("\"cel\" needs a text"), "{errors}");
    let targets = TargetModel::canonical(Stream::Assets);
    let unknown = CompiledMap::load("m.toml", &text, &crate::mistakes::Small, &targets, &Overrides::none())
        .unwrap_err();
    assert!(unknown.to_string().contains("the source has no field `os_nam`"), "{unknown}");
}

#[test]
fn a_text_that_is_too_large_is_refused_when_it_is_checked() {
    let hostile = [
        format!("{}1{}", "(".repeat(500), ")".repeat(500)),
        format!("{}1{}", "[".repeat(17), "]".repeat(17)),
        vec!["1"; 600].join("+"),
        format!("{}1", "true?1:".repeat(280)),
        format!("a{}", ".b".repeat(900)),
        format!("a{}", ".map(x,x+x)".repeat(100)),
        "a".repeat(2_001),
    ];
    for expression in hostile {
        let told = mistakes(&expression);
        assert!(told.contains("cel: "), "{expression} → {told}");
    }
    for odd in ["!".repeat(1900) + "true", "-".repeat(1900) + "1"] {
        let _ = mistakes(&odd);
    }
}

/// Each of these would take hours or gigabytes without a bound.
#[test]
fn no_expression_takes_long_or_much() {
    let numbers: Vec<String> = (0..20_000).map(|number: u32| number.to_string()).collect();
    let record = format!(r#"{{"many":[{}],"long":"{}"}}"#, numbers.join(","), "a".repeat(120_000));
    for expression in [
        "many.all(a, many.all(b, many.all(c, c >= 0)))",
        "many.exists(a, many.exists(b, a + b < 0))",
        "many.map(a, many.map(b, many.map(c, c)))",
        "many.filter(a, many.exists_one(b, a == b))",
        "many.all(a, a / 0 == 1) || true",
        "many.map(a, long.contains('b'))",
        "many.map(a, long + long)",
        "many.map(a, long)",
        "[long].map(a, a + a + a + a).map(a, a + a + a + a).map(a, a + a + a + a).map(a, a + a + a + a)",
        "many.exists(a, long.matches('(a+)+b'))",
        "long.split('')",
    ] {
        let told = applied(&map(expression), &record);
        let bounded = told.contains("too much on this record") || told.contains("; make less");
        assert!(
            bounded && told.ends_with("(record k)"),
            "{expression} → {}",
            told.chars().take(200).collect::<String>()
        );
    }
    let large = format!(r#"{{"long":"{}"}}"#, "a".repeat(300_000));
    assert!(applied(&map("size(long)"), &large).contains("more than 262144; read less"));
}

#[test]
fn the_deepest_expression_fits_the_stack_of_a_worker() {
    for expression in [["a"; 7].join("+"), format!("{}a{}", "[".repeat(14), "]".repeat(14))] {
        let map = map(&expression);
        let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        worker.spawn(move || applied(&map, r#"{"a":"x"}"#)).unwrap().join().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_an_expression_or_a_mistake_and_always_the_same(
        text in r#"([a-c]|[0-9]|[+*/.,?:()\[\]{}<>!&|"-]| in |\.map\(x,|\.all\(y,|value|null|true){0,24}"#,
    ) {
        let text = format!("{HEADER}[[row]]\ntarget = \"x\"\nfunctions = [{{ cel = {} }}]\n", quoted(&text));
        let loaded = CompiledMap::load("m.toml", &text, &AnyDocument, &TargetModel::any(), &Overrides::none());
        if let Ok(map) = loaded {
            let record = r#"{"a":[3,1,2],"b":{"z":1,"y":"q"},"c":"text"}"#;
            prop_assert_eq!(applied(&map, record), applied(&map, record));
        }
    }
}
