//! The rules, each a function from resolved resources to those that break it.

use causeway_cloud::policy::{Statement, of_document, of_identity, texts};
use serde_json::{Map, Value};

type Resources = Map<String, Value>;

/// A rule by its name.
pub(crate) type Rule = (&'static str, fn(&Resources) -> Vec<String>);

pub(crate) const RULES: [Rule; 20] = [
    ("buckets are private", |all| offenders(all, "AWS::S3::Bucket", is_private)),
    ("buckets are encrypted", |all| offenders(all, "AWS::S3::Bucket", is_encrypted)),
    ("buckets keep versions and outlive the stack", |all| offenders(all, "AWS::S3::Bucket", is_kept)),
    ("only tagged pages expire", |all| offenders(all, "AWS::S3::Bucket", only_pages_expire)),
    ("queues are encrypted", |all| {
        offenders(all, "AWS::SQS::Queue", |queue| {
            at(queue, "/Properties/SqsManagedSseEnabled") == &Value::Bool(true)
        })
    }),
    ("queues are polled patiently", |all| {
        offenders(all, "AWS::SQS::Queue", |queue| {
            at(queue, "/Properties/ReceiveMessageWaitTimeSeconds") == 20
        })
    }),
    ("queues have dead letters", |all| offenders(all, "AWS::SQS::Queue", has_dead_letters)),
    ("messages stay hidden for six times the time-out", stay_hidden),
    ("messages become dead letters before they expire", expire_last),
    ("functions know how often a message comes", know_receives),
    ("loops of functions are allowed, and no others", loops_allowed),
    ("everything is reached over TLS only", reached_over_tls),
    ("nobody else is let in", nobody_else),
    ("roles name actions and resources", named),
    ("roles are written out", |all| {
        offenders(all, "AWS::IAM::Role", |role| at(role, "/Properties/ManagedPolicyArns").is_null())
    }),
    ("functions have roles and logs of their own", own_roles_and_logs),
    ("batches fail message by message", |all| offenders(all, "AWS::Serverless::Function", fails_by_message)),
    ("metrics are not dropped with the logs", |all| {
        offenders(all, "AWS::Serverless::Function", |function| {
            let least = at(function, "/Properties/LoggingConfig/ApplicationLogLevel");
            least == "INFO" || least == "DEBUG"
        })
    }),
    ("logs end", |all| {
        offenders(all, "AWS::Logs::LogGroup", |group| !at(group, "/Properties/RetentionInDays").is_null())
    }),
    ("alarms tell somebody what to do", |all| offenders(all, "AWS::CloudWatch::Alarm", tells_somebody)),
];

fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn of<'a>(all: &'a Resources, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    all.iter().filter(move |(_, resource)| resource["Type"] == kind)
}

fn offenders(all: &Resources, kind: &str, holds: impl Fn(&Value) -> bool) -> Vec<String> {
    of(all, kind).filter(|(_, resource)| !holds(resource)).map(|(id, _)| id.clone()).collect()
}

fn is_private(bucket: &Value) -> bool {
    let names = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let block = at(bucket, "/Properties/PublicAccessBlockConfiguration");
    names.iter().all(|name| block[name] == true)
        && at(bucket, "/Properties/OwnershipControls/Rules/0/ObjectOwnership") == "BucketOwnerEnforced"
}

fn is_encrypted(bucket: &Value) -> bool {
    let by = "/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault";
    let by = at(bucket, by);
    by["SSEAlgorithm"] == "AES256" || (by["SSEAlgorithm"] == "aws:kms" && by["KMSMasterKeyID"].is_string())
}

fn is_kept(bucket: &Value) -> bool {
    at(bucket, "/Properties/VersioningConfiguration/Status") == "Enabled"
        && bucket["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain"))
        && bucket["UpdateReplacePolicy"] == "Retain"
}

