//! SQS as far as the functions use it: queues in memory, with delays and hidden messages.

use crate::stopwatch::Moment;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How long a message stays hidden from whoever does not say otherwise, as in the template.
const HIDDEN: Duration = Duration::from_secs(720);

/// One message.
#[derive(Debug, Clone)]
struct Message {
    body: String,
    attributes: Value,
    receives: u32,
}

/// All queues of a stack, by the last part of their URLs.
#[derive(Debug, Clone, Default)]
pub(super) struct Queues {
    queues: BTreeMap<String, Queue>,
    given: u64,
}

/// Messages that can be taken, and those that come back at a moment: delayed, hidden or in work.
#[derive(Debug, Clone, Default)]
struct Queue {
    open: VecDeque<Message>,
    hidden: BTreeMap<u64, (Moment, Message)>,
}

impl Queues {
    /// `SendMessageBatch`.
    pub(super) fn send(&mut self, queue: &str, entries: &[Value]) {
        let queue = self.queues.entry(queue.to_owned()).or_default();
        for entry in entries {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let delay = entry.get("DelaySeconds").and_then(Value::as_u64).unwrap_or_default();
            let attributes = entry.get("MessageAttributes").cloned().unwrap_or_else(|| json!({}));
            let message = Message { body: text("MessageBody").to_owned(), attributes, receives: 0 };
            if delay == 0 {
                queue.open.push_back(message);
            } else {
                self.given += 1;
                queue.hidden.insert(self.given, (Moment::now().later(Duration::from_secs(delay)), message));
            }
        }
    }

    /// Takes up to `most` messages, as records of an event of Lambda.
    pub(super) fn take(&mut self, name: &str, most: usize) -> Vec<Value> {
        let Some(queue) = self.queues.get_mut(name) else { return Vec::new() };
        let now = Moment::now();
        let back: Vec<u64> =
            queue.hidden.iter().filter(|(_, (until, _))| *until <= now).map(|(id, _)| *id).collect();
        queue.open.extend(back.iter().filter_map(|id| queue.hidden.remove(id)).map(|(_, message)| message));
        let taken = queue.open.len().min(most);
        let mut records = Vec::with_capacity(taken);
        for mut message in queue.open.drain(..taken) {
            self.given += 1;
            message.receives += 1;
            records.push(record(self.given, name, &message));
            queue.hidden.insert(self.given, (now.later(HIDDEN), message));
        }
        records
    }

    /// `DeleteMessage`, by the receipt.
    pub(super) fn delete(&mut self, queue: &str, receipt: &str) {
        let (queue, id) = (self.queues.get_mut(queue), receipt.parse::<u64>());
        if let (Some(queue), Ok(id)) = (queue, id) {
            queue.hidden.remove(&id);
        }
    }

    /// `ChangeMessageVisibility`.
    pub(super) fn hide(&mut self, queue: &str, receipt: &str, seconds: u64) {
        let (queue, id) = (self.queues.get_mut(queue), receipt.parse::<u64>());
        if let (Some(queue), Ok(id)) = (queue, id)
            && let Some((until, _)) = queue.hidden.get_mut(&id)
        {
            *until = Moment::now().later(Duration::from_secs(seconds));
        }
    }

    /// Messages of a queue, whether they can be taken or not.
    pub(super) fn left(&self, queue: &str) -> usize {
        self.queues.get(queue).map_or(0, |queue| queue.open.len() + queue.hidden.len())
    }
}

/// The id of a message serves as its receipt too.
fn record(id: u64, queue: &str, message: &Message) -> Value {
    let attributes = message.attributes.as_object().into_iter().flatten();
    let attributes: serde_json::Map<String, Value> = attributes
        .map(|(name, value)| {
            let text = value.get("StringValue").cloned().unwrap_or_default();
            let kind = value.get("DataType").cloned().unwrap_or_default();
            (name.clone(), json!({ "stringValue": text, "dataType": kind }))
        })
        .collect();
    json!({
        "messageId": id.to_string(),
        "receiptHandle": id.to_string(),
        "body": message.body,
        "attributes": { "ApproximateReceiveCount": message.receives.to_string() },
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-central-1:123456789012:{queue}"),
        "awsRegion": "eu-central-1",
    })
}

#[cfg(test)]
mod tests {
    use super::Queues;
    use serde_json::json;

    #[test]
    fn a_message_is_handed_out_until_it_is_deleted() {
        let mut queues = Queues::default();
        queues.send(
            "q",
            &[json!({ "MessageBody": "now" }), json!({ "MessageBody": "later", "DelaySeconds": 60 })],
        );
        let records = queues.take("q", 10);
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!(
            (&record["body"], &record["attributes"]["ApproximateReceiveCount"]),
            (&json!("now"), &json!("1"))
        );
        assert!(queues.take("q", 10).is_empty(), "it is in work");
        queues.hide("q", record["receiptHandle"].as_str().unwrap(), 0);
        let again = queues.take("q", 10);
        assert_eq!(again[0]["attributes"]["ApproximateReceiveCount"], json!("2"));
        queues.delete("q", again[0]["receiptHandle"].as_str().unwrap());
        assert_eq!(queues.left("q"), 1, "the delayed one is left");
    }
}
