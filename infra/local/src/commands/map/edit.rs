//! `map clone` and `map edit`: creating own maps and their versions.

use super::document::Document;
use super::draft::Draft;
use super::list::{Use, uses};
use super::studio::{Studio, own_name};
use crate::commands::text_file;
use crate::output::{Problem, Screen};
use crate::place::Place;
use crate::process::Ending;
use causeway_domain::{MapReference, MapVersion};
use causeway_runs::{OwnMaps, SavedMap};
use causeway_views::numbers::counted;
use serde::Serialize;
use std::path::Path;

/// A map that was not changed, as data.
#[derive(Debug, Serialize)]
struct Kept<'a> {
    map: &'a str,
    version: u32,
    changed: bool,
}

/// A saved version, as data.
#[derive(Debug, Serialize)]
struct Saved {
    map: String,
    version: u32,
    hash: String,
    rows: usize,
    used_by: Vec<Use>,
}

pub(super) async fn clone(
    studio: &Studio,
    screen: &Screen,
    wanted: &str,
    new: &str,
) -> Result<Ending, Problem> {
    let new = own_name(new)?;
    let found = studio.find(wanted).await?;
    let text = causeway_maps::renamed(&found.text, new.as_str());
    let document = Document::checked(&found.label, &text)?;
    let place = studio.place().await?;
    let own = OwnMaps(place.engine.objects.as_ref());
    if own.find(&MapReference { name: new.clone(), version: None }).await?.is_some() {
        let help = format!("Choose another name, or change it with `causeway map edit {new}`.");
        return Err(Problem::input(format!("map {new}"), "already exists", help));
    }
    let version = own.save(&new, &text).await?;
    tell(&place, screen, &SavedMap { name: new.clone(), version, text }, &document).await?;
    screen.note(&format!(
        "Next: `causeway map edit {new}`, then name it in `maps` of a connection file as \"{new}\"."
    ));
    Ok(Ending::Done)
}

pub(super) async fn edit(
    studio: &Studio,
    screen: &Screen,
    name: &str,
    from_file: Option<&Path>,
) -> Result<Ending, Problem> {
    let name = own_name(name)?;
    let place = studio.place().await?;
    let own = OwnMaps(place.engine.objects.as_ref());
    let newest = own.load(&MapReference { name: name.clone(), version: None }).await?;
    let edited = match from_file {
        Some(file) => {
            let text = text_file::read(file).map_err(|error| Problem::file(file, "read it", &error))?;
            accept(&newest, &file.display().to_string(), &text)?.map(|document| (text, document))
        }
        None => match Draft::of(&newest)?.until_good(screen, |label, text| accept(&newest, label, text))? {
            Some(edited) => edited,
            None => return Ok(Ending::Refused),
        },
    };
    let Some((text, document)) = edited else {
        let MapVersion { version, .. } = newest.version;
        let kept = Kept { map: name.as_str(), version, changed: false };
        screen.show(&kept, || format!("Nothing changed: map {name} stays at v{version}."))?;
        return Ok(Ending::Done);
    };
    let version = own.save(&name, &text).await?;
    let began = newest.version.version;
    if version.version != began + 1 {
        screen.note(&format!(
            "Someone else saved v{} meanwhile. Yours is based on v{began} and lacks these changes.",
            version.version - 1
        ));
    }
    tell(&place, screen, &SavedMap { name: name.clone(), version: version.clone(), text }, &document).await?;
    screen.note(&format!(
        "See the changes with `causeway map diff {name}@{began} {name}@{} --page FILE`.",
        version.version
    ));
    Ok(Ending::Done)
}

/// The document of an edited text; `None` when nothing changed.
fn accept(before: &SavedMap, label: &str, text: &str) -> Result<Option<Document>, Problem> {
    if text == before.text {
        return Ok(None);
    }
    let document = Document::checked(label, text)?;
    let streams =
        |document: &Document| -> Vec<_> { document.sections.iter().map(|section| section.stream).collect() };
    let old = Document::read(before.name.as_str(), &before.text).ok();
    if let Some(old) = old.filter(|old| old.kind != document.kind || streams(old) != streams(&document)) {
        let records = old.sections.first().map(|section| section.stream.to_string()).unwrap_or_default();
        let detail = format!("a version of this map is a {} for {records}, as the first one was", old.kind);
        return Err(Problem::input(label, detail, "Make another map with `causeway map clone FILE NEW`."));
    }
    Ok(Some(document))
}

/// Reports the saved version and how to put it in force.
async fn tell(place: &Place, screen: &Screen, saved: &SavedMap, document: &Document) -> Result<(), Problem> {
    let SavedMap { name, version, .. } = saved;
    let used_by = uses(place).await?.remove(name.as_str()).unwrap_or_default();
    let data = Saved {
        map: name.to_string(),
        version: version.version,
        hash: version.hash.clone(),
        rows: document.row_count(),
        used_by,
    };
    screen.show(&data, || {
        let rows = counted(data.rows as u64, "row", "rows");
        format!("Map {name}: {version} saved ({rows}, hash {}).", version.hash)
    })?;
    if !data.used_by.is_empty() {
        let users: Vec<String> = data.used_by.iter().map(Use::in_words).collect();
        screen.note(&format!(
            "Used by {}. Runs keep using the version in parentheses until the connection is applied again:\n  \
             causeway connection apply FILE",
            users.join(", ")
        ));
    }
    Ok(())
}
