//! `map check`.

use super::document::Document;
use super::studio::Studio;
use crate::output::{Problem, Screen};

use crate::process::Ending;

pub(super) async fn check(studio: &Studio, screen: &Screen, wanted: &str) -> Result<Ending, Problem> {
    let found = studio.find(wanted).await?;
    let document = Document::checked(&found.label, &found.text)?;
    let (label, rows) = (found.label, document.row_count());
    screen.show(&document.shown(&label, None, false), || format!("{label}: {rows} rows, no mistakes"))?;
    Ok(Ending::Done)
}
