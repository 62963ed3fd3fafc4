//! `uploader.toml`: the uploader's settings.

use std::path::PathBuf;

use crate::HttpUrl;

/// The object storage that pictures go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The S3 endpoint.
    pub endpoint: HttpUrl,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket. It is never created.
    pub bucket: String,
    /// What every key begins with; empty, or path segments without a slash at either end.
    pub prefix: String,
    /// Whether the bucket is a part of the path (`true`) or of the host name.
    pub path_style: bool,
    /// PEM file of the authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// The file that holds the credentials. Without it the uploader looks for the systemd credential
    /// `s3`, then for the usual AWS variables.
    pub credentials: Option<PathBuf>,
}

/// All settings of a line PC's uploader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploaderSettings {
    /// The data folder, shared with the agent.
    pub data: PathBuf,
    /// Filter of the log, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log: String,
    /// Where pictures go.
    pub store: Store,
}
