//! A connection from one to the other, known to Causeway by the list alone.

use crate::engine::{LIST, Machine};
use causeway_domain::Outcome;
use causeway_domain::definition::{Definition, Registered};
use causeway_domain::plan::Verdict;
use causeway_runs::register;

mod sensors {
    include!(concat!(env!("OUT_DIR"), "/source/tests/conformance/simulator.rs"));
}

mod board {
    include!(concat!(env!("OUT_DIR"), "/receiver/tests/conformance/simulator.rs"));
}

/// The connection file, as a person writes it.
fn definition(source: &str, destination: &str) -> Definition {
    let text = format!(
        "name = \"plant\"\n[source.acme-sensors]\napi_url = \"{source}\"\napi_token_secret = \"sensors\"\npage_size = 20\n\
         [destination.acme-board]\napi_url = \"{destination}\"\napi_token_secret = \"board\"\n"
    );
    Definition::parse(&text, "plant.toml", LIST.catalog()).unwrap()
}

#[tokio::test]
async fn what_the_guides_build_runs_from_end_to_end() {
    let (acme, board) = (sensors::Acme::with_sensors(50).await, board::Board::empty().await);
    let folder = tempfile::tempdir().unwrap();
    let secrets = [("sensors", sensors::TOKEN), ("board", board::TOKEN)];
    let machine = Machine::new(folder.path(), &secrets).await;
    let definition = definition(&acme.address, &board.address);
    let name = definition.name.clone();
    let documents = causeway_guide_source::CONNECTOR.descriptor.shipped.iter();
    let documents = documents.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let registered = Registered { definition, documents, versions: Default::default() };
    register(&machine.engine, &registered).await.unwrap();

    let first = machine.run(&name).await;
    assert_eq!((first.outcome, first.reasons), (Outcome::Complete, vec![]));
    assert_eq!(first.assets.of(Verdict::New), 50);
    let kept = board.items.lock().unwrap().clone();
    assert_eq!(kept.len(), 50);
    let asset: serde_json::Value = serde_json::from_str(&kept["1000"].content).unwrap();
    assert_eq!((&asset["serialNumber"], &asset["externalId"]), (&"AC-1000".into(), &"1000".into()));

    acme.sensors.lock().unwrap().remove(&1000);
    acme.sensors.lock().unwrap().insert(1, sensors::sensor(1));
    let second = machine.run(&name).await;
    assert_eq!((second.outcome, second.reasons), (Outcome::Complete, vec![]));
    let counts = [Verdict::New, Verdict::Gone, Verdict::Unchanged].map(|verdict| second.assets.of(verdict));
    assert_eq!(counts, [1, 1, 49], "one came, one was asked for and is gone");
    assert_eq!(board.items.lock().unwrap().len(), 51, "only the new one was sent, and none was taken away");
}
