//! Reads a page in parts if one of its rows breaks every answer that contains it.
//!
//! The window is halved until that row stands alone. The other rows are read. The row itself becomes an [`UnreadRow`], with
//! its key if the vendor answers for the key fields alone.

use crate::client::Tries;
use crate::endpoint::Endpoint;
use crate::model::{Answer, Answers, Keys, UnreadRow};
use crate::request;
use crate::source::{Call, ClarotyXdome};
use causeway_domain::page::Window;
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_outbound::Meter;
use causeway_ports::Fetched;

/// Limit of requests for one page: enough for about 50 unreadable rows in a page of 1,000.
const MOST_REQUESTS: u64 = 1024;

/// Whether one row may cause `failure`. A pause that the vendor asks for is not about a row.
pub(crate) fn may_be_of_a_row(failure: &Failure) -> bool {
    use FailureKind::{MalformedAnswer, TruncatedAnswer, Unavailable};
    matches!(failure.kind, MalformedAnswer | TruncatedAnswer | Unavailable) && failure.retry_after.is_none()
}

/// Reads `window` in parts, after the whole window failed as `whole`.
///
/// # Errors
/// `whole` if no row can be shown to be the cause: a vendor that answers nothing has an outage.
pub(crate) async fn fetch_in_parts(
    source: &ClarotyXdome,
    stream: Stream,
    window: Window,
    whole: Failure,
) -> Result<Fetched, Failure> {
    if !may_be_of_a_row(&whole) {
        return Err(whole);
    }
    let (endpoint, meter) = (Endpoint::of(stream), Meter::default());
    let reading = Reading { source, endpoint, meter: &meter, window };
    let Some(mut page) = reading.all_parts().await? else { return Err(whole) };
    let unread = page.unread();
    tracing::warn!(%stream, offset = window.offset, unread, reason = %whole, "read a page in parts");
    // The vendor counts at offset 0 only, as in `request::page`.
    if window.offset == 0
        && page.count().is_none()
        && let Some(count) = reading.count().await?
    {
        page.add_count(count);
    }
    Ok(source.fetched(stream, page, &meter))
}

/// The count of all rows in scope, from answers without the first row or without most of its fields. `None` if the
/// vendor gives none of them.
pub(crate) async fn count_without_the_first_row(
    source: &ClarotyXdome,
    stream: Stream,
    meter: &Meter,
) -> Result<Option<u64>, Failure> {
    let endpoint = Endpoint::of(stream);
    let window = Window { offset: 0, limit: 1 };
    Reading { source, endpoint, meter, window }.count().await
}

struct Reading<'a> {
    source: &'a ClarotyXdome,
    endpoint: &'static Endpoint,
    meter: &'a Meter,
    window: Window,
}

impl Reading<'_> {
    /// The page, unread rows included; `None` if the vendor is at fault, not a row.
    async fn all_parts(&self) -> Result<Option<Answers>, Failure> {
        let mut page = Answers::new(self.endpoint.stream);
        let mut answered = false;
        let mut parts = halves(self.window).map_or_else(|| vec![self.window], Vec::from);
        while let Some(part) = parts.pop() {
            if self.meter.total().requests >= MOST_REQUESTS {
                return Ok(None);
            }
            match (self.all_fields(part, page.rows()).await?, halves(part)) {
                (Ok(answer), _) => {
                    let rows = answer.rows();
                    page.add(answer)?;
                    answered = true;
                    if rows < u64::from(part.limit) {
                        break;
                    }
                }
                (Err(_), Some(halves)) => parts.extend(halves),
                (Err(failure), None) => {
                    answered = answered || self.others_can_be_read(part.offset).await?;
                    if !answered {
                        return Ok(None);
                    }
                    match self.alone(part, page.rows(), failure).await? {
                        Alone::Read(answer) => page.add(*answer)?,
                        Alone::Unread(row) => page.add_unread(row),
                        Alone::Gone => break,
                    }
                }
            }
        }
        Ok(Some(page))
    }

    /// Retries a row that stands alone, then asks for its key fields only.
    async fn alone(&self, part: Window, first_row: u64, failure: Failure) -> Result<Alone, Failure> {
        if let Ok(answer) = self.all_fields(part, first_row).await? {
            return Ok(if answer.rows() == 0 { Alone::Gone } else { Alone::Read(Box::new(answer)) });
        }
        let vendor_key = match self.keys(part).await? {
            Ok(Keys { rows, .. }) => match rows.into_iter().next() {
                Some(key) => key,
                None => return Ok(Alone::Gone),
            },
            Err(_) => None,
        };
        Ok(Alone::Unread(UnreadRow { offset: Some(part.offset), vendor_key, reason: failure.detail }))
    }

    /// Whether the vendor answers for rows near the one at `offset`, or says that there are none.
    async fn others_can_be_read(&self, offset: u64) -> Result<bool, Failure> {
        let end = self.window.offset.saturating_add(self.window.limit.into());
        let near = [Some(offset.saturating_add(1)), self.window.offset.checked_sub(1), Some(end)];
        let mut none_there = true;
        for offset in near.into_iter().flatten() {
            match self.all_fields(Window { offset, limit: 1 }, 0).await? {
                Ok(answer) if answer.rows() > 0 => return Ok(true),
                Ok(_) => {}
                Err(_) => none_there = false,
            }
        }
        Ok(none_there)
    }

    async fn count(&self) -> Result<Option<u64>, Failure> {
        let (none, one) = (Window { offset: 0, limit: 0 }, Window { offset: 0, limit: 1 });
        if let Ok(answer) = self.all_fields(none, 0).await?
            && let Some(count) = answer.count()
        {
            return Ok(Some(count));
        }
        Ok(self.keys(one).await?.ok().and_then(|keys| keys.count))
    }

    async fn all_fields(&self, part: Window, first_row: u64) -> Result<Result<Answer, Failure>, Failure> {
        let call = Call { tries: Tries::OneForRows, meter: self.meter, first_row };
        split(self.source.in_scope(self.endpoint.stream, part, call).await)
    }

    async fn keys(&self, part: Window) -> Result<Result<Keys, Failure>, Failure> {
        let scope = request::scope(self.endpoint, &self.source.settings);
        let request = request::page(self.endpoint, self.endpoint.key, &scope, part)?;
        let call = (Tries::OneForRows, self.meter);
        split(self.source.client.keys(self.endpoint, &request, call).await)
    }
}

/// Result of asking for a single row.
enum Alone {
    Read(Box<Answer>),
    Unread(UnreadRow),
    /// The table ends before it by now.
    Gone,
}

/// Separates failures that a row may cause from all others.
fn split<T>(answer: Result<T, Failure>) -> Result<Result<T, Failure>, Failure> {
    match answer {
        Err(failure) if !may_be_of_a_row(&failure) => Err(failure),
        other => Ok(other),
    }
}

/// Both halves, the first one last, because the last is read first; `None` for a single row.
fn halves(window: Window) -> Option<[Window; 2]> {
    let first = window.limit / 2;
    let second = Window {
        offset: window.offset.saturating_add(first.into()),
        limit: window.limit.saturating_sub(first),
    };
    (first > 0).then_some([second, Window { limit: first, ..window }])
}
