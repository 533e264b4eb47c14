//! What the answers of the sync endpoint mean for each asset.

use crate::world::{AUTH, Reply, SYNC, World, assets, reply};
use causeway_domain::FailureKind;
use causeway_domain::delivery::ItemAnswer;
use std::fmt::Write;

/// The receipt of four assets, `d-0` to `d-3`, when the gateway answers so.
async fn judged(status: u16, body: &'static str) -> String {
    let usual_auth =
        move |call: &crate::world::Call| if call.path == SYNC { reply(status, body) } else { Reply::Usual };
    let world = World::new(usual_auth).await;
    match world.deliver(&assets(4)).await {
        Ok(receipt) => {
            assert_eq!(receipt.accepted, receipt.findings);
            let mut text = format!("accepted {}", receipt.accepted);
            for refusal in receipt.refused {
                write!(text, "\n  {}: {}", refusal.asset, refusal.reason).unwrap();
            }
            for asset in receipt.again {
                write!(text, "\n  {asset}: again").unwrap();
            }
            text
        }
        Err(failure) => format!("{:?}: {failure}", failure.kind),
    }
}

#[tokio::test]
async fn success_is_judged_asset_by_asset() {
    let answers = [
        (200, r#"{"message":"submitted","responseCode":"SUCCESSFULLY_PUBLISHED","assetsError":{}}"#),
        (202, r#"{"message":"submitted","responseCode":"SUCCESSFULLY_PUBLISHED"}"#),
        (200, r#"{"responseCode":"SUCCESSFULLY_PUBLISHED","assetsError":null,"failed":[],"errors":{}}"#),
        (200, r#"{"responseCode":"PARTIAL","assetsError":{"d-1":"no such field"}}"#),
        (
            207,
            r#"{"assetsError":{"d-1":{"errorMessage":"bad mac"},"plc-3":[{"reason":"bad ip"},{"reason":"bad name"}]}}"#,
        ),
        (200, r#"{"assetsError":{"1":"by position","2":{}}}"#),
        (
            200,
            r#"{"assetsError":[{"sourceNativeKey":"d-0","message":"a"},{"hostName":"plc-2","error":{"code":7,"message":"b"}}]}"#,
        ),
        (
            207,
            r#"{"message":"partial","failed":[{"identityAttributes":{"sourceNativeKey":"d-3"},"errorMessage":"c"}]}"#,
        ),
        (200, r#"{"assetsError":{"failed":[{"externalId":"d-2","reason":"d"}],"rejected":["d-1"]}}"#),
        (200, r#"{"assetsError":{"DUPLICATE_KEY":["d-0","d-1"]}}"#),
        (200, r#"{"assetsError":"the connector is switched off"}"#),
        (200, r#"{"assetsError":{"d-1":"mine","somebody-else":"not sent"}}"#),
        (200, r#"{"responseCode":"FAILED","errors":[{"message":"quota used up"}]}"#),
        (
            200,
            r#"{"assetsError":{"d-1":{"code":7,"message":"Rate limit exceeded"},"d-2":"port 502 is malformed"}}"#,
        ),
        (200, r#"{"assetsError":{"503 Service Unavailable":["d-0","d-3"]}}"#),
        (200, r#"{"assetsError":"temporarily unavailable, try again"}"#),
        (200, r#"{"assetsError":{"failedCount":0}}"#),
        (200, r#"{"assetsError":{"failedCount":2}}"#),
    ];
    let mut all = String::new();
    for (status, body) in answers {
        writeln!(all, "{status} {body}\n→ {}\n", judged(status, body).await).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_response_of_another_endpoint_accepts_nothing() {
    let answers = [
        (200, "<!DOCTYPE html><title>Sign in</title>"),
        (200, ""),
        (200, "OK"),
        (200, r#"{"message":"submi"#),
        (200, "[]"),
        (200, "{}"),
        (200, r#"{"error":"unknown"}"#),
        (200, r#"{"message":"no such connector","responseCode":"INVALID_CONNECTOR_UUID"}"#),
        (200, r#"{"message":"try later","responseCode":"INTERNAL_ERROR","assetsError":{}}"#),
        (301, ""),
        (403, r#"{"message":"no CSAM subscription"}"#),
        (404, r#"{"path":"/rest/2.0/am/connector/asset/data/sync"}"#),
        (400, "<html>blocked by the proxy</html>"),
    ];
    let mut all = String::new();
    for (status, body) in answers {
        writeln!(all, "{status} {body}\n→ {}\n", judged(status, body).await).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_reason_is_one_short_line() {
    let long = format!(r#"{{"assetsError":{{"d-0":"a\n  b {}"}}}}"#, "é".repeat(5000));
    let script = move |call: &crate::world::Call| {
        if call.path == SYNC { reply(200, long.clone()) } else { Reply::Usual }
    };
    let receipt = World::new(script).await.deliver(&assets(1)).await.unwrap();
    let reason = &receipt.refused[0].reason;
    assert!(reason.starts_with("a b é") && reason.chars().count() <= 301, "{reason}");
}

/// Answers 400 (or `status`) to every request in which one of `bad` is.
fn refusing(status: u16, bad: &'static [usize]) -> impl Fn(&crate::world::Call) -> Reply + Send + Sync {
    move |call| {
        let is_bad = |asset: &String| bad.iter().any(|number| *asset == format!("d-{number}"));
        if call.path == SYNC && call.assets().iter().any(is_bad) {
            reply(status, r#"{"message":"macAddress is malformed"}"#)
        } else {
            Reply::Usual
        }
    }
}

#[tokio::test]
async fn a_bad_asset_does_not_block_the_others() {
    for status in [400, 413, 422] {
        let world = World::new(refusing(status, &[5, 41])).await;
        let receipt = world.deliver(&assets(60)).await.unwrap();
        let refused: Vec<&str> = receipt.refused.iter().map(|refusal| refusal.asset.as_str()).collect();
        assert_eq!((receipt.accepted, receipt.findings, refused), (58, 58, vec!["d-41", "d-5"]));
        assert!(receipt.refused[0].reason.contains("macAddress is malformed"), "{receipt:?}");
        let calls = world.calls(SYNC);
        assert!(calls.len() < 30, "{} requests", calls.len());
        let ids: std::collections::BTreeSet<_> =
            calls.iter().map(|call| call.json()["connectorMetaData"]["requestId"].to_string()).collect();
        assert_eq!(ids.len(), calls.len(), "each part is a request of its own");
        assert!(
            calls.iter().all(|call| call.json()["connectorMetaData"]["assetCount"] == call.assets().len())
        );
    }
}

/// The first half is accepted, and then the endpoint has enough.
#[tokio::test]
async fn accepted_parts_are_kept_when_a_later_part_fails() {
    for (status, kind) in [(429, FailureKind::RateLimited), (503, FailureKind::Unavailable)] {
        let world = World::new(move |call| match call.number {
            0 if call.path == SYNC => reply(413, "{}"),
            1 if call.path == SYNC => Reply::Usual,
            _ if call.path == SYNC => Reply::With(status, &[("retry-after", "3600")], String::new()),
            _ => Reply::Usual,
        })
        .await;
        let answer = world.answer(&assets(4)).await.unwrap();
        let [ItemAnswer::Accepted, ItemAnswer::Accepted, ItemAnswer::Again(one), ItemAnswer::Again(other)] =
            answer.items.as_slice()
        else {
            panic!("{answer:?}");
        };
        assert_eq!((one.kind, one), (kind, other), "{answer:?}");
        assert_eq!(answer.traffic.requests as usize, world.calls(SYNC).len() + world.calls(AUTH).len());
    }
}

#[tokio::test]
async fn a_request_that_is_always_refused_fails_as_a_whole_soon() {
    let world = World::new(|call| {
        if call.path == SYNC { reply(400, r#"{"message":"unknown connector"}"#) } else { Reply::Usual }
    })
    .await;
    let failure = world.deliver(&assets(200)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RequestRejected);
    assert!(failure.detail.contains("unknown connector"), "{failure}");
    assert_eq!(world.calls(SYNC).len(), 31);
    let receipt = world.deliver(&assets(1)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.refused.len()), (0, 1));
}

#[tokio::test]
async fn nothing_to_send_sends_nothing() {
    let world = World::new(|_| Reply::Usual).await;
    assert_eq!(world.deliver("[]").await.unwrap().accepted, 0);
    assert!(world.calls(SYNC).is_empty());
}

#[tokio::test]
async fn an_error_cannot_hide_behind_a_second_member_or_another_name() {
    let twice = judged(
        200,
        r#"{"assetsError":{"d-1":"no"},"assetsError":{},"responseCode":"SUCCESSFULLY_PUBLISHED"}"#,
    );
    assert!(twice.await.starts_with("MalformedAnswer"));
    let other = judged(200, r#"{"message":"submitted","error":"boom"}"#).await;
    assert!(other.starts_with("MalformedAnswer") && other.contains("boom"), "{other}");
}

/// I-12: receipts are stored, and the reasons in them are the receiver's own words.
#[tokio::test]
async fn a_token_in_an_answer_is_in_no_receipt() {
    let told =
        judged(200, r#"{"assetsError":{"d-1":"Bearer head.payload0.sign is not allowed here"}}"#).await;
    assert!(told.contains("Bearer (token) is not allowed here") && told.starts_with("accepted 3"), "{told}");
}

/// It may repeat the token in any form: masking comes after decoding, and a part of a token is one, too.
#[tokio::test]
async fn a_token_is_masked_in_every_form_and_in_every_text() {
    let whole = "head.payload0.sign";
    let json: String = whole.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let percent: String = whole.bytes().map(|b| format!("%{b:02x}")).collect();
    let forms =
        [json.replace('\\', "\\\\"), json, percent, whole.replace("sign", "sig"), whole.to_uppercase()];
    for form in forms {
        let bodies = [
            (200, format!(r#"{{"assetsError":{{"d-1":"Bearer {form} is bad"}}}}"#)),
            (200, format!(r#"{{"assetsError":{{"Bearer {form} is bad":["d-1"]}}}}"#)),
            (200, format!(r#"{{"errors":[{{"token":"Bearer {form} is bad"}}]}}"#)),
            (200, format!(r#"{{"responseCode":"ERROR","message":"Bearer {form} is bad"}}"#)),
            (400, format!(r#"{{"message":"Bearer {form} is bad"}}"#)),
            (403, format!(r#"{{"error":{{"reason":"Bearer {form} is bad"}}}}"#)),
        ];
        for (status, body) in bodies {
            let told = judged(status, body.clone().leak()).await;
            let plain = told.to_lowercase().replace("\\", "");
            assert!(told.contains("(token)") && !plain.contains("payload0"), "{body}: {told}");
            assert!(!plain.contains("u0070u0061") && !plain.contains("%70%61"), "{body}: {told}");
        }
    }
}

#[tokio::test]
async fn an_answer_may_begin_with_a_byte_order_mark() {
    let told = judged(200, "\u{feff}{\"responseCode\":\"SUCCESSFULLY_PUBLISHED\",\"assetsError\":{}}").await;
    assert_eq!(told, "accepted 4");
}
