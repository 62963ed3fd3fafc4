//! Finding the daemons' programs and starting them with this terminal.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// Where packages put programs that nobody types.
const PACKAGE_FOLDER: &str = "/usr/lib/lineshot";
/// The group of both daemons; each one's user is called like its program.
const GROUP: &str = "lineshot";

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

/// Whose rights a program is started with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Those of whoever asks.
    Asker,
    /// If root asks and the daemon's user is there, that user's: then what only root can read, and the daemon's
    /// unit hands over, is handed over here, too.
    Daemon { handed: Option<PathBuf> },
}

/// A program to start, and what to ask it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(crate) program: Program,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) rights: Rights,
}

impl Errand {
    pub(crate) fn new(program: Program, words: &[&str]) -> Errand {
        let arguments = words.iter().map(OsString::from).collect();
        Errand { program, arguments, rights: Rights::Asker }
    }
}

/// Runs all errands, also after one that went badly, and gives the worst exit code.
///
/// # Errors
/// A program that is not there (then none is started) or cannot be started.
pub(crate) fn run(errands: &[Errand]) -> Result<u8> {
    match errands {
        // In this program's place, so that Ctrl-C is that one's to answer.
        [errand] => {
            let file = find(errand.program, &folders())?;
            let error = command(&file, errand, is_root() && is_user(errand.program.name()))?.exec();
            Err(error).with_context(|| not_started(&file))
        }
        errands => run_from(&folders(), errands),
    }
}

fn not_started(file: &Path) -> String {
    format!("starting {} failed; is it made for this PC?", file.display())
}

fn run_from(folders: &[PathBuf], errands: &[Errand]) -> Result<u8> {
    let found = errands.iter().map(|errand| find(errand.program, folders));
    let files = found.collect::<Result<Vec<_>>>()?;
    let mut worst = 0;
    for (errand, file) in errands.iter().zip(files) {
        let status = command(&file, errand, is_root() && is_user(errand.program.name()))?
            .status()
            .with_context(|| not_started(&file))?;
        worst = worst.max(code(status));
    }
    Ok(worst)
}

/// `can_switch`: this is root, and the daemon's user is there.
fn command(file: &Path, errand: &Errand, can_switch: bool) -> Result<Command> {
    let Rights::Daemon { handed } = &errand.rights else {
        return Ok(with(Command::new(file), errand));
    };
    if !can_switch {
        return Ok(with(Command::new(file), errand));
    }
    // As the units have it: the shared group first, the user's own beside it, and no way back.
    let user = errand.program.name();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", GROUP, "--groups", user, "--no-new-privs", "--"]).arg(file);
    let mut command = with(command, errand);
    if let Some(path) = handed {
        command.arg("--credentials-from-input");
        let input = match File::open(path) {
            Ok(file) => Stdio::from(file),
            Err(error) if error.kind() == ErrorKind::NotFound => Stdio::null(),
            Err(error) => return Err(error).with_context(|| format!("reading {} failed", path.display())),
        };
        command.stdin(input);
    }
    Ok(command)
}

fn with(mut command: Command, errand: &Errand) -> Command {
    command.args(&errand.arguments);
    command
}

/// By the owner of what the kernel shows of this process.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

fn is_user(name: &str) -> bool {
    let mut id = Command::new("id");
    id.args(["-u", name])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
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
    fn root_asks_with_the_rights_of_the_daemon_and_hands_over_what_its_unit_would() {
        let told = |errand: &Errand, can_switch| {
            let command = command(Path::new("/bin/x"), errand, can_switch).unwrap();
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words.map(|word| word.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let mut errand = Errand::new(Program::Uploader, &["doctor"]);
        assert_eq!(told(&errand, true), "/bin/x doctor");
        errand.rights = Rights::Daemon { handed: None };
        let switched = "setpriv --reuid lineshot-uploader --regid lineshot --groups lineshot-uploader \
                        --no-new-privs -- /bin/x doctor";
        assert_eq!(told(&errand, false), "/bin/x doctor");
        assert_eq!(told(&errand, true), switched);
        errand.rights = Rights::Daemon { handed: Some(PathBuf::from("/nonexistent")) };
        assert_eq!(told(&errand, false), "/bin/x doctor");
        assert_eq!(told(&errand, true), format!("{switched} --credentials-from-input"));
        errand.rights = Rights::Daemon { handed: Some(PathBuf::from("/bin/sh/x")) };
        assert!(super::command(Path::new("/bin/x"), &errand, true).is_err());
    }

    #[test]
    fn an_exit_code_is_passed_on_as_a_shell_would() {
        for (raw, want) in [(0, 0), (64 << 8, 64), (70 << 8, 70), (9, 137)] {
            assert_eq!(code(ExitStatus::from_raw(raw)), want);
        }
    }
}
