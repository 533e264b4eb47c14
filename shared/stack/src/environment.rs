//! Reads an environment once and reports all mistakes in one message.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;

/// Mistakes in the environment of a function, one sentence per variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Misconfigured(pub Vec<String>);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the function's environment cannot be used: {}", self.0.join("; "))
    }
}

/// Variables, read one by one; missing and malformed ones are collected.
pub(crate) struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<OsString>,
    wrong: Vec<String>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(look_up: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { look_up, wrong: Vec::new() }
    }

    /// `value`, if all variables are valid.
    pub(crate) fn judge<T>(self, value: T) -> Result<T, Misconfigured> {
        if self.wrong.is_empty() { Ok(value) } else { Err(Misconfigured(self.wrong)) }
    }

    /// A variable whose value must satisfy `is_valid`; `wanted` describes the valid values.
    pub(crate) fn text(&mut self, name: &str, wanted: &str, is_valid: impl Fn(&str) -> bool) -> String {
        match self.given(name) {
            Some(text) if is_valid(&text) => text,
            Some(text) => self.refuse(format!("{name} is {text:?}, not {wanted}")),
            None => self.refuse(format!("{name} is not set; it is {wanted}")),
        }
    }

    /// As [`Self::text`], where an unset variable means `default`.
    pub(crate) fn text_or(
        &mut self,
        name: &str,
        default: &str,
        wanted: &str,
        is_valid: impl Fn(&str) -> bool,
    ) -> String {
        if self.given(name).is_none() { default.to_owned() } else { self.text(name, wanted, is_valid) }
    }

    pub(crate) fn number(&mut self, name: &str, allowed: &RangeInclusive<u32>) -> u32 {
        let wanted = format!("a number from {} to {}", allowed.start(), allowed.end());
        let number = |text: &str| text.parse().ok().filter(|number| allowed.contains(number));
        number(&self.text(name, &wanted, |text| number(text).is_some())).unwrap_or_default()
    }

    /// An empty variable counts as unset, because templates write it that way.
    fn given(&self, name: &str) -> Option<String> {
        let value = (self.look_up)(name)?;
        // Not UTF-8: shown with replacements, and refused as malformed.
        Some(value.to_string_lossy().into_owned()).filter(|text| !text.is_empty())
    }

    fn refuse(&mut self, sentence: String) -> String {
        self.wrong.push(sentence);
        String::new()
    }
}
