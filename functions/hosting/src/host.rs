//! A function's engine: the use cases' ports on the services of its stack.

use crate::{Batch, Counts, Function, Inbox, InvocationClock, Settings, TimeLimit, Work};
use async_trait::async_trait;
use causeway_aws::{Arrived, SqsQueue};
use causeway_domain::Failure;
use causeway_ports::{Clock, Queue, Received, Schedules, SecretKeeper};
use causeway_runs::Engine;
use causeway_stack::Stack;
use jiff::Timestamp;
use lambda_runtime::Context;
use std::ffi::OsString;
use std::sync::Arc;

/// The clients and ports of a function, kept as long as its environment lives. Creating it opens no connection.
pub struct Host {
    /// Which function this is.
    pub function: Function,
    /// Name of the stack.
    pub stack: String,
    /// The ports of the use cases.
    pub engine: Engine,
    /// The stack's secrets, to set and list.
    pub secrets: Arc<dyn SecretKeeper>,
    /// The stack's schedules; of scheduler and control only.
    pub schedules: Option<Arc<dyn Schedules>>,
    inbox: Option<Arc<dyn Inbox>>,
    clock: Arc<InvocationClock>,
}

impl Host {
    /// Clients and engine of `function`. They share one configuration, with its credentials and its connections.
    pub fn new(
        function: Function,
        settings: Settings,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let config = causeway_aws::configuration_of_function(environment);
        let clock = Arc::<InvocationClock>::default();
        let shared: Arc<dyn Clock> = Arc::<InvocationClock>::clone(&clock);
        let Stack { name, engine, secrets, schedules, work, finalize, deliver } =
            Stack::new(&config, settings, shared);
        let inbox: Option<Arc<dyn Inbox>> = match function {
            Function::Worker => Some(work),
            Function::Finalizer => Some(finalize),
            Function::Deliverer => Some(deliver),
            Function::Scheduler | Function::Control => None,
        };
        Self { function, stack: name, engine, secrets, schedules, inbox, clock }
    }

    /// A function over other ports than those of AWS.
    pub fn over(
        function: Function,
        stack: impl Into<String>,
        engine: Engine,
        secrets: Arc<dyn SecretKeeper>,
        schedules: Option<Arc<dyn Schedules>>,
    ) -> Self {
        let clock = Arc::default();
        Self { function, stack: stack.into(), engine, secrets, schedules, inbox: None, clock }
    }

    /// Begins the invocation of `context`; pauses that exceed its time limit are no longer waited for.
    pub fn begin(&self, context: &Context) -> TimeLimit {
        let limit = TimeLimit::until_ms(self.engine.clock.now(), context.deadline);
        self.clock.begin(limit);
        limit
    }

    /// A batch of the queue that this function processes; `None` for a function without a queue.
    pub fn batch(&self, limit: TimeLimit, work: Work) -> Option<Batch<'_>> {
        self.inbox.as_ref().map(|inbox| Batch { engine: &self.engine, inbox: Arc::clone(inbox), limit, work })
    }

    /// Writes the metrics of an invocation that began at `began`.
    pub fn tell(&self, counts: &Counts, began: Timestamp) {
        let now = self.engine.clock.now();
        let took = u64::try_from(now.duration_since(began).as_millis()).unwrap_or_default();
        counts.tell(&self.stack, self.function.name(), now.as_millisecond(), took);
    }
}

#[async_trait]
impl Inbox for SqsQueue {
    async fn accept(&self, arrived: Arrived) -> Result<Option<Received>, Failure> {
        Self::accept(self, arrived).await
    }

    fn queue(&self) -> &dyn Queue {
        self
    }
}
