//! Every text survives writing and reading, and the fields found in a line's text are those that parsing finds.

use super::StagedPage;
use crate::{Line, StagedFields, StagedRecord};
use bytes::Bytes;
use causeway_domain::record::PartsRead;
use causeway_domain::{FindingStatus, Scope, VendorKey};
use causeway_ports::{Records, Row};
use proptest::prelude::*;

/// Asset, finding, site and date of a record.
type Texts = (String, String, Option<String>, Option<String>);

fn texts() -> impl Strategy<Value = Texts> {
    let any = || prop_oneof![any::<String>(), "[ -~]{0,12}", "\\PC{0,4}"];
    (any(), any(), proptest::option::of(any()), proptest::option::of(any()))
}

fn records(rows: &[Texts]) -> Records {
    let mut records = Records::default();
    for (number, (asset, finding, site, date)) in rows.iter().enumerate() {
        let scope = Scope { category: None, site: site.as_deref().map(Into::into), retired: Some(true) };
        let key = VendorKey::of_texts([asset, finding]);
        records.begin(&Row {
            asset,
            status: if date.is_some() { FindingStatus::Fixed } else { FindingStatus::Open },
            fixed_on: date.as_deref(),
            scope,
            vendor_key: &key.columns().collect::<Vec<_>>(),
            parts_read: PartsRead::Some,
        });
        records.body().push_str(&serde_json::json!({ "number": number, "of": asset }).to_string());
        records.push(finding, 0);
    }
    records
}

fn lines(page: &StagedPage) -> Vec<Line> {
    let lines = page.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Line::read(Bytes::copy_from_slice(line)).unwrap()).collect()
}

proptest! {
    #[test]
    fn a_line_reads_as_the_record_that_was_written(row in texts()) {
        let page = StagedPage::write(&records(std::slice::from_ref(&row))).unwrap();
        let line = lines(&page).remove(0);
        let (asset, finding, site, date) = &row;
        prop_assert_eq!((line.asset(), line.finding()), (&**asset, &**finding));
        let staged: StagedRecord<'_> = serde_json::from_slice(&line.text).unwrap();
        prop_assert_eq!((&*staged.asset, &*staged.finding), (&**asset, &**finding));
        prop_assert_eq!((staged.scope.site.as_deref(), staged.fixed_on.as_deref()), (site.as_deref(), date.as_deref()));
        let key = VendorKey::read(staged.vendor_key.unwrap()).unwrap();
        prop_assert_eq!(key.texts(), [asset.clone(), finding.clone()]);
        prop_assert_eq!(&serde_json::to_vec(&staged).unwrap()[..], &line.text[..]);
        if let Some(fields) = StagedFields::of(&line) {
            let scope: Scope<'_> = serde_json::from_slice(fields.scope).unwrap();
            prop_assert_eq!(scope, staged.scope);
            prop_assert_eq!(fields.hash, staged.hash.as_bytes());
            prop_assert_eq!(fields.body, [staged.body.get().as_bytes(), b"}"].concat());
        }
    }

    #[test]
    fn a_page_is_sorted_and_has_each_key_once(rows in prop::collection::vec(texts(), 0..8), twice in any::<bool>()) {
        let mut rows = rows;
        if twice {
            rows.extend(rows.clone());
        }
        let page = StagedPage::write(&records(&rows)).unwrap();
        let keys: Vec<_> = lines(&page).iter().map(Line::key).collect();
        let mut expected: Vec<_> = records(&rows).iter().map(|record| record.key()).collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(page.records, keys.len() as u64);
        prop_assert_eq!(page.key_range, expected.first().cloned().zip(expected.last().cloned()));
        prop_assert_eq!(keys, expected);
    }
}

#[test]
fn the_greatest_line_of_a_key_is_kept_whatever_the_order() {
    let row = |site: &str| ("a".to_owned(), "v".to_owned(), Some(site.to_owned()), None);
    let sites = |order: &[&str]| {
        let page = StagedPage::write(&records(&order.iter().map(|site| row(site)).collect::<Vec<_>>()));
        let line = lines(&page.unwrap()).remove(0);
        serde_json::from_slice::<StagedRecord<'_>>(&line.text).unwrap().scope.site_group().to_owned()
    };
    for order in [["A", "B", "C"], ["C", "B", "A"], ["B", "C", "A"], ["A", "C", "B"]] {
        assert_eq!(sites(&order), "C", "{order:?}");
    }
}

/// Ledgers hold these hashes: another hash for the same content would send every record again.
#[test]
fn the_content_hash_stays_what_it_was() {
    let row = ("a".to_owned(), "v".to_owned(), None, Some("2026-01-01T00:00:00Z".to_owned()));
    let line = lines(&StagedPage::write(&records(&[row])).unwrap()).remove(0);
    let staged: StagedRecord<'_> = serde_json::from_slice(&line.text).unwrap();
    assert_eq!(staged.hash, "ffc97708ec637236c086a732b6635669");
}
