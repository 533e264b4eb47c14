//! What Causeway knows of a connector or receiver without knowing the vendor: its documented fields, what ships with it,
//! and the facts that its settings state.

use super::field::{Field, Kind};
use super::scope_filter::ScopeFilter;
use super::{Definition, Settings};
use crate::{Failure, FailureKind, Stream};
use serde::de::DeserializeOwned;

/// A connector or receiver; `F` are the facts that its settings state.
#[derive(Debug)]
pub struct Descriptor<F: 'static> {
    /// Its name in definitions.
    pub name: &'static str,
    /// Its name in the product text.
    pub title: &'static str,
    /// Its settings.
    pub fields: &'static [Field<'static>],
    /// Names and texts of the maps or profiles that ship with it.
    pub shipped: &'static [(&'static str, &'static str)],
    /// Reads the facts of its settings.
    pub facts: fn(&Settings) -> Result<F, Failure>,
}

/// What every connector says of a connection's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    /// Where it reads.
    pub address: String,
    /// Whose records these are, where one address serves several customers.
    pub account: String,
    /// The streams it reads.
    pub streams: &'static [Stream],
    /// What it asks the vendor for.
    pub scope: ScopeFilter,
    /// Requests per second over all workers.
    pub requests_per_second: u32,
}

/// What every receiver says of a connection's destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverFacts {
    /// The part of the receiver in which assets with one id are one asset, if it is divided.
    pub connector: Option<String>,
    /// Where what is sent arrives.
    pub account: String,
}

/// A connector, which makes sources.
pub type ConnectorDescriptor = Descriptor<SourceFacts>;

/// A receiver, which makes destinations.
pub type ReceiverDescriptor = Descriptor<ReceiverFacts>;

/// A document that settings refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentReference {
    /// Dotted path of the field that names it, from the top of the file.
    pub field: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub purpose: Purpose,
    /// Documents that may be meant besides own ones and files; none for a certificate.
    pub shipped: &'static [(&'static str, &'static str)],
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Transform map of a stream.
    Map(Stream),
    /// Target profile.
    Profile,
    /// Certificate authority.
    Certificate,
}

impl Purpose {
    /// As views call it: `assets`, `findings`, `destination`; none for a certificate.
    pub fn role(self) -> Option<&'static str> {
        match self {
            Self::Map(Stream::Assets) => Some("assets"),
            Self::Map(Stream::Findings) => Some("findings"),
            Self::Profile => Some("destination"),
            Self::Certificate => None,
        }
    }
}

impl<F> Descriptor<F> {
    /// The settings in their normal form: all fields in order, presets included.
    #[must_use]
    pub fn completed(&self, settings: &Settings) -> Settings {
        settings.completed(self.fields)
    }

    /// What its own crate makes of `settings`, presets included.
    ///
    /// # Errors
    /// `DefinitionInvalid` for the settings of another connector or receiver, or values that no check lets through.
    pub fn typed<T: DeserializeOwned>(&self, settings: &Settings) -> Result<T, Failure> {
        if settings.name() == self.name {
            return settings.typed(self.fields);
        }
        let detail = format!("they are those of {:?}", settings.name());
        Err(Failure::new(FailureKind::DefinitionInvalid, format!("settings of {}", self.name), detail))
    }

