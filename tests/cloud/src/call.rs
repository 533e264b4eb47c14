//! AWS calls as policies see them: which actions on which resources a request needs.
//!
//! Facts: the Service Authorization Reference of each service. Batches of SQS are authorized as their single calls; a put
//! with tags needs `s3:PutObjectTagging` as well, one with `If-Match` also `s3:GetObject`; parts of an upload are puts.

use crate::Result;
use serde_json::Value;
use std::collections::BTreeMap;

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// `sqs:SendMessage`.
    pub action: String,
    /// ARN, or `*` for actions that name none.
    pub resource: String,
    /// Condition keys.
    pub context: BTreeMap<String, String>,
}

impl Call {
    /// Without context.
    pub fn new(action: &str, resource: impl Into<String>) -> Self {
        Self { action: action.to_owned(), resource: resource.into(), context: BTreeMap::new() }
    }
}

/// A request to AWS.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path and query as sent.
    pub path: &'a str,
    /// Header by lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Body.
    pub body: &'a [u8],
    /// Account that it goes to.
    pub account: &'a str,
}

/// What `request` needs to be allowed.
///
/// # Errors
/// When it is no call that is known here; a function that makes a new kind of call needs it to be told here.
pub fn calls(request: &Request<'_>) -> Result<Vec<Call>> {
    let signed = (request.header)("authorization").and_then(|text| text.split("Credential=").nth(1));
    let mut scope = signed.ok_or("not signed")?.split('/').skip(2);
    let (region, service) = (scope.next().unwrap_or_default(), scope.next().unwrap_or_default());
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{region}:{}:{rest}", request.account);
    let target =
        (request.header)("x-amz-target").and_then(|target| target.split('.').nth(1)).unwrap_or_default();
    let body = || serde_json::from_slice::<Value>(request.body);
    match service {
        "sqs" => {
            let body = body()?;
            let url = body.get("QueueUrl").and_then(Value::as_str);
            let name =
                url.and_then(|url| url.rsplit('/').next()).or(body.get("QueueName").and_then(Value::as_str));
            let action = format!("sqs:{}", target.strip_suffix("Batch").unwrap_or(target));
            Ok(vec![Call::new(&action, arn("sqs", name.ok_or("no queue")?))])
        }
        "secretsmanager" if target == "ListSecrets" => Ok(vec![Call::new("secretsmanager:ListSecrets", "*")]),
        "secretsmanager" => {
            let body = body()?;
            let named =
                body.get("SecretId").or(body.get("Name")).and_then(Value::as_str).ok_or("no secret")?;
            let action = format!("secretsmanager:{target}");
            let resource = if named.starts_with("arn:") {
                named.to_owned()
            } else {
                // Secrets Manager puts six letters behind each name.
                arn("secretsmanager", &format!("secret:{named}-abcdef"))
            };
            Ok(vec![Call::new(&action, resource)])
        }
        "lambda" => {
            let mut parts = request.path.trim_start_matches('/').split(['/', '?']).skip(2);
            let (name, what) = (parts.next().ok_or("no function")?, parts.next().unwrap_or_default());
            let action = match (request.method, what) {
                ("GET", "configuration") => "lambda:GetFunctionConfiguration",
                ("POST", "invocations") => "lambda:InvokeFunction",
                _ => {
                    return Err(
                        format!("lambda {} {} is not known here", request.method, request.path).into()
                    );
                }
            };
            Ok(vec![Call::new(action, arn("lambda", &format!("function:{name}")))])
        }
        "logs" => {
            let body = body()?;
            let group = body.get("logGroupName").and_then(Value::as_str).ok_or("no log group")?;
            Ok(vec![Call::new(&format!("logs:{target}"), arn("logs", &format!("log-group:{group}:*")))])
        }
        // Everybody may ask who they are; no policy can forbid it.
        "sts" if contains(request.body, b"Action=GetCallerIdentity") => Ok(Vec::new()),
        "scheduler" => schedules(request, &arn),
        "s3" => objects(request),
        other => Err(format!("{other} {} {} is not known here", request.method, request.path).into()),
    }
}

/// Whether `text` stands anywhere in `body`.
pub(crate) fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

