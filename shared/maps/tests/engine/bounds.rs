//! A map that is too large in any way is told so in no time, on the small stack of a worker.

use crate::{HEADER, mistakes::mistakes, rows};
use causeway_maps::{AnyDocument, CompiledMap, Overrides, TargetModel};
use std::time::{Duration, Instant};

/// What is said of a profile's map.
fn told(text: &str) -> String {
    let text = text.to_owned();
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let compile = move || match CompiledMap::load(
        "m.toml",
        &text,
        &AnyDocument,
        &TargetModel::any(),
        &Overrides::none(),
    ) {
        Ok(_) => "no mistake".to_owned(),
        Err(errors) => errors.to_string(),
    };
    small.spawn(compile).unwrap().join().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "what is bounded is the time of this machine")]
fn now() -> Instant {
    Instant::now()
}

fn row(source: &str, target: &str) -> String {
    rows(&[&format!("{source} -> {target}")])
}

#[test]
fn a_path_without_an_end_is_a_mistake_of_its_row() {
    let long = |names: usize| vec!["a"; names].join(".");
    let lists = |names: usize| vec!["a[]"; names].join(".");
    for (source, target, wanted) in [
        ("a", long(33).as_str(), "row 1, target: \"a.a"),
        ("a", lists(9_000).as_str(), "a path has at most 1024"),
        (long(33).as_str(), "a", "row 1, source: \"a.a"),
        (lists(9_000).as_str(), "a", "a path has at most 1024"),
        ("a", "x".repeat(1_025).as_str(), "is 1025 bytes long"),
    ] {
        let told = told(&format!("{HEADER}{}", row(source, target)));
        assert!(told.contains(wanted), "{told}");
        assert!(told.len() < 500, "{told}");
    }
    assert_eq!(told(&format!("{HEADER}{}", row(&lists(32), &lists(32)))), "no mistake");
    let condition = format!("{HEADER}{}when_absent = \"{}\"\n", row("a", "b"), long(9_000));
    assert!(told(&condition).contains("when_absent: \"a.a"), "{}", told(&condition));
}

#[test]
fn rows_functions_and_text_are_bounded() {
    let many: String = (0..1_001).map(|number| row("a", &format!("t{number}"))).collect();
    assert!(told(&format!("{HEADER}{many}")).contains("row: there are 1001; a map has at most 1000"));
    let most = many.rsplit_once("[[row]]").unwrap().0;
    assert_eq!(told(&format!("{HEADER}{most}")), "no mistake");
    let functions = vec!["\"first\""; 17].join(", ");
    let text = format!("{HEADER}{}functions = [{functions}]\n", row("a", "b"));
    assert!(told(&text).contains("functions: are 17; a row has at most 16"), "{}", told(&text));
    let text = format!("{HEADER}{}# {}", row("a", "b"), "x".repeat(3 << 20));
    assert!(told(&text).contains("a map has at most 2097152"), "{}", told(&text));
}

#[test]
fn a_table_of_very_many_keys_is_read_at_once_and_found_in_at_once() {
    let keys =
        |count: usize| (0..count).map(|number| format!("Key-{number} = {number}\n")).collect::<String>();
    let row = format!("{}functions = [{{ lookup = \"t\" }}]\n", row("a", "b"));
    let began = now();
    let text = format!("{HEADER}{row}[lookup.t]\n{}", keys(20_000));
    let map =
        CompiledMap::load("m.toml", &text, &AnyDocument, &TargetModel::any(), &Overrides::none()).unwrap();
    for number in (0..20_000).step_by(7) {
        let made = crate::applied(&map, &format!("{{\"a\":\"KEY-{number}\"}}"));
        assert_eq!(made, format!("{{\"b\":{number}}}"));
    }
    let told_of_twice = told(&format!("{text}{}", keys(20_000).to_lowercase()));
    assert!(told_of_twice.contains("is there twice"), "{told_of_twice}");
    assert!(told_of_twice.contains("19800 more mistakes are not listed"));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let too_many = told(&format!("{HEADER}{row}[lookup.t]\n{}", keys(50_001)));
    assert!(too_many.contains("lookup.t: the lookup tables of a map have at most 50000 keys"), "{too_many}");
}

#[test]
fn a_map_of_many_rows_shares_its_tables() {
    let keys: String = (0..20_000).map(|number| format!("k{number} = 1\n")).collect();
    let rows: String = (0..500)
        .map(|number| format!("{}functions = [{{ lookup = \"t\" }}]\n", row("a", &format!("t{number}"))))
        .collect();
    let began = now();
    assert_eq!(told(&format!("{HEADER}{rows}[lookup.t]\n{keys}")), "no mistake");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn unknown_keys_without_number_are_told_as_a_number() {
    let keys: String = (0..30_000).map(|number| format!("unknown{number} = 1\n")).collect();
    let told = mistakes(&format!("{keys}{HEADER}"));
    assert_eq!(told.lines().count(), 201);
}
