//! Faults of the vendor that heal, or that leave a run partial.

use crate::process::Result;
use crate::troubles::{Ends, FaultCase, Side, play};
use crate::world::side_by_side;

const fn healed(script: &'static str) -> FaultCase {
    FaultCase { side: Side::Vendor, script, ends: Ends::Healed }
}

const fn partial(script: &'static str) -> FaultCase {
    FaultCase { side: Side::Vendor, script, ends: Ends::Partial }
}

const fn moved(script: &'static str) -> FaultCase {
    FaultCase { side: Side::Vendor, script, ends: Ends::Moved }
}

#[test]
fn requests_that_are_refused_are_made_again() -> Result<()> {
    let limits = [
        healed(
            r#"[{"endpoint":"relations","nth":2,"action":{"kind":"too-many-requests","retry_after":1}},
                {"endpoint":"devices","nth":3,"action":{"kind":"too-many-requests"}}]"#,
        ),
        healed(r#"[{"endpoint":"devices","nth":1,"action":{"kind":"status-before","status":503}}]"#),
    ];
    let losses = [
        healed(
            r#"[{"endpoint":"relations","nth":3,"action":{"kind":"status-after","status":500}},
                {"endpoint":"relations","nth":6,"action":{"kind":"hang-before","milliseconds":200}}]"#,
        ),
        healed(r#"[{"endpoint":"relations","nth":4,"action":{"kind":"hang-after","milliseconds":1}}]"#),
    ];
    side_by_side(&[&|| play(11, &limits), &|| play(12, &losses)])
}

#[test]
fn answers_that_are_not_data_are_asked_for_again() -> Result<()> {
    let cut = [
        healed(
            r#"[{"endpoint":"relations","nth":3,"action":{"kind":"truncate","bytes":900}},
                {"endpoint":"devices","nth":2,"action":{"kind":"truncate","bytes":900,"clean":true}}]"#,
        ),
        healed(
            r#"[{"endpoint":"relations","offset_from":38,"times":1,"action":{"kind":"html","status":200}}]"#,
        ),
    ];
    let other = [
        healed(r#"[{"endpoint":"devices","nth":3,"action":{"kind":"html","status":503}}]"#),
        healed(
            r#"[{"endpoint":"relations","nth":4,"action":{"kind":"detail","text":"Internal error, please retry"}}]"#,
        ),
    ];
    side_by_side(&[&|| play(21, &cut), &|| play(22, &other)])
}

#[test]
fn rows_that_lack_are_read_again() -> Result<()> {
    let lists = [
        healed(
            r#"[{"endpoint":"relations","offset_from":19,"offset_before":20,"times":1,"action":{"kind":"null-list"}}]"#,
        ),
        healed(r#"[{"endpoint":"relations","nth":2,"action":{"kind":"empty-list"}}]"#),
        healed(r#"[{"endpoint":"devices","nth":3,"action":{"kind":"empty-list"}}]"#),
    ];
    let rows = [
        healed(r#"[{"endpoint":"relations","nth":4,"action":{"kind":"drop-rows","every":4}}]"#),
        healed(r#"[{"endpoint":"devices","nth":2,"action":{"kind":"drop-rows","every":3}}]"#),
        healed(
            r#"[{"endpoint":"relations","every":2,"times":5,"action":{"kind":"duplicate-rows","every":3}}]"#,
        ),
    ];
    side_by_side(&[&|| play(31, &lists), &|| play(32, &rows)])
}

/// What had no key may be any of what is missing, so nothing is closed (I-7).
#[test]
fn rows_without_a_key_close_nothing() -> Result<()> {
    let nulls = [partial(
        r#"[{"endpoint":"relations","offset_from":19,"times":1,"action":{"kind":"null-rows","every":5}}]"#,
    )];
    let keys = [partial(
        r#"[{"endpoint":"relations","offset_from":19,"times":1,"action":{"kind":"null-keys","every":4}}]"#,
    )];
    side_by_side(&[&|| play(41, &nulls), &|| play(42, &keys)])
}

#[test]
fn a_table_that_moves_while_it_is_read_loses_nothing() -> Result<()> {
    let deleted = [
        moved(
            r#"[{"endpoint":"relations","nth":5,
                 "action":{"kind":"change","change":{"change":"remove-first","stream":"relations","rows":3}}}]"#,
        ),
        moved(
            r#"[{"endpoint":"relations","nth":4,
                 "action":{"kind":"change","change":{"change":"remove-first","stream":"relations","rows":2}}},
                {"endpoint":"relations","nth":4,
                 "action":{"kind":"change","change":{"change":"insert-first","stream":"relations","rows":2}}}]"#,
        ),
    ];
    let inserted = [
        moved(
            r#"[{"endpoint":"relations","nth":4,
                 "action":{"kind":"change","change":{"change":"insert-first","stream":"relations","rows":25}}}]"#,
        ),
        moved(
            r#"[{"endpoint":"devices","nth":3,
                 "action":{"kind":"change","change":{"change":"insert-first","stream":"devices","rows":2}}}]"#,
        ),
    ];
    side_by_side(&[&|| play(51, &deleted), &|| play(52, &inserted)])
}

/// A field that no required target needs is left out from then on, in the middle of a run as well.
#[test]
fn a_field_that_is_refused_in_mid_run_is_left_out() -> Result<()> {
    let field = [FaultCase {
        side: Side::Vendor,
        script: r#"[{"endpoint":"relations","offset_from":60,
                     "action":{"kind":"refuse-fields","fields":["vulnerability_description"]}}]"#,
        ends: Ends::Healed,
    }];
    play(61, &field)
}

#[test]
fn a_vendor_that_contradicts_itself_leaves_the_run_partial() -> Result<()> {
    let counts = [partial(r#"[{"endpoint":"relations","action":{"kind":"wrong-count","by":50}}]"#)];
    let rows = [partial(r#"[{"endpoint":"relations","action":{"kind":"drop-rows","every":7}}]"#)];
    let empty = [partial(r#"[{"endpoint":"relations","action":{"kind":"empty-list"}}]"#)];
    side_by_side(&[&|| play(71, &counts), &|| play(72, &rows), &|| play(73, &empty)])
}
