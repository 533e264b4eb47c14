//! What breaks each rule: a place in the template and what stands there instead, as JSON; `-` for nothing.

use serde_json::Value;

#[rustfmt::skip]
pub(crate) const BREAKS: [(&str, &str, &str); 44] = [
    ("buckets are private", "/Resources/Bucket/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy", "false"),
    ("buckets are private", "/Resources/Bucket/Properties/PublicAccessBlockConfiguration", "-"),
    ("buckets are private", "/Resources/Bucket/Properties/OwnershipControls", "-"),
    ("buckets are encrypted", "/Resources/Bucket/Properties/BucketEncryption", "-"),
    ("buckets keep versions and outlive the stack", "/Resources/Bucket/DeletionPolicy", "\"Delete\""),
    ("buckets keep versions and outlive the stack", "/Resources/Bucket/Properties/VersioningConfiguration/Status", "\"Suspended\""),
    ("only tagged pages expire", "/Resources/Bucket/Properties/LifecycleConfiguration/Rules/0/TagFilters", "-"),
    ("only tagged pages expire", "/Resources/Bucket/Properties/LifecycleConfiguration/Rules/0/Prefix", "\"connections/\""),
    ("queues are encrypted", "/Resources/WorkQueue/Properties/SqsManagedSseEnabled", "false"),
    ("queues are encrypted", "/Resources/ScheduleDeadQueue/Properties/SqsManagedSseEnabled", "-"),
    ("queues are polled patiently", "/Resources/WorkQueue/Properties/ReceiveMessageWaitTimeSeconds", "-"),
    ("queues have dead letters", "/Resources/DeliverQueue/Properties/RedrivePolicy", "-"),
    ("queues have dead letters", "/Resources/WorkDeadQueue/Properties/MessageRetentionPeriod", "-"),
    ("messages stay hidden for six times the time-out", "/Resources/WorkQueue/Properties/VisibilityTimeout", "60"),
    ("messages stay hidden for six times the time-out", "/Resources/FinalizeQueue/Properties/VisibilityTimeout", "-"),
    ("messages stay hidden for six times the time-out", "/Resources/Worker/Properties/Timeout", "900"),
    ("messages become dead letters before they expire", "/Resources/WorkQueue/Properties/MessageRetentionPeriod", "3000"),
    ("messages become dead letters before they expire", "/Resources/FinalizeQueue/Properties/RedrivePolicy/maxReceiveCount", "1000"),
    ("messages become dead letters before they expire", "/Resources/DeliverDeadQueue/Properties/MessageRetentionPeriod", "604800"),
    ("functions know how often a message comes", "/Resources/Finalizer/Properties/Environment/Variables/CAUSEWAY_MAX_CHECKS", "\"200\""),
    ("loops of functions are allowed, and no others", "/Resources/Worker/Properties/RecursiveLoop", "-"),
    ("loops of functions are allowed, and no others", "/Resources/Finalizer/Properties/RecursiveLoop", "\"Terminate\""),
    ("loops of functions are allowed, and no others", "/Resources/Deliverer/Properties/RecursiveLoop", "-"),
    ("loops of functions are allowed, and no others", "/Resources/Control/Properties/RecursiveLoop", "\"Allow\""),
    ("loops of functions are allowed, and no others", "/Resources/Scheduler/Properties/Events", "{\"Back\": {\"Type\": \"SQS\", \"Properties\": {\"Queue\": {\"Fn::GetAtt\": [\"FinalizeDeadQueue\", \"Arn\"]}}}}"),
    ("everything is reached over TLS only", "/Resources/BucketPolicy", "-"),
    ("everything is reached over TLS only", "/Resources/QueuePolicy/Properties/Queues/3", "-"),
    ("everything is reached over TLS only", "/Resources/AlarmsPolicy/Properties/PolicyDocument/Statement/1/Effect", "\"Allow\""),
    ("nobody else is let in", "/Resources/AlarmsPolicy/Properties/PolicyDocument/Statement/0/Condition", "-"),
    ("nobody else is let in", "/Resources/QueuePolicy/Properties/PolicyDocument/Statement/0/Effect", "\"Allow\""),
    ("nobody else is let in", "/Resources/ConnectionsRoute/Properties/AuthorizationScopes", "[]"),
    ("nobody else is let in", "/Resources/ConnectionsRoute/Properties/AuthorizationType", "\"NONE\""),
    ("roles name actions and resources", "/Resources/WorkerRole/Properties/Policies/0/PolicyDocument/Statement/1/Action", "\"s3:*\""),
    ("roles name actions and resources", "/Resources/WorkerRole/Properties/Policies/0/PolicyDocument/Statement/1/Resource", "\"*\""),
    ("roles name actions and resources", "/Resources/WorkerRole/Properties/Policies/0/PolicyDocument/Statement/1/Resource", "\"arn:aws:sqs:eu-central-1:1:*\""),
    ("roles name actions and resources", "/Resources/Operator/Properties/PolicyDocument/Statement/0/Action", "\"*\""),
    ("roles are written out", "/Resources/WorkerRole/Properties/ManagedPolicyArns", "[\"arn:aws:iam::aws:policy/AmazonS3FullAccess\"]"),
    ("functions have roles and logs of their own", "/Resources/Worker/Properties/Role", "{\"Fn::GetAtt\": [\"FinalizerRole\", \"Arn\"]}"),
    ("functions have roles and logs of their own", "/Resources/Worker/Properties/LoggingConfig", "-"),
    ("batches fail message by message", "/Resources/Worker/Properties/Events/Messages/Properties/FunctionResponseTypes", "-"),
    ("batches fail message by message", "/Resources/Worker/Properties/Events/Messages/Properties/FilterCriteria", "{}"),
    ("metrics are not dropped with the logs", "/Resources/Worker/Properties/LoggingConfig/ApplicationLogLevel", "\"WARN\""),
    ("logs end", "/Resources/WorkerLogs/Properties/RetentionInDays", "-"),
    ("alarms tell somebody what to do", "/Resources/WorkDeadAlarm/Properties/AlarmActions", "-"),
];

/// Makes the change; the place must be there, or its parent for something new.
pub(crate) fn change(template: &mut Value, place: &str, value: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = template.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}"));
    match (parent, value) {
        (Value::Object(members), "-") => drop(members.remove(name).unwrap()),
        (Value::Object(members), value) => {
            drop(members.insert(name.to_owned(), serde_json::from_str(value).unwrap()));
        }
        (Value::Array(items), "-") => drop(items.remove(name.parse().unwrap())),
        (other, _) => panic!("{other} has no members"),
    }
}
