//! A stack that cannot be worked on is refused with what to do about it, and so is what a stack has no use for.

use super::emulated::aws;
use super::lambda::{Says, serve};
use crate::process::{Ended, Place, Result};
use serde_json::json;

/// `runs` on stack north, where AWS answers so.
async fn asked(says: Says, change: impl FnOnce(&mut Place)) -> Result<Ended> {
    let mut place = Place::new()?;
    place.site = ["--stack", "north"].map(str::to_owned).to_vec();
    place.environment = aws(&serve(says, None).await?);
    change(&mut place);
    let called = place.call(&["runs"])?;
    assert_eq!((called.code, called.stdout.as_str()), (2, ""), "{called:?}");
    assert!(!called.stderr.contains("sEcReT"), "{called:?}");
    Ok(called)
}

fn set(place: &mut Place, name: &str, value: &str) {
    place.environment.retain(|(known, _)| known != name);
    place.environment.push((name.to_owned(), value.to_owned()));
}

const DENIED: &str = "User: arn:aws:iam::123456789012:user/jane is not authorized to perform: \
                      lambda:GetFunctionConfiguration on resource: arn:aws:lambda:eu-central-1:123456789012:function:north-control";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_aws_says_is_told_with_what_to_do() -> Result<()> {
    let mut told = String::new();
    for (status, code, message) in [
        (404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:…:north-control"),
        (403, "ExpiredTokenException", "The security token included in the request is expired"),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
        (403, "InvalidSignatureException", "Signature expired: 20261128T100000Z is now earlier than"),
        (403, "AccessDeniedException", DENIED),
    ] {
        told.push_str(&asked(Says::Fault(status, code, message), |_| ()).await?.stderr);
    }
    insta::assert_snapshot!("stack_refused_by_aws", told);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_region_or_credentials_nothing_is_asked() -> Result<()> {
    let never = || Says::Fault(500, "ServiceException", "it was asked");
    let mut told = String::new();
    let no_region = |place: &mut Place| place.environment.retain(|(name, _)| name != "AWS_REGION");
    let no_keys = |place: &mut Place| {
        place.environment.retain(|(name, _)| !name.ends_with("KEY_ID") && !name.ends_with("ACCESS_KEY"));
    };
    told.push_str(&asked(never(), no_region).await?.stderr);
    told.push_str(&asked(never(), no_keys).await?.stderr);
    let profile = "[profile plant]\nregion = eu-central-1\nsso_session = corp\nsso_account_id = 123456789012\n\
                   sso_role_name = operator\n[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp\n";
    for name in ["nobody", "plant"] {
        let with_profile = |place: &mut Place| {
            no_keys(place);
            place.write("aws-config", profile).expect("a profile");
            set(place, "AWS_CONFIG_FILE", "aws-config");
            place.site.extend(["--profile".to_owned(), name.to_owned()]);
        };
        told.push_str(&asked(never(), with_profile).await?.stderr);
    }
    insta::assert_snapshot!("stack_without_credentials", told);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_another_one_is_refused() -> Result<()> {
    let environments = [
        json!({}),
        json!({ "Environment": { "Variables": { "CAUSEWAY_STACK": "south" } } }),
        json!({ "Environment": { "Error": { "ErrorCode": "AccessDeniedException", "Message": "no kms:Decrypt" } } }),
    ];
    let mut told = String::new();
    for environment in environments {
        told.push_str(&asked(Says::Configuration(environment), |_| ()).await?.stderr);
    }
    insta::assert_snapshot!("stack_of_another", told);
    Ok(())
}

#[test]
fn what_a_stack_has_no_use_for_is_refused() -> Result<()> {
    let mut place = Place::new()?;
    place.site = Vec::new();
    let mut told = String::new();
    for arguments in [
        &["--stack", "north", "serve"][..],
        &["--stack", "north", "doctor", "--mend"],
        &["--stack", "north", "demo"],
        &["--stack", "north", "simulate", "qualys-etm"],
        &["--stack", "north", "--home", "home", "runs"],
        &["--stack", "north", "--key-file", "key", "runs"],
        &["--region", "eu-central-1", "runs"],
        &["runs", "--profile", "plant"],
    ] {
        let refused = place.call(arguments)?;
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}: {refused:?}");
        told.push_str(&refused.stderr);
    }
    insta::assert_snapshot!("stack_has_no_use", told);
    let local = Place::new()?.call(&["run", "logs", "plant-north"])?;
    assert!(local.code == 2 && local.stderr.contains("causeway --log info run"), "{local:?}");
    Ok(())
}
