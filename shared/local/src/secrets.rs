//! Secrets, encrypted at rest with AES-256-GCM. A ciphertext is bound to its name, so rows cannot be swapped; the key
//! is in the identity file.

use crate::blocking::blocking;
use crate::database::Database;
use crate::identity::{self, Key};
use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use causeway_domain::{Failure, FailureKind};
use causeway_ports::secrets::{check_name, usable};
use causeway_ports::{Clock, Freshness, SecretEntry, SecretKeeper, SecretText, Secrets};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `sealed` is the nonce (12 bytes), the ciphertext and its tag (16 bytes); `set_at` microseconds since 1970.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The secrets of a home. Reading is cheap, so nothing is cached and a changed secret is seen at once. The first secret
/// of a home creates the identity file; once that is gone or refused, setting another is `SecretMissing`.
#[derive(Clone)]
pub struct LocalSecrets {
    database: Database,
    identity: PathBuf,
    clock: Arc<dyn Clock>,
}

impl LocalSecrets {
    pub(crate) fn open(path: &Path, identity: PathBuf, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Ok(Self { database: Database::open(path, SCHEMA)?, identity, clock })
    }

    /// As [`Self::open`], read-only.
    pub(crate) fn look(path: &Path, identity: PathBuf, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Ok(Self { database: Database::look(path)?, identity, clock })
    }

    async fn key(&self, may_create: bool) -> Result<Key, Failure> {
        let path = self.identity.clone();
        blocking(move || match identity::load(&path)? {
            Some(key) => Ok(key),
            None if may_create => identity::create(&path),
            None => Err(identity::missing(&path)),
        })
        .await
    }
}

#[async_trait]
impl Secrets for LocalSecrets {
    async fn read(&self, name: &str, _freshness: Freshness) -> Result<SecretText, Failure> {
        check_name(name)?;
        let wanted = name.to_owned();
        let sealed: Option<Vec<u8>> = self
            .database
            .call(move |connection| {
                let one = "SELECT sealed FROM secrets WHERE name = ?1";
                connection.query_row(one, params![wanted], |row| row.get(0)).optional()
            })
            .await?;
        let sealed = sealed.ok_or_else(|| refused(name, "is not stored"))?;
        let key = self.key(false).await?;
        let text = open(&key, name, sealed).ok_or_else(|| {
            refused(
                name,
                "cannot be decrypted: it is damaged, or the identity file is not the one it was stored with",
            )
        })?;
        usable(text).map_err(|problem| refused(name, problem))
    }
}

#[async_trait]
impl SecretKeeper for LocalSecrets {
    async fn set(&self, name: &str, text: &SecretText) -> Result<(), Failure> {
        check_name(name)?;
        let may_create = self.list().await?.iter().all(|entry| entry.name == name);
        let key = self.key(may_create).await?;
        let sealed = seal(&key, name, text).ok_or_else(|| refused(name, "could not be encrypted"))?;
        let (name, set_at) = (name.to_owned(), self.clock.now().as_microsecond());
        let upsert = "INSERT INTO secrets (name, sealed, set_at) VALUES (?1, ?2, ?3)
                      ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at";
        self.database
            .call(move |connection| connection.execute(upsert, params![name, sealed, set_at]).map(drop))
            .await
    }

    async fn list(&self) -> Result<Vec<SecretEntry>, Failure> {
        let entry = |row: &rusqlite::Row<'_>| {
            let set_at = Timestamp::from_microsecond(row.get(1)?).unwrap_or(Timestamp::MAX);
            Ok(SecretEntry { name: row.get(0)?, set_at })
        };
        let all = "SELECT name, set_at FROM secrets ORDER BY name";
        self.database.call(move |connection| connection.prepare(all)?.query_map([], entry)?.collect()).await
    }

    async fn delete(&self, name: &str) -> Result<bool, Failure> {
        check_name(name)?;
        let name = name.to_owned();
        let removed = self
            .database
            .call(move |connection| connection.execute("DELETE FROM secrets WHERE name = ?1", params![name]));
        Ok(removed.await? > 0)
    }
}

fn seal(key: &Key, name: &str, text: &SecretText) -> Option<Vec<u8>> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).ok()?;
    let text = text.expose_secret().as_bytes();
    // Room for the tag, so that the text is not left behind by a reallocation before it is encrypted in place.
    let mut body = Zeroizing::new(Vec::with_capacity(text.len() + AES_256_GCM.tag_len()));
    body.extend_from_slice(text);
    let nonce = key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut *body).ok()?;
    Some([nonce.as_ref().as_slice(), body.as_slice()].concat())
}

fn open(key: &Key, name: &str, sealed: Vec<u8>) -> Option<SecretText> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).ok()?;
    let mut sealed = Zeroizing::new(sealed);
    let (nonce, body) = sealed.split_first_chunk_mut::<NONCE_LEN>()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let text = key.open_in_place(nonce, Aad::from(name.as_bytes()), body).ok()?;
    // Exactly as large as its text, so that turning it into a secret does not copy it.
    std::str::from_utf8(text).ok().map(SecretText::from)
}

fn refused(name: &str, detail: &str) -> Failure {
    Failure::new(FailureKind::SecretMissing, format!("secret {name}"), detail)
}
