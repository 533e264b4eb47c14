//! A stack on an emulator: its resources, and somebody who does the work of its functions.

use crate::process::{Ended, Place, Result, ended};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::Router;
use causeway_control::api;
use causeway_emulators::{Emulator, Program, REGION};
use causeway_hosting::Host;
use causeway_ports::{Queue, Received, Settlement, SystemClock};
use causeway_runs::{Engine, Pacing};
use causeway_stack::{Function, Settings, Stack};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::pin::Pin;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const NAME: &str = "north";

/// A stack called [`NAME`], and where to call the binary for it.
pub(crate) struct Emulated {
    pub(crate) place: Place,
    pub(crate) config: aws_config::SdkConfig,
    /// The environment of its control function.
    pub(crate) variables: BTreeMap<String, String>,
    stack: Stack,
    _emulator: Emulator,
}

/// Variables with which a process finds credentials, and everything at `endpoint`; nothing of this machine's own.
pub(crate) fn aws(endpoint: &str) -> Vec<(String, String)> {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "no-config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "no-credentials"),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

impl Emulated {
    /// Deploys what the template deploys, as far as the command line needs it.
    pub(crate) async fn start() -> Result<Self> {
        let emulator = Emulator::start(Program::Ministack).await;
        let config = emulator.config().await;
        let variables = deploy(&config).await;
        let look_up = |name: &str| variables.get(name).map(OsString::from);
        let settings = Settings::read(Function::Control, &look_up).expect("the environment is complete");
        let mut stack = Stack::new(&config, settings, Arc::new(SystemClock));
        stack.engine.pacing = Pacing::LOCAL;
        let mut place = Place::new()?;
        place.site = ["--stack", NAME].map(str::to_owned).to_vec();
        place.environment = aws(&emulator.endpoint());
        Ok(Self { place, config, variables, stack, _emulator: emulator })
    }

    /// Its control function, in this process: the real routes over the same engine.
    pub(crate) fn control(&self) -> Router {
        let (engine, secrets) = (self.stack.engine.clone(), Arc::clone(&self.stack.secrets));
        api(Arc::new(Host::over(Function::Control, NAME, engine, secrets, self.stack.schedules.clone())))
    }

    /// Does what the functions do until the call has ended.
    pub(crate) async fn with_functions(&self, call: Child) -> Result<Ended> {
        let mut call = tokio::task::spawn_blocking(move || ended(call));
        loop {
            tokio::select! {
                done = &mut call => return done?,
                () = self.work_once() => {}
            }
        }
    }

    /// One look at each queue.
    async fn work_once(&self) {
        let queues = &self.stack.engine.queues;
        self.work_off(&queues.work, |engine, message| {
            Box::pin(async move { causeway_runs::fetch(&engine, &message).await })
        })
        .await;
        self.work_off(&queues.finalize, |engine, message| {
            Box::pin(async move { causeway_runs::finalize(&engine, &message).await })
        })
        .await;
        self.work_off(&queues.deliver, |engine, message| {
            Box::pin(async move { causeway_runs::deliver(&engine, &message).await })
        })
        .await;
        self.stack.engine.clock.sleep(Duration::from_millis(20)).await;
    }

    async fn work_off(&self, queue: &Arc<dyn Queue>, work: Work) {
        for message in queue.receive(10).await.expect("the queue hands out its messages") {
            let settlement = work(self.stack.engine.clone(), message.clone()).await;
            queue.settle(&message, settlement).await.expect("a message is settled");
        }
    }
}

type Work = fn(Engine, Received) -> Pin<Box<dyn Future<Output = Settlement> + Send>>;

/// Makes bucket, queues, schedule group and control function; the variables of the latter.
async fn deploy(config: &aws_config::SdkConfig) -> BTreeMap<String, String> {
    let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    let bucket = format!("{NAME}-000000000000-{REGION}");
    let place = BucketLocationConstraint::from(REGION);
    let place = CreateBucketConfiguration::builder().location_constraint(place).build();
    let made = aws_sdk_s3::Client::from_conf(s3).create_bucket().bucket(&bucket);
    made.create_bucket_configuration(place).send().await.expect("a bucket");
    let scheduler = aws_sdk_scheduler::Client::new(config);
    scheduler.create_schedule_group().name(NAME).send().await.expect("a schedule group");
    let arn = format!("arn:aws:lambda:{REGION}:000000000000:function:{NAME}-scheduler");
    let mut variables = BTreeMap::from(
        [
            ("CAUSEWAY_STACK", NAME),
            ("CAUSEWAY_BUCKET", &bucket),
            ("CAUSEWAY_WORKERS", "2"),
            ("CAUSEWAY_DELIVERERS", "2"),
            ("CAUSEWAY_SCHEDULER_ARN", &arn),
            ("CAUSEWAY_SCHEDULER_ROLE_ARN", "arn:aws:iam::000000000000:role/north-schedules"),
            ("CAUSEWAY_SCHEDULE_DEAD_ARN", "arn:aws:sqs:eu-central-1:000000000000:north-schedule-dead"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let sqs = aws_sdk_sqs::Client::new(config);
    for queue in ["work", "finalize", "deliver"] {
        let made = sqs.create_queue().queue_name(format!("{NAME}-{queue}"));
        let made = made.attributes(QueueAttributeName::VisibilityTimeout, "60").send().await;
        let url = made.expect("a queue").queue_url.unwrap_or_default();
        variables.insert(format!("CAUSEWAY_{}_QUEUE_URL", queue.to_uppercase()), url);
    }
    let lambda = aws_sdk_lambda::Client::new(config).create_function();
    let lambda = lambda.function_name(Function::Control.of(NAME)).runtime(Runtime::Providedal2023);
    let lambda = lambda.role("arn:aws:iam::000000000000:role/north-control").handler("bootstrap");
    let environment = Environment::builder().set_variables(Some(variables.clone().into_iter().collect()));
    let lambda = lambda.environment(environment.build());
    let code = FunctionCode::builder().zip_file(Blob::new(EMPTY_ZIP)).build();
    lambda.code(code).send().await.expect("a control function");
    variables
}

/// An archive without files: the end of its directory.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
