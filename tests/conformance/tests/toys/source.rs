//! The toy source.

use crate::rows::Answer;
use async_trait::async_trait;
use bytes::Bytes;
use causeway_conformance::{Limits, Ports, Way};
use causeway_domain::page::{Confirmation, Traffic, Window};
use causeway_domain::reading::{Continuation, Cursor, Reading};
use causeway_domain::{Failure, FailureKind, RowKey, Stream, VendorKey};
use causeway_outbound::{
    Channel, ChannelSettings, Meter, Response, Session, Share, SignIn, Throttling, Token,
};
use causeway_ports::source::{Linked, Opened};
use causeway_ports::{Fetched, SecretText, SingleRecords, Source, Transformed};
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

const SUBJECT: &str = "POST /items";

/// Members of a request.
type Query = BTreeMap<&'static str, String>;

/// A query within the connection's filter.
fn query<const N: usize>(numbers: [(&'static str, u64); N]) -> Query {
    let numbers = numbers.into_iter().map(|(name, number)| (name, number.to_string()));
    numbers.chain([("site", "north".to_owned())]).collect()
}

pub(crate) struct Toy {
    way: Way,
    session: Session,
    at_once: Semaphore,
}

impl Toy {
    pub(crate) fn new(way: Way, address: &str, ports: &Ports, limits: Limits) -> Self {
        let settings = ChannelSettings {
            product: "toy",
            base_url: &address.parse().unwrap(),
            authority: None,
            timeout: Duration::from_secs(1),
            max_answer_bytes: 1 << 20,
            requests_per_second: limits.per_second,
            share: Share::WHOLE,
            throttling: Throttling::STANDARD,
        };
        let channel = Channel::new(&settings, Arc::clone(&ports.clock), Arc::clone(&ports.ids)).unwrap();
        let session =
            Session::with_sign_in(channel, Arc::clone(&ports.secrets), "toy-password".to_owned(), Door);
        Self { way, session, at_once: Semaphore::new(limits.at_once.unwrap_or(1)) }
    }

    /// The answer to a query, with its text and its cost.
    async fn ask(&self, query: &Query) -> Result<(Answer, Fetched), Failure> {
        let meter = Meter::default();
        let attempt = |token: Token| self.attempt(query, token, &meter);
        let (answer, body) = self.session.call(SUBJECT, &meter, attempt).await?;
        let (transformed, traffic) = (answer.transformed(), meter.total());
        let raw = body.into();
        Ok((answer, Fetched { transformed, raw, dropped_fields: Vec::new(), traffic, transform_ms: 0 }))
    }

    async fn attempt(&self, query: &Query, token: Token, meter: &Meter) -> Result<(Answer, Bytes), Failure> {
        let channel = self.session.channel();
        // Held for a single request: waits for a slot or a pause do not count.
        let _permit = self.at_once.acquire().await;
        let request = token.authorize(channel.request(Method::POST, "/items").json(query));
        let response = channel.send(SUBJECT, request, meter).await?;
        match refused(&response, &token) {
            Some(failure) => Err(failure),
            None => Ok((Answer::read(&response.body)?, response.body)),
        }
    }
}

fn refused(response: &Response, token: &Token) -> Option<Failure> {
    let words = String::from_utf8_lossy(&response.body);
    let mut failure = response.refusal(SUBJECT, Some(&words))?;
    failure.detail = token.mask().line(&failure.detail, 300);
    if response.status.as_u16() == 410 {
        failure.kind = FailureKind::CursorExpired;
    }
    Some(failure)
}

#[async_trait]
impl Source for Toy {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let (answer, fetched) = self.ask(&query([("size", 1)])).await?;
        let (count, reading) = match self.way {
            Way::ChainsById => {
                // Two chains that meet.
                let cut = Some(1_100);
                let starts = [(None, cut), (cut, None)].map(|(after, until)| Cursor::Id { after, until });
                (None, Reading::Chains { starts: starts.into() })
            }
            Way::ChainByCursor => (None, Reading::Chains { starts: vec![Cursor::Opaque { cursor: None }] }),
            Way::NumberedPages | Way::Windows => (answer.total, Reading::NumberedPages),
        };
        let (stream, page_size, traffic) = (Stream::Assets, 20, fetched.traffic);
        Ok(vec![Opened { stream, count, page_size, reading, dropped_fields: Vec::new(), traffic }])
    }

    async fn fetch(&self, _: Stream, window: Window) -> Result<Fetched, Failure> {
        let page = window.offset / u64::from(window.limit) + 1;
        Ok(self.ask(&query([("page", page), ("size", window.limit.into())])).await?.1)
    }

    async fn count(&self, _: Stream) -> Result<(Option<u64>, Traffic), Failure> {
        let (answer, fetched) = self.ask(&query([("page", 1), ("size", 1)])).await?;
        Ok((answer.total, fetched.traffic))
    }

    async fn follow(&self, stream: Stream, from: &Cursor) -> Result<Linked, Failure> {
        let mut query = query([("size", 20)]);
        let mut add =
            |name: &'static str, value: Option<String>| query.extend(value.map(|value| (name, value)));
        match (self.way, from) {
            (Way::ChainsById, Cursor::Id { after, until }) => {
                add("after", after.map(|id| id.to_string()));
                add("until", until.map(|id| id.to_string()));
            }
            (Way::ChainByCursor, Cursor::Opaque { cursor }) => add("cursor", cursor.clone()),
            _ => {
                return Err(Failure::new(
                    FailureKind::NotPossible,
                    format!("{stream}"),
                    "reads no such chain",
                ));
            }
        }
        let (answer, fetched) = self.ask(&query).await?;
        let continuation = match (&answer.next, self.way) {
            (None, _) => Continuation::End,
            (Some(_), Way::ChainsById) => Continuation::AfterLastId,
            (Some(cursor), _) => Continuation::Cursor(cursor.clone()),
        };
        Ok(Linked { fetched, continuation, ids: answer.ids() })
    }

    fn single_records(&self, _: Stream) -> Option<&dyn SingleRecords> {
        Some(self)
    }

    fn replay(&self, _: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        Ok(Answer::read(kept)?.transformed())
    }
}

#[async_trait]
impl SingleRecords for Toy {
    async fn confirm(
        &self,
        _: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        let asked: Vec<String> = missing.iter().chain(controls).flat_map(VendorKey::texts).collect();
        let (_, fetched) = self.ask(&Query::from([("ids", asked.join(","))])).await?;
        let keys =
            |keys: &[VendorKey]| keys.iter().map(|key| RowKey::of(key.texts())).collect::<BTreeSet<_>>();
        let (missing, controls) = (keys(missing), keys(controls));
        let rows = &fetched.transformed.row_keys;
        let foreign = rows.iter().any(|key| !missing.contains(key) && !controls.contains(key));
        let control = rows.iter().any(|key| controls.contains(key));
        let verdict = match (foreign, control) {
            (true, _) => Confirmation::Untrusted("a row was not asked for".to_owned()),
            (false, true) => Confirmation::Trusted,
            (false, false) => Confirmation::Untrusted("no control came back".to_owned()),
        };
        Ok((fetched, verdict))
    }
}

/// The address only.
impl fmt::Debug for Toy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toy").field("channel", &self.session.channel()).finish_non_exhaustive()
    }
}

/// The sign-in: the password for a token.
struct Door;

impl SignIn for Door {
    fn subject(&self) -> &str {
        "POST /sign-in"
    }

    fn request(&self, channel: &Channel, password: &SecretText) -> RequestBuilder {
        channel.request(Method::POST, "/sign-in").body(password.expose_secret().to_owned())
    }

    fn token(&self, body: &[u8]) -> Result<SecretText, String> {
        let answer: serde_json::Value = serde_json::from_slice(body).map_err(|_| "no JSON".to_owned())?;
        answer["token"].as_str().map(SecretText::from).ok_or_else(|| "no token".to_owned())
    }

    fn renew_after(&self) -> SignedDuration {
        SignedDuration::from_mins(30)
    }
}
