//! The folder `stations/`: a bad file closes its station alone.

use std::path::PathBuf;

use lineshot_domain::StationId;

use crate::ConfigError;

/// A station that stays closed because of its file.
#[derive(Debug)]
pub struct BrokenStation {
    /// The file's name, if it can be a station's id.
    pub id: Option<StationId>,
    /// Where the file is.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: ConfigError,
}
