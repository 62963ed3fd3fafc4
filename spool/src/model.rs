//! A disk that forgets: every change of files that passes the door is written down, so that a test can take any moment of
//! a run and ask what a power cut would leave of it.
//!
//! What a cut may do (POSIX leaves it open, journals of real file systems keep an order):
//! - contents that were not synced are gone, cut short, or there;
//! - names that were not synced are gone or there; from some moment on all that were not are gone, as a journal loses its
//!   end, and a rename happens wholly or not at all;
//! - a committed transaction of a book is there, and one that was not is not: SQLite's own promise (synchronous=FULL).
//!
//! A crash is a panic at the door: what the program would have done after it never happens.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A change of files.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    MakeFolder(PathBuf),
    Write(PathBuf, Vec<u8>),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    /// Of a file: its contents. Of a folder: its names.
    Sync(PathBuf),
    /// A transaction of a book.
    Commit,
}

/// What is left of changes that nobody synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// In thousandths of all changes: names that were changed later than this are lost.
    pub(crate) names: usize,
    /// In thousandths of its length: what is left of a file.
    pub(crate) contents: usize,
}

/// The changes of a run, until it ends or crashes.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) changes: Vec<Change>,
    /// The change with this number does not happen any more.
    crash_at: Option<usize>,
    pub(crate) is_over: bool,
}

thread_local! {
    static TAPE: RefCell<Option<Rc<RefCell<Tape>>>> = const { RefCell::new(None) };
}

/// What is thrown at a crash.
pub(crate) struct Crash;

/// Runs `work` with a tape that crashes at this change, if it comes to that. Gives the tape, and whether it crashed.
pub(crate) fn taped(crash_at: Option<usize>, work: impl FnOnce()) -> (Tape, bool) {
    let tape = Rc::new(RefCell::new(Tape { crash_at, ..Tape::default() }));
    TAPE.with(|it| *it.borrow_mut() = Some(tape.clone()));
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    TAPE.with(|it| *it.borrow_mut() = None);
    let tape = Rc::into_inner(tape).expect("the run is over").into_inner();
    match done {
        Ok(()) => (tape, false),
        // After a refused commit the program may fail by itself, in its own words.
        Err(_) if tape.is_over => (tape, true),
        Err(other) => std::panic::resume_unwind(other),
    }
}

/// Said before each change. The crash is here.
pub(crate) fn before(change: impl FnOnce() -> Change) {
    let Some(tape) = TAPE.with(|it| it.borrow().clone()) else { return };
    if ends(&tape) {
        drop(tape);
        std::panic::resume_unwind(Box::new(Crash));
    }
    tape.borrow_mut().changes.push(change());
}

fn ends(tape: &Rc<RefCell<Tape>>) -> bool {
    let mut tape = tape.borrow_mut();
    tape.is_over |= tape.crash_at == Some(tape.changes.len());
    tape.is_over
}

/// Counts the commits of a book; the one at which the crash is does not happen.
pub(crate) fn watch(book: &rusqlite::Connection) {
    if TAPE.with(|it| it.borrow().is_none()) {
        return;
    }
    book.commit_hook(Some(|| {
        let Some(tape) = TAPE.with(|it| it.borrow().clone()) else { return false };
        let is_over = ends(&tape);
        if !is_over {
            tape.borrow_mut().changes.push(Change::Commit);
        }
        is_over
    }));
}

impl Tape {
    /// Makes in `to` what a power cut after all these changes would leave of `from`, which they began with.
    pub(crate) fn cut(&self, (from, to): (&Path, &Path), of: &Path, loss: Loss) {
        copy(from, to);
        let from_then_on = self.changes.len() * loss.names / 1000;
        for (number, change) in self.changes.iter().enumerate() {
            if number >= from_then_on && !self.is_durable(number) {
                continue;
            }
            let place = |path: &Path| to.join(path.strip_prefix(of).expect("all is below one folder"));
            // What was lost before may have taken the ground away.
            let _lost = match change {
                Change::MakeFolder(path) => fs::create_dir(place(path)),
                Change::Write(path, bytes) => {
                    let kept = if self.is_synced(number, path) { 1000 } else { loss.contents };
                    #[expect(clippy::disallowed_methods, reason = "the disk itself")]
                    fs::write(place(path), &bytes[..bytes.len() * kept / 1000])
                }
                Change::Rename(old, new) => fs::rename(place(old), place(new)),
                Change::Remove(path) => match place(path).is_dir() {
                    true => fs::remove_dir_all(place(path)),
                    false => fs::remove_file(place(path)),
                },
                Change::Sync(_) | Change::Commit => Ok(()),
            };
        }
    }

    /// Whether the names that a change touches were synced after it.
    fn is_durable(&self, number: usize) -> bool {
        let folder = match &self.changes[number] {
            // Of a rename the new name: where that is kept, the old one is gone.
            Change::MakeFolder(path)
            | Change::Write(path, _)
            | Change::Remove(path)
            | Change::Rename(_, path) => path.parent(),
            Change::Sync(_) | Change::Commit => return true,
        };
        let after = &self.changes[number + 1..];
        after.iter().any(|change| matches!(change, Change::Sync(synced) if Some(synced.as_path()) == folder))
    }

    /// Whether a file's contents were synced after it was written, under whatever name.
    fn is_synced(&self, number: usize, path: &Path) -> bool {
        self.changes[number + 1..]
            .iter()
            .any(|change| matches!(change, Change::Sync(synced) if synced == path))
    }
}

/// A folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}
