//! What is to be published, kept on disk until the broker has acknowledged it.

use rusqlite::OptionalExtension as _;

use super::{BookError, Front};

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
