//! The elements of a list, one after the other.

use super::{Cut, Cutter, not_null};
use serde_json::value::RawValue;

/// See [`super::elements`].
#[derive(Debug)]
pub struct Elements<'t>(Way<'t>);

#[derive(Debug)]
enum Way<'t> {
    /// A value that is not a list is its own only element.
    One(Option<Option<Cut<'t>>>),
    Cut {
        raw: &'t str,
        cutter: Cutter<'t>,
        given: usize,
    },
    Parsed(std::vec::IntoIter<&'t RawValue>),
}

impl<'t> Elements<'t> {
    pub(super) fn of(cut: Cut<'t>) -> Self {
        if !cut.text.starts_with('[') {
            return Self::one(cut);
        }
        let mut cutter = Cutter::new(cut.text);
        cutter.take(b'[');
        Self(Way::Cut { raw: cut.text, cutter, given: 0 })
    }

    fn one(cut: Cut<'t>) -> Self {
        Self(Way::One(Some(not_null(cut.text).map(|_| cut))))
    }

    /// The next element as a cut value.
    pub(crate) fn next_cut(&mut self) -> Option<Option<Cut<'t>>> {
        match &mut self.0 {
            Way::One(one) => one.take(),
            Way::Parsed(rest) => rest.next().map(|value| not_null(value.get()).map(Cut::unknown)),
            Way::Cut { raw, cutter, given } => {
                if cutter.take(b']') {
                    let empty = Vec::new().into_iter();
                    self.0 = Way::Parsed(empty);
                    return None;
                }
                let separated = *given == 0 || cutter.take(b',');
                if let Some(cut) = separated.then(|| cutter.value()).flatten() {
                    *given += 1;
                    return Some(not_null(cut.text).map(|_| cut));
                }
                *self = Self::parsed(raw, *given);
                self.next_cut()
            }
        }
    }

    /// The elements parsed by `serde_json`, for a list that the cutter gave up on.
    fn parsed(raw: &'t str, given: usize) -> Self {
        match serde_json::from_str::<Vec<&RawValue>>(raw) {
            Ok(list) => {
                let mut rest = list.into_iter();
                rest.by_ref().take(given).for_each(drop);
                Self(Way::Parsed(rest))
            }
            Err(_) if given == 0 => Self::one(Cut::unknown(raw)),
            Err(_) => Self(Way::One(None)),
        }
    }
}

impl<'t> Iterator for Elements<'t> {
    type Item = Option<&'t str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_cut().map(|element| element.map(|cut| cut.text))
    }
}
