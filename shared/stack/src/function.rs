//! The functions of a stack.

/// A function of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Starts runs.
    Scheduler,
    /// Fetches pages and answers direct queries.
    Worker,
    /// Decides what a run needs next.
    Finalizer,
    /// Delivers batches.
    Deliverer,
    /// Serves the HTTP API.
    Control,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Scheduler, Self::Worker, Self::Finalizer, Self::Deliverer, Self::Control];

    /// Its name inside a stack.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Worker => "worker",
            Self::Finalizer => "finalizer",
            Self::Deliverer => "deliverer",
            Self::Control => "control",
        }
    }

    /// Its name on AWS.
    pub fn of(self, stack: &str) -> String {
        format!("{stack}-{}", self.name())
    }

    /// Its log group.
    pub fn log_group(self, stack: &str) -> String {
        format!("/aws/lambda/{}", self.of(stack))
    }
}
