//! S3 at its worst: lost answers, collisions, throttling, refusals, nonsense.

use crate::faulty::{
    CountedIds, ManualClock, RecordedRequest, Reply, Server, answer, cut_off, hung_up, silence, xml,
};
use aws_config::timeout::TimeoutConfig;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use causeway_aws::S3Objects;
use causeway_domain::{Failure, FailureKind};
use causeway_ports::{Clock, Etag, Objects, PutCondition, PutOutcome, Stored};
use std::sync::Arc;
use std::time::Duration;

const BEGUN: &str = "2026-11-28T10:00:00Z";
const ID: &str = "x-amz-meta-causeway-write";

async fn objects(answers: Vec<Reply>) -> (Server, S3Objects, ManualClock) {
    objects_within(Duration::from_secs(2), answers).await
}

/// For bodies of 64 MiB, which take a busy machine longer than any of the others.
async fn patient_objects(answers: Vec<Reply>) -> (Server, S3Objects, ManualClock) {
    objects_within(Duration::from_secs(120), answers).await
}

async fn objects_within(attempt: Duration, answers: Vec<Reply>) -> (Server, S3Objects, ManualClock) {
    let (server, clock) = (Server::start(answers).await, ManualClock::at(BEGUN));
    let config = server.config().await;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt).build();
    let config = config.into_builder().timeout_config(timeouts).build();
    let objects = S3Objects::new(&config, "plant", Arc::new(clock.clone()), Arc::<CountedIds>::default());
    (server, objects, clock)
}

async fn create(objects: &S3Objects) -> Result<PutOutcome, Failure> {
    objects.put("runs/a/1/plan.json", Bytes::from_static(b"{}"), PutCondition::IfAbsent).await
}

async fn swap(objects: &S3Objects) -> Result<PutOutcome, Failure> {
    let condition = PutCondition::IfMatch(Etag("\"v1\"".into()));
    objects.put("connections/a/state.json", Bytes::from_static(b"{}"), condition).await
}

fn written() -> Reply {
    answer(200, &[("etag", "\"v2\"")], "")
}

