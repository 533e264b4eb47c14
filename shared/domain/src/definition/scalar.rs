//! Judges single values of a connection file.

use super::field::Kind;
use super::suggestion::nearest;
use super::{LocalTime, TimeOfDay};
use crate::ConnectionName;
use crate::schedule::{self, CronExpression};
use toml::de::{DeArray, DeValue};
use url::{Host, Url};

/// What is wrong with `value` as a `kind`; tables and lists are judged by the walk.
pub(super) fn problem(kind: &Kind<'_>, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Switch, DeValue::Boolean(_)) | (Kind::Text, DeValue::String(_)) => None,
        (
            Kind::Filled | Kind::Map(_) | Kind::Profile | Kind::Certificate | Kind::Folder,
            DeValue::String(text),
        ) => text.trim().is_empty().then(|| "is empty".to_owned()),
        (Kind::ConnectionName, DeValue::String(text)) => {
            ConnectionName::parse(text).err().map(|_| format!("{} is not a name", shown(text)))
        }
        (Kind::SecretName, DeValue::String(text)) => {
            (!is_secret_name(text)).then(|| "is not the name of a secret".to_owned())
        }
        (Kind::ApiUrl, DeValue::String(text)) => api_url(text),
        (Kind::WebUrl, DeValue::String(text)) => web_url(text).err(),
        (Kind::Uuid, DeValue::String(text)) => {
            (!is_uuid(text)).then(|| format!("{} is not a UUID", shown(text)))
        }
        (Kind::Template(placeholders), DeValue::String(text)) => template(text, placeholders),
        (Kind::OneOf(texts), DeValue::String(text)) => {
            (!texts.contains(&text.as_ref())).then(|| format!("{} is not known", shown(text)))
        }
        (Kind::Whole(least, most), DeValue::Integer(number)) => {
            let value = i64::from_str_radix(number.as_str(), number.radix()).ok();
            let inside = value.is_some_and(|value| (*least..=*most).contains(&value));
            (!inside).then(|| format!("{number} is out of range"))
        }
        (Kind::Number(least, most), DeValue::Integer(_) | DeValue::Float(_)) => {
            let inside = number(value).is_some_and(|value| (*least..=*most).contains(&value));
            (!inside).then(|| format!("{} is out of range", described(value)))
        }
        (Kind::TimesOfDay, DeValue::Array(times)) => times_of_day(times),
        (Kind::LocalTime, DeValue::String(text)) => text.parse::<LocalTime>().err(),
        (Kind::TimeZone, DeValue::String(text)) => schedule::zone(text).err(),
        (Kind::Cron, DeValue::String(text)) => text.parse::<CronExpression>().err(),
        (Kind::SecretName, _) => Some("is not the name of a secret".to_owned()),
        _ => Some(format!("is {}", described(value))),
    }
}

/// What was probably meant, where there are too many names to list.
pub(super) fn meant(kind: &Kind<'_>, value: &DeValue<'_>) -> Option<String> {
    let (Kind::TimeZone, DeValue::String(text)) = (kind, value) else { return None };
    let names: Vec<_> = jiff::tz::db().available().collect();
    // A city alone is the commonest slip.
    let city = |name: &&str| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text));
    let mut known = names.iter().map(|name| name.as_str());
    let meant = known.clone().find(city).or_else(|| nearest(text, &mut known))?;
    Some(format!("did you mean \"{meant}\"?"))
}

/// What `kind` accepts.
pub(super) fn allowed(kind: &Kind<'_>) -> String {
    format!("allowed: {}", accepted(kind))
}

/// The same as a description.
pub(super) fn accepted(kind: &Kind<'_>) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Filled | Kind::Map(_) | Kind::Profile | Kind::Certificate | Kind::Folder => {
            "a text that is not empty".to_owned()
        }
        Kind::ConnectionName => {
            "1 to 63 lower-case letters, digits and hyphens, starting with a letter".to_owned()
        }
        Kind::SecretName => {
            "the name under which `causeway secret set` stored it: 1 to 63 lower-case letters, digits, '.', \
             '_' and '-', starting with a letter; never the secret itself"
                .to_owned()
        }
        Kind::ApiUrl => {
            "an address like \"https://host\" without path, query, user or password; plain http is \
             allowed to this machine only"
                .to_owned()
        }
        Kind::WebUrl => "an http or https address without user and password".to_owned(),
        Kind::Uuid => "a UUID like \"3f2a6c1e-0b7d-4e58-9a41-5d2c8b7f6e10\"".to_owned(),
        Kind::Template(placeholders) => {
            format!("a text with the placeholders {{{}}}", placeholders.join("}, {"))
        }
        Kind::Switch => "true or false".to_owned(),
        Kind::Whole(least, i64::MAX) => format!("a whole number from {least}"),
        Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Number(least, most) => format!("a number from {least} to {most}"),
        Kind::OneOf(texts) => quoted(texts, " or "),
        Kind::SomeOf(texts) => format!("a list of one or more of {}", quoted(texts, ", ")),
        Kind::TimesOfDay => "a list of one or more times like \"02:30\"".to_owned(),
        Kind::LocalTime => {
            "a date and time of the schedule's time zone, in quotes, like \"2026-12-01T02:30\"".to_owned()
        }
        Kind::TimeZone => "an IANA time zone like \"Europe/Berlin\" or \"UTC\"".to_owned(),
        Kind::Cron => {
            "five fields: minute, hour, day of month, month, day of week; like \"30 2 * * mon-fri\""
                .to_owned()
        }
        Kind::Table(_) | Kind::Schedule(_) => "a table".to_owned(),
        Kind::OneTable(tables) => {
            let names: Vec<&str> = tables.iter().map(|field| field.name).collect();
            format!("exactly one of the tables {}", names.join(", "))
        }
        Kind::Rows(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            format!("a list of tables with {}", names.join(", "))
        }
    }
}

/// A value as it is named in a message; long texts are cut.
pub(super) fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", shown(text)),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// `text` in quotes, cut after 60 characters.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() { format!("{:?}", cut + "…") } else { format!("{text:?}") }
}

fn quoted(texts: &[&str], separator: &str) -> String {
    texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(separator)
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => number.to_string().parse().ok(),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn times_of_day(times: &DeArray<'_>) -> Option<String> {
    if times.is_empty() {
        return Some("is empty".to_owned());
    }
    times.iter().find_map(|time| match time.get_ref() {
        DeValue::String(text) => text.parse::<TimeOfDay>().err(),
        other => Some(format!("holds {}", described(other))),
    })
}

fn is_secret_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(letter)
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or a password".to_owned());
    }
    if matches!(url.scheme(), "http" | "https") && url.host().is_some() {
        Ok(url)
    } else {
        Err(format!("{} is not an http address", shown(text)))
    }
}

fn api_url(text: &str) -> Option<String> {
    let url = match web_url(text) {
        Ok(url) => url,
        Err(problem) => return Some(problem),
    };
    let own = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !own {
        Some(format!("{} is not encrypted", shown(text)))
    } else if !matches!(url.path(), "" | "/") {
        Some(format!("has the path {}", shown(url.path())))
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("has a query".to_owned())
    } else {
        None
    }
}

fn template(text: &str, placeholders: &[&str]) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (_, from) = rest.split_at(at);
        let Some((name, after)) = from.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            return Some("has an unmatched brace".to_owned());
        };
        if !placeholders.contains(&name) {
            return Some(format!("has the unknown placeholder {}", shown(&format!("{{{name}}}"))));
        }
        rest = after;
    }
    text.trim().is_empty().then(|| "is empty".to_owned())
}
