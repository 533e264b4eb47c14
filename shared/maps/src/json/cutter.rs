//! Cuts JSON text into its values in one pass, without building them.
//!
//! A [`Cutter`] never recurses and needs only 64 bits of memory for nesting. It cuts only text that `serde_json` cuts
//! in the same way, and gives up on everything else, invalid or merely rare: names with escapes, values nested deeper
//! than 64. The caller then takes the slow path, which alone decides what is an error.

/// A value as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut<'t> {
    /// Its text, without white space around it.
    pub text: &'t str,
    spelling: Spelling,
}

/// As large as a pointer, so that a [`Cut`] has no padding and is copied in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Spelling {
    Verbatim,
    Unknown,
}

impl<'t> Cut<'t> {
    /// A value about which nothing more is known.
    pub fn unknown(text: &'t str) -> Self {
        Self { text, spelling: Spelling::Unknown }
    }

    /// A text that [`super::push_raw`] copies unchanged.
    pub(crate) fn verbatim(text: &'t str) -> Self {
        Self { text, spelling: Spelling::Verbatim }
    }

    /// A value inside this one. A value inside a verbatim text is verbatim as well.
    pub(crate) fn inside(self, text: &'t str) -> Self {
        Self { text, ..self }
    }

    /// Whether [`super::push_raw`] copies it unchanged; when unsure, `false`.
    #[inline]
    pub fn is_verbatim(&self) -> bool {
        self.spelling == Spelling::Verbatim
    }
}

/// A place in JSON text.
#[derive(Debug, Clone)]
pub struct Cutter<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Whether the cutter has passed white space between tokens, or a `\u`.
    odd: bool,
}

impl<'t> Cutter<'t> {
    /// The start of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, odd: false }
    }

    /// Whether the next token begins with `byte`; skips white space before it.
    pub fn next_is(&mut self, byte: u8) -> bool {
        self.token() == Some(byte)
    }

    /// Moves past `byte` if it is the next token.
    #[inline]
    pub fn take(&mut self, byte: u8) -> bool {
        let same = self.token() == Some(byte);
        self.at += usize::from(same);
        same
    }

    /// Whether only white space is left.
    pub fn at_end(&mut self) -> bool {
        self.token().is_none()
    }

    /// Where the next token begins.
    pub fn position(&mut self) -> usize {
        self.token();
        self.at
    }

    /// The text from `start`, a position, to here.
    pub fn since(&self, start: usize) -> Option<&'t str> {
        self.text.get(start..self.at)
    }

    /// Moves past a member's name and its colon. `None` when there is none, or the name has escapes.
    #[inline]
    pub fn name(&mut self) -> Option<&'t str> {
        if !self.take(b'"') {
            return None;
        }
        let start = self.at;
        let end = special(self.bytes, start);
        if *self.bytes.get(end)? != b'"' {
            return None;
        }
        self.at = end + 1;
        if self.take(b':') { self.text.get(start..end) } else { None }
    }

    /// Moves past `text`, whole tokens, if it matches exactly here.
    #[inline]
    pub(crate) fn take_text(&mut self, text: &str) -> bool {
        let same = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
        self.at += if same { text.len() } else { 0 };
        same
    }

    /// Moves past a value.
    #[inline]
    pub fn value(&mut self) -> Option<Cut<'t>> {
        let first = self.token()?;
        self.odd = false;
        let start = self.at;
        if matches!(first, b'[' | b'{') {
            self.nested()?;
        } else {
            self.scalar(first)?;
        }
        let text = self.text.get(start..self.at)?;
        Some(if self.odd { Cut::unknown(text) } else { Cut::verbatim(text) })
    }

    /// The next byte that is not white space.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
            self.odd = true;
        }
    }

    #[inline]
    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    #[inline]
    fn string(&mut self) -> Option<()> {
        let mut at = self.at + 1;
        loop {
            at = special(self.bytes, at);
            match *self.bytes.get(at)? {
                b'"' => {
                    self.at = at + 1;
                    return Some(());
                }
                b'\\' => at = self.escape(at)?,
                _ => return None,
            }
        }
    }

    /// Where the escape at `at` ends.
    fn escape(&mut self, at: usize) -> Option<usize> {
        match *self.bytes.get(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
            b'u' => {
                self.odd = true;
                let digits = self.bytes.get(at + 2..at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.bytes.get(self.at) == Some(&b'-'));
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        // `01` ends here as `0`; the check of the next token then finds the `1`.
        Some(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A list or an object. `lists` has a bit for each open level, the innermost lowest.
    fn nested(&mut self) -> Option<()> {
        let (mut lists, mut depth) = (0_u64, 0_u32);
        loop {
            match self.token()? {
                first @ (b'[' | b'{') => {
                    if depth == u64::BITS {
                        return None;
                    }
                    self.at += 1;
                    let list = first == b'[';
                    lists = lists << 1 | u64::from(list);
                    depth += 1;
                    if !self.next_is(if list { b']' } else { b'}' }) {
                        if !list {
                            self.any_name()?;
                        }
                        continue;
                    }
                }
                first => self.scalar(first)?,
            }
            loop {
                if depth == 0 {
                    return Some(());
                }
                let list = lists & 1 == 1;
                let next = self.token()?;
                self.at += 1;
                match (next, list) {
                    (b']', true) | (b'}', false) => {
                        lists >>= 1;
                        depth -= 1;
                    }
                    (b',', true) => break,
                    (b',', false) => {
                        self.any_name()?;
                        break;
                    }
                    _ => return None,
                }
            }
        }
    }

    fn any_name(&mut self) -> Option<()> {
        if !self.next_is(b'"') {
            return None;
        }
        self.string()?;
        self.take(b':').then_some(())
    }
}

/// The first quote, backslash or control character from `from` on, where a plain text ends; the end when there is none.
#[inline]
fn special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    for _ in 0..4 {
        let Some(word) = word_at(bytes, at) else { return last_special(bytes, at) };
        let found = specials(word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    long_special(bytes, at)
}

/// The same for a long text: checks whole blocks, which compiles to vector instructions.
fn long_special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<32>()) {
        let found = block.iter().fold(0_u8, |found, byte| found | u8::from(is_special(*byte)));
        if found != 0 {
            break;
        }
        at += 32;
    }
    while let Some(word) = word_at(bytes, at) {
        let found = specials(word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    last_special(bytes, at)
}

fn last_special(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

#[inline]
fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < b' ')
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Sets the highest bit of each special byte. Bytes above the lowest special one may be wrong, because a borrow
/// propagates upwards, so only the lowest is used.
#[inline]
fn specials(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    let zero = |word: u64| word.wrapping_sub(EACH) & !word;
    let quote = zero(word ^ (EACH * b'"' as u64));
    let backslash = zero(word ^ (EACH * b'\\' as u64));
    let control = word.wrapping_sub(EACH * b' ' as u64) & !word;
    (quote | backslash | control) & (EACH << 7)
}
