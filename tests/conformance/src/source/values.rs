//! Odd values cost at most their own row: it becomes a record or a counted reject, and the others stay as they are.

use super::ask::is_accounted;
use super::driver::{SourceDriver, StreamShape};
use super::stage::Stage;
use super::walk::Place;
use crate::problems::Problems;
use crate::stage::{Answer, Deed};
use causeway_ports::Transformed;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

/// The row that is made odd; it has neighbours on both sides.
const ODD: usize = 1;

/// The first page of a stream, and its rows on the wire.
struct Sample {
    shape: StreamShape,
    place: Place,
    page: Transformed,
    rows: Vec<Value>,
}

impl Sample {
    async fn of<D: SourceDriver>(stage: &Stage<D>, shape: &StreamShape) -> Self {
        let place = stage.first_place(shape.stream).await;
        let rows = Arc::<Mutex<Vec<Value>>>::default();
        let seen = Arc::clone(&rows);
        stage.edit_rows(*shape, move |rows| rows.clone_into(&mut seen.lock().unwrap()));
        let page = stage.page(shape.stream, &place).await.expect("the first page").fetched.transformed;
        stage.relay.pass();
        let rows = rows.lock().unwrap().clone();
        assert_eq!(rows.len() as u64, page.fetched, "{}: rows at {}", shape.stream, shape.list);
        assert!(rows.len() > 3 && page.rejects.is_empty(), "{}: a first page of sound rows", shape.stream);
        Self { shape: *shape, place, page, rows }
    }

    /// The fields of the odd row that are no part of its key.
    fn fields(&self) -> Vec<String> {
        self.rows[ODD].as_object().expect("a row is an object").keys().cloned().collect()
    }

    /// Reads the page with other rows, and holds it against the sound one.
    async fn hold<D: SourceDriver>(
        &self,
        stage: &Stage<D>,
        problems: &mut Problems,
        name: &str,
        edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static,
    ) -> Option<Transformed> {
        stage.edit_rows(self.shape, edit);
        let read = stage.page(self.shape.stream, &self.place).await;
        stage.heal();
        let name = format!("{}: {name}", self.shape.stream);
        let fetched = match read {
            Ok(page) => page.fetched,
            Err(failure) => {
                problems.add(format!("{name}: the whole page fails: {failure}"));
                return None;
            }
        };
        let page = fetched.transformed;
        if let Err(wrong) = is_accounted(&page) {
            problems.add(format!("{name}: {wrong}"));
        }
        problems.check(page.fetched == self.page.fetched, || format!("{name}: {} rows", page.fetched));
        problems.check(
            page.row_keys.len() == self.page.row_keys.len() && others_are_the_same(&page, &self.page),
            || format!("{name}: other rows are not as they were"),
        );
        let replayed = stage.source_replay(self.shape, fetched.raw.into_stored().as_ref());
        problems.check(replayed.as_ref() == Some(&page), || format!("{name}: a replay differs"));
        Some(page)
    }
}

impl<D: SourceDriver> Stage<D> {
    fn source_replay(&self, shape: StreamShape, kept: &[u8]) -> Option<Transformed> {
        use causeway_ports::Source;
        self.source.replay(shape.stream, kept).ok()
    }
}

/// Whether all rows but the odd one have the same keys and records.
fn others_are_the_same(page: &Transformed, sound: &Transformed) -> bool {
    let mut keys = page.row_keys.iter().zip(&sound.row_keys).enumerate();
    let rejected = page.rejects.iter().any(|reject| reject.row == ODD as u64);
    let others = |page: &Transformed, odd: Option<usize>| -> Vec<String> {
        let records = page.records.iter().filter(|record| Some(record.row) != odd);
        records.map(|record| format!("{:?} {} {}", record.key(), record.part, record.body)).collect()
    };
    page.rejects.iter().all(|reject| reject.row == ODD as u64 && !reject.reason.is_empty())
        && keys.all(|(place, (key, sound))| place == ODD || key == sound)
        && others(page, (!rejected).then_some(ODD)) == others(sound, Some(ODD))
}

/// Values that no documentation promises.
fn oddities(sound: &Value) -> Vec<(&'static str, Option<Value>)> {
    let other = match sound {
        Value::String(_) => json!(17),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(flag.to_string()),
        _ => json!("text"),
    };
    vec![
        ("missing", None),
        ("null", Some(Value::Null)),
        ("another type", Some(other)),
        ("a flag", Some(json!(true))),
        ("an object", Some(json!({"value": sound}))),
        ("a list", Some(json!([sound]))),
        ("a list of lists", Some(json!([[null, {}], "", 0]))),
        ("an empty list", Some(json!([]))),
        ("an empty text", Some(json!(""))),
        ("a huge number", Some(json!(1e300))),
        ("a negative number", Some(json!(-1))),
        ("control characters", Some(json!("\u{0}\u{1b}[31m\n\u{202e}"))),
        ("a long text", Some(json!("long ".repeat(5_000)))),
    ]
}

