//! Reader of one record: keeps the JSON text of the fields a map needs and skips the others.

use crate::json::{Cut, Cutter, not_null};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Wire names with their slots. Names are compared by length first, which distinguishes most of them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    by_length: Vec<Vec<usize>>,
}

impl Names {
    /// The slot of `name`; creates one if it has none.
    pub(crate) fn intern(&mut self, name: &str) -> usize {
        if let Some(slot) = self.slot(name) {
            return slot;
        }
        let slot = self.names.len();
        self.names.push(name.to_owned());
        if self.by_length.len() <= name.len() {
            self.by_length.resize(name.len() + 1, Vec::new());
        }
        if let Some(same_length) = self.by_length.get_mut(name.len()) {
            same_length.push(slot);
        }
        slot
    }

    pub(crate) fn slot(&self, name: &str) -> Option<usize> {
        let same_length = self.by_length.get(name.len())?;
        same_length.iter().copied().find(|slot| self.names.get(*slot).is_some_and(|known| known == name))
    }

    pub(crate) fn as_slice(&self) -> &[String] {
        &self.names
    }

    /// Fills `slots` with the fields of `record`. The last of two fields with the same name counts, and `null` counts
    /// as absent.
    pub(crate) fn read<'de>(
        &self,
        record: &'de str,
        slots: &mut Vec<Option<Cut<'de>>>,
        before: &mut Shape<'de>,
    ) -> serde_json::Result<()> {
        let mut cutter = Cutter::new(record);
        if self.cut(&mut cutter, slots, before).is_some() && cutter.at_end() {
            return Ok(());
        }
        self.empty(slots);
        before.repeated.clear();
        let mut deserializer = serde_json::Deserializer::from_str(record);
        deserializer.deserialize_map(Fill { names: self, slots, repeated: &mut before.repeated })?;
        deserializer.end()
    }

    /// The same for the object at the position of `cutter`, which probably resembles the previous one. `None` when it
    /// cannot be cut; the content of `slots` is then undefined.
    pub(crate) fn cut<'t>(
        &self,
        cutter: &mut Cutter<'t>,
        slots: &mut Vec<Option<Cut<'t>>>,
        before: &mut Shape<'t>,
    ) -> Option<()> {
        self.empty(slots);
        before.repeated.clear();
        if !cutter.take(b'{') {
            return None;
        }
        if cutter.take(b'}') {
            return Some(());
        }
        for number in 0.. {
            let slot = before.slot(number, self, cutter)?;
            let value = cutter.value()?;
            if let Some(slot) = slot
                && let Some(place) = slots.get_mut(slot)
            {
                if place.is_some() {
                    before.repeated.push(slot);
                }
                *place = not_null(value.text).map(|_| value);
            }
            if cutter.take(b'}') {
                break;
            }
            if !cutter.take(b',') {
                return None;
            }
        }
        Some(())
    }

    fn empty(&self, slots: &mut Vec<Option<Cut<'_>>>) {
        slots.clear();
        slots.resize(self.names.len(), None);
    }
}

/// The names of the previous object, each as text up to its colon, with their slots. Objects of one list nearly always
/// have the same names in the same order, and comparing is faster than parsing a name and finding its slot.
#[derive(Debug, Default)]
pub(crate) struct Shape<'t> {
    names: Vec<(&'t str, Option<usize>)>,
    /// Slots of the current object that were filled more than once.
    repeated: Vec<usize>,
}

impl<'t> Shape<'t> {
    /// Whether the current object has a field more than once; the last one counts.
    pub(crate) fn repeats(&self, slot: usize) -> bool {
        self.repeated.contains(&slot)
    }

    /// Moves past the name of member `number` and returns its slot.
    #[inline]
    fn slot(&mut self, number: usize, names: &Names, cutter: &mut Cutter<'t>) -> Option<Option<usize>> {
        match self.names.get(number) {
            Some((text, slot)) if cutter.take_text(text) => Some(*slot),
            _ => {
                let start = cutter.position();
                let slot = names.slot(cutter.name()?);
                self.names.truncate(number);
                self.names.push((cutter.since(start)?, slot));
                Some(slot)
            }
        }
    }
}

struct Fill<'n, 's, 'de> {
    names: &'n Names,
    slots: &'s mut [Option<Cut<'de>>],
    repeated: &'s mut Vec<usize>,
}

impl<'de> Visitor<'de> for Fill<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(slot) = map.next_key_seed(SlotOf(self.names))? {
            match slot.and_then(|slot| Some((slot, self.slots.get_mut(slot)?))) {
                Some((slot, place)) => {
                    if place.is_some() {
                        self.repeated.push(slot);
                    }
                    let value: &'de RawValue = map.next_value()?;
                    *place = not_null(value.get()).map(Cut::unknown);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct SlotOf<'n>(&'n Names);

impl<'de> DeserializeSeed<'de> for SlotOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for SlotOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.slot(name))
    }
}
