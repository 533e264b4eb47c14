//! A function's engine: the use cases' ports on the services of its stack.

use crate::settings::{OwnQueue, Woken};
use crate::{Batch, Counts, Function, Inbox, Settings, TimeLimit, Work};
use async_trait::async_trait;
use causeway_aws::{
    Arrived, QueueSettings, S3Objects, ScheduleTarget, SqsQueue, StackSchedules, StackSecrets,
};
use causeway_domain::Failure;
use causeway_ports::{
    Clock, Ids, Objects, Queue, Received, Schedules, SecretKeeper, Secrets, SystemClock, SystemIds,
};
use causeway_runs::{Engine, Pacing, Queues, Share, ShippedConnectors};
use jiff::Timestamp;
use std::sync::Arc;

/// What a function has for as long as its environment lives. Making it opens no connection.
pub struct Host {
    /// Which function this is.
    pub function: Function,
    /// Name of the stack.
    pub stack: String,
    /// What use cases work with.
    pub engine: Engine,
    /// The stack's secrets, to set and list.
    pub secrets: Arc<dyn SecretKeeper>,
    /// The stack's schedules; of scheduler and control only.
    pub schedules: Option<Arc<dyn Schedules>>,
    inbox: Option<Arc<dyn Inbox>>,
}

impl Host {
    /// Clients and engine of `function`. They share one configuration, with its credentials and its connections.
    pub async fn new(function: Function, settings: Settings) -> Self {
        let config = causeway_aws::configuration().await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let own = settings.own.clone().unwrap_or_else(sent_to_only);
        let queue = |url: &str| {
            let OwnQueue { dead_url, max_receives } = own.clone();
            let queue = QueueSettings { url: url.to_owned(), dead_url, max_receives };
            Arc::new(SqsQueue::new(&config, queue, Arc::clone(&clock)))
        };
        let work = queue(&settings.work_url);
        let finalize = queue(&settings.finalize_url);
        let deliver = queue(&settings.deliver_url);
        let inbox: Option<Arc<dyn Inbox>> = match function {
            Function::Worker => Some(Arc::<SqsQueue>::clone(&work)),
            Function::Finalizer => Some(Arc::<SqsQueue>::clone(&finalize)),
            Function::Deliverer => Some(Arc::<SqsQueue>::clone(&deliver)),
            Function::Scheduler | Function::Control => None,
        };
        let secrets = Arc::new(StackSecrets::new(&config, settings.stack.as_str(), Arc::clone(&clock)));
        let bucket = settings.bucket.as_str();
        let objects: Arc<dyn Objects> =
            Arc::new(S3Objects::new(&config, bucket, Arc::clone(&clock), Arc::clone(&ids)));
        let target = settings.schedules.map(|woken| target(&settings.stack, woken));
        let schedules = target.map(|target| -> Arc<dyn Schedules> {
            Arc::new(StackSchedules::new(&config, target, Arc::clone(&clock)))
        });
        let readable: Arc<dyn Secrets> = Arc::<StackSecrets>::clone(&secrets);
        let connectors = ShippedConnectors::new(readable, Arc::clone(&clock), Arc::clone(&ids))
            .sharing(Share::among(settings.workers), Share::among(settings.deliverers))
            .with_files_in(Arc::clone(&objects));
        let engine = Engine {
            objects,
            queues: Queues { work, finalize, deliver },
            clock,
            ids,
            connectors: Arc::new(connectors),
            pacing: Pacing::FUNCTIONS,
        };
        Self { function, stack: settings.stack, engine, secrets, schedules, inbox }
    }

    /// A function over other ports than those of AWS.
    pub fn over(
        function: Function,
        stack: impl Into<String>,
        engine: Engine,
        secrets: Arc<dyn SecretKeeper>,
        schedules: Option<Arc<dyn Schedules>>,
    ) -> Self {
        Self { function, stack: stack.into(), engine, secrets, schedules, inbox: None }
    }

    /// A batch of the queue that this function works off; `None` where it works off none.
    pub fn batch(&self, limit: TimeLimit, work: Work) -> Option<Batch<'_>> {
        self.inbox.as_ref().map(|inbox| Batch { engine: &self.engine, inbox: Arc::clone(inbox), limit, work })
    }

    /// Tells the figures of an invocation that began at `began`.
    pub fn tell(&self, counts: &Counts, began: Timestamp) {
        let now = self.engine.clock.now();
        let took = u64::try_from(now.duration_since(began).as_millis()).unwrap_or_default();
        counts.tell(&self.stack, self.function.name(), now.as_millisecond(), took);
    }
}

/// A queue that a function sends to and takes nothing from; it settles nothing there.
fn sent_to_only() -> OwnQueue {
    OwnQueue { dead_url: String::new(), max_receives: u32::MAX }
}

fn target(stack: &str, woken: Woken) -> ScheduleTarget {
    ScheduleTarget {
        group: stack.to_owned(),
        function_arn: woken.function_arn,
        role_arn: woken.role_arn,
        dead_letter_arn: woken.dead_letter_arn,
        flexible_minutes: None,
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
