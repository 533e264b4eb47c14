//! `map diff`.

use super::changes::{self, Change};
use super::page::{Trial, settings};
use super::studio::Studio;
use crate::arguments::DiffArgs;
use crate::output::{Problem, Screen};
use crate::process::Ending;
use causeway_maps::{MapDifference, RowDifference, RowExplanation};
use causeway_views::numbers::{count, counted};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Changes listed.
const LISTED: usize = 40;

/// The results of two maps on a page.
struct Outputs {
    records: BTreeSet<String>,
    changes: Vec<Change>,
}

/// Exits with 1 if there is a difference, like `diff`.
pub(super) async fn run(studio: &Studio, screen: &Screen, arguments: &DiffArgs) -> Result<Ending, Problem> {
    let settings = settings(studio, arguments.connection.as_deref()).await?;
    let before = Trial::of(&studio.find(&arguments.before).await?, settings.as_ref())?;
    let after = Trial::of(&studio.find(&arguments.after).await?, settings.as_ref())?;
    if before.stream != after.stream {
        let detail = format!("one is for {}, the other for {}", before.stream, after.stream);
        return Err(Problem::input("map diff", detail, "Compare two maps for the same records."));
    }
    let sections = before.document.sections.first().zip(after.document.sections.first());
    let maps = sections.map(|(before, after)| MapDifference::between(before, after)).unwrap_or_default();
    let outputs = match &arguments.page {
        Some(page) => Some(compare(&before, &after, page)?),
        None => None,
    };
    let difference = Difference::of(&before, &after, &maps, outputs.as_ref());
    screen.show(&difference, || text(screen, (&before, &after), &maps, outputs.as_ref()))?;
    let same = maps.is_empty() && outputs.is_none_or(|outputs| outputs.changes.is_empty());
    Ok(if same { Ending::Done } else { Ending::Failed })
}

fn compare(before: &Trial, after: &Trial, page: &std::path::Path) -> Result<Outputs, Problem> {
    let (mut records, mut changes) = (BTreeSet::new(), Vec::new());
    for (before, after) in before.apply(page)?.iter().zip(&after.apply(page)?) {
        let (before, after) = (changes::output(before), changes::output(after));
        records.extend(before.iter().chain(&after).map(|(key, _)| key.clone()));
        changes.extend(changes::between(&before, &after));
    }
    Ok(Outputs { records, changes })
}

impl Outputs {
    fn changed(&self) -> usize {
        self.changes.iter().map(|change| &change.record).collect::<BTreeSet<_>>().len()
    }

    /// Number of records in which each field differs.
    fn fields(&self) -> BTreeMap<&str, usize> {
        let mut fields = BTreeMap::new();
        self.changes.iter().for_each(|change| *fields.entry(change.field.as_str()).or_default() += 1);
        fields
    }
}

/// The differences between two maps, as data.
#[derive(Serialize)]
struct Difference<'a> {
    before: &'a str,
    after: &'a str,
    rows: Vec<RowChange>,
    lookups: Vec<LookupChange<'a>>,
    reordered: bool,
    /// Records compared; this and the rest only with a page.
    records: Option<usize>,
    changed: Option<usize>,
    fields: Option<BTreeMap<&'a str, usize>>,
    changes: Option<&'a [Change]>,
}

#[derive(Serialize)]
struct RowChange {
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct LookupChange<'a> {
    table: &'a str,
    key: &'a str,
    before: &'a Option<String>,
    after: &'a Option<String>,
}

impl<'a> Difference<'a> {
    fn of(
        before: &'a Trial,
        after: &'a Trial,
        maps: &'a MapDifference,
        outputs: Option<&'a Outputs>,
    ) -> Self {
        let row = |row: &RowDifference| RowChange {
            before: row.before.as_ref().map(said),
            after: row.after.as_ref().map(said),
        };
        let lookups = maps.lookups.iter().map(|entry| LookupChange {
            table: &entry.table,
            key: &entry.key,
            before: &entry.before,
            after: &entry.after,
        });
        Self {
            before: &before.label,
            after: &after.label,
            rows: maps.rows.iter().map(row).collect(),
            lookups: lookups.collect(),
            reordered: maps.reordered,
            records: outputs.map(|outputs| outputs.records.len()),
            changed: outputs.map(Outputs::changed),
            fields: outputs.map(Outputs::fields),
            changes: outputs.map(|outputs| outputs.changes.as_slice()),
        }
    }
}

/// A row in one line: `device_name -> hostName (required)`.
fn said(row: &RowExplanation) -> String {
    let mut words = Vec::new();
    words.extend((!row.functions.is_empty()).then(|| row.functions.clone()));
    words.extend(row.required.then(|| "required".to_owned()));
    let rest = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
    let source = if row.source.is_empty() { "no source" } else { &row.source };
    format!("{source} -> {}{rest}", row.target)
}

fn text(
    screen: &Screen,
    (before, after): (&Trial, &Trial),
    maps: &MapDifference,
    outputs: Option<&Outputs>,
) -> String {
    let mut text = format!("{} and {}\n", before.label, after.label);
    if maps.is_empty() {
        text.push_str("The maps are equivalent.\n");
    } else {
        text.push('\n');
    }
    for difference in &maps.rows {
        for (sign, row) in [("-", &difference.before), ("+", &difference.after)] {
            if let Some(row) = row {
                text.push_str(&format!("{sign} row {}: {}\n", row.row, said(row)));
            }
        }
    }
    for entry in &maps.lookups {
        for (sign, value) in [("-", &entry.before), ("+", &entry.after)] {
            if let Some(value) = value {
                text.push_str(&format!("{sign} lookup.{}: {} = {value}\n", entry.table, entry.key));
            }
        }
    }
    if maps.reordered {
        text.push_str("The order of the targets differs.\n");
    }
    let Some(outputs) = outputs else { return text };
    let all = outputs.records.len() as u64;
    text.push_str(&format!(
        "\n{} compared, {} differ.\n",
        counted(all, "record", "records"),
        count(outputs.changed() as u64)
    ));
    if outputs.changes.is_empty() {
        return text;
    }
    let mut fields = screen.grid(&["field", "records that differ"]);
    outputs.fields().iter().for_each(|(field, records)| {
        fields.row([(*field).to_owned(), records.to_string()]);
    });
    let mut grid = screen.grid(&["record", "field", "before", "after"]);
    changes::list(&mut grid, &outputs.changes, LISTED);
    text.push_str(&format!("{}\n\n{grid}\n", fields.right([1])));
    if outputs.changes.len() > LISTED {
        text.push_str(&format!("  and {} more, see `--json`\n", outputs.changes.len() - LISTED));
    }
    text
}
