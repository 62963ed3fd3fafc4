//! Rooms on disk, and the three things done there durably: make a file, rename, remove.
//!
//! Holds: a file named in its final place is complete and fsynced, and so is the name. Rooms are kept
//! apart by owner and mode: each daemon checks its own private room at start.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use notify::Watcher as _;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// Free space below which no picture is sealed, so that outcomes can still be written: a thousand
/// cases' rows and the log of a night.
pub(crate) const HEADROOM: u64 = 64 * 1024 * 1024;

/// What the disk would not do.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Something could not be read.
    #[error("reading {path} failed")]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something could not be written, renamed or made durable.
    #[error("writing {path} failed; is the disk full or read-only?")]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something could not be removed.
    #[error("removing {path} failed; may this user write to its folder?")]
    Remove {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A private room that others can enter, or that belongs to somebody else.
    #[error(
        "{path} must belong to the daemon's own user with mode 0700; found owner {owner}, mode {mode:04o}: `chown` and `chmod 0700` it, or apply systemd/lineshot.tmpfiles"
    )]
    Open {
        /// The room.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
}

/// The folders below the data folder.
#[derive(Clone, Debug)]
pub struct Rooms {
    root: PathBuf,
}

impl Rooms {
    /// The rooms below `root`; touches nothing.
    pub fn below(root: &Path) -> Rooms {
        Rooms { root: root.to_owned() }
    }

    /// The data folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The agent's private room.
    pub fn agent(&self) -> PathBuf {
        self.root.join("agent")
    }

    /// Pictures being made.
    pub fn open(&self) -> PathBuf {
        self.root.join("agent/open")
    }

    /// The site key of a trial, made when the site has none.
    pub fn throwaway_key(&self) -> PathBuf {
        self.root.join("agent/throwaway-site.key")
    }

    /// The hand-over: complete parcels.
    pub fn ready(&self) -> PathBuf {
        self.root.join("ready")
    }

    /// The answer: receipts.
    pub fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// What the uploader must know before each PUT.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// `requests/`: where root puts what a person signed.
    pub fn requests(&self) -> PathBuf {
        self.root.join("requests")
    }

    /// The uploader's private room.
    pub fn uploader(&self) -> PathBuf {
        self.root.join("uploader")
    }

    /// What the store will never take.
    pub fn failed(&self) -> PathBuf {
        self.root.join("uploader/failed")
    }
}

/// Said before each change of files. A test may write it down, refuse it, and cut the power there.
#[cfg(any(test, feature = "model"))]
macro_rules! door {
    ($change:expr) => {
        crate::model::before(|| {
            use crate::model::Change;
            $change
        })
    };
}

#[cfg(not(any(test, feature = "model")))]
macro_rules! door {
    ($change:expr) => {
        Ok::<(), io::Error>(())
    };
}

/// Makes the folder with this mode unless it is there. Its name is not durable (see [`sync_dir`]).
pub(crate) fn make_room(path: &Path, mode: u32) -> Result<(), DiskError> {
    let failed = |source| DiskError::Write { path: path.to_owned(), source };
    door!(Change::MakeFolder(path.to_owned(), mode)).map_err(failed)?;
    // Asked without the set-group-id bit: under the unit's `RestrictSUIDSGID=` that would be denied even
    // where the room is there already. Installed, all rooms are there: systemd-tmpfiles made them.
    match DirBuilder::new().mode(mode & 0o777).create(path) {
        // The process's umask took bits away.
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(failed(source)),
    }
}

/// Refuses a private room that is not this user's alone.
pub(crate) fn check_private(path: &Path) -> Result<(), DiskError> {
    let found = fs::metadata(path).map_err(|source| DiskError::Read { path: path.to_owned(), source })?;
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    if owner != rustix::process::geteuid().as_raw() || mode & 0o077 != 0 {
        return Err(DiskError::Open { path: path.to_owned(), owner, mode });
    }
    Ok(())
}

