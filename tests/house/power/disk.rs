//! A disk that is a file: ext4, mounted by a loop device.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// More than the spool's own headroom, below which no picture is sealed, and a few thousand pictures.
const SIZE: u64 = 256 * 1024 * 1024;

/// The kernel writes nothing of its own accord while a disk is copied: the copy is of one moment.
const ONLY_WHEN_ASKED: &str = "loop,commit=300,noatime";

/// A disk that is not mounted.
pub(super) struct Disk {
    folder: TempDir,
}

/// A disk that is, until this is dropped.
pub(super) struct Mounted {
    mount: Mount,
    disk: Disk,
}

struct Mount(PathBuf);

impl Disk {
    /// An empty one; none where this process may not mount it.
    pub(super) fn blank() -> Option<Disk> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let disk = Disk { folder: folder() };
        File::create_new(disk.image()).unwrap().set_len(SIZE).unwrap();
        // Whole from the beginning: else the kernel would write the rest of its tables later.
        let whole = "lazy_itable_init=0,lazy_journal_init=0";
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-E", whole]).arg(disk.image())).unwrap();
        disk.try_mount().ok()?;
        Some(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("disk.img")
    }

    /// Another disk with what is on this one now.
    pub(super) fn copy(&self) -> Disk {
        let copy = Disk { folder: folder() };
        run(Command::new("cp").arg("--sparse=always").args([self.image(), copy.image()])).unwrap();
        copy
    }

    /// The kernel replays its journal first.
    pub(super) fn mount(self) -> Mounted {
        Mounted { mount: self.try_mount().unwrap(), disk: self }
    }

    fn try_mount(&self) -> Result<Mount, String> {
        let place = self.folder.path().join("mounted");
        fs::create_dir_all(&place).unwrap();
        let mut mount = Command::new("mount");
        run(mount.args(["-t", "ext4", "-o", ONLY_WHEN_ASKED]).arg(self.image()).arg(&place))?;
        Ok(Mount(place))
    }

    /// It is a whole ext4.
    pub(super) fn check(&self) {
        run(Command::new("e2fsck").args(["-f", "-n"]).arg(self.image())).unwrap();
    }
}

impl Mounted {
    pub(super) fn place(&self) -> &Path {
        &self.mount.0
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    pub(super) fn unmount(self) -> Disk {
        drop(self.mount);
        self.disk
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Err(error) = run(Command::new("umount").arg(&self.0)) {
            eprintln!("{error}; it goes when nobody uses it any more");
            let _gone = run(Command::new("umount").arg("--lazy").arg(&self.0));
        }
    }
}

/// Where a sync costs little: more is promised before a cut. What is lost is what ext4 has not written to its disk,
/// wherever that lies.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