/// Ledgers, definitions, states and maps must outlive everything.
fn only_pages_expire(bucket: &Value) -> bool {
    let rules = at(bucket, "/Properties/LifecycleConfiguration/Rules").as_array();
    let mut expiring = rules.into_iter().flatten().filter(|rule| rule.get("ExpirationInDays").is_some());
    expiring.all(|rule| rule["Prefix"] == "runs/" && at(rule, "/TagFilters/0/Key") == "expires")
}

fn has_dead_letters(queue: &Value) -> bool {
    let takes_dead_letters =
        at(queue, "/Properties/QueueName").as_str().is_some_and(|name| name.ends_with("-dead"));
    if takes_dead_letters {
        // As long as SQS allows, and from whom is said.
        at(queue, "/Properties/MessageRetentionPeriod") == 1_209_600
            && !at(queue, "/Properties/RedriveAllowPolicy/redrivePermission").is_null()
    } else {
        !at(queue, "/Properties/RedrivePolicy/deadLetterTargetArn").is_null()
            && !at(queue, "/Properties/RedrivePolicy/maxReceiveCount").is_null()
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn stay_hidden(all: &Resources) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, function) in of(all, "AWS::Serverless::Function") {
        let queue = at(function, "/Properties/Events/Messages/Properties/Queue").as_str();
        let Some(name) = queue.and_then(|arn| arn.rsplit(':').next()) else { continue };
        let taken = of(all, "AWS::SQS::Queue").find(|(_, queue)| at(queue, "/Properties/QueueName") == name);
        let hidden = taken.and_then(|(_, queue)| number(at(queue, "/Properties/VisibilityTimeout")));
        let time_out = number(at(function, "/Properties/Timeout"));
        if hidden.is_none() || hidden < time_out.map(|seconds| seconds * 6) {
            wrong.push(format!("{id}: {time_out:?} s, {name} hides for {hidden:?} s"));
        }
    }
    wrong
}

/// Seconds for which SQS keeps a message unless it is told.
const USUAL_RETENTION: u64 = 345_600;

/// A message that is hidden for the longest time at each of its receives must not expire before the last one: it would be
/// gone without a trace. Among the dead letters it keeps its age, and must be found there for a week at least.
fn expire_last(all: &Resources) -> Vec<String> {
    let kept =
        |queue: &Value| number(at(queue, "/Properties/MessageRetentionPeriod")).unwrap_or(USUAL_RETENTION);
    let named =
        |name: &str| of(all, "AWS::SQS::Queue").find(|(_, queue)| at(queue, "/Properties/QueueName") == name);
    let holds = |queue: &Value| {
        let policy = at(queue, "/Properties/RedrivePolicy");
        let Some(dead) = policy["deadLetterTargetArn"].as_str() else { return true };
        let longest = number(&policy["maxReceiveCount"])
            .zip(number(at(queue, "/Properties/VisibilityTimeout")))
            .map(|(receives, hidden)| receives * hidden);
        let dead = dead.rsplit(':').next().and_then(named);
        longest.is_some_and(|longest| longest < kept(queue))
            && dead.is_some_and(|(_, dead)| kept(dead) >= kept(queue) + 604_800)
    };
    offenders(all, "AWS::SQS::Queue", holds)
}

/// The queue that a function works off.
fn worked_off(function: &Value) -> Option<&str> {
    let events = at(function, "/Properties/Events").as_object()?;
    events.values().find_map(|event| at(event, "/Properties/Queue").as_str())
}

fn know_receives(all: &Resources) -> Vec<String> {
    let told = |function: &Value| {
        let variables = at(function, "/Properties/Environment/Variables");
        number(&variables["CAUSEWAY_MAX_CHECKS"]).or_else(|| number(&variables["CAUSEWAY_MAX_RECEIVES"]))
    };
    offenders(all, "AWS::Serverless::Function", |function| {
        let name = worked_off(function).and_then(|arn| arn.rsplit(':').next());
        let queue = of(all, "AWS::SQS::Queue")
            .find(|(_, queue)| name.is_some_and(|name| at(queue, "/Properties/QueueName") == name));
        let allowed =
            queue.and_then(|(_, queue)| number(at(queue, "/Properties/RedrivePolicy/maxReceiveCount")));
        allowed == told(function)
    })
}