fn refused() -> Reply {
    xml(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// The object that the first request wrote, to a HEAD.
fn first_writer() -> Reply {
    Box::new(|asked: &[RecordedRequest]| {
        let id = asked[0].header(ID).to_owned();
        Some(Response::builder().header("etag", "\"v2\"").header(ID, id).body(Body::empty()).unwrap())
    })
}

fn is_written(outcome: Result<PutOutcome, Failure>) -> bool {
    outcome.unwrap() == PutOutcome::Written(Etag("\"v2\"".into()))
}

#[tokio::test]
async fn a_collision_is_tried_again_and_a_refusal_is_not() {
    let collision = || xml(409, "ConditionalRequestConflict", "A conflicting operation occurred");
    let (server, objects, clock) = objects(vec![collision(), collision(), written()]).await;
    assert!(is_written(create(&objects).await));
    let asked = server.asked();
    assert!(asked.iter().all(|put| put.line == "PUT /plant/runs/a/1/plan.json?x-id=PutObject"), "{asked:?}");
    assert!(asked.iter().all(|put| put.header("if-none-match") == "*" && put.header(ID) == "id-1"));
    assert_eq!(
        clock.now(),
        BEGUN.parse::<jiff::Timestamp>().unwrap() + Duration::from_millis(300),
        "0.1 s and 0.2 s"
    );

    let (server, objects, _) = self::objects(vec![refused()]).await;
    assert_eq!(create(&objects).await.unwrap(), PutOutcome::Conflict);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_known_as_ones_own() {
    let fault = || xml(500, "InternalError", "We encountered an internal error. Please try again.");
    for lost in [fault(), silence(), hung_up(), answer(200, &[], "")] {
        let (server, objects, _) = objects(vec![lost, refused(), first_writer()]).await;
        assert!(is_written(create(&objects).await));
        assert_eq!(server.asked()[2].line, "HEAD /plant/runs/a/1/plan.json");
        let (_, objects, _) = self::objects(vec![fault(), refused(), first_writer()]).await;
        assert!(is_written(swap(&objects).await));
    }
    for other in
        [answer(200, &[("etag", "\"v3\""), (ID, "id-9")], ""), answer(200, &[], ""), answer(404, &[], "")]
    {
        let (server, objects, _) = objects(vec![fault(), refused(), other]).await;
        assert_eq!(create(&objects).await.unwrap(), PutOutcome::Conflict, "somebody else wrote it");
        server.asked();
    }
}

#[tokio::test]
async fn an_object_that_is_gone_has_no_version_and_a_bucket_that_is_gone_is_a_failure() {
    let (server, objects, _) =
        objects(vec![xml(404, "NoSuchKey", "The specified key does not exist.")]).await;
    assert_eq!(swap(&objects).await.unwrap(), PutOutcome::Conflict);
    assert_eq!(server.asked()[0].header("if-match"), "\"v1\"");
    let (_, objects, _) =
        self::objects(vec![xml(404, "NoSuchBucket", "The specified bucket does not exist")]).await;
    let missing = swap(&objects).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::StoreMissing);
    assert_eq!(
        missing.to_string(),
        "object \"connections/a/state.json\" in bucket plant: NoSuchBucket (404): The specified bucket does not exist"
    );
}

#[tokio::test]
async fn throttling_ends_after_some_attempts() {
    let slow = || xml(503, "SlowDown", "Please reduce your request rate.");
    let (server, objects, clock) = objects((0..8).map(|_| slow()).collect()).await;
    let failure = create(&objects).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StoreUnavailable, "{failure}");
    assert!(failure.detail.starts_with("SlowDown (503)"), "{failure}");
    assert_eq!(server.asked().len(), 8);
    let waited = clock.now().duration_since(BEGUN.parse().unwrap()).as_secs();
    assert!((8..=15).contains(&waited), "waited {waited} s");

    let found = answer(200, &[("etag", "\"v1\"")], "body");
    let (_, objects, _) = self::objects(vec![slow(), slow(), found]).await;
    assert_eq!(objects.get("a").await.unwrap().unwrap().body, "body");
}

#[tokio::test]
async fn a_refusal_names_who_may_not_do_what_and_no_request() {
    let message = "User: arn:aws:sts::111122223333:assumed-role/north-worker/x is not authorized to perform: s3:PutObject";
    let (server, objects, _) = objects(vec![xml(403, "AccessDenied", message)]).await;
    let denied = create(&objects).await.unwrap_err();
    assert_eq!(denied.kind, FailureKind::AccessDenied);
    assert!(denied.detail.contains("north-worker") && denied.detail.contains("s3:PutObject"), "{denied}");
    assert!(
        !denied.to_string().contains("4442587FB7D0A2F9") && !denied.to_string().contains("host-id"),
        "{denied}"
    );
    server.asked();
    for code in ["InvalidAccessKeyId", "ExpiredToken", "SignatureDoesNotMatch"] {
        let (_, objects, _) = self::objects(vec![xml(403, code, "no")]).await;
        assert_eq!(objects.get("a").await.unwrap_err().kind, FailureKind::AccessDenied, "{code}");
    }
}

#[tokio::test]
async fn a_bucket_in_another_region_is_named() {
    let body = "<Error><Code>PermanentRedirect</Code><Message>The bucket must be addressed elsewhere.</Message></Error>";
    let elsewhere = || answer(301, &[("x-amz-bucket-region", "eu-west-1")], body);
    let (_, objects, _) = objects(vec![elsewhere(), elsewhere()]).await;
    for failure in [objects.get("a").await.unwrap_err(), create(&objects).await.unwrap_err()] {
        assert_eq!(failure.kind, FailureKind::StoreMissing, "{failure}");
        assert!(failure.detail.ends_with("the bucket is in eu-west-1"), "{failure}");
    }
    let malformed = "the region 'eu-central-1' is wrong; expecting 'eu-west-1'";
    let (_, objects, _) = self::objects(vec![xml(400, "AuthorizationHeaderMalformed", malformed)]).await;
    let failure = objects.list("runs/").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StoreMissing);
    assert!(failure.detail.contains("expecting 'eu-west-1'"), "{failure}");
}

#[tokio::test]
async fn nonsense_is_a_failure_and_not_an_empty_answer() {
    for body in ["<ListBucketResult><Contents><Key>a", "not XML at all"] {
        let (_, objects, _) = objects(vec![answer(200, &[], body)]).await;
        let failure = objects.list("runs/").await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::StoreUnavailable, "{body}: {failure}");
    }
    let html = || answer(502, &[("content-type", "text/html")], "<html>Bad gateway</html>");
    let (_, objects, _) = objects(vec![html(), html(), html()]).await;
    let failure = objects.get("a").await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.detail.contains("502")),
        (FailureKind::StoreUnavailable, true),
        "{failure}"
    );
}

/// What a GET gives of an endpoint that answers so.
async fn read(answers: &[&str]) -> Result<Option<Stored>, Failure> {
    let endpoint = cut_off(
        answers.iter().map(|answer| format!("HTTP/1.1 200 OK\r\netag: \"v1\"\r\n{answer}")).collect(),
    );
    let config = causeway_emulators::config(&endpoint.await).await;
    let clock = Arc::new(ManualClock::at(BEGUN));
    S3Objects::new(&config, "plant", clock, Arc::<CountedIds>::default()).get("a").await
}

