//! The contract of the ports in a real account: `make test-aws`.
//!
//! `CAUSEWAY_TEST_PREFIX` begins the name of everything that is made; credentials and region are those of the environment.
//! Buckets, queues and secrets remain for a person to look at, and are found by the prefix.

use crate::stack::Stack;
use causeway_contract::{check, objects, queue, secrets};
use causeway_local::SystemIds;
use causeway_ports::Ids;

#[expect(clippy::disallowed_methods, reason = "whoever runs this says so in the environment")]
async fn stack() -> Stack {
    let prefix =
        std::env::var("CAUSEWAY_TEST_PREFIX").expect("set CAUSEWAY_TEST_PREFIX, such as causeway-test");
    // Names of buckets are those of the whole world, and a queue's is free again only after a minute.
    let run: String = SystemIds.unique().chars().take(8).collect();
    Stack { config: causeway_aws::configuration().await, prefix: format!("{prefix}-{run}") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs an account of AWS"]
async fn objects_keep_the_contract_on_aws() {
    let stack = stack().await;
    check(objects::cases(), async |name| stack.objects(name).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs an account of AWS"]
async fn queues_keep_the_contract_on_aws() {
    let stack = stack().await;
    check(queue::cases(), async |name| stack.queue(name).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs an account of AWS"]
async fn secrets_keep_the_contract_on_aws() {
    let stack = stack().await;
    check(secrets::cases(), async |name| stack.secrets(name)).await;
}
