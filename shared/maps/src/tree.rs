//! The tree of a map's targets, laid out once, so that a record is written in one pass in the map's
//! order.

use crate::json::{self, Cut};
use crate::path::Segment;

/// The node of a target.
#[derive(Debug)]
pub(crate) enum Node {
    /// The value of a leaf, by its number.
    Value(usize),
    /// An object; its names are stored with quotes and colon.
    Object(Vec<Member>),
    /// A list whose items combine the index-aligned values of these leaves.
    List(Vec<usize>, Box<Node>),
}

/// A name in an object.
#[derive(Debug)]
pub(crate) struct Member {
    name: String,
    /// `,"name":`
    prefix: String,
    node: Node,
}

impl Node {
    pub(crate) fn root() -> Self {
        Self::Object(Vec::new())
    }

    /// Adds a node for `leaf` at `path`.
    ///
    /// Fails with a message when another target occupies it.
    pub(crate) fn insert(&mut self, path: &[Segment], leaf: usize) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else { return Err("is empty".to_owned()) };
        let Self::Object(members) = self else {
            return Err(format!("`{}` would be inside a value that another row writes", first.name));
        };
        let index = members.iter().position(|member| member.name == first.name);
        let Some(member) = index.and_then(|index| members.get_mut(index)) else {
            let mut prefix = String::from(",");
            json::push_text(&mut prefix, &first.name);
            prefix.push(':');
            members.push(Member { name: first.name.clone(), prefix, node: Self::place(first, rest, leaf)? });
            return Ok(());
        };
        match (&mut member.node, first.list) {
            (Self::List(leaves, item), true) if !rest.is_empty() => {
                leaves.push(leaf);
                item.insert(rest, leaf)
            }
            (node @ Self::Object(_), false) if !rest.is_empty() => node.insert(rest, leaf),
            _ => Err(format!("another row writes `{}` as something else", first.name)),
        }
    }

    fn place(segment: &Segment, rest: &[Segment], leaf: usize) -> Result<Self, String> {
        let mut inner = if rest.is_empty() { Self::Value(leaf) } else { Self::root() };
        if !rest.is_empty() {
            inner.insert(rest, leaf)?;
        }
        Ok(if segment.list { Self::List(vec![leaf], Box::new(inner)) } else { inner })
    }

    /// Whether it contains a leaf for which `is` holds.
    fn has(&self, is: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Value(leaf) => is(*leaf),
            Self::Object(members) => members.iter().any(|member| member.node.has(is)),
            Self::List(leaves, _) => leaves.iter().any(|leaf| is(*leaf)),
        }
    }

    /// Appends this node with `values`. Appends nothing and returns `false` when it has no value.
    fn write<'v>(&self, values: &impl Values<'v>, out: &mut String) -> bool {
        match self {
            Self::Value(leaf) => write_value(values.of_leaf(*leaf), out),
            Self::Object(members) => {
                let mut any = false;
                members.iter().for_each(|member| member.write(values, &mut any, out));
                if any {
                    out.push('}');
                }
                any
            }
            Self::List(leaves, item) => match (leaves.as_slice(), item.as_ref()) {
                ([leaf], Self::Value(_)) => write_values(values.of_leaf(*leaf), out),
                _ => write_list(leaves, item, values, out),
            },
        }
    }
}

/// Where the tree takes its values from.
pub(crate) trait Values<'v> {
    /// The value of a leaf by its number.
    fn of_leaf(&self, leaf: usize) -> Option<Cut<'v>>;
}

/// One cell of each column of a list, by leaf.
struct Cells<'v>(Vec<(usize, Option<Cut<'v>>)>);

impl<'v> Values<'v> for Cells<'v> {
    fn of_leaf(&self, leaf: usize) -> Option<Cut<'v>> {
        self.0.iter().find(|(known, _)| *known == leaf).and_then(|(_, cell)| *cell)
    }
}