/// Lambda drops the message of a function that is invoked by what it sent, in the end, unless that is allowed. One that
/// cannot be must not be allowed to, so that a mistake is stopped.
fn loops_allowed(all: &Resources) -> Vec<String> {
    let functions: Vec<(&String, &Value)> = of(all, "AWS::Serverless::Function").collect();
    let may_send = |id: &str, queue: &str| {
        of_identity(all, &format!("{id}Role")).iter().any(|statement| {
            statement.actions.iter().any(|action| action == "sqs:SendMessage")
                && statement.resources.iter().any(|resource| causeway_cloud::policy::matches(resource, queue))
        })
    };
    let invokes = |from: &str, to: &Value| worked_off(to).is_some_and(|queue| may_send(from, queue));
    let is_in_loop = |id: &String| {
        let mut reached: Vec<&String> = vec![id];
        let mut looked_at = 0;
        while let Some(from) = reached.get(looked_at).copied() {
            for (to, function) in &functions {
                if invokes(from, function) {
                    if *to == id {
                        return true;
                    }
                    if !reached.contains(to) {
                        reached.push(to);
                    }
                }
            }
            looked_at += 1;
        }
        false
    };
    let wrong = functions
        .iter()
        .filter(|(id, function)| (at(function, "/Properties/RecursiveLoop") == "Allow") != is_in_loop(id));
    wrong.map(|(id, _)| (*id).clone()).collect()
}

/// The policies of buckets, queues and topics.
fn guards(all: &Resources) -> impl Iterator<Item = (&String, &Value)> {
    let kinds = ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"];
    all.iter().filter(move |(_, resource)| kinds.iter().any(|kind| resource["Type"] == *kind))
}

fn guard_statements(guard: &Value) -> impl Iterator<Item = &Value> {
    at(guard, "/Properties/PolicyDocument/Statement").as_array().into_iter().flatten()
}

fn reached_over_tls(all: &Resources) -> Vec<String> {
    let denies = |statement: &Value| {
        statement["Effect"] == "Deny"
            && statement["Principal"] == "*"
            && at(statement, "/Condition/Bool/aws:SecureTransport") == "false"
    };
    let guarded: Vec<String> = guards(all)
        .filter(|(_, guard)| guard_statements(guard).any(denies))
        .flat_map(|(_, guard)| {
            let properties = &guard["Properties"];
            ["Queues", "Topics", "Bucket"].into_iter().flat_map(move |name| texts(properties.get(name)))
        })
        .collect();
    let is_guarded = |resource: &Value| {
        ["QueueName", "TopicName", "BucketName"].iter().any(|name| {
            let name = resource["Properties"][name].as_str();
            name.is_some_and(|name| guarded.iter().any(|known| known.rsplit(['/', ':']).next() == Some(name)))
        })
    };
    ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"]
        .into_iter()
        .flat_map(|kind| offenders(all, kind, is_guarded))
        .collect()
}

fn nobody_else(all: &Resources) -> Vec<String> {
    let safe = |statement: &Value| {
        statement["Effect"] == "Deny"
            || (at(statement, "/Principal/Service").is_string()
                && !at(statement, "/Condition/StringEquals/aws:SourceAccount").is_null())
    };
    let open = guards(all).filter(|(_, guard)| !guard_statements(guard).all(safe)).map(|(id, _)| id.clone());
    let routes = offenders(all, "AWS::ApiGatewayV2::Route", |route| {
        let scopes = texts(route["Properties"].get("AuthorizationScopes"));
        at(route, "/Properties/AuthorizationType") == "JWT"
            && !at(route, "/Properties/AuthorizerId").is_null()
            && !scopes.is_empty()
            && scopes.iter().all(|scope| scope.starts_with("causeway/"))
    });
    open.chain(routes).collect()
}

