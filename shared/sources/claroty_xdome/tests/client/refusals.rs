//! Answers that are no data, and what people read about them.

use crate::fixture::{PAGE, ROTATED, Rotating, Setup, TOKEN, message, source};
use crate::vendor::{Reply, Vendor, devices};
use causeway_domain::{Failure, FailureKind, Stream};
use causeway_ports::Source;
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A name, and an answer that can be given again.
type Case = (&'static str, fn() -> Reply);

/// The failure of a fetch against `replies`, its message, and the number of requests.
async fn failed(replies: Vec<Reply>) -> (Failure, String, usize) {
    let vendor = Vendor::start(replies).await;
    let (source, _) = source(&vendor);
    let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    let text = message(&failure, &vendor);
    (failure, text, vendor.requests().len())
}

#[tokio::test]
async fn each_refusal_in_words() {
    let invalid = format!(r#"{{"detail":"Token {TOKEN} is not valid"}}"#);
    let cases = [
        ("401", Reply::status(401, &invalid), Reply::status(401, &invalid)),
        ("403", Reply::status(403, r#"{"detail":"Forbidden"}"#), devices(1)),
        ("403 of a firewall", Reply::html(403), devices(1)),
        ("404", Reply::status(404, r#"{"detail":"Not Found"}"#), devices(1)),
        ("405", Reply::status(405, r#"{"detail":"Method Not Allowed"}"#), devices(1)),
        ("400", Reply::status(400, r#"{"detail":"bad limit"}"#), devices(1)),
        (
            "redirect",
            Reply::status(307, "").and_header("location", "https://login.example.com/x?next=1"),
            devices(1),
        ),
        ("redirect inside", Reply::status(308, "").and_header("location", "/api/v1/devices"), devices(1)),
    ];
    let mut seen = Vec::new();
    for (name, first, second) in cases {
        let (failure, text, asked) = failed(vec![first, second]).await;
        seen.push(format!("{name} ({asked} asked) → {text}\n    {}", failure.advice()));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn transient_failures_are_retried() {
    let cases: [Case; 7] = [
        ("500", || Reply::status(500, r#"{"detail":"Internal Server Error"}"#)),
        ("502 of a proxy", || Reply::html(502)),
        ("broken off", || Reply::Broken(r#"{"devices":[{"ui"#)),
        ("ends in the middle", || Reply::status(200, r#"{"devices":[{"uid":"#)),
        ("HTML", || Reply::html(200)),
        ("error in a 200", || Reply::status(200, r#"{"detail":"tok-3f9a-first expired"}"#)),
        ("wrong list", || Reply::status(200, r#"{"items":[]}"#)),
    ];
    let mut seen = Vec::new();
    for (name, reply) in cases {
        let (_, text, asked) = failed((0..6).map(|_| reply()).collect()).await;
        seen.push(format!("{name} ({asked} asked) → {text}"));
        let vendor = Vendor::start([reply(), devices(1)]).await;
        let (source, _) = source(&vendor);
        let healed = source.fetch(Stream::Assets, PAGE).await.unwrap();
        assert_eq!((healed.traffic.requests, healed.traffic.retries), (2, 1), "{name}");
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn a_rotated_token_is_read_afresh_once() {
    let vendor = Vendor::start([Reply::status(401, "{}"), devices(1)]).await;
    let mut setup = Setup::of(&vendor.url);
    setup.fresh_token = ROTATED;
    let fetched = setup.build().unwrap().fetch(Stream::Assets, PAGE).await.unwrap();
    let tokens: Vec<_> = vendor.requests().iter().map(|request| request.bearer().to_owned()).collect();
    assert_eq!(tokens, [TOKEN, ROTATED]);
    assert_eq!((fetched.traffic.requests, fetched.traffic.retries), (2, 1));
}

#[tokio::test]
async fn a_token_that_is_stored_while_another_is_refused_is_taken() {
    for answers in [&[401_u16, 401][..], &[401, 503, 401], &[503, 401]] {
        let replies = answers.iter().map(|status| Reply::status(*status, "{}")).chain([devices(1)]);
        let vendor = Vendor::start(replies).await;
        let tokens = Arc::new(Rotating::default());
        let source = Setup::of(&vendor.url).build_with(Arc::<Rotating>::clone(&tokens)).unwrap();
        source.fetch(Stream::Assets, PAGE).await.unwrap();
        let sent: Vec<_> = vendor.requests().iter().map(|request| request.bearer().to_owned()).collect();
        assert_eq!(sent.last().unwrap(), &tokens.newest(), "{answers:?}: {sent:?}");
    }
}

#[tokio::test]
async fn an_expiry_is_one_read_past_the_cache_however_many_requests_meet_it() {
    let replies = (0..6).map(|_| Reply::status(401, "{}")).chain((0..6).map(|_| devices(1)));
    let vendor = Vendor::start(replies).await;
    let tokens = Arc::new(Rotating::default());
    let source = Setup::of(&vendor.url).build_with(Arc::<Rotating>::clone(&tokens)).unwrap();
    let calls = (0..6).map(|_| source.fetch(Stream::Assets, PAGE));
    futures::future::try_join_all(calls).await.unwrap();
    assert_eq!(tokens.newest(), "tok-1-of-many", "one for all of them");
}

#[tokio::test]
async fn an_answer_above_the_limit_is_not_read() {
    let large = json!({"devices": [{"uid": "x".repeat(2 << 20)}]}).to_string();
    let vendor = Vendor::start([Reply::status(200, &large)]).await;
    let source = Setup::of(&vendor.url).with("max_answer_mib", json!(1)).build().unwrap();
    let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    insta::assert_snapshot!(message(&failure, &vendor), @"AnswerTooLarge: POST /api/v1/devices/: the answer is larger than the limit of 1 MiB");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let source = Setup::of(&format!("http://{address}")).build().unwrap();
    let failure = source.fetch(Stream::Assets, PAGE).await.unwrap_err();
    let text = format!("{:?}: {failure}", failure.kind).replace(&address.to_string(), "vendor");
    insta::assert_snapshot!(text, @"Unreachable: POST /api/v1/devices/: no connection to vendor: Connection refused (os error 111)");
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let setup = Setup::of(&format!("http://{address}")).with("timeout_seconds", json!(0));
    let failure = setup.build().unwrap().fetch(Stream::Assets, PAGE).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout, "{failure}");
}

#[test]
fn plain_http_is_refused_beyond_loopback() {
    let failure = Setup::of("http://api.example.com").build().unwrap_err();
    insta::assert_snapshot!(format!("{:?}: {failure}", failure.kind), @r#"DefinitionInvalid: address of "api.example.com": plain http is accepted to loopback only; use https"#);
}

#[tokio::test]
async fn no_token_in_what_is_shown() {
    let vendor = Vendor::start([devices(1)]).await;
    let (source, _) = source(&vendor);
    source.fetch(Stream::Assets, PAGE).await.unwrap();
    let shown = format!("{source:?}");
    assert!(!shown.contains(TOKEN) && shown.contains("127.0.0.1"), "{shown}");
}

#[tokio::test]
async fn a_token_is_masked_in_every_form() {
    let escaped: String = TOKEN.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let forms =
        [escaped.replace('\\', "\\\\"), escaped, TOKEN.to_uppercase(), TOKEN[..TOKEN.len() - 1].to_owned()];
    for form in forms {
        let body = format!(r#"{{"detail":"Token {form} is not valid"}}"#);
        for status in [200, 400, 403] {
            let (_, text, _) = failed((0..2).map(|_| Reply::status(status, &body)).collect()).await;
            assert!(text.contains("Token (token) is not valid"), "{status} {form}: {text}");
        }
    }
}

#[tokio::test]
async fn a_page_in_json_is_never_blamed_on_a_proxy() {
    let bodies = [
        r#"{"devices":[{"uid":"a","risk_score":NaN}],"count":1}"#,
        r#"{"devices":[]}"#,
        r#"[{"uid":"a"}]"#,
        r#"{"items":[]}"#,
    ];
    for body in bodies {
        let vendor = Vendor::start((0..8).map(|_| Reply::status(200, body))).await;
        let failure = source(&vendor).0.open().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::MalformedAnswer, "{body}: {failure}");
        assert!(!failure.advice().contains("proxy") && failure.advice().contains("The API itself"), "{body}");
    }
    let vendor = Vendor::start((0..8).map(|_| Reply::html(200))).await;
    let failure = source(&vendor).0.open().await.unwrap_err();
    assert!(failure.advice().contains("proxy"), "{failure}");
}

#[tokio::test]
async fn an_answer_may_begin_with_a_byte_order_mark() {
    let body = "\u{feff}{\"devices\":[{\"uid\":\"d-1\"}],\"count\":1}";
    let vendor = Vendor::start([Reply::status(200, body)]).await;
    source(&vendor).0.fetch(Stream::Assets, PAGE).await.unwrap();
}
