//! Two stacks in one account, whose names begin the same.

use crate::world::{World, small};
use causeway_cloud::Result;
use causeway_cloud::stack::STACKS;
use reqwest::Method;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the stage: make cloud"]
async fn stacks_do_not_see_each_other() -> Result<()> {
    let own = World::within(STACKS[0], "shared-name", small(31), "").await?;
    let other = World::within(STACKS[1], "shared-name", small(32), "").await?;
    let (first, second) = tokio::join!(own.run_well("first"), other.run_well("first"));
    assert_ne!(own.stack.bucket(), other.stack.bucket());
    first?;
    second?;
    let of = |world: &World| -> BTreeSet<String> {
        world
            .vendor
            .control
            .truth_devices()
            .into_iter()
            .filter(|device| !device.retired)
            .map(|device| device.device_uid)
            .collect()
    };
    let arrived = |world: &World| -> BTreeSet<String> {
        world.receiver.control.assets().into_iter().map(|kept| kept.asset).collect()
    };
    assert_eq!((arrived(&own), arrived(&other)), (of(&own), of(&other)));
    // What one has is not there for the other, under whatever name.
    own.secret("only-here", "a-secret").await?;
    let secrets = other.stack.ask(Method::GET, "/v1/secrets", None).await?.to_string();
    assert!(!secrets.contains("only-here"), "{secrets}");
    for name in ["../plant/shared-name", "plant%2Fshared-name", "..%2F..%2Fplant-000000000000-eu-central-1"] {
        let answer = other.stack.call(Method::GET, &format!("/v1/connections/{name}"), None).await?;
        assert!(matches!(answer.status, 400 | 404), "{name}: {answer:?}");
    }
    Ok(())
}
