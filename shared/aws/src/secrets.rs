//! The secrets of one stack in Secrets Manager.
//!
//! The secret `name` of stack `S` is called `S/name` there. Its value is the text itself, or a JSON object with the text in
//! a field called `value`, `token` or `password`, as rotation functions and other tools write it.

use crate::faults;
use crate::on_first_use::{OnFirstUse, on_first_use};
use crate::secret_value::text;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::secrets::check_name;
use causeway_ports::{Clock, Freshness, SecretEntry, SecretKeeper, SecretText, Secrets};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lifetime of a cached secret.
const CACHED: SignedDuration = SignedDuration::from_mins(5);

/// Days during which a deleted secret can be restored in the console; AWS's minimum.
const RECOVERY_DAYS: i64 = 7;

/// The current version.
const CURRENT: &str = "AWSCURRENT";

/// The secrets of a stack, cached for five minutes. Clones share one client and its cache.
#[derive(Clone)]
pub struct StackSecrets(Arc<Shelf>);

struct Shelf {
    client: OnFirstUse<Client>,
    stack: String,
    clock: Arc<dyn Clock>,
    copies: Mutex<BTreeMap<String, (SecretText, Timestamp)>>,
}

impl StackSecrets {
    /// The secrets of `stack`.
    pub fn new(config: &SdkConfig, stack: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let config = config.clone();
        let client = on_first_use(move || Client::new(&config));
        Self(Arc::new(Shelf { client, stack: stack.into(), clock, copies: Mutex::default() }))
    }
}

#[async_trait]
impl Secrets for StackSecrets {
    async fn read(&self, name: &str, freshness: Freshness) -> Result<SecretText, Failure> {
        check_name(name)?;
        let shelf = &self.0;
        if freshness == Freshness::Cached
            && let Some(copy) = shelf.copy(name)
        {
            return Ok(copy);
        }
        let value =
            shelf.client.get_secret_value().secret_id(shelf.id(name)).version_stage(CURRENT).send().await;
        let value = value.map_err(|error| shelf.failure(name, &error))?;
        let Some(value) = value.secret_string else {
            return Err(missing(name, "is binary; store it as text"));
        };
        let secret = text(SecretText::from(value)).map_err(|problem| missing(name, problem))?;
        shelf.copies().insert(name.to_owned(), (secret.clone(), shelf.clock.now()));
        Ok(secret)
    }
}

#[async_trait]
impl SecretKeeper for StackSecrets {
    async fn set(&self, name: &str, text: &SecretText) -> Result<(), Failure> {
        check_name(name)?;
        let shelf = &self.0;
        shelf.copies().remove(name);
        let put = || {
            let put = shelf.client.put_secret_value().secret_id(shelf.id(name));
            put.secret_string(text.expose_secret()).send()
        };
        let Err(error) = put().await else { return Ok(()) };
        match faults::code(&error) {
            Some("ResourceNotFoundException") => {
                let created = shelf.client.create_secret().name(shelf.id(name));
                let created = created.secret_string(text.expose_secret()).send().await;
                match created {
                    // Another process has just created it.
                    Err(error) if faults::code(&error) == Some("ResourceExistsException") => {}
                    other => return other.map(drop).map_err(|error| shelf.failure(name, &error)),
                }
            }
            // A deleted secret keeps its name for some days.
            Some("InvalidRequestException") => {
                let restored = shelf.client.restore_secret().secret_id(shelf.id(name)).send().await;
                restored.map_err(|error| shelf.failure(name, &error))?;
            }
            _ => return Err(shelf.failure(name, &error)),
        }
        put().await.map(drop).map_err(|error| shelf.failure(name, &error))
    }

    async fn list(&self) -> Result<Vec<SecretEntry>, Failure> {
        let shelf = &self.0;
        let prefix = format!("{}/", shelf.stack);
        // The filter matches the start of any word of a name.
        let named = Filter::builder().key(FilterNameStringType::Name).values(&prefix).build();
        let mut pages = shelf.client.list_secrets().filters(named).into_paginator().send();
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await {
            let subject = format!("secrets of stack {}", shelf.stack);
            let page = page.map_err(|error| faults::failure(subject, &error))?;
            entries.extend(page.secret_list.unwrap_or_default().into_iter().filter_map(|entry| {
                let name = entry.name?.strip_prefix(&prefix)?.to_owned();
                let changed = entry.last_changed_date.or(entry.created_date)?;
                let set_at = Timestamp::from_second(changed.secs()).ok()?;
                check_name(&name).is_ok().then_some(SecretEntry { name, set_at })
            }));
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    async fn delete(&self, name: &str) -> Result<bool, Failure> {
        check_name(name)?;
        let shelf = &self.0;
        shelf.copies().remove(name);
        // Deleting a deleted secret succeeds, so check first.
        match shelf.client.describe_secret().secret_id(shelf.id(name)).send().await {
            Ok(found) if found.deleted_date.is_some() => return Ok(false),
            Ok(_) => {}
            Err(error) if faults::code(&error) == Some("ResourceNotFoundException") => return Ok(false),
            Err(error) => return Err(shelf.failure(name, &error)),
        }
        let deleted = shelf.client.delete_secret().secret_id(shelf.id(name));
        let deleted = deleted.recovery_window_in_days(RECOVERY_DAYS).send().await;
        deleted.map(|_| true).map_err(|error| shelf.failure(name, &error))
    }
}

impl Shelf {
    fn id(&self, name: &str) -> String {
        format!("{}/{name}", self.stack)
    }

    fn copies(&self) -> MutexGuard<'_, BTreeMap<String, (SecretText, Timestamp)>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copy(&self, name: &str) -> Option<SecretText> {
        let now = self.clock.now();
        let copies = self.copies();
        copies.get(name).filter(|(_, read)| now.duration_since(*read) < CACHED).map(|(text, _)| text.clone())
    }

    fn failure<E>(&self, name: &str, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let id = self.id(name);
        match faults::code(error) {
            Some("ResourceNotFoundException") => {
                missing(name, &format!("is not stored: Secrets Manager has no {id:?} in this region"))
            }
            Some("InvalidRequestException") => missing(name, &format!("{id:?} was removed")),
            Some("DecryptionFailure" | "KMSAccessDeniedException" | "EncryptionFailure") => {
                let failure = faults::failure(subject(name), error);
                let detail = format!("its KMS key may not be used: {}", failure.detail);
                Failure { kind: FailureKind::AccessDenied, detail, ..failure }
            }
            _ => faults::failure(subject(name), error),
        }
    }
}

fn subject(name: &str) -> String {
    format!("secret {name}")
}

fn missing(name: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::SecretMissing, subject(name), detail)
}
