//! Selection and order of rows, as places in the world.

use crate::json::Json;
use crate::xdome::Rows;
use crate::xdome::fields::{Field, Schema, Writer};
use crate::xdome::filter::{Filter, Leaf};
use crate::xdome::judge::Query;
use crate::xdome::world::{DeviceRow, PairRow, World, parse_uid};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Places of the selected rows. `sites` limits them to the sites that a token may see.
pub(super) fn select(world: &World, schema: &Schema, query: &Query, sites: Option<&[String]>) -> Vec<u32> {
    let mut test = Tester::new(world, schema, query.filter.as_ref(), sites);
    let candidates = candidates(world, schema, query.filter.as_ref());
    let total = match schema.rows {
        Rows::Devices => world.device_count(),
        Rows::Relations => world.relation_count(),
    };
    let mut places: Vec<u32> = match candidates {
        Some(places) => places.into_iter().filter(|place| test.selects(*place)).collect(),
        None => (0..u32::try_from(total).unwrap_or(u32::MAX)).filter(|place| test.selects(*place)).collect(),
    };
    if !is_natural(schema, &query.sort) {
        sort(world, schema, &query.sort, &mut places);
    }
    places
}

/// A row with the data for its columns.
#[derive(Clone, Copy)]
struct Row<'w> {
    device: DeviceRow<'w>,
    pair: Option<PairRow<'w>>,
}

fn row_at<'w>(world: &'w World, rows: Rows, place: usize) -> Option<Row<'w>> {
    match rows {
        Rows::Devices => Some(Row { device: world.device_at(place)?, pair: None }),
        Rows::Relations => {
            let pair = world.relation_at(place)?;
            Some(Row { device: world.device(pair.relation.device)?, pair: Some(pair) })
        }
    }
}

fn value_of(field: &Field, row: Row<'_>) -> Value {
    let mut json = Json::default();
    match (field.writer, row.pair) {
        (Writer::Device(write), _) => write(&row.device, &mut json),
        (Writer::Vulnerability(write), Some(pair)) => write(pair.vulnerability, &mut json),
        (Writer::Relevance, Some(pair)) => json.string(pair.relation.relevance.text()),
        (Writer::Pair(write), Some(pair)) => write(&pair, &mut json),
        (_, None) => json.null(),
    }
    serde_json::from_str(&json.text).unwrap_or(Value::Null)
}

/// Tests rows. A condition on a column of a device, a vulnerability or a relevance is evaluated once for each of them,
/// not once for each of a million findings.
struct Tester<'w> {
    world: &'w World,
    schema: &'w Schema,
    root: Option<Node<'w>>,
    sites: Option<&'w [String]>,
}

