//! Versions of own maps: everybody who saves gets one of their own, and none ever changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use causeway_domain::definition::Registered;
use causeway_domain::{Definition, MapName, MapReference};
use causeway_local::Home;
use causeway_runs::OwnMaps;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

fn name() -> MapName {
    MapName::parse("plant").unwrap()
}

fn newest() -> MapReference {
    MapReference::parse("plant").unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn those_who_save_at_once_are_all_kept(savers in 2..6_usize, saves in 1..5_usize) {
        let folder = TempDir::new().unwrap();
        let home = Home::open(folder.path()).unwrap();
        block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for saver in 0..savers {
                let objects = home.objects();
                tasks.spawn(async move {
                    let mut saved = Vec::new();
                    for save in 0..saves {
                        let text = format!("saver {saver}, save {save}");
                        let version = OwnMaps(&objects).save(&name(), &text).await.unwrap();
                        saved.push((version, text));
                    }
                    saved
                });
            }
            let saved: Vec<_> = tasks.join_all().await.concat();
            let numbers: BTreeSet<u32> = saved.iter().map(|(version, _)| version.version).collect();
            let count = u32::try_from(savers * saves).unwrap();
            assert_eq!(numbers, (1..=count).collect(), "distinct and without gaps");
            let objects = home.objects();
            for (version, text) in saved {
                let reference = MapReference { name: name(), version: Some(version.version) };
                let found = OwnMaps(&objects).load(&reference).await.unwrap();
                assert_eq!((found.version, found.text), (version, text));
            }
            assert_eq!(OwnMaps(&objects).load(&newest()).await.unwrap().version.version, count);
        });
    }
}

#[test]
fn a_connection_is_told_which_version_is_newer_than_its_own() {
    let folder = TempDir::new().unwrap();
    let objects = Home::open(folder.path()).unwrap().objects();
    let own = OwnMaps(&objects);
    block_on(async {
        let first = own.save(&name(), "one").await.unwrap();
        let toml = "name = \"a\"\n[source.claroty-xdome]\napi_url = \"https://x.test\"\napi_token_secret = \"t\"\n\
                    maps.asset = \"plant\"\nmaps.finding = \"plant@1\"\n[destination.files]\nfolder = \"out\"";
        let both = ["plant", "plant@1"];
        let registered = Registered {
            definition: Definition::parse(toml, "a.toml", causeway_connectors::catalog()).unwrap(),
            documents: both.map(|name| (name.to_owned(), "one".to_owned())).into(),
            versions: BTreeMap::from(both.map(|name| (name.to_owned(), first.clone()))),
        };
        assert_eq!(own.newest_for(&registered).await.unwrap(), (registered.clone(), vec![]));
        let second = own.save(&name(), "two").await.unwrap();
        let (newer, changed) = own.newest_for(&registered).await.unwrap();
        assert_eq!(changed, ["plant"], "a version that is named stays");
        assert_eq!((newer.document("plant").unwrap(), newer.document("plant@1").unwrap()), ("two", "one"));
        assert_eq!(newer.versions["plant"], second);
        let names: Vec<_> = newer
            .maps(causeway_connectors::catalog())
            .into_iter()
            .map(|map| (map.role, map.version))
            .collect();
        assert_eq!(names, [("assets", Some(2)), ("findings", Some(1))]);

        assert_eq!(own.delete(&name()).await.unwrap(), 2);
        assert_eq!(
            own.newest_for(&newer).await.unwrap(),
            (newer.clone(), vec![]),
            "in force as it was applied"
        );
        let gone = own.load(&newest()).await.unwrap_err();
        assert_eq!(gone.to_string(), "map plant: there is no own map of that name; there are none yet");
    });
}
