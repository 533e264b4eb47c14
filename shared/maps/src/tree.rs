//! The tree of a map's targets, laid out once so that a record is written in one pass in the map's order.

use crate::json;
use crate::path::Segment;

/// What stands at a target.
#[derive(Debug)]
pub(crate) enum Node {
    /// The value of a leaf, by its number.
    Value(usize),
    /// An object; its names are written with quotes and colon.
    Object(Vec<Member>),
    /// A list whose items are made of the index-aligned values of these leaves.
    List(Vec<usize>, Box<Node>),
}

/// A name in an object.
#[derive(Debug)]
pub(crate) struct Member {
    name: String,
    /// `"name":`
    prefix: String,
    node: Node,
}

impl Node {
    pub(crate) fn root() -> Self {
        Self::Object(Vec::new())
    }

    /// Makes a place for `leaf` at `path`.
    ///
    /// Fails with a message when something else stands there.
    pub(crate) fn insert(&mut self, path: &[Segment], leaf: usize) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else { return Err("is empty".to_owned()) };
        let Self::Object(members) = self else {
            return Err(format!("`{}` would be inside a value that another row writes", first.name));
        };
        let index = members.iter().position(|member| member.name == first.name);
        let Some(member) = index.and_then(|index| members.get_mut(index)) else {
            let mut prefix = String::new();
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

    /// Appends this node made of `values` (JSON text by leaf); nothing and `false` when there is no value in it.
    pub(crate) fn write(&self, values: &[Option<&str>], out: &mut String) -> bool {
        match self {
            Self::Value(leaf) => match values.get(*leaf).copied().flatten() {
                Some(raw) if !json::is_blank(raw) => {
                    json::push_raw(out, raw);
                    true
                }
                _ => false,
            },
            Self::Object(members) => write_object(members, values, out),
            Self::List(leaves, item) => write_list(leaves, item, values, out),
        }
    }
}

fn write_object(members: &[Member], values: &[Option<&str>], out: &mut String) -> bool {
    let mut open = '{';
    for member in members {
        let before = out.len();
        out.push(open);
        out.push_str(&member.prefix);
        if member.node.write(values, out) {
            open = ',';
        } else {
            out.truncate(before);
        }
    }
    let any = open == ',';
    if any {
        out.push('}');
    }
    any
}

fn write_list(leaves: &[usize], item: &Node, values: &[Option<&str>], out: &mut String) -> bool {
    let column = |leaf: &usize| {
        let raw = values.get(*leaf).copied().flatten();
        raw.map(json::elements).unwrap_or_default()
    };
    let columns: Vec<Vec<Option<&str>>> = leaves.iter().map(column).collect();
    let length = columns.iter().map(Vec::len).max().unwrap_or_default();
    let mut row: Vec<Option<&str>> = vec![None; values.len()];
    let mut open = '[';
    for index in 0..length {
        for (leaf, column) in leaves.iter().zip(&columns) {
            if let Some(cell) = row.get_mut(*leaf) {
                *cell = column.get(index).copied().flatten();
            }
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
