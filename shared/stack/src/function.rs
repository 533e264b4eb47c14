//! The functions of a stack.

/// A function of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Starts runs.
    Scheduler,
    /// Works on pages and questions.
    Worker,
    /// Decides what a run needs next.
    Finalizer,
    /// Delivers batches.
    Deliverer,
    /// Answers the HTTP API.
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

    /// The log group that its lines go to.
    pub fn log_group(self, stack: &str) -> String {
        format!("/aws/lambda/{}", self.of(stack))
    }
}