/// Takes a private room for this process, until the file is dropped or the process dies; `None` if
/// another process has it.
pub(crate) fn lock(room: &Path) -> Result<Option<File>, DiskError> {
    let path = room.join("lock");
    let failed = |source| DiskError::Write { path: path.clone(), source };
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Writes a new file and makes its contents durable; its name is not yet (see [`sync_dir`]).
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    let failed = |source| DiskError::Write { path: path.to_owned(), source };
    door!(Change::Write(path.to_owned(), bytes.to_vec(), mode)).map_err(failed)?;
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    door!(Change::Sync(path.to_owned())).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Replaces a file at once: readers see the old contents or the new, also after a power cut.
///
/// It is written in `own`, a room that nobody else can enter: in a shared one somebody could have laid a
/// link to another file in the way.
pub(crate) fn replace(own: &Path, path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    let mut temporary = OsString::from(path.file_name().unwrap_or_default());
    temporary.push(".new");
    let temporary = own.join(temporary);
    write_new(&temporary, bytes, mode)?;
    move_durably(&temporary, path)
}

/// Renames, and makes the new name (and the loss of the old one) durable.
pub(crate) fn move_durably(from: &Path, to: &Path) -> Result<(), DiskError> {
    let failed = |source| DiskError::Write { path: to.to_owned(), source };
    door!(Change::Rename(from.to_owned(), to.to_owned())).map_err(failed)?;
    fs::rename(from, to).map_err(failed)?;
    let parents = [to.parent(), from.parent()];
    sync_dir(parents[0].unwrap_or(Path::new("/")))?;
    if parents[0] != parents[1] {
        sync_dir(parents[1].unwrap_or(Path::new("/")))?;
    }
    Ok(())
}

/// Makes the names in a folder durable.
pub(crate) fn sync_dir(path: &Path) -> Result<(), DiskError> {
    door!(Change::Sync(path.to_owned()))
        .and_then(|()| File::open(path))
        .and_then(|dir| dir.sync_all())
        .map_err(|source| DiskError::Write { path: path.to_owned(), source })
}

/// A file that holds a secret, if it is there.
pub(crate) fn secret(path: &Path) -> Result<Option<Zeroizing<String>>, DiskError> {
    let there = path.try_exists().map_err(|source| DiskError::Read { path: path.to_owned(), source })?;
    if !there {
        return Ok(None);
    }
    let bytes = Zeroizing::new(read_bounded(path, 1024)?);
    Ok(Some(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())))
}

/// Reads a plain file of at most `limit` bytes. A link is not followed, and a pipe does not block.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, DiskError> {
    let failed = |source| DiskError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(careful.bits()).expect("open(2) takes its flags as an int");
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is no plain file")));
    }
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes"))));
    }
    Ok(bytes)
}

