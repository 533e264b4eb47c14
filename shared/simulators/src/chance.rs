//! Seeded chance without a state: the same inputs give the same number, so a row can be made from its place alone.

/// Mixes two numbers to one (the finalizer of splitmix64).
pub(crate) fn mix(seed: u64, salt: u64) -> u64 {
    let mut value = seed ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0xD1B5_4A32_D192_ED03);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A number from 0 to `bound` - 1; 0 if `bound` is 0.
pub(crate) fn below(seed: u64, salt: u64, bound: usize) -> usize {
    match bound {
        0 => 0,
        bound => (mix(seed, salt) % bound as u64) as usize,
    }
}

/// Whether an event of this chance, in percent, happens.
pub(crate) fn percent(seed: u64, salt: u64, chance: u64) -> bool {
    mix(seed, salt) % 100 < chance
}

/// One of the entries.
pub(crate) fn one_of<'a, T: ?Sized>(seed: u64, salt: u64, entries: &[&'a T]) -> Option<&'a T> {
    entries.get(below(seed, salt, entries.len())).copied()
}

/// A number from 0 up to 1.
pub(crate) fn fraction(seed: u64, salt: u64) -> f64 {
    (mix(seed, salt) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A hash of bytes that is the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let blocks = bytes.chunks(8).map(|block| {
        let mut word = [0; 8];
        word.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(word)
    });
    blocks.fold(bytes.len() as u64, mix)
}
