//! Names of the members of a line, each with the punctuation around it, in the order in which they stand. A line written
//! in any other way is right too; it is only read more slowly.

pub(crate) const ASSET: &[u8] = br#"{"asset":"#;
pub(crate) const FINDING: &[u8] = br#","finding":"#;
/// Of staged lines only.
pub(crate) const PART: &[u8] = br#","part":"#;
pub(crate) const STATUS: &[u8] = br#","status":"#;
pub(crate) const FIXED_ON: &[u8] = br#","fixed_on":"#;
/// Of ledger lines only.
pub(crate) const CLOSED_BY: &[u8] = br#","closed_by":"#;
pub(crate) const SCOPE: &[u8] = br#","scope":"#;
pub(crate) const VENDOR_KEY: &[u8] = br#","vendor_key":"#;
/// Of staged lines only.
pub(crate) const PARTS_READ: &[u8] = br#","parts_read":"#;
pub(crate) const HASH: &[u8] = br#","hash":"#;
/// These three are of ledger lines only.
pub(crate) const FIRST_SEEN: &[u8] = br#","first_seen":"#;
pub(crate) const LAST_SEEN: &[u8] = br#","last_seen":"#;
pub(crate) const MISSING: &[u8] = br#","missing":"#;
pub(crate) const BODY: &[u8] = br#","body":"#;
