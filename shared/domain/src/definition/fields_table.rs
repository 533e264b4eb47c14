//! The table of a descriptor's fields, as the docs have it.

use super::descriptor::each;
use super::field::{Field, Kind};
use super::scalar::accepted;
use serde_json::Value;
use std::fmt::Write;

/// Markdown of `fields`, one row each; those of tables by their dotted paths.
pub fn fields_table(fields: &[Field<'_>]) -> String {
    let mut table = "| field | meaning | allowed | default |\n|---|---|---|---|\n".to_owned();
    each(fields, "", &mut |path, field| {
        let preset = match field.preset.value() {
            Some(Value::Array(rows)) if rows.iter().any(Value::is_object) => format!("{} rows", rows.len()),
            Some(value) => format!("`{value}`"),
            None if field.required => "required".to_owned(),
            None => "none".to_owned(),
        };
        let _ = writeln!(table, "| `{path}` | {} | {} | {preset} |", meaning(field), accepted(&field.kind));
        if let Kind::Rows(rows) = field.kind {
            for row in rows {
                let (meaning, accepted) = (meaning(row), accepted(&row.kind));
                let _ = writeln!(table, "| `{path}[].{}` | {meaning} | {accepted} | required |", row.name);
            }
        }
    });
    table
}

fn meaning(field: &Field<'_>) -> String {
    match field.title {
        "" => field.help.to_owned(),
        title => format!("*{title}*. {}", field.help),
    }
}
