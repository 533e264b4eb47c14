//! Rules that the template keeps, whatever else is changed in it, and for each rule a template that breaks it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test, too"
)]

mod broken;
mod grants;
mod names;
mod rules;

use causeway_cloud::template::{Deployment, TEMPLATE, Template};
use rules::RULES;
use serde_json::{Map, Value};

/// With nothing that must be asked for, and with all of it.
fn deployed(template: &Template) -> [Map<String, Value>; 2] {
    [Deployment::new("plant"), Deployment::new("plant").with_everything()]
        .map(|deployment| template.resolve(&deployment).unwrap())
}

fn template() -> Template {
    Template::read(TEMPLATE).unwrap()
}

#[test]
fn the_template_keeps_every_rule() {
    for resources in deployed(&template()) {
        let wrong: Vec<_> = RULES.iter().map(|(name, rule)| (*name, rule(&resources))).collect();
        let wrong: Vec<_> = wrong.into_iter().filter(|(_, offenders)| !offenders.is_empty()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn what_is_only_made_when_asked_for_is_made_then() {
    let [plain, everything] = deployed(&template());
    for id in ["Api", "ApiAuthorizer", "AlarmsByMail"] {
        assert!(!plain.contains_key(id) && everything.contains_key(id), "{id}");
    }
    let algorithm =
        "/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault";
    assert_eq!(plain["Bucket"].pointer(algorithm).unwrap()["SSEAlgorithm"], "AES256");
    let own = everything["Bucket"].pointer(algorithm).unwrap();
    assert_eq!((&own["SSEAlgorithm"], own["KMSMasterKeyID"].is_string()), (&"aws:kms".into(), true));
    let endpoint = "/Properties/ReservedConcurrentExecutions";
    assert!(plain["Worker"].pointer(endpoint).is_none() && everything["Worker"].pointer(endpoint).is_some());
}

#[test]
fn every_time_out_that_can_be_chosen_has_a_visibility_of_six_times_it() {
    let template = template().0;
    let visibilities = template["Mappings"]["VisibilityOf"].as_object().unwrap();
    for (seconds, visibility) in visibilities {
        let six = seconds.parse::<u32>().unwrap() * 6;
        assert_eq!(visibility["Seconds"], Value::from(six.to_string()), "{seconds}");
    }
    for parameter in ["WorkerTimeout", "FinalizerTimeout", "DelivererTimeout"] {
        for allowed in template["Parameters"][parameter]["AllowedValues"].as_array().unwrap() {
            assert!(visibilities.contains_key(allowed.as_str().unwrap()), "{parameter} {allowed}");
        }
    }
}

/// Also where messages are hidden longest and handed out most often.
#[test]
fn no_parameters_let_messages_expire_unseen() {
    let slowest = ["WorkerTimeout", "FinalizerTimeout", "DelivererTimeout"];
    let most = Deployment::new("plant").with("MaxReceives", "100");
    let most = slowest.iter().fold(most, |deployment, parameter| deployment.with(parameter, "900"));
    let resources = template().resolve(&most).unwrap();
    let (name, rule) = RULES[8];
    assert_eq!(name, "messages become dead letters before they expire");
    assert_eq!(rule(&resources), Vec::<String>::new());
    assert_eq!(template().0["Parameters"]["MaxReceives"]["MaxValue"], 100);
}

#[test]
fn every_parameter_is_described_and_grouped() {
    let template = template().0;
    let groups =
        template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().unwrap();
    let grouped: Vec<&Value> =
        groups.iter().flat_map(|group| group["Parameters"].as_array().unwrap()).collect();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].as_str().is_some_and(|text| text.len() > 20), "{name}");
        assert!(grouped.contains(&&Value::from(name.as_str())), "{name} is in no group");
        assert!(parameter.get("Default").is_some(), "{name} has no default");
    }
    assert_eq!(grouped.len(), template["Parameters"].as_object().unwrap().len());
}

/// Whatever a role of one stack names must not cover anything of another, also one whose name begins the same.
#[test]
fn a_stack_names_nothing_of_another() {
    let template = template();
    let own = template.resolve(&Deployment::new("plant").with_everything()).unwrap();
    let others = template.resolve(&Deployment::new("plant-2").with_everything()).unwrap();
    let other = rules::statements(&others);
    let mut seen = 0;
    for (role, statement) in rules::statements(&own) {
        for pattern in
            statement.resources.iter().filter(|pattern| *pattern != "*" && !pattern.contains(":kms:"))
        {
            for (_, foreign) in &other {
                let covered = |resource: &&String| causeway_cloud::policy::matches(pattern, resource);
                // Roles and the stack itself have ids of their own, which only CloudFormation knows.
                let known = |resource: &&String| {
                    !resource.contains(":role/") && !resource.contains(":cloudformation:")
                };
                let found = foreign.resources.iter().filter(known).find(covered);
                assert_eq!(found, None, "{role} {} by {pattern}", statement.sid);
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn each_rule_notices_what_breaks_it() {
    for (name, rule) in RULES {
        let breaks: Vec<_> = broken::BREAKS.iter().filter(|(broken, ..)| *broken == name).collect();
        assert!(!breaks.is_empty(), "nothing breaks {name}");
        for (_, place, value) in breaks {
            let mut template = template();
            broken::change(&mut template.0, place, value);
            let noticed = deployed(&template).iter().any(|resources| !rule(resources).is_empty());
            assert!(noticed, "{name} does not notice {place} = {value}");
        }
    }
    for (name, ..) in broken::BREAKS {
        assert!(RULES.iter().any(|(rule, _)| *rule == name), "there is no rule {name}");
    }
}

/// The template's routes are the function's, with the scopes that the function asks for.
#[test]
fn the_api_has_the_functions_routes() {
    let [_, everything] = deployed(&template());
    let routes = everything.values().filter(|resource| resource["Type"] == "AWS::ApiGatewayV2::Route");
    let routes: std::collections::BTreeMap<String, usize> = routes
        .map(|route| {
            let properties = &route["Properties"];
            (
                properties["RouteKey"].as_str().unwrap().to_owned(),
                properties["AuthorizationScopes"].as_array().unwrap().len(),
            )
        })
        .filter(|(key, _)| !key.ends_with("/openapi.json"))
        .collect();
    // A higher scope includes the lower ones, so the number of them says which is asked for.
    let scopes = ["causeway/admin", "causeway/operate", "causeway/read"];
    let table = causeway_control::table().into_iter().map(|(method, path, scope)| {
        let place = scopes.iter().position(|known| *known == scope).unwrap();
        (format!("{} {path}", method.to_uppercase()), place + 1)
    });
    assert_eq!(routes, table.collect());
}

/// Alarms look at metrics that functions really tell, also when there is nothing to tell.
#[test]
fn alarms_look_at_metrics_that_exist() {
    let line = causeway_hosting::Counts::default().with_milestones().line("plant", "worker", 0, 0);
    let line: Value = serde_json::from_str(&line).unwrap();
    let [plain, _] = deployed(&template());
    let alarms: Vec<&Value> = plain
        .values()
        .map(|resource| &resource["Properties"])
        .filter(|properties| properties["Namespace"] == "Causeway")
        .collect();
    assert_eq!(alarms.len(), 3);
    for alarm in alarms {
        assert!(line[alarm["MetricName"].as_str().unwrap()].is_u64(), "{alarm} looks at nothing");
        assert_eq!((&alarm["Dimensions"][0]["Name"], &line["Stack"]), (&"Stack".into(), &"plant".into()));
    }
}
