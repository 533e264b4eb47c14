//! Transform maps: parse, check, compile, apply.
//!
//! A map is a TOML file of rows `source` → `target` with functions, conditions and lookup tables. It is checked against
//! a [`SourceModel`] and a [`TargetModel`], compiled once, and applied to every record. Values that no function touches
//! are copied as JSON text; fields that no row reads are skipped.
//!
//! Null, an empty text and an empty list count as no value: the target is left out, the next alternative is tried, and
//! a required target without a value rejects the record.

mod applier;
mod bounds;
mod clone;
mod compiled;
mod date;
mod definition;
mod difference;
mod evaluation;
mod expression;
mod function;
pub mod json;
mod kind;
mod lookup;
mod mistake;
mod overrides;
mod path;
mod reader;
mod slots;
mod source_model;
mod target_model;
mod tree;
mod walk;

pub use applier::{Applied, Applier, RowFailure};
pub use clone::renamed;
pub use compiled::CompiledMap;
pub use date::{format_date, parse_date};
pub use definition::{Condition, MapDefinition, Row, RowExplanation, RowValue};
pub use difference::{LookupDifference, MapDifference, RowDifference};
pub use expression::Expression;
pub use function::Function;
pub use lookup::Lookup;
pub use mistake::{MapErrors, Mistake, did_you_mean};
pub use overrides::Overrides;
pub use path::{Segment, SourcePath, Step, TargetPath};
pub use source_model::{AnyDocument, Derive, Inputs, SourceField, SourceModel};
pub use target_model::TargetModel;
