//! Reads a connection file and finds all its mistakes at once.

use super::field::{Field, Kind};
use super::mistakes::{Collector, DefinitionErrors, Mistake};
use super::scalar::{allowed, described, meant, problem, shown};
use super::schedule_rules;
use super::schema::with_fields;
use super::suggestion::nearest;
use super::{Catalog, Definition};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

impl Definition {
    /// Reads `text`, which may use the connectors and receivers of `catalog`; `file` names it in messages. What it refers
    /// to (maps, profile, certificates, secrets) is not looked at.
    ///
    /// # Errors
    /// Every mistake with its line, column, field and what is allowed: text that is not TOML, unknown and missing
    /// fields, wrong types, values out of range, addresses that are not safe.
    pub fn parse(text: &str, file: &str, catalog: &Catalog) -> Result<Self, DefinitionErrors> {
        let mut mistakes = Collector::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or_default();
            mistakes.add(&span, "", error.message(), "the file is TOML, see https://toml.io");
        }
        if errors.is_empty() {
            let mut walk = Walk { mistakes: &mut mistakes };
            with_fields(catalog, |fields| walk.table("", &document.span(), document.get_ref(), fields));
        }
        mistakes.finish(file)?;
        let read = toml::from_str(text).map(|definition: Self| catalog.completed(&definition));
        read.map_err(|error| {
            let mut mistakes = Collector::new(text);
            mistakes.add(&error.span().unwrap_or_default(), "", error.message(), "");
            mistakes
                .finish(file)
                .err()
                .unwrap_or_else(|| DefinitionErrors { file: file.to_owned(), mistakes: vec![] })
        })
    }
}

impl Mistake {
    /// A mistake in the field at a dotted path that only shows outside the file, such as a map that is not there.
    /// Without that field the place is that of its nearest table.
    pub fn at(text: &str, field: &str, problem: impl Into<String>, help: impl Into<String>) -> Self {
        let (document, _) = DeTable::parse_recoverable(text);
        let (mut table, mut span) = (Some(document.get_ref()), document.span());
        for name in field.split('.') {
            let Some(value) = table.and_then(|table| table.get(name)) else { break };
            span = value.span();
            table = value.get_ref().as_table();
        }
        Collector::new(text).place(&span, field, problem, help)
    }
}

struct Walk<'m, 'a> {
    mistakes: &'m mut Collector<'a>,
}

impl Walk<'_, '_> {
    fn table(&mut self, path: &str, span: &Range<usize>, table: &DeTable<'_>, fields: &[Field<'_>]) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            let place = join(path, name);
            match fields.iter().find(|field| field.name == name) {
                Some(field) => self.value(&place, value, &field.kind),
                None => self.unknown(&place, &key.span(), name, fields),
            }
        }
        for field in fields.iter().filter(|field| field.required && !table.contains_key(field.name)) {
            self.mistakes.add(span, &join(path, field.name), "is missing", allowed(&field.kind));
        }
    }

    fn unknown(&mut self, place: &str, span: &Range<usize>, name: &str, fields: &[Field<'_>]) {
        let names = || fields.iter().map(|field| field.name);
        let help = match nearest(name, names()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => format!("allowed: {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.mistakes.add(span, place, "is not a known field", help);
    }

    fn value(&mut self, place: &str, value: &Spanned<DeValue<'_>>, kind: &Kind<'_>) {
        let span = value.span();
        match (kind, value.get_ref()) {
            (Kind::Table(fields), DeValue::Table(table)) => self.table(place, &span, table, fields),
            (Kind::Schedule(fields), DeValue::Table(table)) => {
                self.table(place, &span, table, fields);
                schedule_rules::judge(self.mistakes, place, &span, table);
            }
            (Kind::OneTable(fields), DeValue::Table(table)) => {
                self.table(place, &span, table, fields);
                if table.len() != 1 {
                    let found = if table.is_empty() { "is empty" } else { "has more than one table" };
                    self.mistakes.add(&span, place, found, allowed(kind));
                }
            }
            (Kind::Rows(fields), DeValue::Array(rows)) => self.rows(place, rows, fields, kind),
            (Kind::SomeOf(texts), DeValue::Array(items)) => {
                if items.is_empty() {
                    self.mistakes.add(&span, place, "is empty", allowed(kind));
                }
                self.items(place, items, texts, kind);
            }
            (_, value) => {
                if let Some(problem) = problem(kind, value) {
                    let help = meant(kind, value).unwrap_or_else(|| allowed(kind));
                    self.mistakes.add(&span, place, problem, help);
                }
            }
        }
    }

    fn items(&mut self, place: &str, items: &DeArray<'_>, texts: &[&str], kind: &Kind<'_>) {
        for item in items {
            let problem = match item.get_ref() {
                DeValue::String(text) if texts.contains(&text.as_ref()) => continue,
                DeValue::String(text) => format!("{} is not known", shown(text)),
                other => format!("holds {}", described(other)),
            };
            self.mistakes.add(&item.span(), place, problem, allowed(kind));
        }
    }

    /// Rows are told apart by their first field, whatever its case.
    fn rows(&mut self, place: &str, rows: &DeArray<'_>, fields: &[Field<'_>], kind: &Kind<'_>) {
        let mut seen = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let at = format!("{place}[{number}]");
            let DeValue::Table(table) = row.get_ref() else {
                self.mistakes.add(
                    &row.span(),
                    &at,
                    format!("is {}", described(row.get_ref())),
                    allowed(kind),
                );
                continue;
            };
            self.table(&at, &row.span(), table, fields);
            let Some((field, value)) = fields.first().and_then(|f| Some((f.name, table.get(f.name)?))) else {
                continue;
            };
            let DeValue::String(text) = value.get_ref() else { continue };
            let folded = text.trim().to_lowercase();
            if seen.contains(&folded) {
                let problem = format!("{} is there twice", shown(text));
                self.mistakes.add(&value.span(), &join(&at, field), problem, "allowed: each value once");
            }
            seen.push(folded);
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
