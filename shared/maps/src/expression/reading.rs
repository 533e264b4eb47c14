//! Parsing of an expression's text into a tree of bounded size.

use super::{Expression, SO_FAR, metering};
use crate::mistake::did_you_mean;
use cel::common::ast::{EntryExpr, Expr, LiteralValue, operators};
use cel::{IdedExpr, Program};
use regex::{Regex, RegexBuilder};
use std::sync::Arc;

/// Longest text, in characters.
const LONGEST: usize = 2_000;
/// Deepest nesting, in the text and in the tree.
const DEEPEST: usize = 16;
/// Most nodes of the tree.
const LARGEST: usize = 400;
/// Memory of one compiled pattern, in bytes; its time grows with it.
const LARGEST_PATTERN: usize = 64 * 1024;
/// Stack of the parser, which is generated and recursive: with its own stack it cannot crash a worker.
const STACK: usize = 256 * 1024 * 1024;

const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "lowerAscii",
    "upperAscii",
    "trim",
    "split",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "type",
    "dyn",
];
const MACROS: &[&str] = &["has", "all", "exists", "exists_one", "map", "filter"];

pub(super) fn read(text: &str) -> Result<Expression, Vec<String>> {
    if text.chars().count() > LONGEST {
        return Err(vec![format!("the expression is longer than {LONGEST} characters")]);
    }
    if nesting(text) > DEEPEST {
        return Err(vec![format!("brackets are nested more than {DEEPEST} deep")]);
    }
    let unread = || vec!["the expression cannot be read".to_owned()];
    let owned = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || parse(&owned));
    thread.map_err(|_| unread())?.join().map_err(|_| unread())?
}

/// Depth of brackets. Those inside texts also count, which no normal expression reaches.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn parse(text: &str) -> Result<Expression, Vec<String>> {
    let program = Program::compile(text).map_err(|errors| {
        let told = errors.errors.iter().map(|error| {
            format!("line {}, column {}: {}", error.pos.0.max(1), error.pos.1.max(1), error.msg)
        });
        told.collect::<Vec<_>>()
    })?;
    let mut tree = program.expression().clone();
    let mut check = Check::new(text, &program);
    check.visit(&mut tree, 1);
    if !check.mistakes.is_empty() {
        return Err(check.mistakes);
    }
    let Check { fields, patterns, .. } = check;
    Ok(Expression { text: text.to_owned(), tree: Arc::new(tree), patterns: Arc::new(patterns), fields })
}

/// Walks the tree once: counts nodes, collects the fields, and inserts the meter where work and values can
/// grow.
struct Check<'p> {
    text: &'p str,
    program: &'p Program,
    nodes: usize,
    bound: Vec<String>,
    fields: Vec<String>,
    patterns: Vec<Regex>,
    mistakes: Vec<String>,
}

impl<'p> Check<'p> {
    fn new(text: &'p str, program: &'p Program) -> Self {
        let (bound, fields, patterns, mistakes) = Default::default();
        Self { text, program, nodes: 0, bound, fields, patterns, mistakes }
    }

    fn mistake(&mut self, id: u64, message: &str) {
        let offset = self.program.source_info().offset_for(id).map_or(0, |(start, _)| start as usize);
        let before: String = self.text.chars().take(offset).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = format!("line {line}, column {column}: {message}");
        if !self.mistakes.contains(&message) {
            self.mistakes.push(message);
        }
    }

    fn visit(&mut self, node: &mut IdedExpr, depth: usize) {
        self.nodes += 1;
        if depth > DEEPEST || self.nodes > LARGEST {
            let limit = format!(
                "too large: at most {LARGEST} parts, nested at most {DEEPEST} deep; long sums nest, too"
            );
            if self.mistakes.is_empty() {
                self.mistake(node.id, &limit);
            }
            return;
        }
        let (id, below) = (node.id, depth + 1);
        match &mut node.expr {
            Expr::Literal(_) => {}
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.visit(&mut select.operand, below),
            Expr::List(list) => list.elements.iter_mut().for_each(|element| self.visit(element, below)),
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    match &mut entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            self.visit(&mut entry.key, below);
                            self.visit(&mut entry.value, below);
                        }
                        EntryExpr::StructField(_) => self.mistake(id, "messages with fields are not offered"),
                    }
                }
            }
            Expr::Call(_) => self.call(node, below),
            Expr::Comprehension(_) => self.comprehension(node, below),
            Expr::Struct(_) | Expr::Unspecified => self.mistake(id, "messages with fields are not offered"),
        }
    }

    fn name(&mut self, name: &str) {
        let own = name == SO_FAR || name.starts_with('@') || self.bound.iter().any(|bound| bound == name);
        if !own && self.fields.iter().all(|known| known != name) {
            self.fields.push(name.to_owned());
        }
    }

    fn call(&mut self, node: &mut IdedExpr, below: usize) {
        let id = node.id;
        let Expr::Call(call) = &mut node.expr else { return };
        let name = call.func_name.clone();
        if let Some(target) = &mut call.target {
            self.visit(target, below);
        }
        call.args.iter_mut().for_each(|argument| self.visit(argument, below));
        let operator = name.contains(['_', '@', '!', '-']) && !name.contains(char::is_alphabetic);
        let operator = operator || name == operators::IN || name == operators::NOT_STRICTLY_FALSE;
        if name == "matches" {
            self.pattern(node);
        } else if name == operators::ADD {
            let accumulates = matches!(&call.args.first().map(|first| &first.expr), Some(Expr::Ident(name)) if name.starts_with('@'));
            if !accumulates {
                metering::grow(node);
            }
        } else if !operator && !FUNCTIONS.contains(&name.as_str()) {
            let known = FUNCTIONS.iter().chain(MACROS).copied();
            let hint = did_you_mean(&name, known.clone());
            let known: Vec<&str> = known.collect();
            self.mistake(id, &format!("there is no function `{name}`{hint}; there are {}", known.join(", ")));
        }
    }

    /// Patterns are compiled here, once; the tree refers to them by number.
    fn pattern(&mut self, node: &mut IdedExpr) {
        let id = node.id;
        let Expr::Call(call) = &mut node.expr else { return };
        let written = match call.args.last().map(|argument| &argument.expr) {
            Some(Expr::Literal(LiteralValue::String(pattern))) => pattern.inner().to_owned(),
            _ => return self.mistake(id, "the pattern of `matches` must be a text in quotes"),
        };
        match RegexBuilder::new(&written)
            .size_limit(LARGEST_PATTERN)
            .dfa_size_limit(LARGEST_PATTERN * 16)
            .build()
        {
            Ok(pattern) => {
                metering::number_pattern(call, self.patterns.len());
                self.patterns.push(pattern);
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                self.mistake(id, "the pattern of `matches` is too large; repeat less");
            }
            Err(error) => {
                let last = error.to_string().lines().last().unwrap_or_default().to_owned();
                self.mistake(id, &format!("the pattern of `matches` is wrong: {last}"));
            }
        }
    }

    fn comprehension(&mut self, node: &mut IdedExpr, below: usize) {
        let id = node.id;
        let Expr::Comprehension(inner) = &mut node.expr else { return };
        if inner.iter_var2.is_some() {
            return self.mistake(id, "macros with two variables are not offered");
        }
        self.visit(&mut inner.iter_range, below);
        let before = self.nodes;
        self.bound.push(inner.iter_var.clone());
        for part in [&mut inner.accu_init, &mut inner.loop_cond, &mut inner.loop_step, &mut inner.result] {
            self.visit(part, below);
        }
        self.bound.pop();
        metering::each_turn(inner, self.nodes - before);
    }
}
