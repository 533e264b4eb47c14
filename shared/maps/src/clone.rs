//! A map under another name.

use crate::json;
use toml::de::DeTable;

/// The text of a map or target profile with its `name` set to `name`; everything else, including comments, is
/// unchanged.
pub fn renamed(text: &str, name: &str) -> String {
    let (document, _) = DeTable::parse_recoverable(text);
    let Some(value) = document.get_ref().get("name") else { return text.to_owned() };
    let span = value.span();
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else {
        return text.to_owned();
    };
    let mut quoted = String::new();
    json::push_text(&mut quoted, name);
    format!("{before}{quoted}{after}")
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_the_name_of_the_map_changes() {
        let text = "# mine\nname   = 'old' # was\n[[row]]\nname = \"old\"\n[lookup.name]\nname = \"old\"\n";
        assert_eq!(renamed(text, "new"), text.replacen("'old'", "\"new\"", 1));
        assert_eq!(renamed("version = 1", "new"), "version = 1");
    }
}
