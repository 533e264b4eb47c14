//! The vendor's lists, handed out page after page.

use super::vendor::{Act, Call, Connected, Row, Tables};
use causeway_domain::reading::{Continuation, Cursor, Reading};
use causeway_domain::{Failure, Stream};
use causeway_ports::source::Linked;

/// How the vendor lets its lists be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Way {
    #[default]
    Windows,
    NumberedPages,
    /// By ascending ids; chains side by side are cut after these.
    Ids(Vec<u64>),
    /// By cursors that only the vendor understands.
    Cursors,
}

impl Way {
    pub(crate) fn reading(&self) -> Reading {
        match self {
            Self::Windows => Reading::Windows,
            Self::NumberedPages => Reading::NumberedPages,
            Self::Cursors => Reading::Chains { starts: vec![Cursor::Opaque { cursor: None }] },
            Self::Ids(cuts) => {
                let after = [None].into_iter().chain(cuts.iter().copied().map(Some));
                let until = cuts.iter().copied().map(Some).chain([None]);
                Reading::Chains {
                    starts: after.zip(until).map(|(after, until)| Cursor::Id { after, until }).collect(),
                }
            }
        }
    }
}

impl Way {
    /// Rows a page; no cover of numbered pages overlaps where every size divides the same row, as with pages of 4 at row 12.
    pub(super) fn page_size(&self, wanted: u32) -> u32 {
        if *self == Self::NumberedPages { 9 } else { wanted }
    }
}

/// Never changes, and ascends in another order than the keys.
fn id(row: &Row) -> u64 {
    let text = format!("{}/{}", row.key.finding, row.key.asset);
    text.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte)) % 1_000_000_007
}

impl Connected {
    pub(super) fn linked(&self, stream: Stream, from: &Cursor, size: usize) -> Result<Linked, Failure> {
        let mut tables = self.vendor.tables.lock().unwrap();
        let act = self.vendor.act(Call::Follow(stream, from.clone()), &mut tables);
        let (rows, continuation) = self.page(&tables, stream, from, size);
        let ids = |rows: &[Row]| rows.iter().map(id).collect();
        let answer = |rows: Vec<Row>| self.answer(None, rows.into_iter().map(Some).collect());
        match act {
            Act::Fail(failure) => Err(failure),
            Act::Continue(continuation) => {
                Ok(Linked { ids: ids(&rows), fetched: answer(rows), continuation })
            }
            Act::Backwards => {
                let rows: Vec<Row> = rows.into_iter().rev().collect();
                Ok(Linked { ids: ids(&rows), fetched: answer(rows), continuation })
            }
            _ => Ok(Linked { ids: ids(&rows), fetched: answer(rows), continuation }),
        }
    }

    fn page(&self, tables: &Tables, stream: Stream, from: &Cursor, size: usize) -> (Vec<Row>, Continuation) {
        let mut rows = tables.select(stream, &self.settings);
        if let Cursor::Id { after, until } = from {
            rows.sort_by_key(id);
            rows.retain(|row| {
                after.is_none_or(|after| id(row) > after) && until.is_none_or(|until| id(row) <= until)
            });
        }
        if let Cursor::Opaque { cursor: Some(cursor) } = from {
            let (asset, finding) = cursor.split('#').next().unwrap().split_once('/').unwrap();
            rows.retain(|row| (row.key.asset.as_str(), row.key.finding.as_str()) > (asset, finding));
        }
        let more = rows.len() > size;
        rows.truncate(size);
        let continuation = match (from, rows.last()) {
            (Cursor::Opaque { .. }, Some(last)) if more => {
                Continuation::Cursor(format!("{}/{}", last.key.asset, last.key.finding))
            }
            (Cursor::Id { .. }, Some(_)) if more => Continuation::AfterLastId,
            _ => Continuation::End,
        };
        (rows, continuation)
    }
}
