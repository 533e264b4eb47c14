//! What the other side of a connection answers, written as a file: answers with a line `---` between them, each a
//! status, headers, an empty line and a body.

/// The answers to the first request, the second … ; the last one is given again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script(Vec<Reply>);

/// One answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether less comes than was announced: the status is followed by `cut`.
    pub(crate) cut: bool,
    /// Headers that a server may choose.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Framing is the server's own affair.
const FRAMING: [&str; 4] = ["content-length", "transfer-encoding", "connection", "upgrade"];

impl Script {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut replies = Vec::new();
        let mut rest = bytes;
        while let Some(at) = find(rest, b"\n---\n") {
            let (reply, after) = rest.split_at(at);
            replies.push(Reply::read(reply));
            rest = after.get(5..).unwrap_or_default();
        }
        replies.push(Reply::read(rest));
        Self(replies)
    }

    /// The answer to request `number`, from 0.
    pub(crate) fn reply(&self, number: usize) -> Reply {
        self.0.get(number).or_else(|| self.0.last()).cloned().unwrap_or_default()
    }
}

impl Reply {
    fn read(bytes: &[u8]) -> Self {
        let at = find(bytes, b"\n\n").unwrap_or(bytes.len());
        let (head, body) = bytes.split_at(at);
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let (status, cut) = match lines.next().and_then(|line| line.split_once(' ')) {
            Some((status, rest)) => (status.to_owned(), rest == "cut"),
            None => (head.lines().next().unwrap_or_default().to_owned(), false),
        };
        let status = status.parse().ok().filter(|status| (200..=599).contains(status)).unwrap_or(200);
        let headers = lines.filter_map(|line| line.split_once(':')).filter_map(|(name, value)| {
            let name = name.trim().to_ascii_lowercase();
            let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let text = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
            (token && text && !FRAMING.contains(&name.as_str())).then(|| (name, value.trim().to_owned()))
        });
        Self { status, cut, headers: headers.collect(), body: body.get(2..).unwrap_or_default().to_vec() }
    }

    /// Whether the status and the framing speak of success.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && !self.cut
    }

    /// Whether the body is what it is, without `Content-Encoding`.
    pub(crate) fn is_plain(&self) -> bool {
        !self.headers.iter().any(|(name, _)| name == "content-encoding")
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
