//! `map delete`.

use super::list::{Use, uses};
use super::studio::{Studio, own_name};
use crate::output::{Problem, Screen};
use crate::process::Ending;
use causeway_domain::MapReference;
use causeway_runs::OwnMaps;
use causeway_views::numbers::counted;
use serde::Serialize;

/// A map that was deleted.
#[derive(Serialize)]
struct Deleted<'a> {
    map: &'a str,
    /// How many there were.
    deleted_versions: usize,
}

/// Deletes an unused map. Recreating a map in use would change the meaning of `name@1`.
pub(super) async fn delete(studio: &Studio, screen: &Screen, name: &str) -> Result<Ending, Problem> {
    let name = own_name(name)?;
    let place = studio.place().await?;
    let own = OwnMaps(place.engine.objects.as_ref());
    own.load(&MapReference { name: name.clone(), version: None }).await?;
    if let Some(users) = uses(&place).await?.get(name.as_str()) {
        let users: Vec<String> = users.iter().map(Use::in_words).collect();
        let help = "Name another map in its connection file and apply it, or delete the connection.";
        let detail = format!("is used by {}", users.join(", "));
        return Err(Problem::input(format!("map {name}"), detail, help));
    }
    let versions = own.delete(&name).await?;
    screen.show(&Deleted { map: name.as_str(), deleted_versions: versions }, || {
        format!("Map {name} deleted, with {}.", counted(versions as u64, "version", "versions"))
    })?;
    Ok(Ending::Done)
}