impl Member {
    /// Appends the member, and opens the object unless `any` member precedes it.
    fn write<'v>(&self, values: &impl Values<'v>, any: &mut bool, out: &mut String) {
        let before = out.len();
        if let Node::Value(leaf) = &self.node {
            let Some(value) = values.of_leaf(*leaf).filter(|value| !json::is_blank(value.text)) else {
                return;
            };
            self.open(*any, out);
            json::push_cut(out, value);
            *any = true;
            return;
        }
        self.open(*any, out);
        if self.node.write(values, out) {
            *any = true;
        } else {
            out.truncate(before);
        }
    }

    fn open(&self, any: bool, out: &mut String) {
        if any {
            out.push_str(&self.prefix);
        } else {
            out.push('{');
            out.push_str(self.prefix.get(1..).unwrap_or_default());
        }
    }
}

/// The members of a record in runs, so that members shared by all records of a row are written once.
#[derive(Debug)]
pub(crate) struct Layout {
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    per_part: bool,
    members: Vec<Member>,
}

impl Layout {
    /// `per_part` says which leaves may differ between the records of a row.
    pub(crate) fn new(root: Node, per_part: impl Fn(usize) -> bool) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        let members = if let Node::Object(members) = root { members } else { Vec::new() };
        for member in members {
            let per_part = member.node.has(&per_part);
            match runs.last_mut().filter(|run| run.per_part == per_part) {
                Some(run) => run.members.push(member),
                None => runs.push(Run { per_part, members: vec![member] }),
            }
        }
        Self { runs }
    }

    /// Writes the runs that all records of a row share, each after a comma; appends the end of each.
    pub(crate) fn write_shared<'v>(&self, values: &impl Values<'v>, out: &mut String, ends: &mut Vec<usize>) {
        for run in self.runs.iter().filter(|run| !run.per_part) {
            run.members.iter().for_each(|member| member.write(values, &mut true, out));
            ends.push(out.len());
        }
    }

    /// Appends a record with the runs written to `shared`, which end at `ends`.
    pub(crate) fn write<'v>(&self, values: &impl Values<'v>, shared: &str, ends: &[usize], out: &mut String) {
        let (mut any, mut ends, mut start) = (false, ends.iter(), 0);
        for run in &self.runs {
            if run.per_part {
                run.members.iter().for_each(|member| member.write(values, &mut any, out));
                continue;
            }
            let end = ends.next().copied().unwrap_or(start);
            let text = shared.get(start..end).unwrap_or_default();
            start = end;
            if any {
                out.push_str(text);
            } else if let Some(text) = text.strip_prefix(',') {
                out.push('{');
                out.push_str(text);
                any = true;
            }
        }
        out.push_str(if any { "}" } else { "{}" });
    }
}

fn write_value(value: Option<Cut<'_>>, out: &mut String) -> bool {
    let value = value.filter(|value| !json::is_blank(value.text));
    value.map(|value| json::push_cut(out, value)).is_some()
}

/// A list of the elements that have a value.
fn write_values(list: Option<Cut<'_>>, out: &mut String) -> bool {
    let mut open = '[';
    let mut elements = list.map(json::elements_of);
    while let Some(element) = elements.as_mut().and_then(json::Elements::next_cut) {
        let Some(value) = element.filter(|value| !json::is_blank(value.text)) else { continue };
        out.push(open);
        json::push_cut(out, value);
        open = ',';
    }
    let any = open == ',';
    if any {
        out.push(']');
    }
    any
}

fn write_list<'v>(leaves: &[usize], item: &Node, values: &impl Values<'v>, out: &mut String) -> bool {
    let column = |leaf: &usize| values.of_leaf(*leaf).map(json::elements_of);
    let mut columns: Vec<Option<json::Elements<'v>>> = leaves.iter().map(column).collect();
    let mut row = Cells(leaves.iter().map(|leaf| (*leaf, None)).collect());
    let mut open = '[';
    loop {
        let mut more = false;
        for ((_, cell), column) in row.0.iter_mut().zip(&mut columns) {
            let next = column.as_mut().and_then(json::Elements::next_cut);
            more |= next.is_some();
            *cell = next.flatten();
        }
        if !more {
            break;
        }
        let before = out.len();
        out.push(open);
        if item.write(&row, out) {
            open = ',';
        } else {
            out.truncate(before);
        }
    }
    let any = open == ',';
    if any {
        out.push(']');
    }
    any
}