/// Removes a file or a folder with all that is in it; not being there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), DiskError> {
    let removed = door!(Change::Remove(path.to_owned())).and_then(|()| match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    });
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(DiskError::Remove { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Whether there is less than [`HEADROOM`] left where `path` is.
pub(crate) fn has_no_room(path: &Path) -> Result<bool, DiskError> {
    #[cfg(any(test, feature = "model"))]
    if crate::model::has_no_room() {
        return Ok(true);
    }
    Ok(left(path)?.bytes < HEADROOM)
}

/// What this user may still use of a disk.
pub(crate) struct Left {
    pub(crate) bytes: u64,
    /// How many files and folders.
    pub(crate) files: u64,
}

/// What is left where `path` is.
pub(crate) fn left(path: &Path) -> Result<Left, DiskError> {
    let about = rustix::fs::statvfs(path)
        .map_err(|error| DiskError::Read { path: path.to_owned(), source: error.into() })?;
    Ok(Left { bytes: about.f_bavail.saturating_mul(about.f_frsize), files: about.f_favail })
}

/// The names in a folder, sorted; names that are no UTF-8 are left out.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, DiskError> {
    let failed = |source| DiskError::Read { path: path.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Ends a [`Watch`]'s wait.
#[derive(Clone, Debug)]
pub struct Waker(mpsc::Sender<()>);

impl Waker {
    /// Never blocks.
    pub fn wake(&self) {
        let _ = self.0.send(());
    }
}

/// Wakes when something was renamed into a folder.
///
/// A hint, not a promise: the kernel may drop events, so who waits looks at the folder again after a
/// while in any case.
#[derive(Debug)]
pub struct Watch {
    _watcher: Option<notify::RecommendedWatcher>,
    // Without a sender at the other end a wait would end at once, and its caller's loop never rest.
    sender: mpsc::Sender<()>,
    events: mpsc::Receiver<()>,
}

impl Watch {
    /// Watches `folder`. Where the kernel has no watch to give, [`Watch::wait`] waits its time out.
    pub fn on(folder: &Path) -> Watch {
        let (sender, events) = mpsc::channel();
        let tell = sender.clone();
        let told = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = tell.send(());
            }
        };
        let watcher = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(folder, notify::RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        if let Err(error) = &watcher {
            tracing::warn!(folder = %folder.display(), %error, "no watch on this folder: it is read every so often instead");
        }
        Watch { _watcher: watcher.ok(), sender, events }
    }

    /// Ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(self.sender.clone())
    }

    /// Returns when something changed, or after `at_most`.
    pub fn wait(&self, at_most: Duration) {
        if self.events.recv_timeout(at_most).is_ok() {
            while self.events.try_recv().is_ok() {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_room_that_others_can_enter_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let room = root.path().join("agent");
        make_room(&room, 0o700).unwrap();
        assert!(check_private(&room).is_ok());
        fs::set_permissions(&room, fs::Permissions::from_mode(0o750)).unwrap();
        let refused = check_private(&room).unwrap_err().to_string();
        assert!(refused.contains("0750") && refused.contains("chmod"), "{refused}");
    }

    #[test]
    fn a_room_gets_exactly_its_mode() {
        let root = tempfile::tempdir().unwrap();
        let room = root.path().join("ready");
        make_room(&room, 0o2770).unwrap();
        assert_eq!(fs::metadata(&room).unwrap().mode() & 0o7777, 0o2770);
    }

    #[test]
    fn what_cannot_be_made_or_removed_is_told() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        write_new(&file, b"7", 0o600).unwrap();
        assert!(make_room(&root.path().join("missing/room"), 0o700).is_err());
        assert!(remove(&file.join("below")).is_err());
        assert!(remove(&root.path().join("missing")).is_ok());
        let rooms = Rooms::below(root.path());
        assert!(rooms.uploader().starts_with(root.path()) && rooms.failed().starts_with(rooms.uploader()));
    }

    #[test]
    fn a_file_larger_than_allowed_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("big");
        write_new(&file, &[7; 11], 0o600).unwrap();
        assert!(read_bounded(&file, 10).is_err());
        assert_eq!(read_bounded(&file, 11).unwrap().len(), 11);
    }

    #[test]
    fn a_link_is_not_followed_and_a_pipe_does_not_block() {
        let root = tempfile::tempdir().unwrap();
        let (secret, link, pipe) =
            (root.path().join("secret"), root.path().join("link"), root.path().join("pipe"));
        write_new(&secret, b"secret", 0o600).unwrap();
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [&link, &pipe, &root.path().to_owned()] {
            assert!(read_bounded(path, 10).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn a_link_that_somebody_laid_in_a_shared_room_is_replaced_not_written_through() {
        let root = tempfile::tempdir().unwrap();
        let (own, shared) = (root.path().join("own"), root.path().join("shared"));
        make_room(&own, 0o700).unwrap();
        make_room(&shared, 0o770).unwrap();
        let precious = own.join("precious");
        write_new(&precious, b"precious", 0o600).unwrap();
        for name in ["receipt", "receipt.new"] {
            std::os::unix::fs::symlink(&precious, shared.join(name)).unwrap();
        }
        replace(&own, &shared.join("receipt"), b"a receipt", 0o660).unwrap();
        assert_eq!(read_bounded(&precious, 100).unwrap(), b"precious");
        assert_eq!(read_bounded(&shared.join("receipt"), 100).unwrap(), b"a receipt");
    }

    #[test]
    fn a_disk_without_a_free_block_has_no_room() {
        // The kernel's own file system, which never has one.
        assert!(has_no_room(Path::new("/proc")).unwrap());
        assert!(has_no_room(Path::new("/proc/missing")).is_err());
    }

    #[test]
    fn a_rename_wakes_the_watch() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("a"), root.path().join("ready"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        let watch = Watch::on(&to);
        // Nothing but the rename: that somebody looks into the folder wakes nobody.
        fs::rename(&from, to.join("a")).unwrap();
        watch.events.recv_timeout(Duration::from_secs(60)).expect("the rename was seen");
    }

    #[test]
    fn who_is_woken_takes_all_that_was_told_until_then() {
        let root = tempfile::tempdir().unwrap();
        let watch = Watch::on(root.path());
        let waker = watch.waker();
        waker.wake();
        waker.wake();
        watch.wait(Duration::from_secs(3600));
        assert!(watch.events.try_recv().is_err(), "the next wait would end at once");
    }
}
