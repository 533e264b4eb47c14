//! The fault menu: everything that can go wrong in a simulated world, each kind with a switch.

use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// One kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $kind,)*
        }

        impl Fault {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

faults! {
    /// A message is delivered twice.
    QueueDuplicate = "queue-duplicate",
    /// A message comes late.
    QueueDelay = "queue-delay",
    /// Sending fails after some of the messages were taken.
    QueueSendFails = "queue-send-fails",
    /// The answer to a send is lost; the messages are not.
    QueueSendLost = "queue-send-answer-lost",
    /// A settlement does not arrive.
    QueueSettleFails = "queue-settle-fails",
    /// The answer about a whole batch is lost or cannot be read, so all its messages come again.
    QueueBatchLost = "queue-batch-answer-lost",
    /// A message becomes visible again while its worker is at work.
    QueueVisibility = "queue-visibility-expires",
    /// Dead letters are sent again.
    QueueRedrive = "queue-redrive",
    /// A queue loses everything.
    QueueLost = "queue-lost",
    /// The schedule fires twice.
    FireTwice = "fire-twice",
    /// The schedule fires late.
    FireLate = "fire-late",
    /// Somebody starts another run meanwhile.
    FireOverlapping = "fire-overlapping",
    /// Somebody starts the next run in the moment in which one ends.
    FireAtTheEnd = "fire-at-the-end",
    /// A start that fails is not repeated.
    FireLost = "fire-lost",
    /// Somebody resumes the run.
    Resume = "resume",
    /// 500 or 503, nothing was done.
    StoreFails = "store-fails",
    /// 500 or 503, but the write happened.
    StoreWritesAndFails = "store-writes-and-fails",
    /// The write happened, its answer was lost, and the port's own retry met it.
    StoreMeetsOwnWrite = "store-meets-own-write",
    /// 409: the port tries again.
    StoreCollides = "store-collides",
    /// An upload breaks off; nothing is visible.
    StoreTorn = "store-torn-upload",
    /// Any call takes long.
    Slow = "slow",
    /// 429 without a pause.
    VendorLimits = "vendor-429",
    /// 429 that names a pause.
    VendorPauses = "vendor-429-pause",
    /// 5xx.
    VendorFails = "vendor-5xx",
    /// No answer in time, before or after the work.
    VendorTimeout = "vendor-timeout",
    /// The answer breaks off.
    VendorTruncated = "vendor-truncated",
    /// HTML, or an error inside a 200.
    VendorUnexpected = "vendor-unexpected",
    /// The token expires in mid-run.
    VendorToken = "vendor-token-expired",
    /// The list is null.
    VendorNullList = "vendor-null-list",
    /// Fewer rows than there are.
    VendorShortPage = "vendor-short-page",
    /// No rows, but a count.
    VendorEmptyPage = "vendor-empty-page",
    /// A row is counted and never handed out, unless it is asked for.
    VendorWithholdsRow = "vendor-withholds-row",
    /// A wrong count.
    VendorWrongCount = "vendor-wrong-count",
    /// A field is refused from some moment of a run on, and the source goes on without it.
    VendorRefusesField = "vendor-refuses-field",
    /// A row twice.
    VendorRepeatsRow = "vendor-repeats-row",
    /// The cursor of a chain is no longer known.
    VendorCursorExpires = "vendor-cursor-expires",
    /// The cursor of a chain leads back to its start.
    VendorLeadsBack = "vendor-leads-back",
    /// A page that is read by ids has them in no order.
    VendorUnsortedIds = "vendor-unsorted-ids",
    /// Rows that cannot be used, with a key.
    RejectKeyed = "reject-keyed",
    /// Rows that cannot be used, without a key.
    RejectKeyless = "reject-keyless",
    /// The token sees one site less.
    TokenLosesSite = "token-loses-site",
    /// A confirming question's filter is ignored.
    ConfirmUnfiltered = "confirm-unfiltered",
    /// A confirming answer is empty.
    ConfirmEmpty = "confirm-empty",
    /// The destination does not answer in time, before or after it accepted.
    ReceiverTimeout = "receiver-timeout",
    /// Part of a batch is accepted, the rest must come again.
    ReceiverPartial = "receiver-partial",
    /// Some assets of a batch must come again, and the answer says which.
    ReceiverAgain = "receiver-again",
    /// The destination says later.
    ReceiverLimits = "receiver-429",
    /// The destination has a fault.
    ReceiverFails = "receiver-5xx",
    /// One asset is refused for good.
    ReceiverRefuses = "receiver-refuses",
    /// A process dies between two awaits.
    Crash = "crash",
    /// A process is ended at its time limit.
    TimeLimit = "time-limit",
    /// A process of the next version is at work beside those of this one.
    TwoVersions = "two-versions",
    /// Clocks of processes differ.
    ClockSkew = "clock-skew",
    /// The vendor's tables change while they are read.
    WorldMoves = "world-moves",
    /// Many records vanish between two runs.
    WorldShrinks = "world-shrinks",
    /// A person approves the newest run's plan.
    PersonApproves = "person-approves",
    /// A person turns the newest run's plan down.
    PersonDiscards = "person-discards",
    /// A person has the newest run try again what it gave up.
    PersonRedrives = "person-redrives",
    /// The connection is edited between runs.
    Redefined = "redefined",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults(u64);

impl Faults {
    /// Every kind.
    pub const ALL: Self = Self((1 << Fault::ALL.len()) - 1);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether `fault` is among them.
    pub fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u64) != 0
    }

    /// The set without `fault`.
    #[must_use]
    pub fn without(self, fault: Fault) -> Self {
        Self(self.0 & !(1 << fault as u64))
    }

    /// The set with `fault`.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        Self(self.0 | (1 << fault as u64))
    }
}
