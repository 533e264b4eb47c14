//! Allowed names of a stack, by place.

use crate::template;
use causeway_cloud::template::Deployment;
use causeway_stack::{Function, Settings};
use regex::Regex;
use std::ffi::OsString;

fn pattern(place: &str) -> Regex {
    let template = template();
    Regex::new(template.0.pointer(place).and_then(|pattern| pattern.as_str()).unwrap()).unwrap()
}

/// Whether the functions take this for the name of their stack.
fn functions_take(stack: &str) -> bool {
    let look_up = |name: &str| (name == "CAUSEWAY_STACK").then(|| OsString::from(stack));
    let wrong = Settings::read(Function::Worker, &look_up).unwrap_err();
    !wrong.to_string().contains("CAUSEWAY_STACK")
}

#[test]
fn the_template_refuses_the_names_that_the_functions_refuse() {
    let rule = pattern("/Resources/NameRule/Properties/AllowedPattern");
    let long = "a".repeat(31);
    let names = [
        "a",
        "plant",
        "plant-2",
        "p--",
        &long[1..],
        &long,
        "Plant",
        "PLANT",
        "2plant",
        "-plant",
        "plant_a",
        "pl.ant",
    ];
    for name in names {
        assert_eq!(rule.is_match(&format!("{name} in aws")), functions_take(name), "{name}");
    }
    assert!(functions_take(&long[1..]) && !functions_take(&long) && !functions_take("Plant"));
    for (partition, is_known) in
        [("aws", true), ("aws-cn", true), ("aws-us-gov", true), ("aws-iso", false), ("aws-eusc", false)]
    {
        assert_eq!(rule.is_match(&format!("plant in {partition}")), is_known, "{partition}");
    }
    let template = template();
    assert_eq!(template.0["Resources"]["Bucket"]["DependsOn"], "NameRule", "it is judged first");
}

/// The longest name in the longest region, with the suffix of a regional name.
#[test]
fn the_buckets_name_is_never_too_long() {
    for region in ["eu-central-1", "ap-southeast-1", "us-gov-west-1", "cn-northwest-1"] {
        for namespace in ["global", "account-regional"] {
            let mut deployment = Deployment::new(&"a".repeat(30)).with("BucketNamespace", namespace);
            region.clone_into(&mut deployment.region);
            let resources = template().resolve(&deployment).unwrap();
            let bucket = &resources["Bucket"]["Properties"];
            let name = bucket["BucketName"].as_str().unwrap();
            assert!(name.len() <= 63, "{name}");
            let regional = namespace == "account-regional";
            assert_eq!(name.ends_with(&format!("-000000000000-{region}-an")), regional, "{name}");
            assert_eq!(bucket["BucketNamespace"] == "account-regional", regional, "{bucket}");
        }
    }
}

/// Names of policies and dashboards belong to the account, not to a region of it.
#[test]
fn one_name_serves_in_two_regions() {
    let names = |region: &str| {
        let mut deployment = Deployment::new("plant").with_everything();
        region.clone_into(&mut deployment.region);
        let resources = template().resolve(&deployment).unwrap();
        let name =
            |id: &str, property: &str| resources[id]["Properties"][property].as_str().unwrap().to_owned();
        let roles = resources.values().filter(|resource| resource["Type"] == "AWS::IAM::Role");
        for role in roles {
            assert!(role["Properties"].get("RoleName").is_none(), "{role}");
        }
        [
            name("Operator", "ManagedPolicyName"),
            name("Dashboard", "DashboardName"),
            name("Bucket", "BucketName"),
        ]
    };
    let (here, there) = (names("eu-central-1"), names("us-east-1"));
    assert!(here.iter().zip(&there).all(|(here, there)| here != there), "{here:?} {there:?}");
}

#[test]
fn other_partitions_have_hosts_of_their_own() {
    for (region, s3, console) in [
        ("eu-central-1", "s3.eu-central-1.amazonaws.com", "https://eu-central-1.console.aws.amazon.com/"),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn", "https://cn-north-1.console.amazonaws.cn/"),
        (
            "us-gov-west-1",
            "s3.us-gov-west-1.amazonaws.com",
            "https://us-gov-west-1.console.amazonaws-us-gov.com/",
        ),
    ] {
        let mut deployment = Deployment::new("plant").with_everything();
        region.clone_into(&mut deployment.region);
        let template = template();
        let resources = serde_json::to_string(&template.resolve(&deployment).unwrap()).unwrap();
        let via: Vec<&str> = resources.split("\"kms:ViaService\":\"").skip(1).collect();
        assert_eq!(via.len(), 6);
        assert!(via.iter().all(|rest| rest.starts_with(&format!("{s3}\""))), "{region}");
        let link = template.output("DashboardUrl", &deployment).unwrap();
        assert!(link.starts_with(console) && link.ends_with(&format!("/plant-{region}")), "{link}");
    }
}

/// The gateway compares an issuer letter by letter, and many end in a slash.
#[test]
fn every_issuer_can_be_set() {
    let rule = pattern("/Parameters/JwtIssuer/AllowedPattern");
    for issuer in [
        "",
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
        "https://tenant.eu.auth0.com/",
        "https://id.example.com/application/o/causeway/",
        "https://sts.windows.net/00000000-0000-4000-8000-000000000000/",
        // The emulator's.
        "http://127.0.0.1:8080",
        "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0",
    ] {
        assert!(rule.is_match(issuer), "{issuer}");
    }
    for wrong in [
        "tenant.eu.auth0.com",
        "http://tenant.eu.auth0.com/",
        "ftp://id.example.com",
        "https://",
        "https:///",
        "https://id.example .com",
    ] {
        assert!(!rule.is_match(wrong), "{wrong}");
    }
}
