//! Expressions in the Common Expression Language (CEL), for mappings that rows cannot express.
//!
//! An expression sees the fields it names and `value`, the row's value so far. It has no clock, no randomness and no
//! side effects. Its text is limited when it is checked, its time and memory when it is evaluated.

mod metering;
mod reading;
mod values;

use cel::{Context, Env, IdedExpr, Value};
use metering::Meter;
use regex::Regex;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Name of the row's value so far, inside an expression.
pub(crate) const SO_FAR: &str = "value";

/// Longest JSON of all fields that an expression reads of one record, in bytes.
const LARGEST_INPUT: usize = 256 * 1024;

/// Longest JSON it may produce, in bytes.
const LARGEST_RESULT: usize = 256 * 1024;

/// The standard functions, except those for time.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A checked expression: `{ cel = "…" }` of a row.
#[derive(Clone)]
pub struct Expression {
    text: String,
    tree: Arc<IdedExpr>,
    patterns: Arc<Vec<Regex>>,
    fields: Vec<String>,
}

impl Expression {
    /// Checks `text`.
    ///
    /// # Errors
    /// Every mistake with line and column inside the expression.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        reading::read(text)
    }

    /// Source fields it names, in the order in which [`Self::evaluate`] takes them.
    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The result for `value` and `fields`, all JSON; `None` for `null`.
    ///
    /// # Errors
    /// The reason why it has no result, in one sentence with advice. Values are not quoted.
    pub(crate) fn evaluate(
        &self,
        value: Option<&str>,
        fields: &[Option<&str>],
    ) -> Result<Option<String>, String> {
        let given = fields.iter().chain([&value]).flatten().map(|raw| raw.len()).sum::<usize>();
        if given > LARGEST_INPUT {
            return Err(format!(
                "what the expression reads is {given} bytes, more than {LARGEST_INPUT}; read less, or a part of the field"
            ));
        }
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        let meter = Arc::new(Meter::new(given));
        metering::offer(&mut context, &meter, &self.patterns).map_err(|error| error.to_string())?;
        let names = self.fields.iter().map(String::as_str).chain([SO_FAR]);
        for (name, raw) in names.zip(fields.iter().copied().chain([value])) {
            context.add_variable_from_value(name, values::of_json(raw));
        }
        let made = Value::resolve(&self.tree, &context);
        if meter.is_spent() {
            return Err("the expression does too much on this record; shorten its lists or make it simpler"
                .to_owned());
        }
        let made = made.map_err(|error| values::why(&error))?;
        let json = values::to_json(&made)?;
        if json.len() > LARGEST_RESULT {
            return Err(format!(
                "the expression makes {} bytes, more than {LARGEST_RESULT}; make less",
                json.len()
            ));
        }
        Ok((json != "null").then_some(json))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