    /// Texts of the fields of some kinds, with the dotted paths of those fields.
    pub fn texts(&self, settings: &Settings, wanted: impl Fn(&Kind<'_>) -> bool) -> Vec<(String, String)> {
        let completed = self.completed(settings);
        let mut paths = Vec::new();
        each(self.fields, "", &mut |path, field| {
            if wanted(&field.kind) {
                paths.push(path.to_owned());
            }
        });
        let text = |path: String| {
            let text = completed.get(&path)?.as_str()?.to_owned();
            Some((path, text))
        };
        paths.into_iter().filter_map(text).collect()
    }

    fn documents(&self, settings: &Settings, side: &str) -> Vec<DocumentReference> {
        let mut purposes = Vec::new();
        each(self.fields, "", &mut |path, field| match field.kind {
            Kind::Map(stream) => purposes.push((path.to_owned(), Purpose::Map(stream))),
            Kind::Profile => purposes.push((path.to_owned(), Purpose::Profile)),
            Kind::Certificate => purposes.push((path.to_owned(), Purpose::Certificate)),
            _ => {}
        });
        let completed = self.completed(settings);
        let reference = |(path, purpose): (String, Purpose)| {
            let name = completed.get(&path)?.as_str()?.to_owned();
            let field = format!("{side}.{}.{path}", self.name);
            let shipped = if purpose == Purpose::Certificate { &[] } else { self.shipped };
            Some(DocumentReference { field, name, purpose, shipped })
        };
        purposes.into_iter().filter_map(reference).collect()
    }
}

/// Visits the fields of `table` and of the tables in it, with their dotted paths.
pub(super) fn each(table: &[Field<'_>], path: &str, visit: &mut dyn FnMut(&str, &Field<'_>)) {
    for field in table {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        match field.kind {
            Kind::Table(inner) => each(inner, &path, visit),
            _ => visit(&path, field),
        }
    }
}

/// Every connector and receiver that a program knows.
#[derive(Debug)]
pub struct Catalog {
    /// The connectors.
    pub connectors: Vec<&'static ConnectorDescriptor>,
    /// The receivers.
    pub receivers: Vec<&'static ReceiverDescriptor>,
}

impl Catalog {
    /// The connector of these settings.
    ///
    /// # Errors
    /// `DefinitionInvalid` when this program has none of that name.
    pub fn connector(&self, source: &Settings) -> Result<&'static ConnectorDescriptor, Failure> {
        find(&self.connectors, "connector", source.name())
    }

    /// The receiver of these settings.
    ///
    /// # Errors
    /// `DefinitionInvalid` when this program has none of that name.
    pub fn receiver(&self, destination: &Settings) -> Result<&'static ReceiverDescriptor, Failure> {
        find(&self.receivers, "receiver", destination.name())
    }

    /// Facts of a source.
    ///
    /// # Errors
    /// `DefinitionInvalid` for an unknown connector or settings that cannot be read.
    pub fn source(&self, definition: &Definition) -> Result<SourceFacts, Failure> {
        (self.connector(&definition.source)?.facts)(&definition.source)
    }

    /// Facts of a destination.
    ///
    /// # Errors
    /// `DefinitionInvalid` for an unknown receiver or settings that cannot be read.
    pub fn destination(&self, definition: &Definition) -> Result<ReceiverFacts, Failure> {
        (self.receiver(&definition.destination)?.facts)(&definition.destination)
    }

    /// The definition with all settings in their normal form.
    #[must_use]
    pub fn completed(&self, definition: &Definition) -> Definition {
        let mut completed = definition.clone();
        if let Ok(connector) = self.connector(&definition.source) {
            completed.source = connector.completed(&definition.source);
        }
        if let Ok(receiver) = self.receiver(&definition.destination) {
            completed.destination = receiver.completed(&definition.destination);
        }
        completed
    }

    /// Names of the secrets that a connection reads.
    pub fn secrets(&self, definition: &Definition) -> Vec<String> {
        let secret = |kind: &Kind<'_>| matches!(kind, Kind::SecretName);
        let source = self.connector(&definition.source).map(|known| known.texts(&definition.source, secret));
        let destination =
            self.receiver(&definition.destination).map(|known| known.texts(&definition.destination, secret));
        let both = source.into_iter().chain(destination).flatten();
        let mut names: Vec<String> = both.map(|(_, name)| name).collect();
        names.dedup();
        names
    }

    /// The documents that a connection refers to.
    pub fn documents(&self, definition: &Definition) -> Vec<DocumentReference> {
        let Definition { source, destination, .. } = definition;
        let of_source = self.connector(source).map(|known| known.documents(source, "source"));
        let of_destination =
            self.receiver(destination).map(|known| known.documents(destination, "destination"));
        of_source.into_iter().chain(of_destination).flatten().collect()
    }

    /// All maps and profiles that ship, by name.
    pub fn shipped(&self) -> Vec<(&'static str, &'static str)> {
        let maps = self.connectors.iter().flat_map(|connector| connector.shipped);
        maps.chain(self.receivers.iter().flat_map(|receiver| receiver.shipped)).copied().collect()
    }
}

fn find<F>(
    known: &[&'static Descriptor<F>],
    what: &str,
    name: &str,
) -> Result<&'static Descriptor<F>, Failure> {
    known.iter().find(|descriptor| descriptor.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|descriptor| descriptor.name).collect();
        let detail = format!("this version of Causeway has none of that name; it has {}", names.join(", "));
        Failure::new(FailureKind::DefinitionInvalid, format!("{what} {name:?}"), detail)
    })
}
