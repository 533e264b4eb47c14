//! The three maps of a profile file, extracted line by line, so that a mistake is reported with its line.

use causeway_maps::{MapErrors, Mistake};

/// Sections with the stream their maps are for.
const SECTIONS: [(&str, &str); 3] = [("asset", "assets"), ("attributes", "assets"), ("finding", "findings")];

/// The texts of the maps in a profile.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(crate) asset: String,
    pub(crate) attributes: Option<String>,
    pub(crate) finding: String,
}

impl Sections {
    /// Splits the profile `text`. Lines before the first section belong to all maps. `[asset]` becomes the map's `stream`,
    /// and `[[asset.row]]` its `[[row]]`.
    pub(crate) fn of(file: &str, text: &str) -> Result<Self, MapErrors> {
        let [asset, attributes, finding] = SECTIONS.map(|(name, stream)| section(text, name, stream));
        match (asset, finding) {
            (Some(asset), Some(finding)) => Ok(Self { asset, attributes, finding }),
            (asset, finding) => {
                let named = [("asset", asset.is_none()), ("finding", finding.is_none())];
                let missing = named.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| Mistake {
                    line: 1,
                    row: None,
                    path: name.to_owned(),
                    message: format!("the section is missing; a profile has [asset], [finding] and, if needed, [attributes]; write [{name}]"),
                });
                Err(MapErrors { file: file.to_owned(), mistakes: missing.collect() })
            }
        }
    }
}

/// The map `wanted`; `None` if its section is missing.
fn section(text: &str, wanted: &str, stream: &str) -> Option<String> {
    let (mut kept, mut found) = (true, false);
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let header = header(line);
        if let Some((name, _)) = header {
            kept = name == wanted || !SECTIONS.iter().any(|(known, _)| *known == name);
        }
        match header {
            Some((name, "")) if name == wanted => {
                found = true;
                out.push_str(&format!("stream = {stream:?}"));
            }
            Some((name, _)) if name == wanted => out.push_str(&line.replacen(&format!("{name}."), "", 1)),
            _ if kept => out.push_str(line),
            _ => {}
        }
        out.push('\n');
    }
    found.then_some(out)
}

/// First name and rest of the table that `line` opens: `[[asset.row]]` → `asset` and `row`.
fn header(line: &str) -> Option<(&str, &str)> {
    let name = line.trim_start().strip_prefix('[')?.trim_start_matches('[');
    let (name, _) = name.split_once(']')?;
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    Some((first.trim(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "name = \"p\"\n[asset] # assets\n[[asset.row]]\nsource = \"a\"\n[attributes]\n[finding]\n\
                           [[finding.row]]\nsource = \"f\"\n[ finding.lookup.asset ]\nopen = 1\n";

    #[test]
    fn each_section_keeps_its_lines() {
        let Sections { asset, attributes, finding } = Sections::of("p.toml", PROFILE).unwrap();
        assert_eq!(asset, "name = \"p\"\nstream = \"assets\"\n[[row]]\nsource = \"a\"\n\n\n\n\n\n\n");
        assert_eq!(attributes.unwrap(), "name = \"p\"\n\n\n\nstream = \"assets\"\n\n\n\n\n\n");
        let rows = "stream = \"findings\"\n[[row]]\nsource = \"f\"\n[ lookup.asset ]\nopen = 1\n";
        assert_eq!(finding, format!("name = \"p\"\n\n\n\n\n{rows}"));
    }

    #[test]
    fn a_missing_section_is_named() {
        let errors = Sections::of("p.toml", "name = \"p\"\n[asset]\n[findings]\n").unwrap_err();
        let paths: Vec<&str> = errors.mistakes.iter().map(|mistake| mistake.path.as_str()).collect();
        assert_eq!(paths, ["finding"]);
    }
}
