//! The look at a whole data folder, for `lineshot spool check`: what lies on disk against what the books say.
//!
//! Holds:
//! - it only reads, takes no lock that a daemon takes, and works beside both;
//! - a healthy folder shows no fault, however busy the daemons are. What a book says of itself is read in one
//!   transaction. A parcel moves one way, `agent/open`, `ready`, `receipts`, `receipted` in the book, and the next
//!   place has it before the last one loses it: so the places are looked at in this order, the row last, and what
//!   looked wrong is a fault only if the row still says so.
//!
//! Deliberately absent: mending, and the second proof of pictures; the uploader proves what it sends.

mod cases;
mod database;
mod finding;
mod lines;
mod rooms;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use lineshot_domain::Clock;
use rusqlite::Connection;

pub use finding::{Finding, What};

use crate::back;
use crate::disk::{self, DiskError, Rooms};
use crate::front::book;
use crate::keys::PinnedKey;

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Cases in the book.
    pub cases: i64,
    /// Lines of the ledger.
    pub lines: i64,
    /// Parcels in `ready/`.
    pub parcels: usize,
}

/// What came of a look at all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was looked at.
    pub counted: Counted,
    /// What somebody should know.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether nothing is there that should not be.
    pub fn is_well(&self) -> bool {
        !self.findings.iter().any(|finding| finding.what.is_fault())
    }
}

/// Looks at all that lies below `root`.
///
/// # Errors
/// [`DiskError`] if the agent's room cannot be entered: without the book nothing can be said.
pub fn check(root: &Path, clock: &dyn Clock) -> Result<Checked, DiskError> {
    let rooms = Rooms::below(root);
    disk::names(&rooms.agent())?;
    let mut look = Look { rooms, clock, findings: Vec::new(), counted: Counted::default() };
    look.rooms();
    let is_open = look.uploader();
    let path = look.rooms.agent().join("agent.db");
    let book = look.database(&path, book::STEPS.len());
    let path = look.rooms.uploader().join("uploader.db");
    let queue = match is_open && path.exists() {
        true => look.database(&path, back::queue::STEPS.len()),
        false => None,
    };
    let key = look.keys(is_open);
    if let Some(key) = &key {
        look.state(key, book.as_ref());
    }
    if let Some(queue) = &queue {
        look.queue(queue);
    }
    if let Some(book) = book {
        look.lines(&book);
        look.cases(&Books { book, queue, key });
    }
    Ok(Checked { counted: look.counted, findings: look.findings })
}

/// What the files are held against.
struct Books {
    book: Connection,
    /// `None` where it may not be read, or is not there.
    queue: Option<Connection>,
    key: Option<PinnedKey>,
}

/// A look on its way.
struct Look<'c> {
    rooms: Rooms,
    clock: &'c dyn Clock,
    findings: Vec<Finding>,
    counted: Counted,
}

impl Look<'_> {
    fn found(&mut self, path: impl Into<PathBuf>, what: What) {
        self.findings.push(Finding { path: path.into(), what });
    }
}
