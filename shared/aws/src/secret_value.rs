//! The text of a secret in its value.

use causeway_ports::SecretText;
use causeway_ports::secrets::usable;
use secrecy::ExposeSecret;
use serde::Deserialize;

/// The fields read from a JSON value.
#[derive(Deserialize)]
struct Fields {
    value: Option<SecretText>,
    token: Option<SecretText>,
    password: Option<SecretText>,
}

/// The secret in `value`: the value itself, or the one field of a JSON object that may hold it.
///
/// # Errors
/// The reason, worded to follow the secret's name and without its content.
pub(crate) fn text(value: SecretText) -> Result<SecretText, &'static str> {
    let value = usable(value)?;
    let written = value.expose_secret();
    if !written.trim_start().starts_with('{') {
        return Ok(value);
    }
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(written).is_ok();
    match serde_json::from_str(written) {
        Ok(Fields { value, token, password }) => {
            one([value, token, password].into_iter().flatten().collect())
        }
        Err(_) if is_json => Err("is a JSON object whose field `value`, `token` or `password` is no text"),
        // A password may begin with a brace.
        Err(_) => Ok(value),
    }
}

fn one(mut found: Vec<SecretText>) -> Result<SecretText, &'static str> {
    match (found.pop(), found.len()) {
        (Some(text), 0) => usable(text).map_err(|_| "is a JSON object whose field is empty"),
        (None, _) => Err("is a JSON object without a field `value`, `token` or `password`"),
        _ => {
            Err("is a JSON object with more than one of the fields `value`, `token` and `password`; keep one")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<String, &'static str> {
        text(SecretText::from(value)).map(|text| text.expose_secret().to_owned())
    }

    #[test]
    fn a_value_is_the_text_or_holds_it_in_one_field() {
        for (value, secret) in [
            ("s3cret", "s3cret"),
            (" s3cret\n", " s3cret\n"),
            ("[\"a\"]", "[\"a\"]"),
            ("{brace", "{brace"),
            (r#"{"value": "a"}"#, "a"),
            (r#" {"username": "u", "password": "p{", "port": 1}"#, "p{"),
            (r#"{"token": "t", "password": null}"#, "t"),
            ("\u{feff}s3cret", "s3cret"),
            ("\u{feff}{\"value\": \"\u{feff}a\"}", "a"),
        ] {
            assert_eq!(read(value).as_deref(), Ok(secret), "{value}");
        }
    }

    #[test]
    fn a_value_without_the_text_says_what_it_lacks_and_not_what_it_is() {
        for (value, problem) in [
            ("", "is empty"),
            (" \n", "nothing but white space"),
            (r#"{"value": "  "}"#, "is empty"),
            (r#"{"api_key": "hush"}"#, "without a field"),
            (r#"{"value": "hush", "token": "hush"}"#, "more than one"),
            (r#"{"value": ""}"#, "is empty"),
            (r#"{"value": {"token": "hush"}}"#, "is no text"),
        ] {
            let told = read(value).unwrap_err();
            assert!(told.contains(problem) && !told.contains("hush"), "{value}: {told}");
        }
    }
}
