//! The suite for receivers, kept by the files destination.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

use causeway_conformance::{Api, Kept, KeptAsset, KeptFinding, Ports, ReceiverDriver};
use causeway_domain::definition::Registered;
use causeway_files::Files;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

struct Folder(TempDir);

/// Lines of all files below `folder` whose names start with `start`.
fn lines(folder: &Path, start: &str) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(lines(&path, start));
        } else if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)) {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    found
}

fn text(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap().to_owned()
}

impl ReceiverDriver for Folder {
    type Receiver = Files;

    const API: Option<Api> = None;

    async fn start() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn build(&self, _: &str, ports: &Ports) -> Files {
        let registered: Registered = serde_json::from_value(json!({
            "definition": {
                "name": "plant-north",
                "source": { "claroty-xdome": { "api_url": "https://api.example.test", "api_token_secret": "token" } },
                "destination": { "files": { "folder": self.0.path() } },
            },
            "documents": {},
        }))
        .unwrap();
        Files::new(&registered, Arc::clone(&ports.clock)).unwrap()
    }

    fn kept(&self) -> Kept {
        let assets = lines(self.0.path(), "assets-").into_iter().map(|line| {
            (
                text(&line, "asset"),
                KeptAsset { content: line["document"].to_string(), ..KeptAsset::default() },
            )
        });
        let mut kept: Kept = assets.collect();
        for line in lines(self.0.path(), "findings-") {
            let document = &line["document"];
            let arrived = KeptFinding {
                closed: document["status"] != "open",
                closed_on: document["lastFixedOn"].as_str().map(str::to_owned),
                content: document.to_string(),
            };
            kept.entry(text(&line, "asset")).or_default().findings.insert(text(&line, "finding"), arrived);
        }
        kept
    }
}

causeway_conformance::receiver_suite!(Folder);
