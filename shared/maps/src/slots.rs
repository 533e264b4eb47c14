//! Reads one record: keeps the JSON text of the fields a map needs, skips the others.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Wire names with their slots. Names are told apart by length first, which settles most of them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    by_length: Vec<Vec<usize>>,
}

impl Names {
    /// The slot of `name`, a new one if it has none.
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

    /// Fills `slots`; of two fields with one name the last counts, and `null` is no value.
    pub(crate) fn read<'de>(
        &self,
        record: &'de str,
        slots: &mut Vec<Option<&'de str>>,
    ) -> serde_json::Result<()> {
        slots.clear();
        slots.resize(self.names.len(), None);
        let mut deserializer = serde_json::Deserializer::from_str(record);
        deserializer.deserialize_map(Fill { names: self, slots })?;
        deserializer.end()
    }
}

struct Fill<'n, 's, 'de> {
    names: &'n Names,
    slots: &'s mut [Option<&'de str>],
}

impl<'de> Visitor<'de> for Fill<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(slot) = map.next_key_seed(SlotOf(self.names))? {
            match slot.and_then(|slot| self.slots.get_mut(slot)) {
                Some(place) => {
                    let value: &'de RawValue = map.next_value()?;
                    *place = crate::json::not_null(value.get());
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
