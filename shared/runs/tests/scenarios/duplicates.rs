//! Every message handled twice, checks as well: at least once is all that a queue promises. Found by the simulation: each
//! check sent the next one, so a check that came twice doubled with every round and the run drowned in checks.

use crate::world::World;
use causeway_domain::Outcome;

#[tokio::test]
async fn messages_delivered_twice_end_in_the_same_state() {
    let mut ends = Vec::new();
    for twice in [false, true] {
        let mut world = World::new().await;
        world.twice = twice;
        world.run().await.is(Outcome::Complete);
        world.vendor.change(|tables| {
            tables.remove("cam-1", "v2");
            tables.row("pump-1", "").value = 3;
        });
        let second = world.run().await;
        second.is(Outcome::Complete);
        assert_eq!(second.sent, ["cam-1", "pump-1"], "a receipt stops the second handling");
        ends.push((world.receiver.assets(), world.ledger().await, second.verdicts));
    }
    assert_eq!(ends[0], ends[1]);
}
