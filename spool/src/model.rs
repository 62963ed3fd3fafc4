//! A disk that forgets: every change of files that passes the door is written down, so that a test can take any moment of
//! a run and ask what a power cut would leave of it.
//!
//! What a cut may do (POSIX leaves it open, journals of real file systems keep an order):
//! - contents that were not synced are gone, cut short, or there;
//! - names that were not synced are gone or there; from some moment on all that were not are gone, as a journal loses its
//!   end, and a rename happens wholly or not at all;
//! - a committed transaction of a book is there, and one that was not is not: SQLite's own promise (synchronous=FULL).
//!
//! A crash is a panic at the door: what the program would have done after it never happens. Several processes of one
//! machine may share a disk, each with its own end.
//!
//! Deliberately absent: this module in any program that is installed; tests alone enable the feature `model`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A change of files.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new folder with this mode.
    MakeFolder(PathBuf, u32),
    /// A file's whole contents; its mode, if it is new.
    Write(PathBuf, Vec<u8>, u32),
    /// Another name.
    Rename(PathBuf, PathBuf),
    /// Of a file, or of a folder with all in it.
    Remove(PathBuf),
    /// Of a file: its contents. Of a folder: its names.
    Sync(PathBuf),
    /// A transaction of a book.
    Commit,
}

/// What is left of changes that nobody synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// In thousandths of all changes: names that were changed later than this are lost.
    pub names: usize,
    /// In thousandths of its length: what is left of a file.
    pub contents: usize,
}

/// The disk of a machine. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    changes: Vec<Change>,
    is_full: bool,
}

/// A process that writes to a disk, until it is told to end.
#[derive(Debug)]
pub struct Process {
    disk: Disk,
    life: Mutex<Life>,
}

#[derive(Debug, Default)]
struct Life {
    /// Changes that it may still make; `None`: as many as it likes.
    left: Option<usize>,
    is_over: bool,
}

thread_local! {
    static PROCESS: RefCell<Option<Arc<Process>>> = const { RefCell::new(None) };
}

/// What is thrown at a crash.
#[derive(Debug)]
pub struct Crash;

/// As long as it is held, this thread belongs to a process.
#[derive(Debug)]
pub struct Entered(Option<Arc<Process>>);

impl Drop for Entered {
    fn drop(&mut self) {
        PROCESS.with(|it| *it.borrow_mut() = self.0.take());
    }
}

/// The process that this thread belongs to.
pub fn current() -> Option<Arc<Process>> {
    PROCESS.with(|it| it.borrow().clone())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// One that lives until it is [ended](Process::end).
    pub fn on(disk: &Disk) -> Arc<Process> {
        Arc::new(Process { disk: disk.clone(), life: Mutex::default() })
    }

    /// This thread belongs to it from now on.
    #[must_use]
    pub fn enter(self: &Arc<Process>) -> Entered {
        Entered(PROCESS.with(|it| it.borrow_mut().replace(self.clone())))
    }

    /// It crashes at the change after so many more.
    pub fn end_after(&self, changes: usize) {
        lock(&self.life).left = Some(changes);
    }

    /// SIGKILL: whatever it would do next does not happen.
    pub fn end(&self) {
        lock(&self.life).is_over = true;
    }

    /// Whether it has crashed or was ended.
    pub fn is_over(&self) -> bool {
        lock(&self.life).is_over
    }

    /// Whether this change is the crash, or comes after it.
    fn ends(&self) -> bool {
        let mut life = lock(&self.life);
        match &mut life.left {
            Some(0) => life.is_over = true,
            Some(left) => *left -= 1,
            None => {}
        }
        life.is_over
    }
}

/// Throws what a crash throws, if this thread's process is over.
pub fn live_on() {
    if current().is_some_and(|process| process.is_over()) {
        std::panic::resume_unwind(Box::new(Crash));
    }
}

/// Said before each change. The crash is here, and so is the disk that has no room.
pub(crate) fn before(change: impl FnOnce() -> Change) -> io::Result<()> {
    let Some(process) = current() else { return Ok(()) };
    if process.ends() {
        drop(process);
        std::panic::resume_unwind(Box::new(Crash));
    }
    let (change, mut platter) = (change(), lock(&process.disk.0));
    let needs_room = match &change {
        Change::Write(..) => true,
        Change::MakeFolder(path, _) => !path.exists(),
        _ => false,
    };
    if platter.is_full && needs_room {
        return Err(io::ErrorKind::StorageFull.into());
    }
    platter.changes.push(change);
    Ok(())
}

/// Free space, as far as the model has a say.
pub(crate) fn has_no_room() -> bool {
    current().is_some_and(|process| lock(&process.disk.0).is_full)
}

