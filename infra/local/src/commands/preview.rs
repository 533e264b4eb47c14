//! `preview CONNECTION`.

use super::documents;
use crate::arguments::PreviewArgs;
use crate::output::{Problem, Screen, preview};
use crate::place::{Kind, Place};
use crate::process::{Ending, Interrupt};
use causeway_domain::ConnectionName;
use causeway_domain::definition::Registered;
use causeway_local::Home;
use causeway_runs::{OwnMaps, PreviewRequest};
use causeway_views::{PreviewAccount, forecast};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) async fn answer(
    place: &Place,
    screen: &Screen,
    arguments: PreviewArgs,
) -> Result<Ending, Problem> {
    let name = ConnectionName::parse(&arguments.connection)?;
    let instead = match arguments.with.as_deref() {
        Some(file) => Some(other(place, file, &name).await?),
        None => with_newest_maps(place, screen, &name).await?,
    };
    let request = PreviewRequest {
        pages: (!arguments.all).then_some(arguments.pages),
        records: arguments.records,
        instead,
    };
    let folder = scratch(place)?;
    let scratch = Arc::new(Home::open(&folder.path().join("scratch"))?.objects());
    let bar = bar(screen);
    let watch = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let mut interrupt = Interrupt::listen();
    let preview = tokio::select! {
        preview = causeway_runs::preview(&place.engine, scratch, &name, &request, &watch) => preview?,
        () = interrupt.asked() => {
            bar.finish_and_clear();
            return Ok(Ending::Interrupted);
        }
    };
    bar.finish_and_clear();
    let forecast = forecast(&preview, place.engine.connectors.catalog())?;
    let told = PreviewAccount::of(&preview, forecast);
    screen.show(&told, || preview::text(screen, &preview, &forecast))?;
    Ok(Ending::Done)
}

/// A folder next to the home's objects, for the same free space. It is removed in any case.
fn scratch(place: &Place) -> Result<TempDir, Problem> {
    let beside = match &place.kind {
        Kind::Home(home) => home.folder.path().to_owned(),
        Kind::Stack(_) => std::env::temp_dir(),
    };
    let folder = tempfile::Builder::new().prefix("causeway-preview-").tempdir_in(&beside);
    folder.map_err(|error| Problem::file(&beside, "make a folder in it", &error))
}

fn bar(screen: &Screen) -> ProgressBar {
    let target = if screen.has_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    match ProgressStyle::with_template("{prefix:>30} {bar:32} {human_pos}/{human_len}") {
        Ok(style) => bar.with_style(style).with_prefix("pages read"),
        Err(_) => bar,
    }
}

/// The definition in force with newer versions of its own maps, if there are any, so that their effect is seen
/// in the preview before the destination gets it.
async fn with_newest_maps(
    place: &Place,
    screen: &Screen,
    name: &ConnectionName,
) -> Result<Option<Registered>, Problem> {
    let in_force = causeway_runs::load(&place.engine, name).await?.registered;
    let own = OwnMaps(place.engine.objects.as_ref());
    let (newest, changed) = own.newest_for(&in_force).await?;
    for map in &changed {
        let version = |registered: &Registered| registered.versions.get(map).map(ToString::to_string);
        let (old, new) = (version(&in_force).unwrap_or_default(), version(&newest).unwrap_or_default());
        screen.note(&format!(
            "Shown with {new} of map {map}. Runs use {old} until `causeway connection apply FILE` puts {new} in force."
        ));
    }
    Ok((!changed.is_empty()).then_some(newest))
}

/// The definition in `file`, which must be one of the same connection.
async fn other(place: &Place, file: &Path, name: &ConnectionName) -> Result<Registered, Problem> {
    let registered = documents::read(place, file).await?;
    if registered.definition.name == *name {
        return Ok(registered);
    }
    let detail = format!("is the connection {}, not {name}", registered.definition.name);
    Err(Problem::input(file.display().to_string(), detail, "Name a file of the same connection."))
}
