//! Messages for a stack that cannot be used: what is wrong and what to do.

use super::Address;
use crate::output::Problem;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationError;
use causeway_stack::Function;
use std::error::Error;

type NotFound = SdkError<GetFunctionConfigurationError, HttpResponse>;

/// The stack that was named, and its region.
pub(super) struct StackLookup<'a> {
    pub(super) address: &'a Address,
    pub(super) region: Option<String>,
}

impl StackLookup<'_> {
    fn problem(&self, detail: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem::input(format!("stack {}", self.address.name), detail, help)
    }

    fn region(&self) -> &str {
        self.region.as_deref().unwrap_or_default()
    }

    fn function(&self) -> String {
        Function::Control.of(&self.address.name)
    }

    pub(super) fn judge_region(&self) -> Result<(), Problem> {
        match (&self.region, &self.address.profile) {
            (Some(_), _) => Ok(()),
            (None, Some(profile)) => Err(self.problem(
                format!("no region: profile {profile} has none or does not exist"),
                "Name the region with `--region`, and check that the profile is in ~/.aws/config.",
            )),
            (None, None) => Err(self.problem(
                "no region: neither AWS_REGION nor a profile sets one",
                "Name the region of the stack with `--region`.",
            )),
        }
    }

    /// The configuration of the control function could not be read.
    pub(super) fn not_found(&self, error: &NotFound) -> Problem {
        match causeway_aws::code(error) {
            Some("ResourceNotFoundException") => self.problem(
                format!("function {} does not exist in {}", self.function(), self.region()),
                "Check the stack's name, and select the right region and account with `--region` and `--profile`. \
                 docs/DEPLOY.md describes how to deploy a stack.",
            ),
            Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => self.problem(
                "the credentials have expired",
                "Sign in again, for example with `aws sso login`, and export fresh credentials.",
            ),
            Some("AccessDeniedException" | "AccessDenied") => self.problem(
                format!(
                    "these credentials do not allow lambda:GetFunctionConfiguration on {}: {}",
                    self.function(),
                    causeway_aws::failure("", error).detail
                ),
                "Use credentials that allow it; docs/DEPLOY.md lists the permissions of an operator.",
            ),
            Some(
                "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch",
            ) => self.problem(
                format!("AWS rejected the credentials: {}", causeway_aws::failure("", error).detail),
                "Check the access key, its secret, its session token, and this machine's clock.",
            ),
            Some(_) => causeway_aws::failure(format!("function {}", self.function()), error).into(),
            None => self.without_answer(error),
        }
    }

    /// The request got no answer from AWS: no credentials to sign it, or no connection.
    fn without_answer(&self, error: &NotFound) -> Problem {
        let told = causes(error);
        let unsigned = told.iter().any(|cause| {
            // The SDK has no public type for these errors.
            cause.contains("credential") || cause.contains("profile") || cause.contains("identity")
        });
        if !unsigned {
            return causeway_aws::failure(format!("function {}", self.function()), error).into();
        }
        if told.iter().any(|cause| cause.contains("cargo feature")) {
            let profile =
                self.address.profile.as_ref().map(|name| format!(" --profile {name}")).unwrap_or_default();
            return self.problem(
                "the profile signs in through IAM Identity Center or a program, which only the AWS CLI supports",
                format!("Run `eval \"$(aws configure export-credentials{profile} --format env)\"` and repeat without `--profile`."),
            );
        }
        let why = why(&told).map(|why| format!(": {why}")).unwrap_or_default();
        let source = match &self.address.profile {
            Some(profile) => format!("profile {profile} has none"),
            None => "neither the environment nor a profile has any".to_owned(),
        };
        self.problem(
            format!("no AWS credentials: {source}{why}"),
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with `--profile`; docs/DEPLOY.md lists the supported kinds.",
        )
    }

    /// The environment is encrypted with a key that these credentials may not use.
    pub(super) fn undecrypted(&self, error: &aws_sdk_lambda::types::EnvironmentError) -> Problem {
        let told = error.message().or(error.error_code()).unwrap_or("no reason given");
        self.problem(
            format!("the environment of function {} cannot be decrypted: {told}", self.function()),
            "Use credentials that allow kms:Decrypt with the stack's key.",
        )
    }

    /// The function exists, but is not one of Causeway.
    pub(super) fn foreign(&self, wrong: &str) -> Problem {
        self.problem(
            format!(
                "function {} in {} is not a matching version of Causeway: {wrong}",
                self.function(),
                self.region()
            ),
            "Check the stack's name. If it is right, deploy this version of the functions and the template.",
        )
    }
}

/// The messages of the error and its causes.
fn causes(error: &dyn Error) -> Vec<String> {
    let (mut told, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        told.push(error.to_string());
        next = error.source();
    }
    told
}

/// The reason, unless there simply are no credentials. In that case the SDK lists
/// every place it searched, one per line; only a broken profile is worth reporting.
fn why(told: &[String]) -> Option<String> {
    let last = told.last()?;
    if !last.starts_with("no credentials found") {
        return Some(last.clone());
    }
    let profile = last.lines().find_map(|line| line.trim().strip_prefix("Profile: "))?;
    profile.strip_prefix("the credential provider was not enabled: ").map(str::to_owned)
}
