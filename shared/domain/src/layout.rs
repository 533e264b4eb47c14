//! Keys of all objects, in one place. `docs/ARCHITECTURE.md` shows the same tree.

use crate::{ConnectionName, Generation, MapName, PageId, RunId, Stream};

/// Keys of a connection's own objects.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionKeys<'a>(pub &'a ConnectionName);

impl ConnectionKeys<'_> {
    /// Prefix of all connections.
    pub const ALL: &'static str = "connections/";

    /// Prefix of everything of this connection but its runs.
    pub fn prefix(&self) -> String {
        format!("connections/{}/", self.0)
    }

    /// The definition; If-Match on edit.
    pub fn definition(&self) -> String {
        format!("connections/{}/definition.json", self.0)
    }

    /// The [`crate::ConnectionRecord`]; If-Match.
    pub fn state(&self) -> String {
        format!("connections/{}/state.json", self.0)
    }

    /// The [`crate::connection::ScheduleRecord`]; If-Match.
    pub fn schedule(&self) -> String {
        format!("connections/{}/schedule.json", self.0)
    }

    /// Prefix of all ledgers.
    pub fn ledgers(&self) -> String {
        format!("connections/{}/ledger/", self.0)
    }

    /// One segment of a ledger; the hash makes it immutable.
    pub fn ledger_segment(&self, generation: Generation, number: u32, hash: &str) -> String {
        format!("connections/{}/ledger/{generation:06}/{number:06}-{hash}.ndjson.zst", self.0)
    }

    /// The index of a ledger.
    pub fn ledger_index(&self, generation: Generation, hash: &str) -> String {
        format!("connections/{}/ledger/{generation:06}/index-{hash}.json", self.0)
    }

    /// The definition that a replay maps with.
    pub fn replay(&self, hash: &str) -> String {
        format!("connections/{}/replays/{hash}.json", self.0)
    }

    /// When a run was first asked for by a token, of which `hash` is the hash.
    pub fn token(&self, hash: &str) -> String {
        format!("connections/{}/tokens/{hash}.json", self.0)
    }

    /// Prefix of all runs.
    pub fn runs(&self) -> String {
        format!("runs/{}/", self.0)
    }
}

/// Keys of an own map's versions; all put-if-absent.
#[derive(Debug, Clone, Copy)]
pub struct MapKeys<'a>(pub &'a MapName);

impl MapKeys<'_> {
    /// Prefix of all own maps.
    pub const ALL: &'static str = "maps/";

    /// Prefix of this map.
    pub fn prefix(&self) -> String {
        format!("maps/{}/", self.0)
    }

    /// The text of one version.
    pub fn version(&self, version: u32) -> String {
        format!("maps/{}/v{version}.toml", self.0)
    }

    /// Takes a key of [`Self::version`] apart; `None` for any other key.
    pub fn read(key: &str) -> Option<(MapName, u32)> {
        let (name, file) = key.strip_prefix(Self::ALL)?.split_once('/')?;
        let version = file.strip_prefix('v')?.strip_suffix(".toml")?.parse().ok()?;
        Some((MapName::parse(name).ok()?, version))
    }
}

/// End of the keys of the marks that messages were queued.
pub const QUEUED: &str = "-queued.json";

/// Whether an object may be removed some weeks after it was written, while the rest of its run stays: pages, raw pages,
/// and what was merged of them.
pub fn may_expire(key: &str) -> bool {
    let mut parts = key.split('/');
    parts.next() == Some("runs")
        && matches!(parts.nth(2), Some("pages" | "raw" | "merged"))
        && parts.next().is_some()
}

/// Keys of a run's objects; all put-if-absent.
#[derive(Debug, Clone, Copy)]
pub struct RunKeys<'a>(pub &'a ConnectionName, pub &'a RunId);

impl<'a> RunKeys<'a> {
    fn key(&self, rest: impl std::fmt::Display) -> String {
        format!("runs/{}/{}/{rest}", self.0, self.1)
    }

    /// Prefix of the run.
    pub fn prefix(&self) -> String {
        self.key("")
    }