enum Node<'w> {
    Leaf { leaf: &'w Leaf, field: &'w Field, known: Vec<Option<bool>> },
    And(Vec<Node<'w>>),
    Or(Vec<Node<'w>>),
    Not(Box<Node<'w>>),
}

impl<'w> Tester<'w> {
    fn new(
        world: &'w World,
        schema: &'w Schema,
        filter: Option<&'w Filter>,
        sites: Option<&'w [String]>,
    ) -> Self {
        Self { world, schema, root: filter.and_then(|filter| node(schema, filter)), sites }
    }

    fn selects(&mut self, place: u32) -> bool {
        let Some(row) = row_at(self.world, self.schema.rows, place as usize) else { return false };
        let visible =
            self.sites.is_none_or(|sites| row.device.site().is_some_and(|site| sites.contains(&site.name)));
        visible && self.root.as_mut().is_none_or(|node| node.passes(row))
    }
}

fn node<'w>(schema: &'w Schema, filter: &'w Filter) -> Option<Node<'w>> {
    let all = |operands: &'w [Filter]| operands.iter().filter_map(|operand| node(schema, operand)).collect();
    Some(match filter {
        Filter::Leaf(leaf) => Node::Leaf { leaf, field: schema.field(leaf.field)?, known: Vec::new() },
        Filter::And(operands) => Node::And(all(operands)),
        Filter::Or(operands) => Node::Or(all(operands)),
        Filter::Not(operand) => Node::Not(Box::new(node(schema, operand)?)),
    })
}

impl Node<'_> {
    fn passes(&mut self, row: Row<'_>) -> bool {
        match self {
            Self::And(operands) => operands.iter_mut().all(|operand| operand.passes(row)),
            Self::Or(operands) => operands.iter_mut().any(|operand| operand.passes(row)),
            Self::Not(operand) => !operand.passes(row),
            Self::Leaf { leaf, field, known } => {
                let decided_by = match (field.writer, row.pair) {
                    (Writer::Device(_), _) => Some(row.device.slot as usize),
                    (Writer::Vulnerability(_), Some(pair)) => Some(usize::from(pair.relation.vulnerability)),
                    (Writer::Relevance, Some(pair)) => Some(pair.relation.relevance as usize),
                    _ => None,
                };
                let now = row.device.world.now;
                let test = || leaf.operation.passes(&value_of(field, row), &leaf.operand, now);
                let Some(place) = decided_by else { return test() };
                if known.len() <= place {
                    known.resize(place + 1, None);
                }
                known.get_mut(place).is_some_and(|known| *known.get_or_insert_with(test))
            }
        }
    }
}

/// Places that match a condition on the device's uid, so that a query for a few devices does not scan all rows.
fn candidates(world: &World, schema: &Schema, filter: Option<&Filter>) -> Option<Vec<u32>> {
    let uids = match filter? {
        Filter::Leaf(leaf) => named_uids(schema, leaf)?,
        Filter::And(operands) => operands.iter().find_map(|operand| match operand {
            Filter::Leaf(leaf) => named_uids(schema, leaf),
            _ => None,
        })?,
        Filter::Or(_) | Filter::Not(_) => return None,
    };
    let places = uids.into_iter().filter_map(|uid| world.place_of(uid));
    let numbers = |range: std::ops::Range<usize>| range.filter_map(|place| u32::try_from(place).ok());
    Some(match schema.rows {
        Rows::Devices => places.flat_map(|place| numbers(place..place + 1)).collect(),
        Rows::Relations => places
            .filter_map(|place| world.device_at(place))
            .flat_map(|row| numbers(world.relations_of(row.slot)))
            .collect(),
    })
}

/// The uids that a leaf names, in order.
fn named_uids(schema: &Schema, leaf: &Leaf) -> Option<BTreeSet<u128>> {
    let name = schema.field(leaf.field)?.name;
    if !leaf.operation.names_values() || !matches!(name, "uid" | "device_uid") {
        return None;
    }
    let values = leaf.operand.as_array().map_or(std::slice::from_ref(&leaf.operand), Vec::as_slice);
    Some(values.iter().filter_map(|value| parse_uid(value.as_str()?)).collect())
}

/// Whether the requested order is the order of the world.
fn is_natural(schema: &Schema, sort: &[(usize, bool)]) -> bool {
    let natural: &[&str] = match schema.rows {
        Rows::Devices => &["uid"],
        Rows::Relations => &["device_uid", "vulnerability_id"],
    };
    let asked =
        sort.iter().map(|(field, descending)| (schema.field(*field).map(|field| field.name), *descending));
    // Keys after a total order decide nothing; fewer keys than a total order leave the rest to the natural one.
    asked.zip(natural).all(|(asked, natural)| asked == (Some(*natural), false))
}

/// Sorts by the keys; rows with equal keys stay in natural order.
fn sort(world: &World, schema: &Schema, keys: &[(usize, bool)], places: &mut Vec<u32>) {
    let fields: Vec<(&Field, bool)> =
        keys.iter().filter_map(|(field, descending)| Some((schema.field(*field)?, *descending))).collect();
    let mut rows: Vec<(Vec<Value>, u32)> = places
        .iter()
        .filter_map(|place| {
            let row = row_at(world, schema.rows, *place as usize)?;
            Some((fields.iter().map(|(field, _)| value_of(field, row)).collect(), *place))
        })
        .collect();
    rows.sort_by(|(one, _), (other, _)| {
        let compared = one.iter().zip(other).zip(&fields).map(|((one, other), (_, descending))| {
            let order = order(one, other);
            if *descending { order.reverse() } else { order }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    *places = rows.into_iter().map(|(_, place)| place).collect();
}

/// Numbers by size, texts by their letters, null last, lists by their text.
fn order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::String(one), Value::String(other)) => one.cmp(other),
        _ => match one.as_f64().zip(other.as_f64()) {
            Some((one, other)) => one.total_cmp(&other),
            None => one.to_string().cmp(&other.to_string()),
        },
    }
}