#[tokio::test]
async fn an_object_that_breaks_off_is_read_again_and_a_monster_is_not() {
    let (broken, whole) = ("content-length: 9\r\n\r\nhalf", "content-length: 9\r\n\r\nthe whole");
    assert_eq!(read(&[broken, broken, whole]).await.unwrap().unwrap().body, "the whole");
    let failure = read(&[broken; 3]).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StoreUnavailable);
    assert!(failure.detail.starts_with("the object broke off after 4 of 9 bytes"), "{failure}");
    let monster = read(&["content-length: 268435457\r\n\r\nx"]).await.unwrap_err();
    assert_eq!(monster.kind, FailureKind::StoreDamaged, "{monster}");

    let (server, objects, _) = objects(Vec::new()).await;
    let huge = Bytes::from(vec![0; (256 << 20) + 1]);
    let refused = objects.put("a", huge, PutCondition::IfAbsent).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::AnswerTooLarge);
    server.asked();
}

#[tokio::test]
async fn silence_and_a_closed_door_are_failures_in_time() {
    let (_, objects, _) = objects(vec![silence(), written()]).await;
    assert!(is_written(create(&objects).await), "the second attempt is answered");
    let closed = causeway_emulators::config("http://127.0.0.1:1").await;
    let clock = ManualClock::at(BEGUN);
    let objects = S3Objects::new(&closed, "plant", Arc::new(clock), Arc::<CountedIds>::default());
    for failure in [create(&objects).await.unwrap_err(), objects.get("a").await.unwrap_err()] {
        assert_eq!(failure.kind, FailureKind::StoreUnavailable);
        assert!(failure.detail.contains("dispatch failure"), "{failure}");
    }
}

/// Answers to one attempt to write 64 MiB and a byte in parts, up to the end of the upload.
fn parts() -> Vec<Reply> {
    let created = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";
    let mut answers = vec![answer(200, &[], created)];
    answers.extend((0..5).map(|_| answer(200, &[("etag", "\"part\"")], "")));
    answers
}

fn completed() -> Reply {
    let body = "<CompleteMultipartUploadResult><ETag>\"v2\"</ETag></CompleteMultipartUploadResult>";
    answer(200, &[], body)
}

#[tokio::test]
async fn an_upload_that_fails_inside_a_200_is_judged_by_its_code() {
    let body = || Bytes::from(vec![7; (64 << 20) + 1]);
    for (status, code) in [
        (200, "InternalError"),
        (200, "SlowDown"),
        (200, "ServiceUnavailable"),
        (200, "RequestTimeout"),
        (200, "OperationAborted"),
        (404, "NoSuchUpload"),
        (400, "RequestTimeout"),
    ] {
        let mut answers = parts();
        answers.extend([xml(status, code, "Please try again."), answer(204, &[], "")]);
        answers.extend(parts());
        answers.push(completed());
        let (server, objects, _) = patient_objects(answers).await;
        assert!(is_written(objects.put("large", body(), PutCondition::IfAbsent).await), "{status} {code}");
        server.asked();
    }
    let mut answers = parts();
    answers.extend([xml(200, "PreconditionFailed", "It does not hold"), answer(204, &[], "")]);
    let (_, objects, _) = patient_objects(answers).await;
    let refused = objects.put("large", body(), PutCondition::IfAbsent).await.unwrap();
    assert_eq!(refused, PutOutcome::Conflict);
    for (code, kind) in
        [("AccessDenied", FailureKind::AccessDenied), ("NoSuchBucket", FailureKind::StoreMissing)]
    {
        let mut answers = parts();
        answers.extend([xml(200, code, "no"), answer(204, &[], "")]);
        let (server, objects, _) = patient_objects(answers).await;
        let failure = objects.put("large", body(), PutCondition::IfAbsent).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        server.asked();
    }
}

#[tokio::test]
async fn parts_are_given_up_when_the_object_cannot_be_written() {
    let body = Bytes::from(vec![7; (64 << 20) + 1]);
    let created = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";
    let mut answers = vec![answer(200, &[], created)];
    answers.extend((0..5).map(|_| answer(200, &[("etag", "\"part\"")], "")));
    answers.push(refused());
    answers.push(answer(204, &[], ""));
    let (server, objects, _) = patient_objects(answers).await;
    assert_eq!(objects.put("large", body, PutCondition::IfAbsent).await.unwrap(), PutOutcome::Conflict);
    let asked = server.asked();
    assert_eq!(asked[0].header(ID), "id-1");
    assert_eq!(asked[6].header("if-none-match"), "*");
    assert!(
        asked[7].line.starts_with("DELETE /plant/large?") && asked[7].line.contains("uploadId=u1"),
        "{}",
        asked[7].line
    );
}
