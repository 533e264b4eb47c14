//! The records of a page in one piece of memory: a page has thousands, and each of its own would cost more than to make it.

use causeway_domain::FindingKey;
use std::borrow::Cow;

/// Records in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Lines of NDJSON, each with its end.
    text: String,
    /// Asset and finding of each, without anything between.
    keys: String,
    places: Vec<Place>,
}

/// Where a record stands: offsets into the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: (usize, usize),
    key: (usize, usize, usize),
    part: u16,
}

/// A record ready to be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'r> {
    /// Asset id.
    pub asset: &'r str,
    /// Finding id; empty in the assets stream.
    pub finding: &'r str,
    /// 0 for the first record of a row, then 1, 2 ….
    pub part: u16,
    /// One line of NDJSON, a `StagedRecord`, without line end.
    pub line: &'r str,
}

impl<'r> Record<'r> {
    /// Its key.
    pub fn key(&self) -> FindingKey {
        FindingKey { asset: self.asset.to_owned(), finding: self.finding.to_owned() }
    }

    /// What it is ordered by, as a [`FindingKey`] is.
    fn place(&self) -> (&'r str, &'r str) {
        (self.asset, self.finding)
    }
}

impl Records {
    /// Room for lines of `bytes` in all, and for more as they come.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// Adds a record; `write` appends its line, without line end. Gives the length of the line in bytes.
    pub fn push_with(
        &mut self,
        (asset, finding): (&str, &str),
        part: u16,
        write: impl FnOnce(&mut String),
    ) -> usize {
        let (start, from) = (self.text.len(), self.keys.len());
        write(&mut self.text);
        let end = self.text.len();
        self.text.push('\n');
        self.keys.push_str(asset);
        let between = self.keys.len();
        self.keys.push_str(finding);
        self.places.push(Place { line: (start, end), key: (from, between, self.keys.len()), part });
        end - start
    }

    /// Adds a copy of `record`.
    pub fn push(&mut self, record: Record<'_>) {
        self.push_with((record.asset, record.finding), record.part, |line| line.push_str(record.line));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Keeps the first `count` of them.
    pub fn truncate(&mut self, count: usize) {
        self.places.truncate(count);
        let (text, keys) = self.places.last().map_or((0, 0), |last| (last.line.1 + 1, last.key.2));
        self.text.truncate(text);
        self.keys.truncate(keys);
    }

    /// All of them in the order in which they were made.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Record<'_>> + ExactSizeIterator {
        self.places.iter().map(|place| self.record(place))
    }

    /// In the order of their keys. Of several with one key the one with the greatest line is kept.
    pub fn in_order(&self) -> Vec<Record<'_>> {
        let mut order: Vec<Record<'_>> = self.iter().collect();
        order.sort_by(|a, b| a.place().cmp(&b.place()).then_with(|| b.line.cmp(a.line)));
        order.dedup_by(|later, first| later.place() == first.place());
        order
    }

    /// The lines of `order`, records of these, each with its end; copied unless it is how they were made.
    pub fn text_of(&self, order: &[Record<'_>]) -> Cow<'_, [u8]> {
        let as_made = order.iter().zip(&self.places).all(|(record, place)| {
            let own = self.text.get(place.line.0..place.line.1).unwrap_or_default();
            std::ptr::eq(own, record.line)
        });
        if as_made && order.len() == self.len() {
            return Cow::Borrowed(self.text.as_bytes());
        }
        let mut text = Vec::with_capacity(order.iter().map(|record| record.line.len() + 1).sum());
        for record in order {
            text.extend_from_slice(record.line.as_bytes());
            text.push(b'\n');
        }
        Cow::Owned(text)
    }

    /// The lines as they were made, each with its end.
    pub fn into_text(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    fn record(&self, place: &Place) -> Record<'_> {
        let key = |start, end| self.keys.get(start..end).unwrap_or_default();
        Record {
            asset: key(place.key.0, place.key.1),
            finding: key(place.key.1, place.key.2),
            part: place.part,
            line: self.text.get(place.line.0..place.line.1).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(keys: &[(&str, &str, &str)]) -> Records {
        let mut records = Records::default();
        for (part, (asset, finding, line)) in (0..).zip(keys) {
            records.push(Record { asset, finding, part, line });
        }
        records
    }

    fn ordered(records: &Records) -> (String, bool) {
        let text = records.text_of(&records.in_order()).into_owned();
        let borrowed = matches!(records.text_of(&records.in_order()), Cow::Borrowed(_));
        (String::from_utf8(text).unwrap_or_default(), borrowed)
    }

    #[test]
    fn records_come_in_the_order_of_their_keys_and_once() {
        let mixed =
            records(&[("b", "", "3"), ("a", "y", "2"), ("a", "x", "1"), ("ab", "", "9"), ("a", "x", "0")]);
        assert_eq!(ordered(&mixed), ("1\n2\n9\n3\n".to_owned(), false));
        let sorted = records(&[("a", "", "1"), ("a", "x", "2"), ("b", "", "3")]);
        assert_eq!(ordered(&sorted), ("1\n2\n3\n".to_owned(), true));
        let twice = records(&[("a", "", "2"), ("a", "", "1")]);
        assert_eq!(ordered(&twice), ("2\n".to_owned(), false));
    }

    #[test]
    fn what_is_cut_off_leaves_the_rest_as_it_was() {
        let mut records = records(&[("a", "x", "1"), ("b", "y", "22"), ("c", "z", "333")]);
        records.truncate(1);
        records.push(Record { asset: "d", finding: "", part: 7, line: "4" });
        let seen: Vec<_> = records.iter().map(|r| (r.asset, r.finding, r.part, r.line)).collect();
        assert_eq!(seen, [("a", "x", 0, "1"), ("d", "", 7, "4")]);
        records.truncate(0);
        assert_eq!((records.is_empty(), ordered(&records).0), (true, String::new()));
    }
}
