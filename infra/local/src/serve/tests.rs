//! Panics: work that panics in one connection is retried, and other connections continue.

use super::serve;
use crate::output::Event;
use crate::place::Place;
use crate::process::Interrupt;
use causeway_domain::definition::Registered;
use causeway_domain::{Failure, Outcome};
use causeway_ports::{Connectors, Destination, NamedTest, SecretText, Source};
use causeway_simulators::xdome::Token;
use causeway_simulators::{EtmConfig, EtmSimulator, XdomeConfig, XdomeSimulator};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::watch;

/// Panics at the first use of the source of `plant`, during a check, and at the third, for a page.
struct Panicking {
    shipped: Arc<dyn Connectors>,
    uses: AtomicU32,
}

impl Connectors for Panicking {
    fn catalog(&self) -> &causeway_domain::definition::Catalog {
        causeway_connectors::catalog()
    }

    fn source(&self, registered: &Registered) -> Result<Arc<dyn Source>, Failure> {
        if registered.definition.name.as_str() == "plant" {
            let used = self.uses.fetch_add(1, Ordering::Relaxed);
            assert!(used != 0 && used != 2, "as this test wants it");
        }
        self.shipped.source(registered)
    }

    fn destination(&self, registered: &Registered) -> Result<Arc<dyn Destination>, Failure> {
        self.shipped.destination(registered)
    }

    fn tests(&self, registered: &Registered) -> Result<Vec<NamedTest>, Failure> {
        self.shipped.tests(registered)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_a_look_or_in_a_message_is_the_affair_of_one_connection() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let vendor =
        XdomeSimulator::start(XdomeConfig { seed: 7, devices: 20, findings: 40, ..XdomeConfig::default() });
    let vendor = vendor.await.unwrap();
    let receiver = EtmSimulator::start(EtmConfig::default()).await.unwrap();
    let mut place = Place::at_home(&folder.path().join("home"), None).unwrap();
    place.secrets.set("xdome-token", &SecretText::from(Token::DEFAULT)).await.unwrap();
    place.secrets.set("etm-password", &SecretText::from(EtmConfig::DEFAULT_PASSWORD)).await.unwrap();
    for name in ["plant", "well"] {
        let file = folder.path().join(name);
        let start = place.engine.clock.now() + SignedDuration::from_secs(3);
        let start = start.strftime("%FT%T").to_string();
        let text = definition((name, &start), &vendor.base_url, &receiver.base_url);
        std::fs::write(&file, text).unwrap();
        crate::commands::apply::register(&place, &file).await.unwrap();
    }
    let shipped = Arc::clone(&place.engine.connectors);
    place.engine.connectors = Arc::new(Panicking { shipped, uses: AtomicU32::new(0) });

    let (stop, asked) = watch::channel(false);
    let (mut ended, mut faults) = (BTreeMap::new(), Vec::new());
    let mut interrupt = Interrupt::by(asked);
    let served = serve(&place, &mut interrupt, |event| {
        match event {
            Event::Ended { connection, outcome, .. } => {
                ended.entry(connection.to_string()).or_insert(outcome.outcome);
            }
            Event::Fault { connection, failure } => faults.push(format!("{connection}: {failure}")),
            _ => {}
        }
        stop.send_replace(ended.len() == 2);
    });
    served.await.unwrap();
    let both = [("plant".to_owned(), Outcome::Complete), ("well".to_owned(), Outcome::Complete)];
    assert_eq!(ended, BTreeMap::from(both));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("plant: ") && faults[0].contains("aborted"), "{faults:?}");
}

fn definition((name, start): (&str, &str), vendor: &str, receiver: &str) -> String {
    format!(
        "name = \"{name}\"\n[source.claroty-xdome]\napi_url = \"{vendor}\"\napi_token_secret = \"xdome-token\"\n\
         requests_per_second = 33\n[destination.qualys-etm]\ngateway_url = \"{receiver}\"\nusername = \"{}\"\n\
         password_secret = \"etm-password\"\nconnector_uuid = \"{}\"\n\
         [schedule]\noccurs = \"once\"\nstart = \"{start}\"\n",
        EtmConfig::DEFAULT_USERNAME,
        EtmConfig::DEFAULT_CONNECTOR,
    )
}
