//! Paths of a map: `a.b`, `a[]`, `a[].b`, and in sources `.0` for an element by index.

use crate::bounds::{LONGEST_PATH, MOST_SEGMENTS};

/// The path that a row reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePath {
    /// As it is written in the map.
    pub text: String,
    /// The source field, without the record prefix.
    pub root: String,
    /// The steps inside the field.
    pub steps: Vec<Step>,
}

/// One step inside a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Key(String),
    /// `.0`
    Index(usize),
    /// `[]`
    Each,
}

/// The path that a row writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPath {
    /// As it is written in the map.
    pub text: String,
    /// Names from the outside in, without the record prefix.
    pub segments: Vec<Segment>,
}

/// One name of a target path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Name.
    pub name: String,
    /// Whether `[]` follows it.
    pub list: bool,
}

impl SourcePath {
    /// The name that `&` in a target stands for: the last name of the path.
    pub fn name(&self) -> &str {
        let last = self.steps.iter().rev().find_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            Step::Index(_) | Step::Each => None,
        });
        last.unwrap_or(&self.root)
    }

    pub(crate) fn parse(text: &str, prefix: &str) -> Result<Self, String> {
        let mut segments = segments(without_prefix(text, prefix))?.into_iter();
        let Some(first) = segments.next() else { return Err("is empty".to_owned()) };
        let mut steps = Vec::new();
        if first.list {
            steps.push(Step::Each);
        }
        for segment in segments {
            steps.push(match segment.name.parse::<usize>() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::Key(segment.name),
            });
            if segment.list {
                steps.push(Step::Each);
            }
        }
        Ok(Self { text: text.to_owned(), root: first.name, steps })
    }
}

impl TargetPath {
    /// The path without the record prefix and with `&` filled in.
    pub fn canonical(&self) -> String {
        let names: Vec<String> = self.segments.iter().map(Segment::to_string).collect();
        names.join(".")
    }

    pub(crate) fn parse(text: &str, prefix: &str, source: Option<&SourcePath>) -> Result<Self, String> {
        let mut segments = segments(without_prefix(text, prefix))?;
        let count = segments.len();
        for (index, segment) in segments.iter_mut().enumerate() {
            if segment.name.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("an element by number can be read, not written; use `name[]`".to_owned());
            }
            if segment.name == "&" {
                let Some(source) = source else {
                    return Err("`&` keeps the name of the source, and this row has none".to_owned());
                };
                if index + 1 != count || segment.list {
                    return Err("`&` is allowed at the end of a target only".to_owned());
                }
                source.name().clone_into(&mut segment.name);
            }
        }
        Ok(Self { text: text.to_owned(), segments })
    }
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.name, if self.list { "[]" } else { "" })
    }
}

/// Product tables write some rows with the prefix of the record and some without.
fn without_prefix<'t>(text: &'t str, prefix: &str) -> &'t str {
    if prefix.is_empty() {
        return text;
    }
    text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text)
}

fn segments(text: &str) -> Result<Vec<Segment>, String> {
    let segment = |part: &str| {
        let (name, list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        let letters = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if name == "&" || (!name.is_empty() && name.chars().all(letters)) {
            Ok(Segment { name: name.to_owned(), list })
        } else {
            Err(format!("{part:?} is not part of a path; allowed are `name`, `name[]` and, in sources, `0`"))
        }
    };
    if text.len() > LONGEST_PATH {
        return Err(format!("is {} bytes long; a path has at most {LONGEST_PATH}", text.len()));
    }
    let count = text.split('.').count();
    if count > MOST_SEGMENTS {
        return Err(format!("has {count} names; a path has at most {MOST_SEGMENTS}"));
    }
    text.split('.').map(segment).collect()
}
