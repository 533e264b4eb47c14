//! A record is absent only after a direct query that proves it (I-1).

use super::ask::is_accounted;
use super::driver::{SourceDriver, StreamShape};
use super::stage::Stage;
use causeway_domain::page::Confirmation;
use causeway_domain::{RowKey, VendorKey};
use causeway_ports::Source;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The streams whose single records the vendor can be asked for.
fn asked<D: SourceDriver>() -> impl Iterator<Item = &'static StreamShape> {
    D::STREAMS.iter().filter(|shape| shape.asked_singly)
}

struct Question<'s, D: SourceDriver> {
    stage: &'s Stage<D>,
    shape: &'s StreamShape,
    missing: Vec<VendorKey>,
    controls: Vec<VendorKey>,
}

impl<'s, D: SourceDriver> Question<'s, D> {
    /// A question for some rows, with others as controls.
    fn of(stage: &'s Stage<D>, shape: &'s StreamShape) -> Self {
        let keys = stage.driver.keys(shape.stream);
        let (missing, controls) = (keys[..5].to_vec(), keys[keys.len() - 2..].to_vec());
        Self { stage, shape, missing, controls }
    }

    /// Keys in the answer, and the verdict on it.
    async fn put(&self) -> (BTreeSet<RowKey>, Confirmation) {
        let singles = self.stage.singles(self.shape.stream);
        let answer = singles.confirm(self.shape.stream, &self.missing, &self.controls).await;
        let (fetched, verdict) = answer.unwrap_or_else(|failure| panic!("{}: {failure}", self.shape.stream));
        is_accounted(&fetched.transformed).unwrap_or_else(|wrong| panic!("{}: {wrong}", self.shape.stream));
        (fetched.transformed.row_keys.into_iter().collect(), verdict)
    }

    async fn is_untrusted(&self, because: &str) {
        let verdict = self.put().await.1;
        let untrusted = matches!(&verdict, Confirmation::Untrusted(reason) if !reason.is_empty());
        assert!(untrusted, "{}: {because}, but the answer is {verdict:?}", self.shape.stream);
    }
}

fn row_key(key: &VendorKey) -> RowKey {
    RowKey::of(key.texts())
}

/// The source says of each stream whether the vendor can be asked for single records, as the driver does.
pub async fn single_records_are_as_declared<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let asked = stage.source.single_records(shape.stream).is_some();
        assert_eq!(asked, shape.asked_singly, "{}", shape.stream);
    }
}

/// Removed records are not in the answer, and the answer is trusted.
pub async fn a_removed_record_is_absent_and_trusted<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let question = Question::of(&stage, shape);
        let (gone, present) = question.missing.split_at(2);
        gone.iter().for_each(|key| stage.driver.remove(shape.stream, key));
        let (keys, verdict) = question.put().await;
        assert_eq!(verdict, Confirmation::Trusted, "{}", shape.stream);
        for key in gone {
            assert!(!keys.contains(&row_key(key)), "{}: {key:?} is gone", shape.stream);
        }
        for key in present.iter().chain(&question.controls) {
            assert!(keys.contains(&row_key(key)), "{}: {key:?} is there", shape.stream);
        }
    }
}

/// Existing records come back, and no others.
pub async fn a_present_record_comes_back<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let question = Question::of(&stage, shape);
        let (keys, verdict) = question.put().await;
        assert_eq!(verdict, Confirmation::Trusted, "{}", shape.stream);
        let asked = question.missing.iter().chain(&question.controls).map(row_key).collect::<BTreeSet<_>>();
        let columns = shape.key.len();
        assert!(keys.is_superset(&asked), "{}: {asked:?} of {keys:?}", shape.stream);
        // A query by columns may also return other pairs of the same columns.
        assert!(columns > 1 || keys == asked, "{}: {keys:?} for {asked:?}", shape.stream);
    }
}

/// A record that left the connection's filters is not gone.
pub async fn a_record_outside_the_filters_comes_back<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let Some(hidden) = stage.driver.out_of_scope(shape.stream) else { continue };
        let in_scope = stage.driver.keys(shape.stream).contains(&hidden);
        assert!(!in_scope, "{}: the driver's {hidden:?} is in scope", shape.stream);
        let mut question = Question::of(&stage, shape);
        question.missing.push(hidden.clone());
        let (keys, verdict) = question.put().await;
        assert_eq!(verdict, Confirmation::Trusted, "{}", shape.stream);
        assert!(
            keys.contains(&row_key(&hidden)),
            "{}: {hidden:?} is there, outside the filters",
            shape.stream
        );
    }
}

/// Without any control in it, an answer proves nothing.
pub async fn an_answer_without_a_control_is_untrusted<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let question = Question::of(&stage, shape);
        let (this, controls) = (*shape, question.controls.clone());
        stage.edit_rows(*shape, move |rows| {
            rows.retain(|row| !controls.iter().any(|key| this.has_key(row, key)));
        });
        question.is_untrusted("no control came back").await;
        stage.edit_rows(*shape, Vec::clear);
        question.is_untrusted("nothing came back").await;
        stage.heal();
        assert_eq!(question.put().await.1, Confirmation::Trusted, "{}: healed", shape.stream);
    }
}

/// With a row that was not asked for, an answer proves nothing: the query was not understood.
pub async fn an_answer_with_foreign_rows_is_untrusted<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let question = Question::of(&stage, shape);
        for &column in shape.key {
            for foreign in [|key: &Value| changed(key), |_: &Value| Value::Null, |_: &Value| json!({})] {
                stage.edit_rows(*shape, move |rows| {
                    let Some(mut row) = rows.first().cloned() else { return };
                    row[column] = foreign(&row[column]);
                    rows.push(row);
                });
                question.is_untrusted(&format!("there was a row with another {column}")).await;
            }
        }
    }
}

/// Another key of the same type.
fn changed(key: &Value) -> Value {
    match key.as_u64() {
        Some(number) => json!(number + 999_983),
        None => json!(format!("{}-foreign", key.as_str().unwrap_or_default())),
    }
}

/// Without a control to ask for, nothing is trusted.
pub async fn without_controls_nothing_is_trusted<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in asked::<D>() {
        let mut question = Question::of(&stage, shape);
        question.controls.clear();
        question.is_untrusted("there was no control").await;
        question.missing.iter().for_each(|key| stage.driver.remove(shape.stream, key));
        question.is_untrusted("there was no control").await;
    }
}
