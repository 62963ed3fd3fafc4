//! One demo at a time for each folder, and nothing left of one that was killed.

use std::fs::{self, File, TryLockError};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A folder that no other demo may use, until this is dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Claim(File);

impl Drop for Claim {
    /// Closing alone would leave the lock with a child that has not yet become its program.
    fn drop(&mut self) {
        let _closing_unlocks_too = self.0.unlock();
    }
}

/// Claims the folder, and ends daemons that an earlier demo could not stop.
pub(crate) fn claim(folder: &Path) -> Result<Claim> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join("lock");
    let mut entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    if !path.exists() && entries.next().is_some() {
        bail!(
            "{} holds something else: name a new or empty folder, since the demo empties its own",
            folder.display()
        );
    }
    // Keys of this run lie below.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("restricting {}", folder.display()))?;
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("opening {}", path.display()))?;
    let claim = match lock.try_lock() {
        Ok(()) => Claim(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "a demo is running already in {}: end it with Ctrl-C in its terminal, or try to break it with \
             `cargo xtask demo arrive --order 7`",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("locking {}", path.display()));
        }
    };
    end_orphans(&folder.join("plant/etc"))?;
    Ok(claim)
}

/// Kills whoever was started as `<program> run` with this configuration: daemons of a demo that was killed itself.
fn end_orphans(config: &Path) -> Result<()> {
    for entry in fs::read_dir("/proc").context("listing processes")? {
        let process = entry.context("listing processes")?;
        let pid = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        // A process that ends meanwhile, or is somebody else's, has no command line for us.
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|&byte| byte == 0).collect();
        let is_daemon = words.get(1) == Some(&&b"run"[..]) && words.contains(&config.as_os_str().as_bytes());
        if let Some(pid) = pid.filter(|_| is_daemon) {
            let _ended_already = kill_process(pid, Signal::KILL);
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test writes without fsync in a folder of its own")]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_folder_is_one_demos_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = claim(folder.path()).unwrap();
        let refused = claim(folder.path()).unwrap_err().to_string();
        assert!(refused.starts_with("a demo is running already in "), "{refused}");
        drop(first);
        let _again = claim(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_that_holds_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("page")).unwrap();
        let refused = claim(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("holds something else"), "{refused}");
        assert!(folder.path().join("page").exists());
    }

    #[test]
    fn a_claim_ends_the_daemons_of_this_folder_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        drop(claim(folder.path()).unwrap());
        // Until its input ends.
        fs::write(folder.path().join("run"), "read line").unwrap();
        fs::write(folder.path().join("check"), "read line").unwrap();
        let config = folder.path().join("plant/etc");
        let start = |what: &str, config: &Path| {
            let mut command = Command::new("sh");
            command.current_dir(folder.path()).arg(what).arg("--config").arg(config);
            command.stdin(Stdio::piped()).spawn().unwrap()
        };
        let mut orphan = start("run", &config);
        let mut others = [start("check", &config), start("run", &folder.path().join("other/etc"))];
        let _claimed = claim(folder.path()).unwrap();
        assert_eq!(orphan.wait().unwrap().signal(), Some(9));
        for other in &mut others {
            assert_eq!(other.try_wait().unwrap(), None);
            drop(other.stdin.take());
            assert_eq!(other.wait().unwrap().signal(), None);
        }
    }
}
