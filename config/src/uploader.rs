//! `uploader.toml`: the uploader's settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::daemon::{DATA, LOG, VERSION};
use crate::environment::{Daemon, Environment};
use crate::files::Files;
use crate::http_url::URL;
use crate::key::{Key, Keys, Table};
use crate::layers::of_daemon;
use crate::shape::{FilePath, Flag, Nested, Span, Text};
use crate::{HttpUrl, Problems};

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
    /// How long a picture may wait for the store; without it for ever.
    pub expire_after: Option<Duration>,
}

static ENDPOINT: Key<Text<HttpUrl>> = Key::needed(
    "endpoint",
    Text {
        read: |at, text| {
            let url = (URL.read)(at, text)?;
            if !url.is_plain() {
                return at.wrong("a query or fragment", "scheme, host and port", "remove what follows them");
            }
            Some(url)
        },
        words: URL.words,
        pattern: URL.pattern,
    },
    "The S3 endpoint of any S3-compatible storage; http:// crosses the network in the clear.",
);
static REGION: Key<Text<String>> = Key::needed(
    "region",
    Text {
        read: |at, text| {
            let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            if !(1..=64).contains(&text.len()) || !is_word {
                let mend = "ask the store's operator; many stores take \"us-east-1\"";
                return at.not("1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'", mend);
            }
            Some(text.to_owned())
        },
        words: "1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'",
        pattern: "^[A-Za-z0-9_-]{1,64}$",
    },
    "The region that requests are signed for.",
);
static BUCKET: Key<Text<String>> = Key::needed(
    "bucket",
    Text {
        read: |at, text| match is_bucket(text) {
            true => Some(text.to_owned()),
            false => at.not(BUCKETS, "correct the name"),
        },
        words: BUCKETS,
        pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    },
    "The bucket. It must exist: it is never created.",
);
static PREFIX: Key<Text<String>> = Key::default(
    "prefix",
    Text {
        read: |at, text| match is_prefix(text) {
            true => Some(text.to_owned()),
            false => at.not(PREFIXES, "correct it"),
        },
        words: PREFIXES,
        pattern: "^([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)?$",
    },
    "\"\"",
    "What every key begins with; \"\" for nothing.",
);
static PATH_STYLE: Key<Flag> =
    Key::default("path_style", Flag, "true", "https://host/bucket/key; false for https://bucket.host/key.");
static CA: Key<FilePath> = Key::optional(
    "ca",
    FilePath,
    "PEM file of the authorities of a private storage, instead of the system's.",
);
static CREDENTIALS: Key<FilePath> = Key::optional(
    "credentials",
    FilePath,
    "The file that holds the keys of the store. Without it the uploader looks for the systemd credential `s3`, then for \
     AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. The right to PutObject below the prefix is all that is needed.",
);

static STORE_KEYS: Keys = Keys {
    about: "The object storage that pictures go to.",
    keys: &[&ENDPOINT, &REGION, &BUCKET, &PREFIX, &PATH_STYLE, &CA, &CREDENTIALS],
    elsewhere: &[],
};

static STORE: Key<Nested<Store>> = Key::needed(
    "store",
    Nested { keys: &STORE_KEYS, read: store },
    "The object storage that pictures go to.",
);

static EXPIRE_AFTER: Key<Span> = Key::optional(
    "expire_after",
    Span(Duration::from_hours(1)..=Duration::from_hours(24 * 3650)),
    "A picture that could not be delivered so long after its vehicle came is removed from this PC, and its album is told that \
     there is none. Without it nothing that waits is ever removed.",
);

pub(crate) static KEYS: Keys = Keys {
    about: "The uploader of a line PC. Layers, later ones winning: uploader.toml, uploader.d/*.toml in the order of their \
            names, the environment (`LINESHOT__STORE__BUCKET` sets `bucket` of `[store]`).",
    keys: &[&VERSION, &DATA, &LOG, &STORE, &EXPIRE_AFTER],
    elsewhere: &[],
};

fn store(table: &Table<'_>) -> Option<Store> {
    let (endpoint, region, bucket) = (table.read(&ENDPOINT), table.read(&REGION), table.read(&BUCKET));
    let (prefix, path_style) = (table.read(&PREFIX), table.read(&PATH_STYLE));
    let (ca, credentials) = (table.read(&CA), table.read(&CREDENTIALS));
    Some(Store {
        endpoint: endpoint?,
        region: region?,
        bucket: bucket?,
        prefix: prefix?,
        path_style: path_style?,
        ca,
        credentials,
    })
}

impl UploaderSettings {
    /// Reads `uploader.toml` of the configuration folder, with its layers.
    ///
    /// # Errors
    /// All problems of `uploader.toml`, `uploader.d/` and the environment.
    pub fn load(dir: &Path) -> Result<UploaderSettings, Problems> {
        UploaderSettings::load_with(&Files::default(), dir, std::env::vars_os())
    }

    /// The same as if these files were there, or were so.
    ///
    /// # Errors
    /// As those of [`UploaderSettings::load`].
    pub fn foreseen(dir: &Path, planned: &[(PathBuf, String)]) -> Result<UploaderSettings, Problems> {
        let files = Files::planned(planned.iter().cloned());
        UploaderSettings::load_with(&files, dir, std::env::vars_os())
    }

    /// The same for a given environment.
    pub(crate) fn load_with(
        files: &Files,
        dir: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<UploaderSettings, Problems> {
        let tree = of_daemon(files, dir, "uploader", Environment::of(Daemon::Uploader, variables));
        let settings = Table::of(&tree.root(), &KEYS).and_then(|table| {
            let (data, log, store) = (table.read(&DATA), table.read(&LOG), table.read(&STORE));
            let expire_after = table.read(&EXPIRE_AFTER);
            Some(UploaderSettings { data: data?, log: log?, store: store?, expire_after })
        });
        tree.end(settings)
    }
}

const BUCKETS: &str =
    "3 to 63 characters of a-z, 0-9, '-' and '.', beginning and ending with a letter or digit";
const PREFIXES: &str = "\"\", or at most 200 characters of A-Z, a-z, 0-9, '-', '_', '.' and '/', no slash at either end, no \
                        empty, `.` or `..` segment";

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
