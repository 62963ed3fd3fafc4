//! Finding the daemons' programs and starting them with this terminal.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

/// Where packages put programs that nobody types.
const PACKAGE_FOLDER: &str = "/usr/lib/lineshot";

/// A daemon's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Sees the line and the cameras.
    Agent,
    /// Sees the storage.
    Uploader,
}

impl Program {
    /// The name of its file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Agent => "lineshot-agent",
            Program::Uploader => "lineshot-uploader",
        }
    }
}

/// A program to start, and what to ask it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(crate) program: Program,
    pub(crate) arguments: Vec<OsString>,
}

impl Errand {
    pub(crate) fn new(program: Program, words: &[&str]) -> Errand {
        Errand { program, arguments: words.iter().map(OsString::from).collect() }
    }
}

/// Runs all errands, also after one that went badly, and gives the worst exit code.
///
/// # Errors
/// A program that is not there (then none is started) or cannot be started.
pub(crate) fn run(errands: &[Errand]) -> Result<u8> {
    run_from(&folders(), errands)
}

fn run_from(folders: &[PathBuf], errands: &[Errand]) -> Result<u8> {
    let found = errands.iter().map(|errand| find(errand.program, folders));
    let files = found.collect::<Result<Vec<_>>>()?;
    let mut worst = 0;
    for (errand, file) in errands.iter().zip(files) {
        let status = Command::new(&file)
            .args(&errand.arguments)
            .status()
            .with_context(|| format!("starting {} failed; is it made for this PC?", file.display()))?;
        worst = worst.max(code(status));
    }
    Ok(worst)
}

/// Beside this program, then the package's folder, then the search path. A relative entry of the search
/// path is passed over: it would start whatever the current folder holds.
fn folders() -> Vec<PathBuf> {
    let own = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let search = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    own.into_iter().chain([PathBuf::from(PACKAGE_FOLDER)]).chain(search).collect()
}

fn find(program: Program, folders: &[PathBuf]) -> Result<PathBuf> {
    let executable = |file: &PathBuf| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    match folders.iter().map(|folder| folder.join(program.name())).find(executable) {
        Some(file) => Ok(file),
        None => bail!(
            "{} is neither beside this program ({}) nor in {PACKAGE_FOLDER} nor on the search path; \
             install it on this PC, or ask on the PC where it runs",
            program.name(),
            folders.first().map_or(Path::new("?"), PathBuf::as_path).display(),
        ),
    }
}

/// The exit code as a shell gives it: 128 + n for one that died by signal n.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder in which the agent and the uploader are these programs.
    fn folder(agent: &str, uploader: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (program, file) in [(Program::Agent, agent), (Program::Uploader, uploader)] {
            symlink(file, folder.path().join(program.name())).unwrap();
        }
        folder
    }

    #[test]
    fn the_first_folder_that_has_the_program_wins() {
        let [not_executable, first, second] =
            [("/etc/passwd", "/"), ("/bin/true", "/bin/true"), ("/bin/false", "/bin/false")]
                .map(|(agent, uploader)| folder(agent, uploader));
        let folders = [not_executable.path(), first.path(), second.path()].map(Path::to_owned);
        for program in [Program::Agent, Program::Uploader] {
            assert_eq!(find(program, &folders).unwrap(), first.path().join(program.name()));
        }
    }

    #[test]
    fn a_missing_program_is_named_with_where_it_was_looked_for() {
        let missing = find(Program::Agent, &[PathBuf::from("/nonexistent")]).unwrap_err().to_string();
        for part in ["lineshot-agent", "/nonexistent", "/usr/lib/lineshot", "install it"] {
            assert!(missing.contains(part), "{missing}");
        }
    }

    #[test]
    fn the_worse_answer_of_both_daemons_counts() {
        let both = [Program::Agent, Program::Uploader].map(|program| Errand::new(program, &["check"]));
        for (agent, uploader, want) in
            [("/bin/true", "/bin/true", 0), ("/bin/true", "/bin/false", 1), ("/bin/false", "/bin/true", 1)]
        {
            let folder = folder(agent, uploader);
            assert_eq!(run_from(&[folder.path().to_owned()], &both).unwrap(), want, "{agent} {uploader}");
        }
    }

    #[test]
    fn an_exit_code_is_passed_on_as_a_shell_would() {
        for (raw, want) in [(0, 0), (64 << 8, 64), (70 << 8, 70), (9, 137)] {
            assert_eq!(code(ExitStatus::from_raw(raw)), want);
        }
    }
}
