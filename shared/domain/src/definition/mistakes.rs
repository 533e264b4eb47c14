//! Mistakes in a connection file, each with its place.

use crate::{Failure, FailureKind};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Everything that is wrong with one connection file, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct DefinitionErrors {
    /// The file, as the caller named it.
    pub file: String,
    /// At least one mistake.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Dotted path of the field; empty where the text is not TOML at all.
    pub field: String,
    /// What was found. Never the text of a secret or of an address with a password (I-12).
    pub problem: String,
    /// What is allowed instead, or the name that was probably meant.
    pub help: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            write!(f, "{}", self.problem)
        } else {
            write!(f, "{}: {}", self.field, self.problem)
        }
    }
}

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}:{}: {mistake}", self.file, mistake.line, mistake.column)?;
            if !mistake.help.is_empty() {
                write!(f, "\n  help: {}", mistake.help)?;
            }
        }
        Ok(())
    }
}

impl From<DefinitionErrors> for Failure {
    fn from(errors: DefinitionErrors) -> Self {
        let mut detail = String::new();
        for mistake in &errors.mistakes {
            let separator = if detail.is_empty() { "" } else { "; " };
            detail.push_str(&format!("{separator}line {}: {mistake}", mistake.line));
        }
        Self::new(FailureKind::DefinitionInvalid, errors.file, detail)
    }
}

/// Mistakes as they are collected, with byte ranges of the text they were found in.
pub(super) struct Collector<'a> {
    text: &'a str,
    found: Vec<(usize, Mistake)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        span: &Range<usize>,
        field: &str,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.found.push((span.start, self.place(span, field, problem, help)));
    }

    pub(super) fn place(
        &self,
        span: &Range<usize>,
        field: &str,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Mistake {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Mistake {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            field: field.to_owned(),
            problem: problem.into(),
            help: help.into(),
        }
    }

    /// The mistakes in the order of the file, or nothing.
    pub(super) fn finish(mut self, file: &str) -> Result<(), DefinitionErrors> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|(at, _)| *at);
        let mistakes = self.found.into_iter().map(|(_, mistake)| mistake).collect();
        Err(DefinitionErrors { file: file.to_owned(), mistakes })
    }
}