    /// The keys of one attempt.
    pub fn attempt(self, attempt: u32) -> AttemptKeys<'a> {
        AttemptKeys { run: self, attempt }
    }

    /// Prefix of the interventions.
    pub fn interventions(&self) -> String {
        self.key("interventions/")
    }

    /// What a person did.
    pub fn intervention(&self, number: u32) -> String {
        self.key(format_args!("interventions/{number}.json"))
    }

    /// The manifest.
    pub fn manifest(&self) -> String {
        self.key("manifest.json")
    }

    /// Prefix of a stream's pages.
    pub fn pages(&self, stream: Stream) -> String {
        self.key(format_args!("pages/{stream}/"))
    }

    /// Summary of a page; the page counts once this exists.
    pub fn page_summary(&self, page: PageId) -> String {
        self.key(format_args!("pages/{page}.json"))
    }

    /// Records of a page.
    pub fn page_data(&self, page: PageId, hash: &str) -> String {
        self.key(format_args!("pages/{page}-{hash}.ndjson.zst"))
    }

    /// A page as the vendor sent it.
    pub fn raw_page(&self, page: PageId, hash: &str) -> String {
        self.key(format_args!("raw/{page}-{hash}.json.zst"))
    }

    /// Rejects of a page.
    pub fn page_rejects(&self, page: PageId, hash: &str) -> String {
        self.key(format_args!("rejects/{page}-{hash}.ndjson.zst"))
    }

    /// Catch-up reads of one round of one stream.
    pub fn catch_up(&self, stream: Stream, round: u16) -> String {
        self.key(format_args!("catch-up/{stream}/{round:03}.json"))
    }

    /// A sorted run made of too many overlapping pages.
    pub fn merged(&self, stream: Stream, pass: u32, number: u32, part: u32, hash: &str) -> String {
        self.key(format_args!("merged/{stream}/{pass:02}-{number:06}-{part:06}-{hash}.ndjson.zst"))
    }

    /// The list of confirming questions.
    pub fn confirm_index(&self) -> String {
        self.key("confirm/index.json")
    }

    /// The sites that were seen, each with a record to control answers by.
    pub fn confirm_sites(&self) -> String {
        self.key("confirm/sites.json")
    }

    /// One confirming question: the keys it asks for and its control records.
    pub fn confirm(&self, number: u32) -> String {
        self.key(format_args!("confirm/{number:06}.json"))
    }

    /// What the run saw.
    pub fn coverage(&self) -> String {
        self.key("coverage.json")
    }

    /// The fields that its records had.
    pub fn schema(&self) -> String {
        self.key("schema.json")
    }

    /// The plan.
    pub fn plan(&self) -> String {
        self.key("plan.json")
    }

    /// The plan as it will be if all that is missing is confirmed absent.
    pub fn draft(&self) -> String {
        self.key("draft/plan.json")
    }

    /// Part of the draft's list of verdicts.
    pub fn draft_verdicts(&self, number: u32, hash: &str) -> String {
        self.key(format_args!("draft/verdicts-{number:06}-{hash}.ndjson.zst"))
    }

    /// Part of the list of verdicts.
    pub fn verdicts(&self, number: u32, hash: &str) -> String {
        self.key(format_args!("plan/verdicts-{number:06}-{hash}.ndjson.zst"))
    }

    /// Content of a delivery.
    pub fn delivery(&self, number: u32, hash: &str) -> String {
        self.key(format_args!("deliveries/{number:06}-{hash}.ndjson.zst"))
    }

    /// Prefix of the receipts.
    pub fn receipts(&self) -> String {
        self.key("receipts/")
    }
}

/// Keys of what belongs to one attempt of a run; all put-if-absent. The first attempt is not numbered.
#[derive(Debug, Clone, Copy)]
pub struct AttemptKeys<'a> {
    /// The run.
    pub run: RunKeys<'a>,
    /// The attempt.
    pub attempt: u32,
}

impl AttemptKeys<'_> {
    fn numbered(&self, name: &str) -> String {
        let end = if self.attempt == 0 { String::new() } else { format!("-{}", self.attempt) };
        self.run.key(format_args!("{name}{end}"))
    }

    /// Exists once the messages of all pages were queued.
    pub fn pages_queued(&self) -> String {
        self.numbered("pages") + QUEUED
    }

    /// Exists once the messages of a round of catch-up, whose first page is `first`, were queued. It lies outside `pages/`,
    /// where workers write.
    pub fn catch_up_queued(&self, first: PageId) -> String {
        self.numbered(&format!("catch-up/{first}")) + QUEUED
    }

    /// Exists once the questions were queued.
    pub fn confirm_queued(&self) -> String {
        self.numbered("confirm") + QUEUED
    }

    /// The deliveries that this attempt makes; exists once their messages were queued.
    pub fn deliveries_queued(&self) -> String {
        self.numbered("deliveries") + QUEUED
    }

    /// Receipt of a delivery.
    pub fn receipt(&self, number: u32) -> String {
        self.numbered(&format!("receipts/{number:06}")) + ".json"
    }

    /// Assets whose delivery was refused, or is not known to have arrived.
    pub fn undelivered(&self) -> String {
        self.numbered("undelivered") + ".json"
    }

    /// Prefix of work that was given up.
    pub fn dead_letters(&self) -> String {
        self.numbered("failures") + "/"
    }

    /// Work that was given up, by its name (`findings/main/000012`, `delivery/000003`).
    pub fn dead_letter(&self, work: &str) -> String {
        format!("{}{work}.json", self.dead_letters())
    }

    /// What the process that decided the attempt needed, see [`crate::run::ProcessFigures`].
    pub fn process(&self) -> String {
        self.numbered("process") + ".json"
    }

    /// How the attempt ended.
    pub fn outcome(&self) -> String {
        self.numbered("outcome") + ".json"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Series;

    #[test]
    fn pages_may_expire_and_nothing_else() {
        let (connection, run) =
            (ConnectionName::parse("pages").unwrap(), RunId::parse("20260101T000000Z-0a1b2c3d").unwrap());
        let keys = RunKeys(&connection, &run);
        let page = PageId { stream: Stream::Findings, series: Series::Main, number: 1 };
        let merged = keys.merged(Stream::Assets, 1, 1, 1, "hash");
        for key in
            [keys.page_summary(page), keys.page_data(page, "hash"), keys.raw_page(page, "hash"), merged]
        {
            assert!(may_expire(&key), "{key}");
        }
        let attempt = keys.attempt(0);
        let own = ConnectionKeys(&connection);
        let kept = [
            keys.manifest(),
            keys.plan(),
            keys.delivery(1, "hash"),
            attempt.pages_queued(),
            attempt.undelivered(),
            own.state(),
            own.ledger_index(Generation(1), "hash"),
        ];
        for key in kept {
            assert!(!may_expire(&key), "{key}");
        }
    }
}
