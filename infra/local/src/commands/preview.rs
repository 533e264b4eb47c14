//! `preview CONNECTION`.

use super::documents;
use crate::arguments::PreviewArgs;
use crate::machine::{Machine, Place};
use crate::output::{Problem, Screen, preview};
use crate::process::{Ending, Interrupt};
use causeway_domain::ConnectionName;
use causeway_domain::definition::Registered;
use causeway_local::Home;
use causeway_runs::{OwnMaps, PreviewRequest, forecast};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(super) async fn answer(
    machine: &Machine,
    screen: &Screen,
    arguments: PreviewArgs,
) -> Result<Ending, Problem> {
    let name = ConnectionName::parse(&arguments.connection)?;
    let instead = match arguments.with.as_deref() {
        Some(file) => Some(other(machine, file, &name).await?),
        None => with_newest_maps(machine, screen, &name).await?,
    };
    let request = PreviewRequest {
        pages: (!arguments.all).then_some(arguments.pages),
        records: arguments.records,
        instead,
    };
    let folder = scratch(machine)?;
    let scratch = Arc::new(Home::open(&folder.path().join("scratch"))?.objects());
    let bar = bar(screen);
    let watch = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let mut interrupt = Interrupt::listen();
    let preview = tokio::select! {
        preview = causeway_runs::preview(&machine.engine, scratch, &name, &request, &watch) => preview?,
        () = interrupt.asked() => {
            bar.finish_and_clear();
            return Ok(Ending::Interrupted);
        }
    };
    bar.finish_and_clear();
    let forecast = forecast(&preview);
    screen.show(&preview.data(&forecast), || preview::text(screen, &preview, &forecast))?;
    Ok(Ending::Done)
}

/// Beside the home's own objects, so that it has as much room; removed when this ends, however it ends.
fn scratch(machine: &Machine) -> Result<TempDir, Problem> {
    let beside = match &machine.place {
        Place::Home(local) => local.home.path().to_owned(),
        Place::Stack(_) => std::env::temp_dir(),
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

/// The definition in force with the newest versions of its own maps, if there are newer ones: what they do is seen
/// here before it is seen at the destination.
async fn with_newest_maps(
    machine: &Machine,
    screen: &Screen,
    name: &ConnectionName,
) -> Result<Option<Registered>, Problem> {
    let in_force = causeway_runs::load(&machine.engine, name).await?.registered;
    let own = OwnMaps(machine.engine.objects.as_ref());
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
async fn other(machine: &Machine, file: &Path, name: &ConnectionName) -> Result<Registered, Problem> {
    let registered = documents::read(machine, file).await?;
    if registered.definition.name == *name {
        return Ok(registered);
    }
    let detail = format!("is the connection {}, not {name}", registered.definition.name);
    Err(Problem::input(file.display().to_string(), detail, "Name a file of the same connection."))
}
