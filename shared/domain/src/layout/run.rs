//! Keys of a run's objects.

use super::run_object::{AttemptObject, RunObject};
use crate::delivery::Phase;
use crate::work::WorkName;
use crate::{ConnectionName, PageId, RunId, Stream};

/// Keys of a run's objects; all put-if-absent.
#[derive(Debug, Clone, Copy)]
pub struct RunKeys<'a> {
    /// The connection.
    pub connection: &'a ConnectionName,
    /// The run.
    pub run: &'a RunId,
}

impl<'a> RunKeys<'a> {
    /// The keys of `run`.
    pub const fn new(connection: &'a ConnectionName, run: &'a RunId) -> Self {
        Self { connection, run }
    }

    /// The key of an object.
    pub fn key(&self, object: &RunObject) -> String {
        format!("{}{object}", self.prefix())
    }

    /// Prefix of the run.
    pub fn prefix(&self) -> String {
        format!("runs/{}/{}/", self.connection, self.run)
    }

    /// Takes a key of this run apart; `None` for any other key.
    pub fn object(&self, key: &str) -> Option<RunObject> {
        RunObject::parse(key.strip_prefix(&self.prefix())?)
    }

    /// The keys of one attempt.
    pub const fn attempt(self, attempt: u32) -> AttemptKeys<'a> {
        AttemptKeys { run: self, attempt }
    }

    /// Prefix of the interventions.
    pub fn interventions(&self) -> String {
        format!("{}interventions/", self.prefix())
    }

    /// An intervention: an approval, a rejection or a retry.
    pub fn intervention(&self, number: u32) -> String {
        self.key(&RunObject::Intervention(number))
    }

    /// The manifest.
    pub fn manifest(&self) -> String {
        self.key(&RunObject::Manifest)
    }

    /// Prefix of a stream's pages.
    pub fn pages(&self, stream: Stream) -> String {
        format!("{}pages/{stream}/", self.prefix())
    }

    /// Summary of a page; the page counts once this exists.
    pub fn page_summary(&self, page: PageId) -> String {
        self.key(&RunObject::PageSummary(page))
    }

    /// Records of a page.
    pub fn page_data(&self, page: PageId, hash: &str) -> String {
        self.key(&RunObject::PageData(page, hash.to_owned()))
    }

    /// A page as the vendor sent it.
    pub fn raw_page(&self, page: PageId, hash: &str) -> String {
        self.key(&RunObject::RawPage(page, hash.to_owned()))
    }

    /// Rejects of a page.
    pub fn page_rejects(&self, page: PageId, hash: &str) -> String {
        self.key(&RunObject::Rejects(page, hash.to_owned()))
    }

    /// The vendor's count of a stream after a round of catch-up.
    pub fn count(&self, stream: Stream, round: u16) -> String {
        self.key(&RunObject::Count(stream, round))
    }

    /// Prefix of the counts of a stream.
    pub fn counts(&self, stream: Stream) -> String {
        format!("{}counts/{stream}/", self.prefix())
    }

    /// Windows that a round of catch-up reads.
    pub fn catch_up(&self, stream: Stream, round: u16) -> String {
        self.key(&RunObject::CatchUp(stream, round))
    }

    /// A sorted run made of too many overlapping pages.
    pub fn merged(&self, stream: Stream, pass: u32, number: u32, part: u32, hash: &str) -> String {
        self.key(&RunObject::Merged { stream, pass, number, part, hash: hash.to_owned() })
    }

    /// How many confirming questions there are.
    pub fn confirm_index(&self) -> String {
        self.key(&RunObject::Questions)
    }

    /// The sites that were seen, each with a record of `stream` to control answers by.
    pub fn confirm_sites(&self, stream: Stream) -> String {
        self.key(&RunObject::ControlSites(stream))
    }

    /// One confirming question about records of `stream`: the keys it asks for and its control records.
    pub fn confirm(&self, stream: Stream, number: u32) -> String {
        self.key(&RunObject::Question(stream, number))
    }

    /// The coverage of each stream.
    pub fn coverage(&self) -> String {
        self.key(&RunObject::Coverage)
    }

    /// The fields that its records had.
    pub fn schema(&self) -> String {
        self.key(&RunObject::Schema)
    }

    /// The plan.
    pub fn plan(&self) -> String {
        self.key(&RunObject::Plan)
    }

    /// The plan as it will be if all that is missing is confirmed absent.
    pub fn draft(&self) -> String {
        self.key(&RunObject::Draft)
    }

    /// Part of the draft's list of verdicts.
    pub fn draft_verdicts(&self, number: u32, hash: &str) -> String {
        self.key(&RunObject::DraftVerdicts(number, hash.to_owned()))
    }

    /// Part of the list of verdicts.
    pub fn verdicts(&self, number: u32, hash: &str) -> String {
        self.key(&RunObject::Verdicts(number, hash.to_owned()))
    }

    /// Content of a delivery.
    pub fn delivery(&self, number: u32, hash: &str) -> String {
        self.key(&RunObject::Delivery(number, hash.to_owned()))
    }

    /// Prefix of the receipts.
    pub fn receipts(&self) -> String {
        format!("{}receipts/", self.prefix())
    }
}

