//! The use cases' ports on the services of a stack.

use crate::{OwnQueue, Settings, Woken};
use aws_config::SdkConfig;
use causeway_aws::{QueueSettings, S3Objects, ScheduleTarget, SqsQueue, StackSchedules, StackSecrets};
use causeway_connectors::ShippedConnectors;
use causeway_outbound::{Origin, Share};
use causeway_ports::{Clock, Ids, Objects, Schedules, SecretKeeper, Secrets, SystemIds};
use causeway_runs::{Engine, Pacing, Queues};
use std::sync::Arc;

/// A stack's engine, secrets and schedules. Creating it opens no connection.
pub struct Stack {
    /// Its name.
    pub name: String,
    /// What use cases work with.
    pub engine: Engine,
    /// Its secrets, to set and list.
    pub secrets: Arc<dyn SecretKeeper>,
    /// Its schedules; only if the settings name what they wake.
    pub schedules: Option<Arc<dyn Schedules>>,
    /// The queue of pages and direct queries.
    pub work: Arc<SqsQueue>,
    /// The queue of checks.
    pub finalize: Arc<SqsQueue>,
    /// The queue of batches.
    pub deliver: Arc<SqsQueue>,
}

impl Stack {
    /// The stack of `settings`. All clients share `clock` and `config` with its credentials and connections.
    pub fn new(config: &SdkConfig, settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let own = settings.own.clone().unwrap_or_else(sent_to_only);
        let queue = |url: &str| {
            let OwnQueue { dead_url, max_receives } = own.clone();
            let queue = QueueSettings { url: url.to_owned(), dead_url, max_receives };
            Arc::new(SqsQueue::new(config, queue, Arc::clone(&clock)))
        };
        let work = queue(&settings.work_url);
        let finalize = queue(&settings.finalize_url);
        let deliver = queue(&settings.deliver_url);
        let secrets = Arc::new(StackSecrets::new(config, settings.stack.as_str(), Arc::clone(&clock)));
        let bucket = settings.bucket.as_str();
        let objects: Arc<dyn Objects> =
            Arc::new(S3Objects::new(config, bucket, Arc::clone(&clock), Arc::clone(&ids)));
        let target = settings.schedules.map(|woken| target(&settings.stack, woken));
        let schedules = target.map(|target| -> Arc<dyn Schedules> {
            Arc::new(StackSchedules::new(config, target, Arc::clone(&clock)))
        });
        let readable: Arc<dyn Secrets> = Arc::<StackSecrets>::clone(&secrets);
        let connectors = ShippedConnectors::new(readable, Arc::clone(&clock), Arc::clone(&ids))
            .sharing(Share::among(settings.workers), Share::among(settings.deliverers))
            .with_files_in(Arc::clone(&objects));
        let connectors = if is_emulated(config) { connectors } else { connectors.without_loopback() };
        let queues = Queues {
            work: Arc::<SqsQueue>::clone(&work),
            finalize: Arc::<SqsQueue>::clone(&finalize),
            deliver: Arc::<SqsQueue>::clone(&deliver),
        };
        let engine = Engine {
            objects,
            queues,
            clock,
            ids,
            connectors: Arc::new(connectors),
            pacing: Pacing::FUNCTIONS,
        };
        Self { name: settings.stack, engine, secrets, schedules, work, finalize, deliver }
    }
}

/// Whether AWS is emulated on this machine, as in tests; then vendors and receivers may be on it, too.
fn is_emulated(config: &SdkConfig) -> bool {
    let endpoint = config.endpoint_url().and_then(|url| url.parse().ok());
    endpoint.is_some_and(|url| Origin::new(&url).is_ok_and(|origin| origin.is_loopback()))
}

/// A queue that is only sent to.
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
