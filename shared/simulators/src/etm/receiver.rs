//! The receiver as a whole: sign-in, pushes, faults, counters.

use super::envelope::judge;
use super::store::Store;
use super::tokens::Tokens;
use super::{EtmConfig, EtmSummary};
use crate::SimulatorError;
use crate::faults::{Action, FaultScript, Kind};
use crate::timing::RateGate;
use crate::traffic::TrafficCounter;
use crate::wire::Reply;
use serde_json::{Map, Value, json};
use std::sync::{Mutex, MutexGuard};

/// The simulator's state.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) config: EtmConfig,
    pub(super) tokens: Tokens,
    pub(super) faults: FaultScript,
    pub(super) gate: RateGate,
    pub(super) traffic: TrafficCounter,
    store: Mutex<Store>,
}

impl Receiver {
    pub(super) fn new(mut config: EtmConfig) -> Result<Self, SimulatorError> {
        Ok(Self {
            tokens: Tokens::new(config.token_requests),
            faults: FaultScript::new(Kind::Etm, std::mem::take(&mut config.faults))?,
            gate: RateGate::new(config.rate_limit),
            traffic: TrafficCounter::default(),
            store: Mutex::new(Store::new(config.keep_payloads)),
            config,
        })
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A JWT for the right user; its text is the whole body.
    pub(super) fn sign_in(&self, username: &str, password: &str) -> Reply {
        if username == self.config.username && password == self.config.password {
            return Reply::text(201, "text/plain;charset=UTF-8", self.tokens.issue());
        }
        Reply::json(401, &json!({ "message": "Invalid credentials", "responseCode": "UNAUTHORIZED" }))
    }

    /// Accepts or refuses a push.
    pub(super) fn push(&self, body: &[u8], action: &Action) -> Reply {
        let push = match judge(&self.config, body) {
            Ok(push) => push,
            Err(wrong) => {
                return Reply::json(400, &json!({ "message": wrong, "responseCode": "BAD_REQUEST" }));
            }
        };
        let mut store = self.store();
        let mut refused = Map::new();
        for asset in &push.assets {
            match action {
                Action::RefuseAssets { assets, message, times_each, .. }
                    if (assets.is_empty() || assets.contains(&asset.key))
                        && store.refuse(&asset.key, *times_each) =>
                {
                    refused.insert(asset.key.clone(), Value::from(message.as_str()));
                }
                _ => store.take(&self.config, asset),
            }
        }
        drop(store);
        match action {
            Action::RefuseAssets { status, .. } if !refused.is_empty() => Reply::json(
                *status,
                &json!({
                    "message": "Some assets are not submitted for processing.",
                    "responseCode": "PARTIALLY_PUBLISHED",
                    "assetsError": refused,
                }),
            ),
            _ => Reply::json(
                200,
                &json!({
                    "message": "All assets are submitted for processing. They are displayed in the inventory after \
                                processing is completed successfully.",
                    "responseCode": "SUCCESSFULLY_PUBLISHED",
                    "assetsError": {},
                }),
            ),
        }
    }

    pub(super) fn summary(&self) -> EtmSummary {
        EtmSummary {
            tokens_issued: self.tokens.count(),
            faults_happened: self.faults.happened(),
            traffic: self.traffic.snapshot(),
            ..self.store().summary()
        }
    }
}
