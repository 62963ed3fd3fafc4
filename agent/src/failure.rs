//! How the agent ends, and what the service manager makes of it.

use std::process::ExitCode;

use lineshot_config::Problems;

/// Why a command did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The configuration has these problems: exit code 64, not restarted.
    Problems(Problems),
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

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        Failure::Problems(problems)
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Problems(_) | Failure::Configuration(_) => ExitCode::from(64),
            Failure::Promise(_) => ExitCode::from(70),
            Failure::Other(_) => ExitCode::FAILURE,
        }
    }

    /// What is said of it: problems as compilers show them, else the whole chain of causes.
    pub fn told(&self, colours: bool) -> String {
        match self {
            Failure::Problems(problems) => problems.report("lineshot-agent", colours),
            Failure::Configuration(error) | Failure::Promise(error) | Failure::Other(error) => {
                format!("lineshot-agent: {error:#}\n")
            }
        }
    }
}
