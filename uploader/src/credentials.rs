//! The store's credentials: from a file, from systemd, or from the usual AWS variables.
//!
//! Nothing here can print a secret; a file that everybody can read is refused.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

/// Three lines of text; anything much longer is something else.
const LARGEST: u64 = 16 * 1024;

/// What stands for a path where there is none.
const HANDED: &str = "what was handed over on standard input";

/// A text that cannot be printed and is wiped when dropped.
struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }
}

/// What the store knows this PC by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    access_key_id: Secret,
    secret_access_key: Secret,
    session_token: Option<Secret>,
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}

/// Why there are no credentials. Never repeats what was found.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file could not be read.
    #[error("reading the credentials {path} failed; it must exist and be readable by the uploader's user")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Everybody can read the file.
    #[error(
        "the credentials {path} can be read by everybody (mode {mode:04o}); `chmod o-rwx` it, and have the key replaced"
    )]
    Public {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file says something else.
    #[error(
        "{path} holds no credentials; it is TOML with the texts access_key_id and secret_access_key, and session_token if there is one"
    )]
    Text {
        /// The file.
        path: PathBuf,
    },
    /// There was nothing where they should have been handed over.
    #[error(
        "no credentials were handed over; put them into s3-credentials.toml in the configuration folder, for root alone (mode 0600), or name a file as `credentials` in [store] of uploader.toml"
    )]
    NotHanded,
    /// No place has them.
    #[error(
        "there are no credentials for the store: name a file as `credentials` in [store] of uploader.toml, give the unit LoadCredential=s3:…, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    Nowhere,
}

impl Credentials {
    /// The named file, else the systemd credential `s3`, else the AWS variables.
    ///
    /// # Errors
    /// [`CredentialsError`]: the first place that has something must have it right.
    pub fn load(named: Option<&Path>) -> Result<Credentials, CredentialsError> {
        Credentials::find(named, |name| std::env::var_os(name))
    }

    /// What somebody hands over who may read them: a file's text, from standard input.
    ///
    /// # Errors
    /// [`CredentialsError`]: it cannot be read, or is none.
    pub fn handed(input: impl Read) -> Result<Credentials, CredentialsError> {
        let text = read_all(input, Path::new(HANDED))?;
        if text.is_empty() {
            Err(CredentialsError::NotHanded)
        } else {
            Credentials::parse(&text, Path::new(HANDED))
        }
    }

    fn find(
        named: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Credentials, CredentialsError> {
        if let Some(path) = named {
            return Credentials::read(path);
        }
        let systemd = variable("CREDENTIALS_DIRECTORY").map(|dir| PathBuf::from(dir).join("s3"));
        if let Some(path) = systemd.filter(|path| path.exists()) {
            return Credentials::read(&path);
        }
        let text = |name| variable(name).and_then(|value| value.into_string().ok()).map(Secret::from);
        match (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Ok(Credentials { access_key_id, secret_access_key, session_token: text("AWS_SESSION_TOKEN") })
            }
            _ => Err(CredentialsError::Nowhere),
        }
    }

    fn read(path: &Path) -> Result<Credentials, CredentialsError> {
        let failed = |source| CredentialsError::Read { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(failed)?.mode() & 0o7777;
        if mode & 0o007 != 0 {
            return Err(CredentialsError::Public { path: path.to_owned(), mode });
        }
        Credentials::parse(&read_all(File::open(path).map_err(failed)?, path)?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Credentials, CredentialsError> {
        // The parser's own words would quote the file.
        toml::from_str(text).map_err(|_| CredentialsError::Text { path: path.to_owned() })
    }

    /// As the SDK takes them; it wipes its copy when dropped, too.
    pub(crate) fn for_sdk(&self) -> aws_sdk_s3::config::Credentials {
        let plain = |secret: &Secret| secret.0.to_string();
        aws_sdk_s3::config::Credentials::new(
            plain(&self.access_key_id),
            plain(&self.secret_access_key),
            self.session_token.as_ref().map(plain),
            None,
            "lineshot",
        )
    }
}

fn read_all(input: impl Read, path: &Path) -> Result<Zeroizing<String>, CredentialsError> {
    let mut text = Zeroizing::new(String::new());
    match input.take(LARGEST).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(source) => Err(CredentialsError::Read { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(dir: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = dir.join(name);
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn key(found: Result<Credentials, CredentialsError>) -> String {
        found.unwrap().access_key_id.0.to_string()
    }

    fn text(key: &str) -> String {
        format!("access_key_id = \"{key}\"\nsecret_access_key = \"sssh\"\n")
    }

    #[test]
    fn the_named_file_comes_first_then_systemd_then_the_variables() {
        let dir = tempfile::tempdir().unwrap();
        let named = file(dir.path(), "named.toml", &text("named"), 0o640);
        let everything = |name: &str| {
            Some(match name {
                "CREDENTIALS_DIRECTORY" => dir.path().into(),
                name => OsString::from(name.to_lowercase()),
            })
        };
        assert_eq!(key(Credentials::find(Some(&named), everything)), "named");
        assert_eq!(key(Credentials::find(None, everything)), "aws_access_key_id");
        file(dir.path(), "s3", &text("systemd"), 0o400);
        assert_eq!(key(Credentials::find(None, everything)), "systemd");
        assert!(matches!(Credentials::find(None, |_| None), Err(CredentialsError::Nowhere)));
    }

    #[test]
    fn what_is_handed_over_is_read_as_a_file_is() {
        assert_eq!(key(Credentials::handed(text("handed").as_bytes())), "handed");
        let refused = Credentials::handed(&b"hush"[..]).unwrap_err().to_string();
        assert!(
            refused.starts_with("what was handed over on standard input holds no credentials"),
            "{refused}"
        );
        assert!(matches!(Credentials::handed(&b""[..]), Err(CredentialsError::NotHanded)));
    }

    #[test]
    fn a_file_that_everybody_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path(), "s3", &text("key"), 0o644);
        let refused = Credentials::find(Some(&path), |_| None).unwrap_err().to_string();
        assert!(refused.contains("0644"), "{refused}");
    }

    #[test]
    fn nothing_prints_a_secret() {
        let dir = tempfile::tempdir().unwrap();
        let good = file(dir.path(), "good", &text("hush-key"), 0o600);
        let printed = format!("{:?}", Credentials::find(Some(&good), |_| None).unwrap());
        assert!(!printed.contains("hush") && !printed.contains("sssh"), "{printed}");
        for bad in ["access_key_id = \"hush\"", "hush", "access_key_id = 7\nsecret_access_key = \"hush\""] {
            let path = file(dir.path(), "bad", bad, 0o600);
            let error = Credentials::find(Some(&path), |_| None).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }
}
