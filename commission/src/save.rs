//! Saving: the difference first, then the file, then the release that is to be signed.
//!
//! Holds: a file that somebody else changed meanwhile is not overwritten; the new one takes the old one's place at once
//! and whole, with its owner and mode.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use similar::{ChangeTag, TextDiff};

/// A line of the difference.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    kind: &'static str,
    text: String,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    #[error("{0} was changed by somebody else meanwhile: begin anew")]
    Changed(PathBuf),
    #[error("{path} cannot be written; run lineshot-commission as a user who may")]
    Write { path: PathBuf, source: io::Error },
}

/// What is to be signed next.
#[derive(Debug, Serialize)]
pub(crate) struct Prepared {
    document: String,
    sheet: String,
    sign: String,
    install: String,
}

/// A text by its hash.
pub(crate) fn version(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..8])
}

/// Line by line, old beside new.
pub(crate) fn difference(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let line = |change: similar::Change<&str>| Line {
        kind: match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Delete => "old",
            ChangeTag::Insert => "new",
        },
        text: change.value().trim_end_matches('\n').to_owned(),
    };
    diff.iter_all_changes().map(line).collect()
}

/// Puts the new text in the old one's place.
///
/// # Errors
/// [`SaveError`]; then the old one is still there.
pub(crate) fn save(path: &Path, old: &str, new: &str) -> Result<(), SaveError> {
    let wrong = |source| SaveError::Write { path: path.to_owned(), source };
    if fs::read_to_string(path).map_err(wrong)? != old {
        return Err(SaveError::Changed(path.to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let replace = || {
        let before = fs::metadata(path)?;
        let mut file = tempfile::Builder::new().prefix(".lineshot-").tempfile_in(folder)?;
        file.write_all(new.as_bytes())?;
        let made = file.as_file().metadata()?;
        if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
            chown(file.path(), Some(before.uid()), Some(before.gid()))?;
        }
        file.as_file().set_permissions(fs::Permissions::from_mode(before.mode() & 0o777))?;
        file.as_file().sync_all()?;
        // As late as can be.
        if fs::symlink_metadata(path)?.is_symlink() || fs::read_to_string(path)? != old {
            return Err(io::Error::other("it is a link, or was changed by somebody else meanwhile"));
        }
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    replace().map_err(wrong)
}

/// Starts `lineshot-agent release prepare` for the station. The program lies beside this one, or is found by its name.
///
/// # Errors
/// What it said, or that it could not be started.
pub(crate) fn prepare(config: &Path, station: &str, out: &Path) -> Result<Prepared, String> {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name("lineshot-agent"));
    let program = beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("lineshot-agent"));
    let mut command = Command::new(program);
    command.args(["release", "prepare", station, "--config"]).arg(config).arg("--out").arg(out);
    let output = command.output().map_err(|error| format!("lineshot-agent cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let document = said.split_whitespace().next().unwrap_or_default().to_owned();
    let sheet = document.trim_end_matches(".toml").to_owned() + ".html";
    let sign = format!("ssh-keygen -Y sign -n {} -f KEY {document}", lineshot_release::RELEASE);
    let install = format!("sudo install -o root -m 0644 {document} {document}.sig /etc/lineshot/releases/");
    Ok(Prepared { document, sheet, sign, install })
}
