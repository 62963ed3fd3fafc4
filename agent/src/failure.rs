//! How the agent ends, and what the service manager makes of it.

use std::process::ExitCode;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The configuration must be mended first: exit code 64, not restarted.
    Configuration(anyhow::Error),
    /// The disk lost what it had promised to keep: exit code 70, not restarted.
    Promise(anyhow::Error),
    /// Anything else: exit code 1, restarted.
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Other(error)
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Configuration(_) => ExitCode::from(64),
            Failure::Promise(_) => ExitCode::from(70),
            Failure::Other(_) => ExitCode::FAILURE,
        }
    }

    /// The whole chain of causes.
    pub fn error(&self) -> &anyhow::Error {
        match self {
            Failure::Configuration(error) | Failure::Promise(error) | Failure::Other(error) => error,
        }
    }
}
