//! Lists of records as objects: NDJSON, zstd with checksum, named by content hash, so that writing one twice is the
//! same as writing it once, and any tool can open it.

use crate::background::compute;
use crate::damaged;
use bytes::Bytes;
use causeway_domain::page::MAX_STAGED_BYTES;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Objects, PutCondition};
use serde::Serialize;
use std::io;

/// Level 1: staged text shrinks ten-fold either way, and the finalizer's time is mostly compression.
const LEVEL: i32 = 1;

/// Bytes of text after which a list of the ledger, of verdicts or of a merge is closed and the next one begun.
pub const SEGMENT_BYTES: usize = 4 << 20;

/// Compresses `text` and stores it under the key that `key_of` makes of its hash.
pub async fn put(
    objects: &dyn Objects,
    text: impl AsRef<[u8]> + Send + 'static,
    key_of: impl FnOnce(&str) -> String,
) -> Result<String, Failure> {
    let (hash, length, packed) = compute(move || {
        let text = text.as_ref();
        let hash = blake3::hash(text).to_hex();
        Ok((hash, text.len(), (text.len() as u64 <= MAX_STAGED_BYTES).then(|| pack(text))))
    })
    .await?;
    let key = key_of(hash.get(..16).unwrap_or_default());
    let Some(packed) = packed else {
        let detail = format!("{length} bytes in one list, which is more than is stored");
        return Err(Failure::new(FailureKind::AnswerTooLarge, format!("object {key}"), detail));
    };
    let packed = packed.map_err(|error| damaged(&key, &error.to_string()))?;
    // A conflict means that the very same content is there already.
    objects.put(&key, Bytes::from(packed), PutCondition::IfAbsent).await?;
    Ok(key)
}

/// Reads a list back.
pub async fn get(objects: &dyn Objects, key: &str) -> Result<Bytes, Failure> {
    let stored = objects.get(key).await?.ok_or_else(|| damaged(key, "the object is gone"))?;
    let key = key.to_owned();
    compute(move || unpacked(&key, &stored.body)).await
}

/// The text of the list that is stored as `packed` under `key`.
pub fn unpacked(key: &str, packed: &[u8]) -> Result<Bytes, Failure> {
    unpack(packed).map(Bytes::from).map_err(|error| damaged(key, &error.to_string()))
}

fn pack(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
    packer.include_checksum(true)?;
    packer.compress(text)
}

/// Reads at most what the head of `packed` announces, so a few bytes that unpack to gigabytes do no harm.
fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let announced = zstd::zstd_safe::get_frame_content_size(packed)
        .map_err(|error| io::Error::other(error.to_string()))?
        .filter(|size| *size <= MAX_STAGED_BYTES)
        .and_then(|size| usize::try_from(size).ok())
        .ok_or_else(|| io::Error::other("it does not say how long it is, or is longer than any list"))?;
    // What zstd says of a damaged byte depends on where the byte stands, and tells nobody anything.
    zstd::bulk::decompress(packed, announced)
        .map_err(|_| io::Error::other("checksum mismatch: the file is corrupted"))
}

/// Appends `value` as one line.
pub fn push_line<T: Serialize>(text: &mut Vec<u8>, value: &T) -> Result<(), Failure> {
    serde_json::to_writer(&mut *text, value).map_err(|error| damaged("record", &error.to_string()))?;
    text.push(b'\n');
    Ok(())
}

/// The lines of a list, each a view into it.
pub fn lines(text: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| text.slice_ref(line))
}

#[cfg(test)]
mod tests {
    use super::{MAX_STAGED_BYTES, pack, unpack};
    use std::io::Read;

    #[test]
    fn a_damaged_list_is_noticed() {
        let mut packed = pack(b"{\"asset\":\"a\"}\n".repeat(100).as_slice()).unwrap();
        assert_eq!(unpack(&packed).unwrap().len(), 1400);
        let last = packed.len() - 1;
        packed[last] ^= 1;
        assert!(unpack(&packed).is_err());
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let zeros = std::io::repeat(0).take(MAX_STAGED_BYTES + 1);
        let bomb = zstd::encode_all(zeros, 1).unwrap();
        assert!(bomb.len() < 1 << 20);
        assert!(unpack(&bomb).unwrap_err().to_string().contains("how long"));
    }
}