/// The statements of all roles and of the policy for people.
pub(crate) fn statements(all: &Resources) -> Vec<(String, Statement)> {
    let roles = of(all, "AWS::IAM::Role")
        .flat_map(|(id, _)| of_identity(all, id).into_iter().map(move |one| (id, one)));
    let policies = of(all, "AWS::IAM::ManagedPolicy");
    let policies = policies.flat_map(|(id, policy)| {
        of_document(at(policy, "/Properties/PolicyDocument")).into_iter().map(move |one| (id, one))
    });
    roles.chain(policies).map(|(id, statement)| (id.clone(), statement)).collect()
}

/// Actions that list what the account has cannot be narrowed to a resource.
const WITHOUT_RESOURCE: [&str; 2] = ["secretsmanager:ListSecrets", "scheduler:ListSchedules"];

fn named(all: &Resources) -> Vec<String> {
    let is_named = |statement: &Statement| {
        let lists = statement.actions.iter().all(|action| WITHOUT_RESOURCE.contains(&action.as_str()));
        let name = |arn: &String| {
            arn.splitn(6, ':').nth(5).is_some_and(|name| !name.trim_matches(['*', '/']).is_empty())
        };
        !statement.actions.is_empty()
            && !statement.resources.is_empty()
            && statement.actions.iter().all(|action| !action.contains('*') && action.contains(':'))
            && (lists || statement.resources.iter().all(name))
    };
    let wrong = statements(all).into_iter().filter(|(_, statement)| !is_named(statement));
    wrong.map(|(id, statement)| format!("{id}: {}", statement.sid)).collect()
}

fn own_roles_and_logs(all: &Resources) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, function) in of(all, "AWS::Serverless::Function") {
        let role = at(function, "/Properties/Role").as_str().unwrap_or_default();
        let logs = at(function, "/Properties/LoggingConfig/LogGroup").as_str().unwrap_or_default();
        let name = at(function, "/Properties/FunctionName").as_str().unwrap_or_default();
        let written =
            of_identity(all, &format!("{id}Role")).into_iter().flat_map(|statement| statement.resources);
        let log_groups: Vec<String> = written.filter(|resource| resource.contains(":log-group:")).collect();
        let exists =
            of(all, "AWS::Logs::LogGroup").any(|(_, group)| at(group, "/Properties/LogGroupName") == logs);
        let well = role.ends_with(&format!("/{id}Role"))
            && function["Properties"].get("Policies").is_none()
            && logs == format!("/aws/lambda/{name}")
            && exists
            && log_groups.len() == 1
            && log_groups.iter().all(|group| group.ends_with(&format!(":{logs}:*")));
        if !well {
            wrong.push(format!("{id}: role {role}, logs {logs}, may write {log_groups:?}"));
        }
    }
    wrong
}

fn fails_by_message(function: &Value) -> bool {
    let events = at(function, "/Properties/Events").as_object();
    let mut mappings = events.into_iter().flat_map(Map::values).filter(|event| event["Type"] == "SQS");
    mappings.all(|mapping| {
        let properties = &mapping["Properties"];
        texts(properties.get("FunctionResponseTypes")) == ["ReportBatchItemFailures"]
            && number(at(properties, "/ScalingConfig/MaximumConcurrency")).is_some_and(|most| most >= 2)
            // What a filter does not match is deleted, not left.
            && properties.get("FilterCriteria").is_none()
    })
}

fn tells_somebody(alarm: &Value) -> bool {
    let text = at(alarm, "/Properties/AlarmDescription").as_str().unwrap_or_default();
    text.contains("docs/OPERATE.md")
        && texts(alarm["Properties"].get("AlarmActions")).iter().any(|topic| topic.ends_with("-alarms"))
}
