//! Every mistake is told with its line and what is allowed, all of them at once.

use crate::HEADER;
use causeway_domain::{Failure, Stream};
use causeway_maps::{AnyDocument, CompiledMap, Overrides, SourceField, SourceModel, TargetModel};
use std::borrow::Cow;

/// A source with three fields.
pub(crate) struct Small;

impl SourceModel for Small {
    fn field(&self, name: &str) -> Option<SourceField> {
        ["first_seen_list", "device_name", "uid"].contains(&name).then(|| SourceField::copy(name))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        ["first_seen_list", "device_name", "uid"].map(Cow::Borrowed).to_vec()
    }
}

pub(crate) fn mistakes(text: &str) -> String {
    let targets = TargetModel::canonical(Stream::Assets);
    match CompiledMap::load("mine.toml", text, &Small, &targets, &Overrides::none()) {
        Ok(_) => "no mistake".to_owned(),
        Err(errors) => Failure::from(errors).detail,
    }
}

#[test]
fn all_mistakes_of_a_map_at_once() {
    let text = r#"name = "mine"
version = 2
stream = "devices"
colour = "blue"

[[row]]
source = "device_nam"
target = "hostName"

[[row]]
source = "device_name"
target = "hostname"

[[row]]
source = "uid"
target = "externalId"
functions = ["date_fromat", { lookup = "severity" }, { join = 3 }, 7]

[[row]]
source = "device_name[0]"
target = "serialNumber"
require = true

[[row]]
source = "uid"
constant = "x"
target = "tags[]"

[[row]]
target = "source"

[[row]]
constant = 2026-01-01
target = "customConnectorAttributes.&"

[[row]]
source = "uid"
target = "networkInterfaces[].0.address"
required = "yes"
when_absent = "site"
default = {}

[[row]]
source = "uid"
target = "hostName.inner"

[lookup.risk]
High = 4
HIGH = 5
nested = { a = 1 }

[lookup]
flat = 3
"#;
    insta::assert_snapshot!(mistakes(text));
}

#[test]
fn mistakes_of_syntax() {
    let texts = [
        "".to_owned(),
        "name = \"a\"\nname = \"b\"".to_owned(),
        format!("{HEADER}[[row]]\nsource = \"uid\ntarget = \"created\""),
        format!(
            "{HEADER}[lookup.a]\nx = 1\n[lookup.a]\ny = 1\n[[row]]\nsource = \"uid\"\ntarget = \"created\""
        ),
        format!("{HEADER}row = 3\nlookup = 4"),
        format!("{HEADER}[row]\nsource = \"uid\"\ntarget = \"created\""),
        format!("{HEADER}[[row]]\nsource = \"uid\"\ntarget = \"externalId\""),
    ];
    let told = texts.map(|text| format!("{}\n→ {}", text, mistakes(&text).replace('\n', "\n→ ")));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn targets_in_each_others_way() {
    let lines = ["a -> x", "b -> x.y", "c -> l[].m", "d -> l", "e -> l[]", "f -> o.p", "g -> o[].p"];
    let text = format!("{HEADER}{}", crate::rows(&lines));
    let errors = CompiledMap::load("m.toml", &text, &AnyDocument, &TargetModel::any(), &Overrides::none());
    insta::assert_snapshot!(errors.unwrap_err());
}
