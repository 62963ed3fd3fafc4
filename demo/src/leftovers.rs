//! One demo at a time for each folder, and nothing left of one that was killed.

use std::fs::{self, File, TryLockError};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Claims the folder until the answer is dropped, and ends daemons that an earlier demo could not stop.
pub(crate) fn claim(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("opening {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "a demo is running already in {}: end it with Ctrl-C in its terminal, or try to break it with \
             `cargo xtask demo arrive --order 7`",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("locking {}", path.display()));
        }
    }
    end_orphans(&folder.join("plant/etc"))?;
    Ok(lock)
}

/// Kills whoever was started with this configuration: daemons of a demo that was killed itself.
fn end_orphans(config: &Path) -> Result<()> {
    for entry in fs::read_dir("/proc").context("listing processes")? {
        let process = entry.context("listing processes")?;
        let pid = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        // A process that ends meanwhile, or is somebody else's, has no command line for us.
        let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let is_daemon = words.split(|&byte| byte == 0).any(|word| word == config.as_os_str().as_bytes());
        if let Some(pid) = pid.filter(|_| is_daemon) {
            let _ended_already = kill_process(pid, Signal::KILL);
        }
    }
    Ok(())
}
