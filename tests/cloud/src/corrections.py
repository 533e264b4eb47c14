"""Corrects what the emulator gets wrong in a stack that was just deployed; the stage runs it with SAM's Python.

Roles are corrected only where the emulator asks for another action or resource than IAM does. That the template's own
statements allow what functions do is judged by the stage, from the calls.
"""

import json
import sys

import boto3

VISIBILITY_SECONDS = sys.argv[1]

# IAM authorizes a batch as its single calls; the emulator asks for actions that do not exist.
BATCHES = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def listed(value):
    return value if isinstance(value, list) else [value]


def asked_instead(statement):
    """What the emulator asks for where IAM would ask for `statement`."""
    actions = listed(statement["Action"])
    actions += [action + "Batch" for action in actions if action in BATCHES]
    resources = listed(statement["Resource"])
    # It takes every schedule for one of the group `default`.
    schedules = [resource.rsplit("/", 2)[0] + "/default/*" for resource in resources if ":schedule/" in resource]
    return {**statement, "Action": actions, "Resource": resources + schedules}


iam = boto3.client("iam")
for role in iam.list_roles()["Roles"]:
    for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
        document["Statement"] = [asked_instead(statement) for statement in document["Statement"]]
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName=name, PolicyDocument=json.dumps(document))

# Numbers that a template takes from parameters stay texts, and the emulator's poller stops at them.
functions = boto3.client("lambda")
for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
    functions.update_event_source_mapping(
        UUID=mapping["UUID"],
        BatchSize=int(mapping["BatchSize"]),
        ScalingConfig={"MaximumConcurrency": int(mapping["ScalingConfig"]["MaximumConcurrency"])},
    )

# No correction, but patience: what a killed function had in hand comes back while the suite waits.
queues = boto3.client("sqs")
for url in queues.list_queues()["QueueUrls"]:
    if not url.endswith("-dead"):
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": VISIBILITY_SECONDS})
