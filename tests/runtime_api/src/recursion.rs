//! Lambda's recursive loop detection (AWS Lambda, *Use Lambda recursive loop detection*): a message carries the trace of
//! the invocation that sent it, and Lambda counts in it how often the same function was invoked.

/// Invocations of one function in one chain, after which the next event is dropped. AWS says "approximately".
const MOST: u32 = 16;

/// Lambda's answer to a function that invokes itself through its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detection {
    /// `RecursiveLoop: Terminate`, which holds for a function that sets nothing.
    Terminate,
    /// `RecursiveLoop: Allow`.
    Allow,
}

impl Detection {
    /// The trace of the invocation for a message that carries `trace`; `None` when Lambda drops the message.
    pub fn next(self, trace: Option<&str>) -> Option<String> {
        // Without a trace each message begins a chain of its own.
        let (root, count) = trace.map_or((String::new(), 0), counted);
        (self == Self::Allow || count < MOST).then(|| format!("{root};Lineage=0a1b2c3d:{}", count + 1))
    }
}

/// A trace without its lineage, and the number in that.
fn counted(trace: &str) -> (String, u32) {
    let is_lineage = |part: &&str| part.starts_with("Lineage=");
    let count =
        trace.split(';').find(is_lineage).and_then(|lineage| lineage.rsplit(':').next()?.parse().ok());
    let rest: Vec<&str> = trace.split(';').filter(|part| !is_lineage(part)).collect();
    (rest.join(";"), count.unwrap_or_default())
}
