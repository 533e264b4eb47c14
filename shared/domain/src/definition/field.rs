//! Documented fields: what a person may write in a connection file, and what it means.
//!
//! One table of fields serves the checks with line and column, the JSON Schema, the table in the docs and the normal form
//! in which settings are stored.

use crate::Stream;
use serde_json::Value;

/// One field of a table.
#[derive(Debug, Clone, Copy)]
pub struct Field<'f> {
    /// Its name in the file.
    pub name: &'f str,
    /// Whether it must be there.
    pub required: bool,
    /// What it accepts.
    pub kind: Kind<'f>,
    /// Its value where it is left out.
    pub preset: Preset<'f>,
    /// Its name in the product text; empty where that has none.
    pub title: &'f str,
    /// What it is for.
    pub help: &'f str,
}

/// What a field accepts.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'f> {
    /// Any text.
    Text,
    /// Text of at least one character.
    Filled,
    /// Name of the connection.
    ConnectionName,
    /// Name of a secret, never its value.
    SecretName,
    /// Transform map of a stream: a shipped one, an own one, or the path of a file.
    Map(Stream),
    /// Target profile: a shipped one, an own one, or the path of a file.
    Profile,
    /// PEM file of a certificate authority.
    Certificate,
    /// Folder, from that of the connection file.
    Folder,
    /// Base address of an API.
    ApiUrl,
    /// Address of a web page.
    WebUrl,
    /// A UUID with hyphens.
    Uuid,
    /// Link template with some of these placeholders.
    Template(&'f [&'f str]),
    /// `true` or `false`.
    Switch,
    /// A whole number in a range.
    Whole(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// One of these texts.
    OneOf(&'f [&'f str]),
    /// A list of at least one of these texts.
    SomeOf(&'f [&'f str]),
    /// A list of at least one time of day.
    TimesOfDay,
    /// A date and time without zone.
    LocalTime,
    /// IANA name of a time zone.
    TimeZone,
    /// A cron expression of five fields.
    Cron,
    /// A table.
    Table(&'f [Field<'f>]),
    /// A table that holds exactly one of these tables.
    OneTable(&'f [Field<'f>]),
    /// A list of tables that differ in their first field.
    Rows(&'f [Field<'f>]),
    /// The table of a schedule, whose fields depend on one another.
    Schedule(&'f [Field<'f>]),
}

/// The value of a field that is left out.
#[derive(Debug, Clone, Copy)]
pub enum Preset<'f> {
    /// It stays out. A table without one consists of the presets of its fields.
    None,
    /// A text.
    Text(&'f str),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// On or off.
    Switch(bool),
    /// A list of texts.
    Texts(&'f [&'f str]),
    /// Rows, as lists of their fields' values.
    Rows(fn() -> Value),
}

impl<'f> Field<'f> {
    /// A field that must be there.
    pub const fn required(name: &'f str, kind: Kind<'f>) -> Self {
        Self { name, required: true, kind, preset: Preset::None, title: "", help: "" }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'f str, kind: Kind<'f>) -> Self {
        Self { name, required: false, kind, preset: Preset::None, title: "", help: "" }
    }

    /// The same with its name in the product text.
    #[must_use]
    pub const fn titled(mut self, title: &'f str) -> Self {
        self.title = title;
        self
    }

    /// The same with its meaning.
    #[must_use]
    pub const fn help(mut self, help: &'f str) -> Self {
        self.help = help;
        self
    }

    /// The same with its value where it is left out.
    #[must_use]
    pub const fn preset(mut self, preset: Preset<'f>) -> Self {
        self.preset = preset;
        self
    }
}

impl Preset<'_> {
    /// As data; `None` where the field stays out.
    pub fn value(&self) -> Option<Value> {
        Some(match self {
            Self::None => return None,
            Self::Text(text) => Value::from(*text),
            Self::Whole(number) => Value::from(*number),
            Self::Number(number) => Value::from(*number),
            Self::Switch(on) => Value::from(*on),
            Self::Texts(texts) => Value::from(texts.to_vec()),
            Self::Rows(rows) => rows(),
        })
    }
}