fn schedules(request: &Request<'_>, arn: &dyn Fn(&str, &str) -> String) -> Result<Vec<Call>> {
    let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
    let Some(name) = path.strip_prefix("/schedules/") else {
        return match (request.method, path) {
            ("GET", "/schedules") => Ok(vec![Call::new("scheduler:ListSchedules", "*")]),
            _ => Err(format!("{} {path} is not known here", request.method).into()),
        };
    };
    let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "groupName");
    let group = asked.map(|(_, group)| group.into_owned());
    let group = group.or_else(|| body.get("GroupName").and_then(Value::as_str).map(ToOwned::to_owned));
    let schedule = arn("scheduler", &format!("schedule/{}/{name}", group.unwrap_or("default".to_owned())));
    let action = match request.method {
        "POST" => "scheduler:CreateSchedule",
        "PUT" => "scheduler:UpdateSchedule",
        "DELETE" => "scheduler:DeleteSchedule",
        _ => "scheduler:GetSchedule",
    };
    let mut needed = vec![Call::new(action, schedule)];
    if let Some(role) = body.pointer("/Target/RoleArn").and_then(Value::as_str) {
        let mut pass = Call::new("iam:PassRole", role);
        pass.context.insert("iam:PassedToService".to_owned(), "scheduler.amazonaws.com".to_owned());
        needed.push(pass);
    }
    Ok(needed)
}

/// S3 with the bucket in the path.
fn objects(request: &Request<'_>) -> Result<Vec<Call>> {
    let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
    let (bucket, key) =
        path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let bucket = format!("arn:aws:s3:::{bucket}");
    let object = format!("{bucket}/{key}");
    let asks = |name: &str| url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == name);
    match (request.method, key.is_empty()) {
        ("GET", true) if asks("list-type") => Ok(vec![Call::new("s3:ListBucket", bucket)]),
        ("POST", true) if asks("delete") => {
            let body = String::from_utf8_lossy(request.body);
            let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
            Ok(keys.map(|key| Call::new("s3:DeleteObject", format!("{bucket}/{key}"))).collect())
        }
        ("GET" | "HEAD", false) => Ok(vec![Call::new("s3:GetObject", object)]),
        ("DELETE", false) if asks("uploadId") => Ok(vec![Call::new("s3:AbortMultipartUpload", object)]),
        ("DELETE", false) => Ok(vec![Call::new("s3:DeleteObject", object)]),
        ("PUT" | "POST", false) => {
            let mut needed = vec![Call::new("s3:PutObject", object.clone())];
            if (request.header)("x-amz-tagging").is_some() {
                needed.push(Call::new("s3:PutObjectTagging", object.clone()));
            }
            if (request.header)("if-match").is_some() {
                needed.push(Call::new("s3:GetObject", object));
            }
            Ok(needed)
        }
        _ => Err(format!("s3 {} {} is not known here", request.method, request.path).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<(String, String)> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let request = Request { method, path, header: &header, body: body.as_bytes(), account: "1" };
        calls(&request).unwrap().into_iter().map(|call| (call.action, call.resource)).collect()
    }

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=K/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host"
        )
    }

    #[test]
    fn batches_are_single_calls() {
        let by = signed("sqs");
        let headers = [("authorization", by.as_str()), ("x-amz-target", "AmazonSQS.SendMessageBatch")];
        let found = needed("POST", "/", &headers, r#"{"QueueUrl":"http://localhost:1/1/plant-work"}"#);
        assert_eq!(found, [("sqs:SendMessage".into(), "arn:aws:sqs:eu-central-1:1:plant-work".into())]);
    }

    #[test]
    fn a_swap_reads_and_a_tagged_put_tags() {
        let by = signed("s3");
        let headers = [("authorization", by.as_str()), ("if-match", "x"), ("x-amz-tagging", "expires=true")];
        let found = needed("PUT", "/plant/runs/a/1/x.json?x-id=PutObject", &headers, "");
        let actions: Vec<_> = found.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(actions, ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject"]);
        assert!(found.iter().all(|(_, key)| key == "arn:aws:s3:::plant/runs/a/1/x.json"));
        let listed = needed("GET", "/plant?list-type=2&prefix=runs%2F", &headers, "");
        assert_eq!(listed, [("s3:ListBucket".into(), "arn:aws:s3:::plant".into())]);
    }

    #[test]
    fn making_a_schedule_passes_its_role() {
        let by = signed("scheduler");
        let body = r#"{"GroupName":"plant","Target":{"RoleArn":"arn:aws:iam::1:role/r"}}"#;
        let found = needed("POST", "/schedules/press", &[("authorization", by.as_str())], body);
        let schedule = "arn:aws:scheduler:eu-central-1:1:schedule/plant/press";
        assert_eq!(
            found,
            [
                ("scheduler:CreateSchedule".into(), schedule.into()),
                ("iam:PassRole".into(), "arn:aws:iam::1:role/r".into())
            ]
        );
    }
}
