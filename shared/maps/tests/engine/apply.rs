//! What rows make of documents.

use crate::{applied, open_map, rows};

/// Checks `(document, output)` pairs under one map.
fn check(lines: &[&str], cases: &[(&str, &str)]) {
    let map = open_map(&rows(lines));
    for (document, expected) in cases {
        assert_eq!(applied(&map, document), *expected, "{lines:?} on {document}");
    }
}

#[test]
fn copies_are_verbatim_and_nothing_is_left_out_as_null() {
    check(
        &["a -> x", "b -> y.z", "c -> y.w", "d -> custom.&"],
        &[
            (
                r#"{"a":"t\u00fc\n","b":1.50,"c":true,"d":{"k" : [ 1 ]}}"#,
                r#"{"x":"t\u00fc\n","y":{"z":1.50,"w":true},"custom":{"d":{"k":[1]}}}"#,
            ),
            (r#"{"a":null,"b":"","c":[],"d":[null, null]}"#, "{}"),
            (r#"{"a":1,"a":2,"a":3,"unknown":[[[]]]}"#, r#"{"x":3}"#),
            (r#"{"a":1,"a":null}"#, "{}"),
            (
                r#"{"a":"\ud83d\ude80 \ud83d \\ud83d \udc00"}"#,
                r#"{"x":"\ud83d\ude80 \ufffd \\ud83d \ufffd"}"#,
            ),
            ("[]", "map m: the record cannot be read: it is a list, not an object (record k)"),
            ("{\"a\":}", "map m: the record cannot be read: not JSON at line 1, column 6 (record k)"),
        ],
    );
}

#[test]
fn paths_reach_into_values() {
    check(
        &["a.b.c -> x", "a.l.1 -> y", "l[].u -> z", "l[].u -> q[]", "m[].n[].o -> flat[]"],
        &[
            (r#"{"a":{"b":{"c":7},"l":["p","q"]}}"#, r#"{"x":7,"y":"q"}"#),
            (r#"{"a":{"b":[],"l":["p"]}}"#, "{}"),
            (r#"{"a":{"l":"p"},"l":{"u":1},"m":{"n":{"o":2}}}"#, r#"{"z":[1],"q":[1],"flat":[2]}"#),
            (r#"{"l":[{"u":1},null,{"v":2},{"u":3}]}"#, r#"{"z":[1,3],"q":[1,3]}"#),
            (r#"{"m":[{"n":[{"o":1},{"o":2}]},{"n":[]},{"n":[{"o":3}]}]}"#, r#"{"flat":[1,2,3]}"#),
        ],
    );
}

#[test]
fn whatever_is_no_list_is_a_list_of_itself() {
    check(
        &["a.0 -> x", "o.0.u -> y", "a.1 -> z", "n[].0 -> first[]"],
        &[
            (r#"{"a":"p","o":{"u":7},"n":["q",["r","s"]]}"#, r#"{"x":"p","y":7,"first":["q","r"]}"#),
            (r#"{"a":["p","q"],"o":[{"u":7}],"n":"t"}"#, r#"{"x":"p","y":7,"z":"q","first":["t"]}"#),
            (r#"{"a":null,"o":[null,{"u":7}],"n":[]}"#, "{}"),
        ],
    );
}

#[test]
fn lists_with_one_entry_per_card_are_joined_entry_by_entry() {
    check(
        &["ips -> nics[].address[].address", "macs -> nics[].mac", "tags -> tags[]"],
        &[
            (
                r#"{"ips":["1",null,null,"4"],"macs":["a","b",null],"tags":"one"}"#,
                r#"{"nics":[{"address":[{"address":"1"}],"mac":"a"},{"mac":"b"},{"address":[{"address":"4"}]}],"tags":["one"]}"#,
            ),
            (
                r#"{"ips":[["1","2"],"3"],"tags":["x",null,"y"]}"#,
                r#"{"nics":[{"address":[{"address":"1"},{"address":"2"}]},{"address":[{"address":"3"}]}],"tags":["x","y"]}"#,
            ),
            (r#"{"ips":[null],"macs":[]}"#, "{}"),
        ],
    );
}

#[test]
fn a_target_profile_reads_what_an_asset_map_wrote() {
    let profile = [
        "networkInterfaces[].macAddress -> core.networkInterfaces[].macAddress",
        "networkInterfaces[].address[].address -> core.networkInterfaces[].address",
        "networkInterfaces[].address[].address -> identity.ipAddress[]",
        "operatingSystem.name -> core.operatingSystem",
        "customConnectorAttributes -> core.customConnectorAttributes",
    ];
    check(
        &profile,
        &[(
            r#"{"networkInterfaces":[{"address":[{"address":"1"},{"address":"2"}],"macAddress":"a"},{"macAddress":"b"},{"address":[{"address":"3"}]}],"operatingSystem":{"name":"os"},"customConnectorAttributes":{"k":"v"}}"#,
            r#"{"core":{"networkInterfaces":[{"macAddress":"a","address":"1"},{"macAddress":"b"},{"address":"3"}],"operatingSystem":"os","customConnectorAttributes":{"k":"v"}},"identity":{"ipAddress":["1","2","3"]}}"#,
        )],
    );
}

#[test]
fn functions_in_a_row() {
    let lists = [
        "l -> first | functions = [\"first\"]",
        "l -> min | functions = [\"min\"]",
        "l -> max | functions = [\"max\"]",
        "l -> join | functions = [{ join = \", \" }]",
    ];
    check(
        &lists,
        &[
            (r#"{"l":[null,10,9,"",2.5]}"#, r#"{"first":10,"min":2.5,"max":10,"join":"10, 9, 2.5"}"#),
            (
                r#"{"l":["b","a \"q\"",["x"]]}"#,
                r#"{"first":"b","min":"a \"q\"","max":"b","join":"b, a \"q\""}"#,
            ),
            (
                r#"{"l":["2025-01-02T00:00:00+00:00","2025-01-01T23:00:00-05:00"]}"#,
                r#"{"first":"2025-01-02T00:00:00+00:00","min":"2025-01-02T00:00:00+00:00","max":"2025-01-01T23:00:00-05:00","join":"2025-01-02T00:00:00+00:00, 2025-01-01T23:00:00-05:00"}"#,
            ),
            (r#"{"l":7}"#, r#"{"first":7,"min":7,"max":7,"join":"7"}"#),
            (r#"{"l":[]}"#, "{}"),
        ],
    );
    check(
        &["d -> d | functions = [\"date_format\"]"],
        &[
            (r#"{"d":"2025-03-28T02:19:42.757340+00:00"}"#, r#"{"d":"2025-03-28T02:19:42Z"}"#),
            (
                r#"{"d":["2025-03-28",null,"x"]}"#,
                r#"{"d":["2025-03-28T00:00:00Z",null,null]} (unreadable: d 1)"#,
            ),
            (r#"{"d":1743128382757}"#, r#"{"d":"2025-03-28T02:19:42Z"}"#),
            (r#"{"d":{"a":1}}"#, "{} (unreadable: d 1)"),
        ],
    );
}

#[test]
fn a_date_is_chosen_among_dates() {
    check(
        &[
            "l -> first | functions = [\"first\", \"date_format\"]",
            "l -> min | functions = [\"min\", \"date_format\"]",
            "l -> max | functions = [\"max\", \"date_format\"]",
        ],
        &[
            (
                r#"{"l":[null,"2025-03-28T02:19:42.7+00:00","2025-03-29T00:00:00+02:00",1735689600]}"#,
                r#"{"first":"2025-03-28T02:19:42Z","min":"2025-01-01T00:00:00Z","max":"2025-03-28T22:00:00Z"}"#,
            ),
            (
                r#"{"l":[" ","N/A","2025-03-28","","0001-01-01T00:00:00Z",0,"2025",{},"9999-12-31"]}"#,
                r#"{"first":"2025-03-28T00:00:00Z","min":"2025-03-28T00:00:00Z","max":"2025-03-28T00:00:00Z"} (unreadable: l 7)"#,
            ),
            (
                r#"{"l":"2025-03-28"}"#,
                r#"{"first":"2025-03-28T00:00:00Z","min":"2025-03-28T00:00:00Z","max":"2025-03-28T00:00:00Z"}"#,
            ),
            (r#"{"l":["never"]}"#, "{} (unreadable: l 1)"),
            (r#"{"l":[null]}"#, "{}"),
        ],
    );
    check(
        &["l -> first | functions = [\"first\"]", "l -> min | functions = [\"min\"]"],
        &[(r#"{"l":[" ","b","a"]}"#, r#"{"first":"b","min":"a"}"#), (r#"{"l":["  "]}"#, "{}")],
    );
}

#[test]
fn alternatives_conditions_and_defaults() {
    let lookups = "\n[lookup.t]\nHIGH = 4\n7 = \"seven\"\ndefault = 2\n";
    let map = open_map(&format!(
        "{}{lookups}",
        rows(&[
            "a -> x | when_absent = \"c\"",
            "b -> x",
            "n -> y | functions = [{ lookup = \"t\" }]",
            "z -> z | default = [\"d\", 1]\nwhen_present = \"a\"",
        ])
    ));
    for (document, expected) in [
        (r#"{"a":1,"b":2,"c":3,"n":" high "}"#, r#"{"x":2,"y":4,"z":["d",1]}"#),
        (r#"{"a":1,"b":2,"c":[null],"n":7.0}"#, r#"{"x":1,"y":"seven","z":["d",1]}"#),
        (r#"{"b":2,"n":null,"z":5}"#, r#"{"x":2,"y":2}"#),
        (r#"{"a":9,"n":["high","?",null]}"#, r#"{"x":9,"y":[4,2,null],"z":["d",1]}"#),
    ] {
        assert_eq!(applied(&map, document), expected, "{document}");
    }
}

#[test]
fn a_required_target_without_a_value_names_row_path_and_key() {
    let map =
        open_map(&rows(&["a.b -> x", "c -> y | required = true", "d -> y | functions = [\"date_format\"]"]));
    assert_eq!(applied(&map, r#"{"c":"v"}"#), r#"{"y":"v"}"#);
    let seen = [r#"{"a":{"b":1}}"#, r#"{"d":""}"#, r#"{"d":[null]}"#, r#"{"d":"tomorrow"}"#, r#"{"d":{}}"#];
    insta::assert_snapshot!(seen.map(|document| applied(&map, document)).join("\n"));
}

#[test]
fn output_stays_as_it_was_when_a_record_fails() {
    let map = open_map(&rows(&["a -> x", "c -> y | required = true"]));
    let mut out = "before".to_owned();
    assert!(map.apply_document(r#"{"a":1}"#, &mut out).is_err());
    assert_eq!(out, "before");
}
