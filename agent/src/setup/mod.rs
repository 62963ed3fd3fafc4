//! Setting a line PC up: the files of its configuration, begun, copied and imported.
//!
//! Holds: what is written was read before as the daemons read it; no file is ever replaced; either all files of a
//! change are written or none.

mod import;
mod init;
mod station;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lineshot_config::{AgentSettings, EditError, Problems, UploaderSettings};

use crate::failure::Failure;

pub use import::{Import, import};
pub use init::{Init, init};
pub use station::{Add, add};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Something is there already.
    #[error(
        "{0} is there already, and is never replaced: change it with an editor, or name another folder or id"
    )]
    There(PathBuf),
    /// A file could not be written; those before it were removed again.
    #[error("writing {path} failed; nothing was changed")]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is to be read cannot be.
    #[error("{path} cannot be read: {mend}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What to do.
        mend: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A value leads nowhere.
    #[error("{about}: nothing was written")]
    Edit {
        /// What it was for, such as `line 7 of line.csv`.
        about: String,
        /// Why.
        source: EditError,
    },
    /// No station can be called so.
    #[error("{0:?} is no station's id: 1 to 32 characters of a-z, 0-9 and '-'")]
    Id(String),
    /// Answers are missing, and nobody is there to be asked.
    #[error("these are needed, and nobody is at a terminal to be asked: {0}")]
    Unanswered(String),
    /// The list cannot be used.
    #[error("nothing was written, correct the list first:\n{0}")]
    List(String),
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Failure {
        Failure::Configuration(error.into())
    }
}

/// Reads the folder as it would be with these files.
fn foresee(folder: &Path, files: &[(PathBuf, String)]) -> Result<AgentSettings, Problems> {
    let agent = AgentSettings::foreseen(folder, files);
    match (agent, UploaderSettings::foreseen(folder, files)) {
        (Ok(agent), Ok(_)) => Ok(agent),
        (Err(problems), uploader) => Err(problems.and(uploader.err())),
        (Ok(_), Err(problems)) => Err(problems),
    }
}

/// Writes all of them or none.
fn write(files: &[(PathBuf, String)]) -> Result<(), SetupError> {
    for (written, (path, text)) in files.iter().enumerate() {
        if let Err(error) = write_new(path, text) {
            for (path, _) in &files[..written] {
                // What cannot be removed is found by the next attempt, which names it.
                let _ = fs::remove_file(path);
            }
            return Err(error);
        }
    }
    Ok(())
}

fn write_new(path: &Path, text: &str) -> Result<(), SetupError> {
    let failed = |source| SetupError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = opened.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => SetupError::There(path.to_owned()),
        _ => failed(source),
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| {
        let _half = fs::remove_file(path);
        failed(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_written_or_none_and_none_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| (folder.path().join(name), format!("# {name}\n"));
        write(&[file("a"), file("below/b")]).unwrap();
        let refused = write(&[file("c"), file("below/d"), file("a")]).unwrap_err();
        assert!(matches!(refused, SetupError::There(path) if path == folder.path().join("a")));
        let (c, d) = (folder.path().join("c"), folder.path().join("below/d"));
        assert!(!c.exists() && !d.exists());
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "# a\n");
        let refused = write(&[file("c"), file("a/under")]).unwrap_err();
        assert!(matches!(refused, SetupError::Write { .. }) && !c.exists());
    }
}
