//! Why a stack cannot be worked on, told so that whoever typed its name knows what to do.

use super::Address;
use crate::output::Problem;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationError;
use causeway_stack::Function;
use std::error::Error;

type NotFound = SdkError<GetFunctionConfigurationError, HttpResponse>;

/// The stack that was wanted, and where.
pub(super) struct Wanted<'a> {
    pub(super) address: &'a Address,
    pub(super) region: Option<String>,
}

impl Wanted<'_> {
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
                format!("there is no region: profile {profile} has none, or there is no such profile"),
                "Name the region with `--region`, and look whether the profile is in ~/.aws/config.",
            )),
            (None, None) => Err(self.problem(
                "there is no region: neither AWS_REGION nor a profile says where to look",
                "Name the region of the stack with `--region`.",
            )),
        }
    }

    /// Why the control function's configuration could not be read.
    pub(super) fn not_found(&self, error: &NotFound) -> Problem {
        match causeway_aws::code(error) {
            Some("ResourceNotFoundException") => self.problem(
                format!("there is no function {} in {}", self.function(), self.region()),
                "Check the stack's name, and with `--region` and `--profile` whether region and account are the right ones. \
                 docs/DEPLOY.md tells how a stack is deployed.",
            ),
            Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => self.problem(
                "the credentials have expired",
                "Sign in again, for example with `aws sso login`, and renew what you have exported.",
            ),
            Some("AccessDeniedException" | "AccessDenied") => self.problem(
                format!(
                    "these credentials may not do lambda:GetFunctionConfiguration on {}: {}",
                    self.function(),
                    causeway_aws::failure("", error).detail
                ),
                "Use credentials that may; docs/DEPLOY.md lists what an operator of a stack needs.",
            ),
            Some(
                "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "SignatureDoesNotMatch",
            ) => self.problem(
                format!("AWS does not accept the credentials: {}", causeway_aws::failure("", error).detail),
                "Check the access key, its secret and its session token, and the clock of this machine.",
            ),
            Some(_) => causeway_aws::failure(format!("function {}", self.function()), error).into(),
            None => self.without_answer(error),
        }
    }

    /// The request did not get as far as AWS's answer: there was nothing to sign it with, or nobody to take it.
    fn without_answer(&self, error: &NotFound) -> Problem {
        let told = causes(error);
        let unsigned = told.iter().any(|cause| {
            // The SDK has no type for these that an application could ask for.
            cause.contains("credential") || cause.contains("profile") || cause.contains("identity")
        });
        if !unsigned {
            return causeway_aws::failure(format!("function {}", self.function()), error).into();
        }
        if told.iter().any(|cause| cause.contains("cargo feature")) {
            let profile =
                self.address.profile.as_ref().map(|name| format!(" --profile {name}")).unwrap_or_default();
            return self.problem(
                "the profile signs in by IAM Identity Center or a program, which Causeway leaves to AWS's own tool",
                format!("Run `eval \"$(aws configure export-credentials{profile} --format env)\"` and repeat without `--profile`."),
            );
        }
        let why = why(&told).map(|why| format!(": {why}")).unwrap_or_default();
        let source = match &self.address.profile {
            Some(profile) => format!("profile {profile} gives none"),
            None => "neither the environment nor a profile gives any".to_owned(),
        };
        self.problem(
            format!("there are no AWS credentials; {source}{why}"),
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with `--profile`; docs/DEPLOY.md says which kinds work.",
        )
    }

    /// The environment is encrypted with a key that these credentials may not use.
    pub(super) fn undecrypted(&self, error: &aws_sdk_lambda::types::EnvironmentError) -> Problem {
        let told = error.message().or(error.error_code()).unwrap_or("no reason given");
        self.problem(
            format!("the environment of function {} cannot be decrypted: {told}", self.function()),
            "Use credentials that may do kms:Decrypt with the stack's key.",
        )
    }

    /// The function is there, but is not what it should be.
    pub(super) fn foreign(&self, wrong: &str) -> Problem {
        self.problem(
            format!("function {} in {} is not one of this program: {wrong}", self.function(), self.region()),
            "Check the stack's name; if it is the right one, deploy this version of the functions and their template.",
        )
    }
}

/// The error and its causes, in words.
fn causes(error: &dyn Error) -> Vec<String> {
    let (mut told, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        told.push(error.to_string());
        next = error.source();
    }
    told
}

/// What is wrong with the profile, or whatever else is no mere want of credentials. Where none were found, the SDK lists
/// every place where it has looked, one a line.
fn why(told: &[String]) -> Option<String> {
    let last = told.last()?;
    if !last.starts_with("no credentials found") {
        return Some(last.clone());
    }
    let profile = last.lines().find_map(|line| line.trim().strip_prefix("Profile: "))?;
    profile.strip_prefix("the credential provider was not enabled: ").map(str::to_owned)
}
