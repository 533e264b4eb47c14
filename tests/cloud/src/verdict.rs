//! Whether the functions' roles allow exactly what they do.

use crate::Result;
use crate::call::Call;
use crate::policy::{Statement, of_identity};
use crate::recorder::Seen;
use crate::stack::STACKS;
use crate::template::{Deployment, TEMPLATE, Template};

/// Who calls, and the logical ids of the role or policy. The operator is the command line.
const ROLES: [(&str, &str); 6] = [
    ("scheduler", "SchedulerRole"),
    ("worker", "WorkerRole"),
    ("finalizer", "FinalizerRole"),
    ("deliverer", "DelivererRole"),
    ("control", "ControlRole"),
    ("operator", "Operator"),
];

/// What is allowed although the suite never sees it called: statement and a part of what it allows, any if empty; why.
const UNSEEN: [(&str, &str, &str); 19] = [
    ("Read", "/files/", "lines are read when a delivery that was written is made again"),
    (
        "Read",
        "/maps/",
        "maps of one's own are stored by the command line only, and read when a connection names one",
    ),
    ("ReadLines", "/files/", "people fetch written lines by hand, with whatever they like"),
    ("SeeQueues", "", "people look at queues by hand, as docs/OPERATE.md says"),
    ("ClearDeadLetters", "", "people clear dead letters by hand, as docs/OPERATE.md says"),
    ("SeeTheStack", "", "people look at the stack's outputs by hand, as docs/DEPLOY.md says"),
    ("Log", "", "Lambda itself writes the logs, by the function's role"),
    ("UseKey", "", "S3 uses the key in the name of whoever reads or writes"),
    ("TakeMessages", "", "the event source mapping calls them, by the function's role"),
    ("Queue", "schedule-dead", "Lambda itself puts failed starts aside, by the function's role"),
    ("SeeWhatIsThere", "", "S3 itself asks for it before it says that a key does not exist"),
    ("", "s3:AbortMultipartUpload", "objects of more than 64 MiB whose upload breaks off"),
    ("Begin", "/interventions/", "a start after a person decided something, if that was cut short"),
    (
        "Begin",
        "/outcome",
        "a start that the vendor refuses ends its run, and so does an hourly look at a lost one",
    ),
    ("Begin", "/undelivered", "an ended run whose deliveries did not all arrive"),
    ("Change", "/tokens/", "each wish of the suite has the token of one of the two that start"),
    ("Stage", "/failures", "pages that are given up, of assets or of findings"),
    ("Receipts", "/failures", "deliveries that are given up"),
    ("", "/merged/", "runs of more pages than the suite has are merged in passes"),
];

/// What does not fit, one sentence each.
///
/// # Errors
/// When the template cannot be read.
pub fn judge(seen: &Seen) -> Result<Vec<String>> {
    let mut wrong: Vec<String> = seen.troubles.iter().cloned().collect();
    let template = Template::read(TEMPLATE)?;
    let mut used: Vec<(&str, Statement)> = Vec::new();
    for stack in STACKS {
        let resources = template.resolve(&Deployment::new(stack))?;
        for (function, role) in ROLES {
            let parts: Vec<Statement> =
                of_identity(&resources, role).iter().flat_map(Statement::parts).collect();
            let calls = seen.calls.get(&format!("{stack}-{function}"));
            for call in calls.into_iter().flatten().map(|call| with_logical_role(call, stack)) {
                let allowing: Vec<&Statement> = parts.iter().filter(|part| part.allows(&call)).collect();
                if allowing.is_empty() {
                    wrong.push(format!(
                        "{stack}-{function} may not call {} on {}",
                        call.action, call.resource
                    ));
                }
                used.extend(allowing.into_iter().map(|part| (function, of_any_stack(part, stack))));
            }
        }
    }
    let [first, ..] = STACKS;
    let resources = template.resolve(&Deployment::new(first))?;
    for (function, role) in ROLES {
        for part in of_identity(&resources, role).iter().flat_map(Statement::parts) {
            if !used.contains(&(function, of_any_stack(&part, first))) && !is_unseen(&part) {
                wrong.push(format!("{function} is allowed {} and never calls it", describe(&part)));
            }
        }
    }
    Ok(wrong)
}

/// Roles have names of CloudFormation's making: `plant-ScheduleRole-1X2Y3Z` is the role `ScheduleRole`.
fn with_logical_role(call: &Call, stack: &str) -> Call {
    let mut call = call.clone();
    if let Some((before, name)) = call.resource.split_once(&format!(":role/{stack}-"))
        && let Some((logical, _)) = name.split_once('-')
    {
        call.resource = format!("{before}:role/{logical}");
    }
    call
}

/// The statement as it is written for every stack.
fn of_any_stack(part: &Statement, stack: &str) -> Statement {
    let general = |resource: &String| {
        let named =
            [format!(":::{stack}-0"), format!(":{stack}-"), format!(":{stack}/"), format!("/{stack}/")];
        let stacks = [":::S-0", ":S-", ":S/", "/S/"];
        named.iter().zip(stacks).fold(resource.clone(), |text, (name, short)| text.replace(name, short))
    };
    Statement { resources: part.resources.iter().map(general).collect(), ..part.clone() }
}

fn is_unseen(part: &Statement) -> bool {
    let text = describe(part);
    UNSEEN.iter().any(|(sid, what, _)| (sid.is_empty() || part.sid == *sid) && text.contains(what))
}

fn describe(part: &Statement) -> String {
    format!("{} on {} ({})", part.actions.join(", "), part.resources.join(", "), part.sid)
}
