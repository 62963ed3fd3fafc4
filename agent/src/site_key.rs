//! The site key's file: read at the start, made once per site by `lineshot site-key new`.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use lineshot_domain::{SiteKey, SiteKeyError};
use zeroize::Zeroizing;

/// What a site key's file would not do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none.
    #[error(
        "there is no site key at {0}: copy the site's key there, or make the site's first one with `lineshot site-key new`; for a trial start the agent with --unreleased"
    )]
    Absent(PathBuf),
    /// It cannot be read.
    #[error("the site key {path} cannot be read; may this user read it?")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Everybody may read it.
    #[error("the site key {path} may be read by everybody (mode {mode:04o}): `chmod 0640` it")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no key.
    #[error("the site key {path} is damaged; copy it anew from another PC of the site")]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SiteKeyError,
    },
    /// The system's random source failed.
    #[error("the system gave no random bytes for a new key")]
    Random,
    /// It cannot be written.
    #[error("a new site key cannot be written to {path}; it never replaces one that is there")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Reads the site's key.
///
/// # Errors
/// [`KeyFileError`]; of these [`KeyFileError::Absent`] may be lived with on trial.
pub fn read(path: &Path) -> Result<SiteKey, KeyFileError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => KeyFileError::Absent(path.to_owned()),
        _ => KeyFileError::Read { path: path.to_owned(), source },
    };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o007 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    SiteKey::parse(&text).map_err(|source| KeyFileError::Text { path: path.to_owned(), source })
}

/// Makes a new key. Never replaces one: albums named by a lost key cannot be found again.
///
/// # Errors
/// [`KeyFileError::Random`] or [`KeyFileError::Write`].
pub fn make(path: &Path) -> Result<(), KeyFileError> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(random.as_mut()).map_err(|_| KeyFileError::Random)?;
    let failed = |source| KeyFileError::Write { path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(path).map_err(failed)?;
    file.write_all(SiteKey::file_text(&random).as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_reads_back_and_never_replaces_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.key");
        assert!(matches!(read(&path), Err(KeyFileError::Absent(_))));
        make(&path).unwrap();
        assert!(read(&path).is_ok());
        assert!(matches!(make(&path), Err(KeyFileError::Write { .. })));
    }

    #[test]
    fn a_key_that_everybody_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.key");
        make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Exposed { mode: 0o644, .. })));
    }
}
