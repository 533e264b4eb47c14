//! Reads the TOML of a map and continues after each mistake, so that all are reported at once.

mod row;
mod table;

use crate::bounds::{LONGEST_TEXT, MOST_KEYS, MOST_ROWS};
use crate::definition::MapDefinition;
use crate::lookup::Lookup;
use crate::mistake::Mistakes;
use causeway_domain::Stream;
use std::collections::BTreeMap;
use table::{Entry, Table};
use toml::de::{DeTable, DeValue};

const HEADER: &[&str] =
    &["name", "title", "version", "stream", "source_record", "target_record", "row", "lookup"];

/// The readable parts of the map; everything else is in `mistakes`.
pub(crate) fn read(file: &str, text: &str, mistakes: &mut Mistakes) -> MapDefinition {
    if text.len() > LONGEST_TEXT {
        let message = format!("is {} bytes long; a map has at most {LONGEST_TEXT}", text.len());
        mistakes.add(0, None, "file", message);
        return MapDefinition::nothing(file);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        mistakes.add(offset, None, "file", error.message().to_owned());
    }
    let top = Table::new("", None, 0, document.get_ref());
    top.only(HEADER, mistakes);
    let name = top.text_or_mistake("name", mistakes);
    let title = top.text("title", mistakes).unwrap_or_else(|| name.clone());
    let version = top.text_or_mistake("version", mistakes);
    let stream = stream(&top, mistakes);
    let prefixes = row::Prefixes {
        source: top.text("source_record", mistakes).unwrap_or_default(),
        target: top.text("target_record", mistakes).unwrap_or_default(),
    };
    let lookups = lookups(&top, mistakes);
    let rows = rows(&top, &prefixes, &lookups, mistakes);
    MapDefinition { file: file.to_owned(), name, title, version, stream, rows, lookups }
}

fn stream(top: &Table<'_, '_>, mistakes: &mut Mistakes) -> Stream {
    match top.text_or_mistake("stream", mistakes).as_str() {
        "assets" | "" => Stream::Assets,
        "findings" => Stream::Findings,
        other => {
            top.mistake(
                "stream",
                &format!("{other:?} is no stream; use \"assets\" or \"findings\""),
                mistakes,
            );
            Stream::Assets
        }
    }
}

fn lookups(top: &Table<'_, '_>, mistakes: &mut Mistakes) -> BTreeMap<String, Lookup> {
    let (mut lookups, mut keys) = (BTreeMap::new(), 0);
    let Some(entry) = top.get("lookup") else { return lookups };
    let DeValue::Table(tables) = entry.value else {
        top.mistake("lookup", "must be tables: write [lookup.NAME]", mistakes);
        return lookups;
    };
    for (name, value) in tables {
        let (name, offset) = (name.get_ref(), value.span().start);
        let path = format!("lookup.{name}");
        let DeValue::Table(rows) = value.get_ref() else {
            mistakes.add(offset, None, &path, format!("must be a table: write [{path}]"));
            continue;
        };
        keys += rows.len();
        if keys > MOST_KEYS {
            let message = format!("the lookup tables of a map have at most {MOST_KEYS} keys together");
            mistakes.add(offset, None, &path, message);
            break;
        }
        let lookup = lookup(&Table::new(&path, None, offset, rows), mistakes);
        lookups.insert(name.to_string(), lookup);
    }
    lookups
}

fn lookup(table: &Table<'_, '_>, mistakes: &mut Mistakes) -> Lookup {
    let mut lookup = Lookup::default();
    for Entry { key, offset, .. } in table.entries() {
        let Some(value) = table.json(key, mistakes) else { continue };
        if key == "default" {
            lookup.default = Some(value);
        } else if !lookup.push(key, value) {
            let message = format!("{key:?} is there twice; keys are compared whatever their case");
            mistakes.add(offset, None, &format!("{}.{key}", table.path()), message);
        }
    }
    lookup
}

fn rows(
    top: &Table<'_, '_>,
    prefixes: &row::Prefixes,
    lookups: &BTreeMap<String, Lookup>,
    mistakes: &mut Mistakes,
) -> Vec<crate::definition::Row> {
    let Some(entry) = top.get("row") else {
        top.mistake("row", "there is none; write at least one [[row]] with `source` and `target`", mistakes);
        return Vec::new();
    };
    let DeValue::Array(list) = entry.value else {
        top.mistake("row", "must be a list of tables: write [[row]]", mistakes);
        return Vec::new();
    };
    if list.len() > MOST_ROWS {
        top.mistake("row", &format!("there are {}; a map has at most {MOST_ROWS}", list.len()), mistakes);
    }
    let mut rows = Vec::with_capacity(list.len().min(MOST_ROWS));
    for (index, item) in list.iter().enumerate().take(MOST_ROWS) {
        let (number, offset) = (index + 1, item.span().start);
        match item.get_ref() {
            DeValue::Table(fields) => {
                let table = Table::new("", Some(number), offset, fields);
                rows.extend(row::read(&table, prefixes, lookups, mistakes));
            }
            _ => mistakes.add(offset, Some(number), "row", "must be a table: write [[row]]"),
        }
    }
    rows
}
