//! Errors of commands and their messages.

use crate::process::Ending;
use causeway_domain::definition::DefinitionErrors;
use causeway_domain::{Failure, FailureKind};
use causeway_maps::MapErrors;
use causeway_runs::ConnectionFileError;
use causeway_simulators::SimulatorError;
use std::fmt;
use std::path::Path;

/// An error that ends a command. Its failure is boxed, because every result carries it.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A use case or a store failed.
    Failure(Box<Failure>),
    /// A connection file has mistakes.
    Definition(DefinitionErrors),
    /// A map has mistakes.
    Map(MapErrors),
    /// An argument, or a file that it names, is wrong.
    Input { subject: String, detail: String, help: String },
}

impl Problem {
    pub(crate) fn input(
        subject: impl Into<String>,
        detail: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::Input { subject: subject.into(), detail: detail.into(), help: help.into() }
    }

    /// A file named on the command line cannot be used.
    pub(crate) fn file(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        let help = "Check the path and the rights of this user.";
        Self::input(path.display().to_string(), format!("cannot {doing}: {error}"), help)
    }

    pub(crate) fn ending(&self) -> Ending {
        match self {
            Self::Failure(failure) => match failure.kind {
                FailureKind::DefinitionInvalid
                | FailureKind::MapInvalid
                | FailureKind::NameInvalid
                | FailureKind::SecretInvalid => Ending::Refused,
                _ => Ending::Failed,
            },
            Self::Definition(_) | Self::Map(_) | Self::Input { .. } => Ending::Refused,
        }
    }
}

impl fmt::Display for Problem {
    /// `error: <subject>: <detail>`, then `  help: <advice>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => {
                write!(f, "error: {failure}")?;
                help(f, failure.advice())
            }
            Self::Definition(errors) => {
                for (number, mistake) in errors.mistakes.iter().enumerate() {
                    let separator = if number == 0 { "" } else { "\n" };
                    write!(f, "{separator}error: {}:{}:{}: ", errors.file, mistake.line, mistake.column)?;
                    write!(f, "{mistake}")?;
                    help(f, &mistake.help)?;
                }
                Ok(())
            }
            Self::Map(errors) => {
                for (number, line) in errors.to_string().lines().enumerate() {
                    let separator = if number == 0 { "" } else { "\n" };
                    write!(f, "{separator}error: {line}")?;
                }
                help(f, "Correct the map at these lines; `causeway map check` looks at it again.")
            }
            Self::Input { subject, detail, help: advice } => {
                write!(f, "error: {subject}: {detail}")?;
                help(f, advice)
            }
        }
    }
}

fn help(f: &mut fmt::Formatter<'_>, advice: &str) -> fmt::Result {
    if advice.is_empty() { Ok(()) } else { write!(f, "\n  help: {advice}") }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

impl From<ConnectionFileError> for Problem {
    fn from(unfit: ConnectionFileError) -> Self {
        match unfit {
            ConnectionFileError::Definition(errors) => errors.into(),
            ConnectionFileError::Failure(failure) => failure.into(),
        }
    }
}

impl From<DefinitionErrors> for Problem {
    fn from(errors: DefinitionErrors) -> Self {
        Self::Definition(errors)
    }
}

impl From<MapErrors> for Problem {
    fn from(errors: MapErrors) -> Self {
        Self::Map(errors)
    }
}

impl From<SimulatorError> for Problem {
    fn from(error: SimulatorError) -> Self {
        Self::input("simulator", error.to_string(), "Choose another port or correct the fault script.")
    }
}
