//! The mapped records of a page in one piece of memory: a page has thousands, and a separate allocation for each would cost
//! more than mapping it.

use causeway_domain::record::PartsRead;
use causeway_domain::{FindingKey, FindingStatus, Scope};
use std::ops::Range;

/// Mapped records in the order in which they were made. A source begins a row, appends the body of a record to
/// [`Records::body`], and closes the record with [`Records::push`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Texts of rows and records, one after the other.
    text: String,
    /// Length of the text without a record that was not pushed yet.
    complete: usize,
    rows: Vec<PlacedRow>,
    records: Vec<PlacedRecord>,
}

/// The attributes that all records of one row share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'r> {
    /// Asset id.
    pub asset: &'r str,
    /// Vendor's status; always open in the assets stream.
    pub status: FindingStatus,
    /// Date of resolution at the vendor, RFC 3339.
    pub fixed_on: Option<&'r str>,
    /// Its scope.
    pub scope: Scope<'r>,
    /// JSON of the vendor's own key: one string or number for each key column. Empty if the row has none.
    pub vendor_key: &'r [&'r str],
    /// The part of the row's list of findings that could be read.
    pub parts_read: PartsRead,
}

/// One record with the attributes of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'r> {
    /// Asset id.
    pub asset: &'r str,
    /// Finding id; empty in the assets stream.
    pub finding: &'r str,
    /// 0 for the first record of a row, then 1, 2 ….
    pub part: u16,
    /// Vendor's status; always open in the assets stream.
    pub status: FindingStatus,
    /// Date of resolution at the vendor, RFC 3339.
    pub fixed_on: Option<&'r str>,
    /// Its scope.
    pub scope: Scope<'r>,
    /// JSON of the vendor's own key, a [`VendorKey`](causeway_domain::VendorKey).
    pub vendor_key: Option<&'r str>,
    /// The part of the row's list of findings that could be read.
    pub parts_read: PartsRead,
    /// Number of its row among the rows that have records.
    pub row: usize,
    /// The mapped record, a JSON object on one line.
    pub body: &'r str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PlacedRow {
    asset: Range<usize>,
    status: FindingStatus,
    fixed_on: Option<Range<usize>>,
    category: Option<Range<usize>>,
    site: Option<Range<usize>>,
    retired: Option<bool>,
    vendor_key: Option<Range<usize>>,
    parts_read: PartsRead,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PlacedRecord {
    row: usize,
    body: Range<usize>,
    finding: Range<usize>,
    part: u16,
}

impl Record<'_> {
    /// Its key.
    pub fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.to_owned(), finding: self.finding.to_owned() }
    }
}

impl Records {
    /// No records yet, with capacity for `bytes` of text.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// Begins a row; the records pushed next belong to it.
    pub fn begin(&mut self, row: &Row<'_>) {
        self.text.truncate(self.complete);
        let text = &mut self.text;
        let asset = place(text, row.asset);
        let fixed_on = row.fixed_on.map(|date| place(text, date));
        let category = row.scope.category.as_deref().map(|name| place(text, name));
        let site = row.scope.site.as_deref().map(|name| place(text, name));
        let vendor_key = (!row.vendor_key.is_empty()).then(|| place_list(text, row.vendor_key));
        self.complete = text.len();
        let (status, retired, parts_read) = (row.status, row.scope.retired, row.parts_read);
        self.rows.push(PlacedRow {
            asset,
            status,
            fixed_on,
            category,
            site,
            retired,
            vendor_key,
            parts_read,
        });
    }

    /// The buffer to which the body of the next record is appended, a JSON object on one line. Text that was appended and not
    /// pushed is dropped.
    pub fn body(&mut self) -> &mut String {
        self.text.truncate(self.complete);
        &mut self.text
    }

    /// Adds the record of `finding` with the appended body. Returns the bytes of its texts, including those of its row.
    pub fn push(&mut self, finding: &str, part: u16) -> usize {
        let body = self.complete..self.text.len();
        let finding = place(&mut self.text, finding);
        self.complete = self.text.len();
        let row = self.rows.len().saturating_sub(1);
        let bytes = self.rows.last().map_or(0, PlacedRow::bytes) + body.len() + finding.len();
        self.records.push(PlacedRecord { row, body, finding, part });
        bytes
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Keeps the first `count` records and drops a row without records.
    pub fn truncate(&mut self, count: usize) {
        self.records.truncate(count);
        let (rows, complete) = self.records.last().map_or((0, 0), |last| (last.row + 1, last.finding.end));
        self.rows.truncate(rows);
        self.complete = complete;
        self.text.truncate(complete);
    }

    /// Adds `next`, which were made after these.
    pub fn append(&mut self, next: Self) {
        if self.records.is_empty() {
            *self = next;
            return;
        }
        self.text.truncate(self.complete);
        let (bytes, rows) = (self.text.len(), self.rows.len());
        self.text.push_str(next.text.get(..next.complete).unwrap_or_default());
        self.complete = self.text.len();
        self.rows.extend(next.rows.into_iter().map(|row| row.moved(bytes)));
        self.records.extend(next.records.into_iter().map(|record| PlacedRecord {
            row: record.row + rows,
            body: moved(record.body, bytes),
            finding: moved(record.finding, bytes),
            part: record.part,
        }));
    }

    /// The records in the order in which they were made.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Record<'_>> + ExactSizeIterator {
        self.records.iter().map(|record| self.record(record))
    }

