//! `map show`.

use super::document::{Document, Section};
use super::studio::{Origin, Studio};
use crate::output::{Problem, Screen};

use crate::process::Ending;

pub(super) async fn show(
    studio: &Studio,
    screen: &Screen,
    wanted: &str,
    toml: bool,
) -> Result<Ending, Problem> {
    let found = studio.find(wanted).await?;
    if toml {
        screen.show(&found.text, || found.text.clone())?;
        return Ok(Ending::Done);
    }
    let kept = found.label.rsplit_once('@').map(|(_, version)| format!("v{version}"));
    let kept = kept.filter(|_| matches!(found.origin, Origin::Own(_)));
    let sections = Document::read(&found.label, &found.text)?.shown(&found.label, kept.as_deref(), true);
    screen.show(&sections, || {
        let texts = sections.iter().map(|section| {
            let mut grid = screen.grid(&["row", "source", "target", "functions", "required"]);
            for row in &section.rows {
                grid.row([
                    row.row.to_string(),
                    row.source.clone(),
                    row.target.clone(),
                    row.functions.clone(),
                    if row.required { "required" } else { "" }.to_owned(),
                ]);
            }
            let Section { title, version, kind, stream, .. } = section;
            format!("{title}, version {version} ({kind}, {stream})\n{}", grid.right([0]))
        });
        texts.collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(Ending::Done)
}
