//! Reading the book from outside, for `lineshot spool list`: never writes, works beside the agent.

use std::path::Path;

use lineshot_domain::Wall;
use rusqlite::{Connection, OpenFlags};

use super::BookError;
use super::words::told_outside;
use crate::disk::Rooms;

/// One case as a person sees it in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// The case.
    pub case: String,
    /// When its arrival was received.
    pub received: Wall,
    /// Where.
    pub station: String,
    /// Which camera angle.
    pub view: String,
    /// `open`, `ended`, `handed` or `receipted`.
    pub stage: String,
    /// The outcome, once it has one.
    pub outcome: Option<String>,
    /// Why there is no picture, as it is told outside the ledger.
    pub reason: Option<String>,
    /// What the uploader said.
    pub delivery: Option<String>,
}

/// The newest `limit` cases of the book below `root`, newest first.
///
/// # Errors
/// [`BookError`] if there is no book or it cannot be read.
pub fn list(root: &Path, limit: u32) -> Result<Vec<CaseLine>, BookError> {
    let book = read_only(root)?;
    let read = || {
        let mut rows = book.prepare(
            "SELECT c.id, a.received, a.station, c.view, c.stage, c.outcome, c.reason, c.delivery
             FROM cases c JOIN arrivals a ON a.id = c.arrival ORDER BY c.rowid DESC LIMIT ?",
        )?;
        let line = |row: &rusqlite::Row<'_>| {
            Ok(CaseLine {
                case: row.get(0)?,
                received: Wall::from_unix_ms(row.get(1)?),
                station: row.get(2)?,
                view: row.get(3)?,
                stage: row.get(4)?,
                outcome: row.get(5)?,
                reason: row.get::<_, Option<String>>(6)?.as_deref().map(told_outside),
                delivery: row.get(7)?,
            })
        };
        rows.query_map([limit], line)?.collect::<rusqlite::Result<_>>()
    };
    read().map_err(BookError::doing("listing cases"))
}

/// The book below `root`, as an agent that runs may be writing it.
pub(super) fn read_only(root: &Path) -> Result<Connection, BookError> {
    let path = Rooms::below(root).agent().join("agent.db");
    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|source| BookError::Open { path, source })
}
