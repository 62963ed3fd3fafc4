//! What is to be published, kept on disk until the broker has acknowledged it.
//!
//! Holds: publications go out in the order in which they were written. A hundred thousand wait at most (a
//! broker that is away for a week, some 40 MB); then the oldest thousand make room, and a ledger line says
//! so. What they told is in the ledger anyway.

use lineshot_domain::Wall;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::ledger::{self, Notice, NoticeKind};
use super::{BookError, Front};

/// So many publications may wait.
const MOST: i64 = 100_000;
/// So many of the oldest make room at once, so that the ledger is not filled with notices of it.
const MAKE_ROOM: i64 = 1_000;

/// One publication that the broker has not acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its place in the outbox.
    pub id: i64,
    /// Where to.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
}

impl Front {
    /// The oldest publication that is not acknowledged.
    ///
    /// # Errors
    /// [`BookError`] if the book could not be read.
    pub fn next_publication(&self) -> Result<Option<Publication>, BookError> {
        let book = self.0.book();
        book.query_row("SELECT id, topic, payload FROM outbox ORDER BY id LIMIT 1", [], |row| {
            Ok(Publication { id: row.get(0)?, topic: row.get(1)?, payload: row.get(2)? })
        })
        .optional()
        .map_err(BookError::doing("reading the outbox"))
    }

    /// The broker has acknowledged it.
    ///
    /// # Errors
    /// [`BookError`]; it will be published again then.
    pub fn published(&self, id: i64) -> Result<(), BookError> {
        let book = self.0.book();
        book.execute("DELETE FROM outbox WHERE id = ?", [id])
            .map(|_| ())
            .map_err(BookError::doing("clearing the outbox"))
    }
}

/// Writes a publication within `change`.
pub(super) fn post(change: &Transaction<'_>, at: Wall, topic: &str, payload: &[u8]) -> rusqlite::Result<()> {
    change.execute("INSERT INTO outbox (topic, payload) VALUES (?, ?)", params![topic, payload])?;
    // Rows go in at one end and out at the other, so the numbers between are the rows; counting them all
    // would read the whole table.
    let (oldest, newest): (i64, i64) =
        change.query_row("SELECT (SELECT min(id) FROM outbox), (SELECT max(id) FROM outbox)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if newest - oldest < MOST {
        return Ok(());
    }
    let dropped = change.execute("DELETE FROM outbox WHERE id < ?", [oldest + MAKE_ROOM])?;
    let told = format!("the broker took nothing for long: the {dropped} oldest publications made room");
    tracing::error!(told);
    ledger::append_notice(change, at, &Notice::new(NoticeKind::OutboxFull, None, told), 0)
}