/// Keys of what belongs to one attempt of a run; all put-if-absent.
#[derive(Debug, Clone, Copy)]
pub struct AttemptKeys<'a> {
    /// The run.
    pub run: RunKeys<'a>,
    /// The attempt, from 0.
    pub attempt: u32,
}

impl AttemptKeys<'_> {
    fn key(&self, object: AttemptObject) -> String {
        self.run.key(&RunObject::Attempt(self.attempt, object))
    }

    /// Exists once the messages of all pages were queued.
    pub fn pages_queued(&self) -> String {
        self.key(AttemptObject::PagesQueued)
    }

    /// Exists once the messages of a round of catch-up were queued.
    pub fn catch_up_queued(&self, stream: Stream, round: u16) -> String {
        self.key(AttemptObject::CatchUpQueued(stream, round))
    }

    /// Exists once the message for a page of a chain was sent again.
    pub fn link_resent(&self, page: PageId) -> String {
        self.key(AttemptObject::LinkResent(page))
    }

    /// Exists once the questions were queued.
    pub fn confirm_queued(&self) -> String {
        self.key(AttemptObject::QuestionsQueued)
    }

    /// The deliveries of `phase` that this attempt makes; exists once their messages were queued.
    pub fn deliveries_queued(&self, phase: Phase) -> String {
        self.key(AttemptObject::DeliveriesQueued(phase))
    }

    /// Receipt of a delivery.
    pub fn receipt(&self, number: u32) -> String {
        self.key(AttemptObject::Receipt(number))
    }

    /// What is settled of a delivery after its `nth` try, if that left items to be sent again.
    pub fn partial_receipt(&self, number: u32, nth: u32) -> String {
        self.key(AttemptObject::PartialReceipt(number, nth))
    }

    /// Assets whose delivery was refused, or is not known to have arrived.
    pub fn undelivered(&self) -> String {
        self.key(AttemptObject::Undelivered)
    }

    /// Prefix of work that failed for good.
    pub fn dead_letters(&self) -> String {
        let of = if self.attempt == 0 { String::new() } else { format!("-{}", self.attempt) };
        format!("{}failures{of}/", self.run.prefix())
    }

    /// Work that failed for good.
    pub fn dead_letter(&self, work: WorkName) -> String {
        self.key(AttemptObject::DeadLetter(work))
    }

    /// What the process that decided the attempt needed, see [`crate::run::ProcessFigures`].
    pub fn process(&self) -> String {
        self.key(AttemptObject::Process)
    }

    /// How the attempt ended.
    pub fn outcome(&self) -> String {
        self.key(AttemptObject::Outcome)
    }
}
