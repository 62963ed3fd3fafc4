//! `uploader.toml`: the uploader's settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::daemon::{DATA, log_filter};
use crate::environment::Environment;
use crate::layers::{Kind, Layers};
use crate::section::{Section, quoted};
use crate::{ConfigError, HttpUrl};

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

/// `uploader.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawUploader {
    #[serde(rename = "version")]
    _checked_before: IgnoredAny,
    data: Option<String>,
    log: Option<String>,
    store: RawStore,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawStore {
    endpoint: String,
    region: String,
    bucket: String,
    #[serde(default)]
    prefix: String,
    path_style: Option<bool>,
    ca: Option<String>,
    credentials: Option<String>,
}

impl UploaderSettings {
    /// Reads `uploader.toml` of the configuration folder, with its layers.
    ///
    /// # Errors
    /// The first problem of `uploader.toml`, `uploader.d/` or the environment.
    pub fn load(dir: &Path) -> Result<UploaderSettings, ConfigError> {
        UploaderSettings::load_with(dir, std::env::vars_os())
    }

    /// The same for a given environment.
    pub(crate) fn load_with(
        dir: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<UploaderSettings, ConfigError> {
        let environment = Environment::of(Kind::Uploader, variables)?;
        let layers = Layers::of_daemon(Kind::Uploader, dir, "uploader", environment)?;
        let raw: RawUploader = layers.read()?;
        let root = layers.section("");
        let data = root.path("data", raw.data.as_deref().unwrap_or(DATA))?;
        let log = log_filter(&root, raw.log)?;
        let store = raw.store.checked(&layers.section("store"))?;
        Ok(UploaderSettings { data, log, store })
    }
}

impl RawStore {
    fn checked(self, section: &Section<'_>) -> Result<Store, ConfigError> {
        let endpoint = HttpUrl::parse(section, "endpoint", &self.endpoint)?;
        if !endpoint.is_plain() {
            let expected = "scheme, host and port";
            return Err(section.wrong(
                "endpoint",
                "a query or fragment",
                expected,
                "remove what follows them",
            ));
        }
        let word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !(1..=64).contains(&self.region.len()) || !word(&self.region) {
            let mend = "ask the store's operator; many stores take \"us-east-1\"";
            let found = quoted(&self.region);
            return Err(section.wrong(
                "region",
                found,
                "1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'",
                mend,
            ));
        }
        if !is_bucket(&self.bucket) {
            let expected =
                "3 to 63 characters of a-z, 0-9, '-' and '.', beginning and ending with a letter or digit";
            return Err(section.wrong("bucket", quoted(&self.bucket), expected, "correct the name"));
        }
        if !is_prefix(&self.prefix) {
            let expected = "\"\", or at most 200 characters of A-Z, a-z, 0-9, '-', '_', '.' and '/', no slash at either \
                            end, no empty, `.` or `..` segment";
            return Err(section.wrong("prefix", quoted(&self.prefix), expected, "correct it"));
        }
        Ok(Store {
            endpoint,
            region: self.region,
            bucket: self.bucket,
            prefix: self.prefix,
            path_style: self.path_style.unwrap_or(true),
            ca: self.ca.map(|path| section.path("ca", &path)).transpose()?,
            credentials: self.credentials.map(|path| section.path("credentials", &path)).transpose()?,
        })
    }
}

/// The rules that S3 and its relatives share.
fn is_bucket(name: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && edge(name.bytes().next())
        && edge(name.bytes().last())
        && !name.contains("..")
}

/// Leaves most of S3's 1,024 bytes of a key to album, station and picture.
fn is_prefix(prefix: &str) -> bool {
    let segment = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    prefix.is_empty() || (prefix.len() <= 200 && prefix.split('/').all(segment))
}
