//! Queue messages: what is read is written back the same, and every message that can be written can be read.

use crate::plant::Plant;
use crate::world::World;
use arbitrary::{Arbitrary, Result, Unstructured};
use causeway_domain::delivery::Phase;
use causeway_domain::message::{Message, Work};
use causeway_domain::page::{Chain, Window};
use causeway_domain::reading::Cursor;
use causeway_domain::{ConnectionName, FailureKind, Generation, PageId, RunId, Series, Stream};
use causeway_ports::{Received, Settlement};
use jiff::Timestamp;

/// `bytes` as the body of a message, and as the choices by which a valid one is made.
pub fn message(bytes: &[u8]) {
    if let Ok(body) = std::str::from_utf8(bytes) {
        match Message::parse(body) {
            Ok(message) => comes_back(&message),
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::MessageInvalid);
                is_put_aside(body);
            }
        }
    }
    if let Ok(message) = any_message(&mut Unstructured::new(bytes)) {
        comes_back(&message);
    }
}

fn comes_back(message: &Message) {
    let body = message.to_body();
    let again = Message::parse(&body).expect("what was written is a message");
    assert_eq!(&again, message, "a message changes on its way through the queue: {body}");
}

/// No use case acts on a body that is no message (I-10).
fn is_put_aside(body: &str) {
    let world = World::empty(Plant::default());
    let received =
        Received { body: body.to_owned(), receipt: "r".to_owned(), receives: 1, last_receive: false };
    for settlement in world.handle(&received) {
        assert!(matches!(settlement, Settlement::DeadLetter(_)), "not put aside: {settlement:?}");
    }
    assert_eq!(world.writes(), 0, "an invalid message changed the store");
}

fn any_message(choices: &mut Unstructured<'_>) -> Result<Message> {
    let connection = ["a", "plant-north", "z9-0"];
    let connection = ConnectionName::parse(choices.choose(&connection)?).expect("a valid name");
    let at = Timestamp::from_second(choices.int_in_range(0..=4_000_000_000)?).expect("a time of this era");
    let run = RunId::derive(&connection, at, <&str>::arbitrary(choices)?);
    let generation = Generation(u64::arbitrary(choices)?);
    let work = any_work(choices)?;
    Ok(Message {
        version: work.version(),
        connection,
        run,
        generation,
        attempt: u32::arbitrary(choices)?,
        work,
    })
}

fn any_work(choices: &mut Unstructured<'_>) -> Result<Work> {
    let number = u32::arbitrary(choices)?;
    Ok(match choices.int_in_range(0..=6)? {
        0 => {
            let page = any_page(choices, number)?;
            Work::Page { page, window: Window { offset: u64::arbitrary(choices)?, limit: number } }
        }
        1 => Work::Confirm { stream: *choices.choose(&Stream::ALL)?, number },
        2 => Work::Finalize { check: number },
        3 => Work::Count { stream: *choices.choose(&Stream::ALL)?, round: u16::arbitrary(choices)? },
        4 => {
            let from = any_cursor(choices)?;
            Work::Link { page: any_page(choices, number)?, from, cycle_check: Some(any_cursor(choices)?) }
        }
        5 => Work::Replay { page: any_page(choices, number)? },
        _ => {
            Work::Deliver { number, data: String::arbitrary(choices)?, phase: *choices.choose(&Phase::ALL)? }
        }
    })
}

fn any_cursor(choices: &mut Unstructured<'_>) -> Result<Cursor> {
    Ok(if bool::arbitrary(choices)? {
        Cursor::Id { after: Option::arbitrary(choices)?, until: Option::arbitrary(choices)? }
    } else {
        Cursor::Opaque { cursor: Option::arbitrary(choices)? }
    })
}

fn any_page(choices: &mut Unstructured<'_>, number: u32) -> Result<PageId> {
    let stream = *choices.choose(&[Stream::Assets, Stream::Findings])?;
    let round = u16::arbitrary(choices)?;
    let chain = Series::Chain(Chain { lane: u16::arbitrary(choices)?, restart: round });
    let series = [Series::Main, chain, Series::CatchUp(round), Series::Confirm];
    Ok(PageId { stream, series: *choices.choose(&series)?, number })
}
