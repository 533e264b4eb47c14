//! The explanation of a verdict as text.

use causeway_views::{Explanation, words};
use std::fmt::Write;

/// All explanations, one paragraph each.
pub(crate) fn text(explanations: &[Explanation]) -> String {
    let paragraphs: Vec<String> = explanations.iter().map(paragraph).collect();
    paragraphs.join("\n\n")
}

fn paragraph(one: &Explanation) -> String {
    let subject = if one.key.finding.is_empty() {
        format!("Asset {}", one.key.asset)
    } else {
        format!("Finding {} of asset {}", one.key.finding, one.key.asset)
    };
    let mut text = format!("{subject}: {}, {}.", one.verdict, words::meaning(one.verdict));
    for sentence in &one.sentences {
        let _ = write!(text, "\n  {:<12}{}", format!("{}:", sentence.about), sentence.text);
    }
    if let Some(sent) = &one.sent {
        let _ = write!(text, "\n  {:<12}{}", "Document:", sent.document);
    }
    text
}