/// Counts the commits of a book; the one at which the crash is does not happen.
pub(crate) fn watch(book: &rusqlite::Connection) {
    if current().is_none() {
        return;
    }
    book.commit_hook(Some(|| {
        let Some(process) = current() else { return false };
        if process.ends() {
            return true;
        }
        let mut platter = lock(&process.disk.0);
        if !platter.is_full {
            platter.changes.push(Change::Commit);
        }
        platter.is_full
    }));
}

/// Both daemons' books, below the data folder.
const BOOKS: [&str; 2] = ["agent/agent.db", "uploader/uploader.db"];

impl Disk {
    /// From now on there is room for nothing, or again.
    pub fn fill(&self, is_full: bool) {
        lock(&self.0).is_full = is_full;
    }

    /// Whether there is room for nothing.
    pub fn is_full(&self) -> bool {
        lock(&self.0).is_full
    }

    /// The last change that was made.
    pub fn last(&self) -> Option<Change> {
        lock(&self.0).changes.last().cloned()
    }

    /// Makes in `left` what a power cut now leaves of `root`, which was as `start` is when the disk was new. No process
    /// may be at work.
    ///
    /// # Errors
    /// What the real disk says.
    pub fn cut(&self, [start, root, left]: [&Path; 3], loss: Loss) -> io::Result<()> {
        copy(start, left)?;
        let changes = &lock(&self.0).changes;
        let synced = last_synced(changes);
        let from_then_on = changes.len() * loss.names / 1000;
        for (number, change) in changes.iter().enumerate() {
            if number >= from_then_on && !is_durable(&synced, number, change) {
                continue;
            }
            // What was lost before may have taken the ground away.
            let _lost = repeat(change, (root, left), |path| match is_synced(&synced, number, path) {
                true => 1000,
                false => loss.contents,
            });
        }
        for book in BOOKS {
            for end in ["", "-wal", "-shm"] {
                let name = format!("{book}{end}");
                let _none = fs::remove_file(left.join(&name));
                // A book whose folder is lost is lost.
                if root.join(&name).exists() && left.join(book).parent().is_some_and(Path::is_dir) {
                    fs::copy(root.join(&name), left.join(&name))?;
                }
            }
        }
        Ok(())
    }
}

/// Makes a change of `root` in `left`; `kept` says how much of a file's contents, in thousandths.
fn repeat(change: &Change, (root, left): (&Path, &Path), kept: impl Fn(&Path) -> usize) -> io::Result<()> {
    let place = |path: &Path| left.join(path.strip_prefix(root).expect("all is below one folder"));
    match change {
        Change::MakeFolder(path, mode) => fs::create_dir(place(path))
            .and_then(|()| fs::set_permissions(place(path), Permissions::from_mode(*mode))),
        Change::Write(path, bytes, mode) => {
            #[expect(clippy::disallowed_methods, reason = "the disk itself")]
            fs::write(place(path), &bytes[..bytes.len() * kept(path) / 1000])?;
            fs::set_permissions(place(path), Permissions::from_mode(*mode))
        }
        Change::Rename(old, new) => fs::rename(place(old), place(new)),
        Change::Remove(path) => match place(path).is_dir() {
            true => fs::remove_dir_all(place(path)),
            false => fs::remove_file(place(path)),
        },
        Change::Sync(_) | Change::Commit => Ok(()),
    }
}

/// The last sync of each path, by the number of its change.
fn last_synced(changes: &[Change]) -> HashMap<&Path, usize> {
    let mut synced = HashMap::new();
    for (number, change) in changes.iter().enumerate() {
        if let Change::Sync(path) = change {
            synced.insert(path.as_path(), number);
        }
    }
    synced
}

/// Whether the names that a change touches were synced after it.
fn is_durable(synced: &HashMap<&Path, usize>, number: usize, change: &Change) -> bool {
    let folder = match change {
        // Of a rename the new name: where that is kept, the old one is gone.
        Change::MakeFolder(path, _)
        | Change::Write(path, ..)
        | Change::Remove(path)
        | Change::Rename(_, path) => path.parent(),
        Change::Sync(_) | Change::Commit => return true,
    };
    folder.is_some_and(|folder| is_synced(synced, number, folder))
}

/// Whether a path was synced after this change.
fn is_synced(synced: &HashMap<&Path, usize>, number: usize, path: &Path) -> bool {
    synced.get(path).is_some_and(|last| *last > number)
}

/// A folder with all that is in it.
///
/// # Errors
/// What the disk says.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        match path.is_dir() {
            true => copy(&path, &to.join(name))?,
            false => drop(fs::copy(&path, to.join(name))?),
        }
    }
    Ok(())
}

/// A folder where a sync costs nothing: what it promises is the model's.
///
/// # Panics
/// If there is nowhere to make one.
#[must_use]
pub fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
