//! A TOML table with the position of everything in it.

use crate::json;
use crate::mistake::{Mistakes, did_you_mean};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of the file.
#[derive(Debug)]
pub(super) struct Table<'d, 't> {
    path: String,
    row: Option<usize>,
    offset: usize,
    table: &'d DeTable<'t>,
}

/// One key with its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'d, 't> {
    pub(super) key: &'d str,
    pub(super) offset: usize,
    pub(super) value: &'d DeValue<'t>,
}

impl<'d, 't> Table<'d, 't> {
    pub(super) fn new(path: &str, row: Option<usize>, offset: usize, table: &'d DeTable<'t>) -> Self {
        Self { path: path.to_owned(), row, offset, table }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn row(&self) -> Option<usize> {
        self.row
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The entries in the order of the file.
    pub(super) fn entries(&self) -> Vec<Entry<'d, 't>> {
        let entry = |(key, value): (&'d Spanned<std::borrow::Cow<'t, str>>, &'d Spanned<DeValue<'t>>)| {
            Entry { key: key.get_ref(), offset: key.span().start, value: value.get_ref() }
        };
        let mut entries: Vec<_> = self.table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.offset);
        entries
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry<'d, 't>> {
        let (key, value) = self.table.get_key_value(key)?;
        Some(Entry { key: key.get_ref(), offset: key.span().start, value: value.get_ref() })
    }

    /// A mistake at `key`, or at the table when there is no such key.
    pub(super) fn mistake(&self, key: &str, message: &str, mistakes: &mut Mistakes) {
        let offset = self.get(key).map_or(self.offset, |entry| entry.offset);
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        mistakes.add(offset, self.row, &path, message);
    }

    /// Reports every key that is not in `allowed`.
    pub(super) fn only(&self, allowed: &[&str], mistakes: &mut Mistakes) {
        for entry in self.entries().into_iter().filter(|entry| !allowed.contains(&entry.key)) {
            let hint = did_you_mean(entry.key, allowed.iter().copied());
            let message = format!("is not known{hint}; allowed are {}", allowed.join(", "));
            self.mistake(entry.key, &message, mistakes);
        }
    }

    pub(super) fn text(&self, key: &str, mistakes: &mut Mistakes) -> Option<String> {
        let text = match self.get(key)?.value {
            DeValue::String(text) => return Some(text.to_string()),
            _ if key == "version" => self.json(key, mistakes),
            _ => None,
        };
        if text.is_none() {
            self.mistake(key, "must be a text in quotes", mistakes);
        }
        text
    }

    pub(super) fn text_or_mistake(&self, key: &str, mistakes: &mut Mistakes) -> String {
        if self.get(key).is_none() {
            self.mistake(key, "is missing", mistakes);
        }
        self.text(key, mistakes).unwrap_or_default()
    }

    pub(super) fn flag(&self, key: &str, mistakes: &mut Mistakes) -> bool {
        match self.get(key).map(|entry| entry.value) {
            None => false,
            Some(DeValue::Boolean(flag)) => *flag,
            Some(_) => {
                self.mistake(key, "must be true or false", mistakes);
                false
            }
        }
    }

    /// A text, number, true, false, or a list of them, as JSON.
    pub(super) fn json(&self, key: &str, mistakes: &mut Mistakes) -> Option<String> {
        let mut out = String::new();
        if push_json(&mut out, self.get(key)?.value) {
            return Some(out);
        }
        self.mistake(key, "must be a text, a number, true, false, or a list of these", mistakes);
        None
    }
}

fn push_json(out: &mut String, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(text) => json::push_text(out, text),
        DeValue::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        DeValue::Integer(number) => {
            let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) else { return false };
            out.push_str(&number.to_string());
        }
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => out.push_str(&number.to_string()),
            _ => return false,
        },
        DeValue::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !push_json(out, item.get_ref()) {
                    return false;
                }
            }
            out.push(']');
        }
        DeValue::Datetime(_) | DeValue::Table(_) => return false,
    }
    true
}
