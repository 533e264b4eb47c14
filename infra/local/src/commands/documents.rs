//! Reads a connection file of this machine, with the documents next to it.

use crate::commands::text_file;
use crate::output::Problem;
use crate::place::{Kind, Place};
use causeway_domain::definition::{Kind as FieldKind, Registered};
use causeway_runs::{ConnectionFile, read_connection};
use std::path::Path;

/// Reads the connection file and passes it to `then`; relative paths in it start at its folder.
pub(crate) async fn with<T>(
    file: &Path,
    then: impl AsyncFnOnce(&ConnectionFile<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let text = text_file::read(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let beside = |name: &str| text_file::read(folder.join(name)).map_err(|error| error.to_string());
    let place = format!("a file, relative to {}", shown(folder));
    let name = file.display().to_string();
    then(&ConnectionFile { name: &name, text: &text, beside: &beside, place: &place }).await
}

/// Reads the connection file and everything it refers to.
pub(crate) async fn read(place: &Place, file: &Path) -> Result<Registered, Problem> {
    with(file, async |connection| registered(place, file, connection).await).await
}

/// The definition to register. A home's output folder becomes absolute, so runs find it from anywhere; that of a stack
/// is a place in its bucket.
pub(crate) async fn registered(
    place: &Place,
    file: &Path,
    connection: &ConnectionFile<'_>,
) -> Result<Registered, Problem> {
    let mut registered = read_connection(&place.engine, connection).await?;
    let destination = &mut registered.definition.destination;
    let receiver = place.engine.connectors.catalog().receiver(destination)?;
    if let Kind::Home(_) = &place.kind {
        for (field, named) in receiver.texts(destination, |kind| matches!(kind, FieldKind::Folder)) {
            let folder = file.parent().unwrap_or(Path::new("")).join(named);
            let absolute = std::path::absolute(folder);
            let absolute = absolute.map_err(|error| Problem::file(file, "find its folder", &error))?;
            destination.set(&field, &absolute.display().to_string());
        }
    }
    Ok(registered)
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "this folder".to_owned() } else { folder.display().to_string() }
}
