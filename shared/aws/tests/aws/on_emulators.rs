//! The contract of the ports, on emulators.

use crate::stack::Stack;
use causeway_contract::{check, objects, queue, secrets};
use causeway_emulators::{Emulator, Program};

async fn stack(emulator: &Emulator) -> Stack {
    Stack { config: emulator.config().await, prefix: "contract".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_keep_the_contract_on_ministack() {
    let emulator = Emulator::start(Program::Ministack).await;
    let stack = stack(&emulator).await;
    check(objects::cases(), async |name| stack.objects(name).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_keep_the_contract_on_moto() {
    let emulator = Emulator::start(Program::Moto).await;
    let stack = stack(&emulator).await;
    // moto takes no condition on an upload in parts.
    let cases =
        objects::cases().into_iter().filter(|case| case.name != "a_large_object_is_written_as_any_other");
    check(cases.collect(), async |name| stack.objects(name).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn queues_keep_the_contract_on_ministack() {
    let emulator = Emulator::start(Program::Ministack).await;
    let stack = stack(&emulator).await;
    check(queue::cases(), async |name| stack.queue(name).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn secrets_keep_the_contract_on_ministack() {
    let emulator = Emulator::start(Program::Ministack).await;
    let stack = stack(&emulator).await;
    check(secrets::cases(), async |name| stack.secrets(name)).await;
}
