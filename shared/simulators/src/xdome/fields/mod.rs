//! The fields of both endpoints: names, filter classes, and how each column is written.

mod finding;
mod hardware;
mod identity;
mod network;
mod posture;

pub(super) use finding::{resolution_date, unrequested};
pub(super) use identity::assignees_data;

use super::Rows;
use super::catalogue::Vulnerability;
use super::world::{DeviceRow, PairRow};
use crate::json::Json;
use crate::{SimulatorError, table};
use std::collections::BTreeMap;

const DEVICE_FIELDS: &str = include_str!("../../../data/device_fields.txt");
const RELATION_FIELDS: &str = include_str!("../../../data/relation_fields.txt");

/// Writes one column of a device.
pub(super) type DeviceWriter = fn(&DeviceRow<'_>, &mut Json);

/// Writes one column of a vulnerability.
pub(super) type VulnerabilityWriter = fn(&Vulnerability, &mut Json);

/// Writes one column of a pair of device and vulnerability.
pub(super) type PairWriter = fn(&PairRow<'_>, &mut Json);

/// The fields that an endpoint accepts.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) rows: Rows,
    fields: Vec<Field>,
    by_name: BTreeMap<&'static str, usize>,
    /// `a, b or c`, as the vendor's messages list them.
    pub(super) accepted: String,
    /// The same without fields that cannot be filtered or sorted by.
    pub(super) accepted_in_filters: String,
}

/// One field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) writer: Writer,
}

/// The class of operations that a field allows in filters; the letters are those of the vendor's field tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    Flag,
    Number,
    Date,
    List,
    OrderedList,
    DateList,
    AddressList,
    /// Deprecated: always null, in no filter and no sort.
    Deprecated,
}

/// The writer of a column, by the data that its value depends on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Writer {
    /// The device.
    Device(DeviceWriter),
    /// The vulnerability.
    Vulnerability(VulnerabilityWriter),
    /// The relevance.
    Relevance,
    /// The pair itself.
    Pair(PairWriter),
}

impl Schema {
    /// The fields of the devices endpoint, without the `rejected` ones.
    pub(super) fn devices(rejected: &[String]) -> Result<Self, SimulatorError> {
        let rows = table::rows::<3>("device_fields.txt", DEVICE_FIELDS)?;
        let fields = rows.into_iter().map(|[name, class, nic]| {
            let class = class_of(class)?;
            Ok(Field { name, class, writer: Writer::Device(device_writer(name, class, nic == "nic")) })
        });
        Ok(Self::new(Rows::Devices, fields.collect::<Result<_, SimulatorError>>()?, rejected))
    }

    /// The fields of the relations endpoint, without the `rejected` ones.
    pub(super) fn relations(rejected: &[String]) -> Result<Self, SimulatorError> {
        let per_nic: Vec<&str> = table::rows::<3>("device_fields.txt", DEVICE_FIELDS)?
            .into_iter()
            .filter_map(|[name, _, nic]| (nic == "nic").then_some(name))
            .collect();
        let rows = table::rows::<3>("relation_fields.txt", RELATION_FIELDS)?;
        let fields = rows.into_iter().map(|[name, class, of_device]| {
            let class = class_of(class)?;
            let writer = match finding::writer(name) {
                Some(writer) => writer,
                None => Writer::Device(device_writer(of_device, class, per_nic.contains(&of_device))),
            };
            Ok(Field { name, class, writer })
        });
        Ok(Self::new(Rows::Relations, fields.collect::<Result<_, SimulatorError>>()?, rejected))
    }

    fn new(rows: Rows, mut fields: Vec<Field>, rejected: &[String]) -> Self {
        fields.retain(|field| !rejected.iter().any(|rejected| rejected == field.name));
        let by_name = fields.iter().enumerate().map(|(place, field)| (field.name, place)).collect();
        let names = |fields: &[Field], all: bool| {
            let kept = fields.iter().filter(|field| all || field.class != Class::Deprecated);
            choices(&kept.map(|field| field.name).collect::<Vec<_>>())
        };
        let (accepted, accepted_in_filters) = (names(&fields, true), names(&fields, false));
        Self { rows, fields, by_name, accepted, accepted_in_filters }
    }

    /// The place of a field.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The field at a place.
    pub(super) fn field(&self, place: usize) -> Option<&Field> {
        self.fields.get(place)
    }
}

/// `a, b or c`.
pub(super) fn choices(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn class_of(letters: &str) -> Result<Class, SimulatorError> {
    Ok(match letters {
        "S" => Class::Text,
        "B" => Class::Flag,
        "N" => Class::Number,
        "D" => Class::Date,
        "L" => Class::List,
        "LO" => Class::OrderedList,
        "LD" => Class::DateList,
        "LIP" => Class::AddressList,
        "none" => Class::Deprecated,
        other => {
            let problem = format!("no class {other:?}");
            return Err(SimulatorError::Table { table: "fields", line: 0, problem });
        }
    })
}

/// The column's own writer, or the vendor's empty value for it: null, `[]`, or one null per NIC.
fn device_writer(name: &str, class: Class, per_nic: bool) -> DeviceWriter {
    let own = identity::writer(name)
        .or_else(|| hardware::writer(name))
        .or_else(|| network::writer(name))
        .or_else(|| posture::writer(name));
    own.unwrap_or(match class {
        Class::Flag => |_, json| json.bool(false),
        Class::List | Class::OrderedList | Class::DateList | Class::AddressList if per_nic => {
            |row, json| json.list(row.nics(), |json, _| json.null())
        }
        Class::List | Class::OrderedList | Class::DateList | Class::AddressList => {
            |_, json| json.list(0, |_, _| ())
        }
        Class::Text | Class::Number | Class::Date | Class::Deprecated => |_, json| json.null(),
    })
}
