//! The cutter compared with `serde_json`: it may give up, but it never cuts anything differently.

use super::*;
use proptest::prelude::*;
use serde_json::value::RawValue;

/// The value at the start of `text` and its end, according to `serde_json`.
fn parsed(text: &str) -> Option<&str> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok().map(RawValue::get)
}

fn cut(text: &str) -> Option<Cut<'_>> {
    Cutter::new(text).value()
}

/// Checks the properties that hold for any text. Returns whether it was cut.
fn agree(text: &str) -> bool {
    let Some(value) = cut(text) else { return false };
    // The cutter accepts anything after a number; the caller checks the next token.
    let mut cutter = Cutter::new(text);
    cutter.value();
    if cutter.at_end() {
        assert_eq!(parsed(text), Some(value.text), "{text:?}");
    }
    let mut written = String::new();
    push_raw(&mut written, value.text);
    assert!(!value.is_verbatim() || written == value.text, "not verbatim: {text:?}");
    true
}

#[test]
fn odd_values_are_cut() {
    let good = [
        "0",
        "-0",
        "0.5",
        "-12.50e+3",
        "1E9",
        "1e400",
        "123456789012345678901234567890",
        "true",
        "null",
        "\"\"",
        r#""a\"b\\""#,
        r#""\u00fc \ud83d\ude80 \ud83d""#,
        "\"ü漢\u{10ffff}\u{7f}\"",
        "[]",
        "{}",
        "[ ]",
        "{ \n}",
        "[[],{},[{}]]",
        r#"{"a":1,"a":2}"#,
        r#"{"\ud800":{"b":[null]}}"#,
        " \t\r\n[1 , 2]",
        "\"01234567890123456789012345678901234567890123456789012345678901234567890123456789\\n\"",
    ];
    for text in good {
        assert!(agree(text), "given up: {text}");
        for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
            agree(text.get(..end).unwrap_or_default());
        }
    }
}

#[test]
fn what_is_wrong_is_left_to_the_parser() {
    let bad = [
        "",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "nul",
        "tru",
        "\"",
        "\"\n\"",
        "\"\u{1f}\"",
        r#""\x""#,
        r#""\u12g4""#,
        r#""\u12"#,
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,]",
        "[1 2]",
        "{",
        r#"{"a""#,
        r#"{"a":"#,
        r#"{"a":1"#,
        r#"{"a":1,}"#,
        r#"{a:1}"#,
        r#"{"a" 1}"#,
        "[}",
        "{]",
        r#"{"a":1]"#,
        "[1}",
        "\u{feff}1",
        "\u{a0}1",
        "\u{c}1",
    ];
    for text in bad {
        assert_eq!((cut(text), parsed(text)), (None, None), "{text:?}");
    }
}

#[test]
fn nesting_has_an_end_that_is_no_error() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    for depth in [1, 63, 64] {
        assert!(agree(&nested(depth)) && agree(&objects(depth)), "{depth}");
    }
    for depth in [65, 100_000] {
        assert_eq!((cut(&nested(depth)), cut(&objects(depth))), (None, None), "{depth}");
        let list = format!("[1,{},2]", nested(depth));
        let found: Vec<_> = elements(&list).collect();
        assert_eq!(found, [Some("1"), Some(nested(depth).as_str()), Some("2")], "{depth}");
        let object = format!(r#"{{"b":{},"a":3}}"#, nested(depth));
        assert_eq!(member(&object, "a"), Some("3"), "{depth}");
    }
}

#[test]
fn members_are_found_by_any_spelling_and_the_last_counts() {
    let object = r#"{ "a" : 1, "\u0061":2 , "b":{"a":3}, "c":null }"#;
    assert_eq!((member(object, "a"), member(object, "b")), (Some("2"), Some(r#"{"a":3}"#)));
    assert_eq!((member(object, "c"), member(object, "d"), member("{}", "a")), (None, None, None));
    assert_eq!((member(r#"{"a":1,"a":2}"#, "a"), member(r#"{"a":1,"a":null}"#, "a")), (Some("2"), None));
    assert_eq!((member("[]", "a"), member(r#"{"a":1"#, "a")), (None, None));
}

/// JSON in any notation: white space, escapes, any letters.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?",
        any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
        r#"([a-z ]{0,40}|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]){0,6}"#.prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let space = "[ \t\r\n]{0,2}";
        let list = (prop::collection::vec((inner.clone(), space), 0..5), space).prop_map(|(items, end)| {
            let items: Vec<String> =
                items.into_iter().map(|(item, space)| format!("{space}{item}{space}")).collect();
            format!("[{end}{}]", items.join(","))
        });
        let name = r#"([a-e]|\\u0061|\\ud800|ü)"#;
        let member =
            (name, space, inner).prop_map(|(name, space, value)| format!("{space}\"{name}\"{space}:{value}"));
        let object =
            prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(",")));
        prop_oneof![list, object]
    })
}

proptest! {
    #[test]
    fn what_is_cut_is_what_is_parsed(document in document(), end in any::<prop::sample::Index>()) {
        prop_assert!(agree(&document), "given up: {document}");
        let cut: String = document.chars().take(end.index(document.chars().count() + 1)).collect();
        agree(&cut);
    }

    #[test]
    fn one_letter_more_or_less(document in document(), at in any::<prop::sample::Index>(), letter in "[\\[\\]{}:,\"\\\\0-9eE.+\\-ntfu\\x00-\\x1f ü]?") {
        let mut letters: Vec<char> = document.chars().collect();
        let place = at.index(letters.len());
        letters.splice(place..=place, letter.chars());
        agree(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn elements_are_those_of_the_parsed_list(document in document()) {
        let found: Vec<_> = elements(&document).collect();
        match serde_json::from_str::<Vec<&RawValue>>(&document) {
            Ok(list) => {
                let list: Vec<_> = list.into_iter().map(|value| not_null(value.get())).collect();
                prop_assert_eq!(found, list);
            }
            Err(_) => prop_assert_eq!(found, [not_null(&document)]),
        }
    }

    #[test]
    fn any_text_is_written_so_that_it_is_read_back(text in any::<String>()) {
        let mut out = String::new();
        push_text(&mut out, &text);
        prop_assert!(!out.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<String>(&out).ok(), Some(text));
    }
}
