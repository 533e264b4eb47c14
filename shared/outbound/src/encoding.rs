//! Content encodings of responses. The HTTP library decompresses gzip. This module decompresses zstd, to bound the
//! window that a response may allocate.

use bytes::BytesMut;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// Encodings that requests accept.
pub(crate) const ACCEPTED: &str = "gzip, zstd";

/// 8 MiB, the largest window that RFC 9659 allows.
const WINDOW_LOG: u32 = 23;
pub(crate) const WINDOW_TOO_LARGE: &str =
    "the answer is zstd with a window above 8 MiB, more than RFC 9659 lets a server use";

/// Bytes decompressed at once.
const STEP: usize = 64 << 10;

/// The reason why a body cannot be decompressed.
#[derive(Debug)]
pub(crate) enum NotUnpacked {
    /// It needs more memory than a response may take.
    WindowTooLarge,
    /// It contradicts its header.
    Damaged(String),
}

/// Decompresses a body, chunk by chunk.
pub(crate) struct Unpacking(Option<Zstd>);

struct Zstd {
    decoder: Decoder<'static>,
    /// Whether the frames so far are complete.
    whole: bool,
}

impl Unpacking {
    /// Chooses the decoder by the headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let encoded = headers.get(CONTENT_ENCODING).is_some_and(|value| {
            value.to_str().is_ok_and(|encoding| encoding.trim().eq_ignore_ascii_case("zstd"))
        });
        let decoder = encoded.then(|| {
            let mut decoder = Decoder::new().ok()?;
            decoder.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(WINDOW_LOG)).ok()?;
            Some(Zstd { decoder, whole: true })
        });
        Self(decoder.flatten())
    }

    /// Appends the content of `chunk` to `body`; stops early once `body` is longer than `limit`.
    pub(crate) fn take(
        &mut self,
        chunk: &[u8],
        body: &mut BytesMut,
        limit: usize,
    ) -> Result<(), NotUnpacked> {
        let Some(Zstd { decoder, whole }) = &mut self.0 else {
            body.extend_from_slice(chunk);
            return Ok(());
        };
        let mut input = InBuffer::around(chunk);
        let mut step = [0; STEP];
        loop {
            let mut output = OutBuffer::around(step.as_mut_slice());
            let wanted = decoder.run(&mut input, &mut output).map_err(|error| not_unpacked(&error))?;
            body.extend_from_slice(output.as_slice());
            *whole = wanted == 0;
            let done = input.pos() == chunk.len() && (*whole || output.pos() < STEP);
            if done || body.len() > limit {
                return Ok(());
            }
        }
    }

    /// Whether the body is complete.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.as_ref().is_none_or(|zstd| zstd.whole)
    }
}

fn not_unpacked(error: &std::io::Error) -> NotUnpacked {
    let words = error.to_string();
    if words.contains("Frame requires too much memory") {
        NotUnpacked::WindowTooLarge
    } else {
        NotUnpacked::Damaged(format!("the answer is not the zstd that its header promises: {words}"))
    }
}