    fn record(&self, placed: &PlacedRecord) -> Record<'_> {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        let row = self.rows.get(placed.row);
        let of_row = |range: fn(&PlacedRow) -> Option<&Range<usize>>| row.and_then(range).map(text);
        Record {
            asset: of_row(|row| Some(&row.asset)).unwrap_or_default(),
            finding: text(&placed.finding),
            part: placed.part,
            status: row.map_or(FindingStatus::Open, |row| row.status),
            fixed_on: of_row(|row| row.fixed_on.as_ref()),
            scope: Scope {
                category: of_row(|row| row.category.as_ref()).map(Into::into),
                site: of_row(|row| row.site.as_ref()).map(Into::into),
                retired: row.and_then(|row| row.retired),
            },
            vendor_key: of_row(|row| row.vendor_key.as_ref()),
            parts_read: row.map_or(PartsRead::All, |row| row.parts_read),
            row: placed.row,
            body: text(&placed.body),
        }
    }
}

impl PlacedRow {
    /// The same `bytes` later in the text.
    fn moved(self, bytes: usize) -> Self {
        let optional = |range: Option<Range<usize>>| range.map(|range| moved(range, bytes));
        Self {
            asset: moved(self.asset, bytes),
            fixed_on: optional(self.fixed_on),
            category: optional(self.category),
            site: optional(self.site),
            vendor_key: optional(self.vendor_key),
            ..self
        }
    }

    /// Bytes of its texts.
    fn bytes(&self) -> usize {
        let optional = [&self.fixed_on, &self.category, &self.site, &self.vendor_key];
        self.asset.len() + optional.into_iter().flatten().map(ExactSizeIterator::len).sum::<usize>()
    }
}

fn moved(range: Range<usize>, bytes: usize) -> Range<usize> {
    range.start + bytes..range.end + bytes
}

fn place(text: &mut String, added: &str) -> Range<usize> {
    let start = text.len();
    text.push_str(added);
    start..text.len()
}

/// Appends `columns`, each JSON, as one list.
fn place_list(text: &mut String, columns: &[&str]) -> Range<usize> {
    let start = text.len();
    let mut before = '[';
    for column in columns {
        text.push(before);
        text.push_str(column);
        before = ',';
    }
    text.push(']');
    start..text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(asset: &str) -> Row<'_> {
        let scope = Scope { category: None, site: Some("North".into()), retired: Some(false) };
        let (status, parts_read) = (FindingStatus::Open, PartsRead::All);
        Row { asset, status, fixed_on: None, scope, vendor_key: &["\"a\"", "7"], parts_read }
    }

    fn add(records: &mut Records, finding: &str, part: u16, body: &str) -> usize {
        records.body().push_str(body);
        records.push(finding, part)
    }

    #[test]
    fn records_of_a_row_share_its_attributes() {
        let mut records = Records::default();
        records.begin(&row("d"));
        let first = add(&mut records, "x", 0, "{}");
        assert_eq!((first, add(&mut records, "y", 1, "{}")), (16, 16));
        let seen: Vec<_> = records.iter().map(|record| (record.finding, record.part, record.row)).collect();
        assert_eq!(seen, [("x", 0, 0), ("y", 1, 0)]);
        for record in records.iter() {
            assert_eq!((record.asset, record.body, record.vendor_key), ("d", "{}", Some("[\"a\",7]")));
            assert_eq!(record.scope.site_group(), "North");
        }
    }

    #[test]
    fn appended_records_are_the_same() {
        let mut records = Records::default();
        for (asset, findings) in [("a", &["x", "y"][..]), ("b", &["z"])] {
            let mut next = Records::default();
            next.begin(&row(asset));
            for (part, finding) in (0..).zip(findings) {
                add(&mut next, finding, part, asset);
            }
            next.body().push_str("begun");
            records.append(next);
        }
        let mut whole = Records::default();
        for (asset, findings) in [("a", &["x", "y"][..]), ("b", &["z"])] {
            whole.begin(&row(asset));
            for (part, finding) in (0..).zip(findings) {
                add(&mut whole, finding, part, asset);
            }
        }
        assert!(records.iter().eq(whole.iter()));
        assert_eq!((records.len(), records.iter().last().map(|last| last.row)), (3, Some(1)));
    }

    #[test]
    fn cutting_off_records_leaves_the_others_as_they_were() {
        let mut records = Records::default();
        records.begin(&row("a"));
        add(&mut records, "x", 0, "1");
        records.begin(&row("b"));
        add(&mut records, "y", 0, "22");
        records.body().push_str("cut off");
        records.truncate(1);
        records.begin(&row("d"));
        records.body().push_str("begun and given up");
        add(&mut records, "", 7, "4");
        let seen: Vec<_> = records.iter().map(|r| (r.asset, r.finding, r.part, r.body)).collect();
        assert_eq!(seen, [("a", "x", 0, "1"), ("d", "", 7, "4")]);
        records.truncate(0);
        assert_eq!(records, Records { text: String::new(), ..Records::default() });
    }
}
