//! What ends the program, and with which exit code.

use std::io;

use lineshot_config::Problems;
use lineshot_spool::{AlbumKeyError, BackError, DiskError, PinError, QueueError, StartError};

use crate::{ConnectError, CredentialsError};

/// Why the program ends before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The log filter.
    #[error("the log filter {filter:?} is none (as in `info` or `lineshot_uploader=debug`)")]
    Log {
        /// What was given.
        filter: String,
        /// Why.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The store's settings.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The pin.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The data folder at the start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The data folder at work.
    #[error(transparent)]
    Back(#[from] BackError),
    /// The key for albums.
    #[error(transparent)]
    AlbumKey(#[from] AlbumKeyError),
    /// What was found cannot be shown.
    #[error("what was found cannot be shown")]
    Shown(#[source] io::Error),
    /// The system gave no thread, runtime or signal.
    #[error("the system gave no thread or signal handler")]
    Thread(#[source] io::Error),
}

/// Restarting will not mend it.
const CONFIGURATION: u8 = 64;
/// Neither will it mend this.
const DISK: u8 = 70;
/// Restarting may mend it.
const OTHER: u8 = 1;

impl Failure {
    /// What is said of it: problems of the settings as compilers show them, else the whole chain of causes.
    pub fn told(self, colours: bool) -> String {
        match self {
            Failure::Config(problems) => problems.report("lineshot-uploader", colours),
            other => format!("lineshot-uploader: {:#}\n", anyhow::Error::from(other)),
        }
    }

    /// 64: bad configuration. 70: the disk broke its promise. 1: worth another start.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Config(_) | Failure::Log { .. } | Failure::Credentials(_) | Failure::Connect(_) => {
                CONFIGURATION
            }
            Failure::Pin(PinError::Disk(_)) => OTHER,
            Failure::Pin(_) => CONFIGURATION,
            Failure::Start(StartError::NotPinned { .. } | StartError::Pin { .. }) => CONFIGURATION,
            Failure::Start(StartError::Running { .. }) => OTHER,
            Failure::Start(StartError::Back(error)) | Failure::Back(error) => match error {
                BackError::Disk(DiskError::Open { .. })
                | BackError::Queue(QueueError::Version { .. })
                | BackError::AlbumKey(_) => CONFIGURATION,
                error if error.is_broken() => DISK,
                _ => OTHER,
            },
            Failure::AlbumKey(AlbumKeyError::Key { .. }) => CONFIGURATION,
            Failure::AlbumKey(_) | Failure::Thread(_) | Failure::Shown(_) => OTHER,
        }
    }
}
