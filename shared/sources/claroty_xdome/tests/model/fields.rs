//! Which fields maps may read, and what is asked of the vendor for them.

use crate::{map, settings, transform};
use causeway_claroty_xdome::model::{ASSET_FIELDS, FINDING_FIELDS, Transform, XdomeStream};
use causeway_domain::Stream;
use causeway_maps::SourceModel;

#[test]
fn every_field_of_the_vendor_can_be_mapped() {
    // 176 device columns of 2025 and 19 of 2026; 214 relation columns of 2026 and 2 that were removed.
    let lists = [
        (Stream::Assets, include_str!("../../src/model/asset_fields.txt"), 195),
        (Stream::Findings, include_str!("../../src/model/finding_fields.txt"), 216),
    ];
    for (stream, names, count) in lists {
        let model = XdomeStream::new(stream, &settings());
        assert_eq!(names.lines().count(), count);
        for name in names.lines() {
            assert!(model.field(name).is_some(), "{stream}: {name}");
        }
    }
    let model = XdomeStream::new(Stream::Assets, &settings());
    assert_eq!(model.field("custom_attribute_cost_centre").unwrap().reads, ["custom_attribute_cost_centre"]);
    assert!(model.field("device_ip_list").is_none(), "the two spellings never mix");
    assert!(XdomeStream::new(Stream::Findings, &settings()).field("custom_attribute_x").is_none());
}

#[test]
fn documented_fields_are_read_as_documented() {
    for (stream, fields) in [(Stream::Assets, ASSET_FIELDS), (Stream::Findings, FINDING_FIELDS)] {
        let model = XdomeStream::new(stream, &settings());
        for field in fields {
            let read = model.field(field.name).unwrap();
            assert_eq!(
                (read.reads, read.derive.is_some()),
                (field.wire.iter().map(|wire| (*wire).to_owned()).collect(), field.derived)
            );
        }
    }
}

#[test]
fn what_is_asked_for_and_what_must_not_be_dropped() {
    let transform = transform(&settings());
    let lines = [Stream::Assets, Stream::Findings].map(|stream| {
        let line = |wire: &&str| match transform.required_by(stream, wire) {
            Some(why) => format!("{stream}: {wire} (needed: {why})"),
            None => format!("{stream}: {wire}"),
        };
        transform.request_fields(stream).iter().map(line).collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[test]
fn an_edited_map_asks_for_its_own_fields_and_is_told_its_mistakes() {
    let (name, shipped) = map("claroty-xdome-asset");
    let edited = format!(
        "{shipped}\n[[row]]\nsource = \"custom_attribute_cost_centre\"\ntarget = \"customConnectorAttributes.&\"\n"
    );
    let transform =
        Transform::new(&settings(), ("mine.toml", &edited), map("claroty-xdome-host-asset")).unwrap();
    assert!(transform.request_fields(Stream::Assets).contains(&"custom_attribute_cost_centre"));
    let wrong = edited.replace("\"windows_last_seen_hostname\"", "\"windows_last_seen_hostnames\"");
    let twice = Transform::new(&settings(), ("mine.toml", &wrong), (name, shipped)).unwrap_err();
    insta::assert_snapshot!(format!("{:?} {twice}", twice.kind));
}
