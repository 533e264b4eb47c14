//! A source under test: settings, a clock that only moves when somebody waits, and a secret that can be rotated.

use crate::vendor::Vendor;
use async_trait::async_trait;
use causeway_claroty_xdome::ClarotyXdome;
use causeway_claroty_xdome::model::shipped;
use causeway_domain::Failure;
use causeway_domain::definition::{Definition, Registered};
use causeway_domain::page::Window;
use causeway_outbound::Share;
use causeway_ports::{Clock, Freshness, Ids, SecretText, Secrets};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const TOKEN: &str = "tok-3f9a-first";
pub(crate) const ROTATED: &str = "tok-77c1-second";
pub(crate) const PAGE: Window = Window { offset: 1000, limit: 500 };

/// Time that passes by sleeping, so no test waits.
pub(crate) struct PatientClock(Mutex<Timestamp>);

impl PatientClock {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-01T10:00:00Z".parse().unwrap())))
    }

    pub(crate) fn advance(&self, pause: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.saturating_add(pause).unwrap();
    }
}

#[async_trait]
impl Clock for PatientClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, pause: Duration) {
        self.advance(pause);
        tokio::task::yield_now().await;
    }
}

/// No jitter.
struct Even;

impl Ids for Even {
    fn unique(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}

/// The cached token, and the one found when it is read afresh.
struct Tokens {
    cached: &'static str,
    fresh: &'static str,
}

#[async_trait]
impl Secrets for Tokens {
    async fn read(&self, name: &str, freshness: Freshness) -> Result<SecretText, Failure> {
        assert_eq!(name, "xdome-token");
        let token = if freshness == Freshness::Fresh { self.fresh } else { self.cached };
        Ok(SecretText::from(token))
    }
}

/// A new token with each read past the cache, which keeps it.
#[derive(Default)]
pub(crate) struct Rotating(Mutex<u32>);

impl Rotating {
    pub(crate) fn newest(&self) -> String {
        format!("tok-{}-of-many", self.0.lock().unwrap())
    }
}

#[async_trait]
impl Secrets for Rotating {
    async fn read(&self, _: &str, freshness: Freshness) -> Result<SecretText, Failure> {
        *self.0.lock().unwrap() += u32::from(freshness == Freshness::Fresh);
        Ok(SecretText::from(self.newest()))
    }
}

/// What a test varies.
pub(crate) struct Setup {
    pub(crate) settings: Value,
    pub(crate) fresh_token: &'static str,
    pub(crate) ca_pem: Option<String>,
    pub(crate) clock: Arc<PatientClock>,
}

impl Setup {
    pub(crate) fn of(url: &str) -> Self {
        let settings = json!({"api_url": url, "api_token_secret": "xdome-token", "page_size": 500});
        Self { settings, fresh_token: TOKEN, ca_pem: None, clock: PatientClock::start() }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.settings.as_object_mut().unwrap().insert(name.to_owned(), value);
        self
    }

    pub(crate) fn build(&self) -> Result<ClarotyXdome, Failure> {
        self.build_with(Arc::new(Tokens { cached: TOKEN, fresh: self.fresh_token }))
    }

    pub(crate) fn build_with(&self, secrets: Arc<dyn Secrets>) -> Result<ClarotyXdome, Failure> {
        let mut settings = self.settings.clone();
        let mut documents: BTreeMap<_, _> =
            shipped().iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        if let Some(pem) = &self.ca_pem {
            settings.as_object_mut().unwrap().insert("ca_file".to_owned(), json!("plant-ca.pem"));
            documents.insert("plant-ca.pem".to_owned(), pem.clone());
        }
        let definition: Definition = serde_json::from_value(json!({
            "name": "plant-north",
            "source": {"claroty-xdome": settings},
            "destination": {"files": {"folder": "out"}},
        }))
        .unwrap();
        let registered = Registered { definition, documents, versions: Default::default() };
        let clock: Arc<dyn Clock> = Arc::<PatientClock>::clone(&self.clock);
        ClarotyXdome::new(&registered, secrets, clock, Arc::new(Even), Share::WHOLE)
    }
}

/// A source that speaks to `vendor`, with its clock.
pub(crate) fn source(vendor: &Vendor) -> (ClarotyXdome, Arc<PatientClock>) {
    let mut setup = Setup::of(&vendor.url);
    setup.clock = Arc::clone(&vendor.clock);
    (setup.build().unwrap(), setup.clock)
}

/// A failure as people read it, without what changes from run to run.
pub(crate) fn message(failure: &Failure, vendor: &Vendor) -> String {
    let text = format!("{:?}: {failure}", failure.kind);
    assert!(!text.contains(TOKEN) && !text.contains(ROTATED), "a token in {text}");
    text.replace(vendor.url.rsplit('/').next().unwrap(), "vendor")
}