/// Each field of a row in turn, with each odd value.
pub async fn odd_values_cost_at_most_their_row<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let mut problems = Problems::default();
    for shape in D::STREAMS {
        let sample = Sample::of(&stage, shape).await;
        for field in sample.fields() {
            for (kind, value) in oddities(&sample.rows[ODD][&field]) {
                let name = format!("{field} is {kind}");
                let (field, value) = (field.clone(), value.clone());
                let edit = move |rows: &mut Vec<Value>| set(&mut rows[ODD], &field, value.as_ref());
                sample.hold(&stage, &mut problems, &name, edit).await;
            }
        }
    }
    problems.end();
}

fn set(row: &mut Value, field: &str, value: Option<&Value>) {
    let Some(members) = row.as_object_mut() else { return };
    match value {
        Some(value) => drop(members.insert(field.to_owned(), value.clone())),
        None => drop(members.shift_remove(field)),
    }
}

/// A row that is no object at all.
pub async fn odd_rows_are_rejected_one_by_one<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    let mut problems = Problems::default();
    for shape in D::STREAMS {
        let sample = Sample::of(&stage, shape).await;
        for odd in [json!(null), json!(7), json!("row"), json!(true), json!([]), json!([{}]), json!({})] {
            let (name, value) = (format!("a row is {odd}"), odd);
            let page = sample.hold(&stage, &mut problems, &name, move |rows| rows[ODD] = value.clone()).await;
            let rejected = page.is_none_or(|page| page.rejects.len() == 1);
            problems.check(rejected, || format!("{}: {name}: is not rejected", shape.stream));
        }
    }
    problems.end();
}

/// Fields that the vendor adds some day.
pub async fn unknown_fields_change_nothing<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let sample = Sample::of(&stage, shape).await;
        let shape = *shape;
        stage.relay.follow(move |call| {
            if !shape.is_asked_by(call) {
                return Deed::Pass;
            }
            Deed::edit(move |answer: &mut Answer| {
                let Some(Value::Object(mut body)) = answer.value() else { return };
                body.insert("unknown_member".to_owned(), json!({"rows": [1, 2]}));
                let mut body = Value::Object(body);
                for row in shape.rows(&mut body).expect("a list of rows") {
                    row["unknown_field"] = json!([{"a": null}]);
                    row["Unknown field 2"] = json!("text");
                }
                answer.set(&body);
            })
        });
        let page = stage.page(shape.stream, &sample.place).await.expect("a page").fetched.transformed;
        stage.relay.pass();
        assert_eq!(page.records, sample.page.records, "{}", shape.stream);
        assert_eq!(page.row_keys, sample.page.row_keys, "{}", shape.stream);
    }
}

/// Rows with nothing but their keys, and rows without anything: each is counted.
pub async fn empty_rows_are_counted<D: SourceDriver>() {
    let stage = Stage::<D>::new().await;
    for shape in D::STREAMS {
        let sample = Sample::of(&stage, shape).await;
        for keep_keys in [true, false] {
            let shape = *shape;
            stage.edit_rows(shape, move |rows| rows.iter_mut().for_each(|row| strip(&shape, row, keep_keys)));
            let page = stage.page(shape.stream, &sample.place).await;
            stage.heal();
            match page {
                Ok(page) => {
                    let page = page.fetched.transformed;
                    is_accounted(&page).unwrap_or_else(|wrong| panic!("{}: {wrong}", shape.stream));
                    assert_eq!(page.fetched, sample.page.fetched, "{}: rows are missing", shape.stream);
                    assert!(keep_keys || page.rejects.len() as u64 == page.fetched, "{}", shape.stream);
                    assert!(!keep_keys || page.row_keys == sample.page.row_keys, "{}: keys", shape.stream);
                }
                // No row has a key: that may be another table.
                Err(failure) => assert!(!keep_keys, "{}: {failure}", shape.stream),
            }
        }
    }
}

fn strip(shape: &StreamShape, row: &mut Value, keep_keys: bool) {
    let kept = shape.key.iter().filter(|_| keep_keys);
    *row = Value::Object(kept.map(|name| ((*name).to_owned(), row[*name].clone())).collect::<Map<_, _>>());
}
