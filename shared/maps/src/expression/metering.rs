//! The meter of an evaluation. The evaluator has no limits of its own, so calls to the meter are inserted into the
//! tree: before each iteration of a macro over a list, and around every sum. Nothing else repeats work or makes larger
//! values.

use super::values;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators};
use cel::extractors::This;
use cel::objects::Key;
use cel::{Context, DeclarationError, ExecutionError, IdedExpr, Value};
use regex::Regex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Budget of one evaluation. One unit is a node of the tree evaluated on small values, or 16 bytes produced.
const BUDGET: u64 = 1_000_000;

/// Bytes that a function may scan for one unit.
const LOOK: u64 = 256;

const TURN: &str = "@turn";
const GROWN: &str = "@grown";
const EACH: &str = "@each";
const PATTERN: &str = "@pattern";

/// The remaining budget, and the largest possible value.
#[derive(Debug)]
pub(super) struct Meter {
    left: AtomicU64,
    largest: AtomicU64,
}

impl Meter {
    /// A meter for inputs of this many bytes.
    pub(super) fn new(given: usize) -> Self {
        Self { left: AtomicU64::new(BUDGET), largest: AtomicU64::new(given as u64) }
    }

    /// Whether the meter stopped an evaluation, whatever error it returned.
    pub(super) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn pay(&self, units: u64) -> Result<(), ExecutionError> {
        let left = self.left.load(Ordering::Relaxed).saturating_sub(units);
        self.left.store(left, Ordering::Relaxed);
        if left == 0 { Err(ExecutionError::function_error("meter", "spent")) } else { Ok(()) }
    }

    fn turn(&self, nodes: u64) -> Result<bool, ExecutionError> {
        let look = 1 + self.largest.load(Ordering::Relaxed) / LOOK;
        self.pay((1 + nodes).saturating_mul(look)).map(|()| true)
    }

    fn grown(&self, value: Value) -> Result<Value, ExecutionError> {
        let weight = values::weight(&value);
        self.largest.fetch_max(weight, Ordering::Relaxed);
        self.pay(1 + weight / 16).map(|()| value)
    }

    /// Iterates maps by key, because they have no order of their own.
    fn each(&self, value: Value) -> Result<Value, ExecutionError> {
        self.pay(1 + values::weight(&value) / 16)?;
        let Value::Map(map) = &value else { return Ok(value) };
        let mut keys: Vec<&Key> = map.map.keys().collect();
        keys.sort();
        Ok(Value::List(Arc::new(keys.into_iter().map(Value::from).collect())))
    }

    fn pattern(&self, text: &str, pattern: Option<&Regex>) -> Result<bool, ExecutionError> {
        self.pay(1 + text.len() as u64)?;
        Ok(pattern.is_some_and(|pattern| pattern.is_match(text)))
    }
}

/// Registers the functions that [`super::reading`] inserts into the tree, and the few that CEL's standard lacks.
pub(super) fn offer(
    context: &mut Context<'_, '_>,
    meter: &Arc<Meter>,
    patterns: &Arc<Vec<Regex>>,
) -> Result<(), DeclarationError> {
    let (turns, grows, ranges, matches) =
        (Arc::clone(meter), Arc::clone(meter), Arc::clone(meter), Arc::clone(meter));
    let (splits, patterns) = (Arc::clone(meter), Arc::clone(patterns));
    context.add_function(TURN, move |nodes: i64| turns.turn(nodes.unsigned_abs()))?;
    context.add_function(GROWN, move |value: Value| grows.grown(value))?;
    context.add_function(EACH, move |value: Value| ranges.each(value))?;
    context.add_function(PATTERN, move |This(text): This<Arc<String>>, number: i64| {
        matches.pattern(&text, usize::try_from(number).ok().and_then(|number| patterns.get(number)))
    })?;
    context.add_function("lowerAscii", |This(text): This<Arc<String>>| text.to_ascii_lowercase())?;
    context.add_function("upperAscii", |This(text): This<Arc<String>>| text.to_ascii_uppercase())?;
    context.add_function("trim", |This(text): This<Arc<String>>| text.trim().to_owned())?;
    context.add_function("split", move |This(text): This<Arc<String>>, at: Arc<String>| {
        // A text can split into as many parts as it has letters, each a separate value.
        splits.pay(4 * text.len() as u64 / (at.len() as u64 + 1))?;
        let parts: Vec<Value> = text.split(at.as_str()).map(Value::from).collect();
        splits.grown(Value::List(Arc::new(parts)))
    })
}

/// Wraps a sum.
pub(super) fn grow(sum: &mut IdedExpr) {
    wrap(sum, GROWN);
}

fn wrap(node: &mut IdedExpr, function: &str) {
    let inner = std::mem::take(node);
    *node = IdedExpr { id: inner.id, expr: call(function, vec![inner]) };
}

/// Replaces the pattern of a `matches` by its number.
pub(super) fn number_pattern(call: &mut CallExpr, number: usize) {
    let Some(written) = call.args.pop() else { return };
    PATTERN.clone_into(&mut call.func_name);
    call.args.push(number_of(written.id, number));
}

/// Inserts a meter call before each iteration of a macro, at a place where its failure is not deferred. `all` and
/// `exists` defer failures of their step, so the call goes into the condition. `map` and `filter` are fast only with a
/// constant condition, so the call goes into the step.
pub(super) fn each_turn(inner: &mut ComprehensionExpr, nodes: usize) {
    wrap(&mut inner.iter_range, EACH);
    let constant = matches!(inner.loop_cond.expr, Expr::Literal(_));
    match constant.then(|| appended(&mut inner.loop_step)).flatten() {
        Some((node, otherwise)) => before(node, nodes, otherwise),
        None => before(&mut inner.loop_cond, nodes, LiteralValue::Boolean(false.into())),
    }
}

/// What `map` appends, or the condition under which `filter` does.
fn appended(step: &mut IdedExpr) -> Option<(&mut IdedExpr, LiteralValue)> {
    let Expr::Call(call) = &mut step.expr else { return None };
    if call.func_name == operators::CONDITIONAL {
        let appends =
            call.args.get(1).is_some_and(|sum| matches!(&sum.expr, Expr::Call(sum) if appends(sum)));
        let guard = call.args.first_mut().filter(|_| appends)?;
        return Some((guard, LiteralValue::Boolean(false.into())));
    }
    if !appends(call) {
        return None;
    }
    match &mut call.args.last_mut()?.expr {
        Expr::List(list) => list.elements.first_mut().map(|element| (element, LiteralValue::Null)),
        _ => None,
    }
}

fn appends(sum: &CallExpr) -> bool {
    sum.func_name == operators::ADD && sum.args.last().is_some_and(|last| matches!(last.expr, Expr::List(_)))
}

/// `node` becomes `@turn(nodes) ? node : otherwise`.
fn before(node: &mut IdedExpr, nodes: usize, otherwise: LiteralValue) {
    let inner = std::mem::take(node);
    let id = inner.id;
    let turn = IdedExpr { id, expr: call(TURN, vec![number_of(id, nodes)]) };
    let otherwise = IdedExpr { id, expr: Expr::Literal(otherwise) };
    *node = IdedExpr { id, expr: call(operators::CONDITIONAL, vec![turn, inner, otherwise]) };
}

fn call(function: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: function.to_owned(), target: None, args })
}

fn number_of(id: u64, number: usize) -> IdedExpr {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    IdedExpr { id, expr: Expr::Literal(LiteralValue::Int(number.into())) }
}
