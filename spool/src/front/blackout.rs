//! The blackout: declared once, in force until its own end, whatever is said or dies in between.
//!
//! Holds: an end that was declared is never brought forward; a word that could not be read closes until
//! it is known what it meant. If the book refuses, this run is closed all the same.

use std::sync::{MutexGuard, PoisonError};

use lineshot_domain::{Blackout, Wall};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{BookError, Front};

const END: &str = "blackout_end";
const UNREADABLE: &str = "blackout_unreadable";

/// What is in force, as the gate asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Declared {
    end: Option<Wall>,
    unreadable: bool,
}

impl Declared {
    pub(super) fn read(book: &Connection) -> Result<Declared, BookError> {
        let number = |name: &str| -> rusqlite::Result<Option<i64>> {
            book.query_row("SELECT value FROM numbers WHERE name = ?", [name], |row| row.get(0)).optional()
        };
        let read = || {
            Ok(Declared {
                end: number(END)?.map(Wall::from_unix_ms),
                unreadable: number(UNREADABLE)?.is_some_and(|value| value != 0),
            })
        };
        read().map_err(BookError::doing("reading the blackout"))
    }
}

impl Front {
    /// A blackout lasts at least `until`. Says until when it lasts now: never sooner than was declared before.
    ///
    /// # Errors
    /// [`BookError`]: it holds for this run alone; whoever declared it should do so again.
    pub fn declare_blackout(&self, until: Wall) -> Result<Wall, BookError> {
        let end = {
            let mut declared = self.declared();
            let end = declared.end.map_or(until, |end| end.max(until));
            declared.end = Some(end);
            end
        };
        self.keep_number(END, end.unix_ms())?;
        Ok(end)
    }

    /// A word about a blackout could not be read (`true`): closed until one can be (`false`), also after a
    /// restart.
    ///
    /// # Errors
    /// [`BookError`]: closed for this run, though not durably; or still closed.
    pub fn blackout_unreadable(&self, unreadable: bool) -> Result<(), BookError> {
        if unreadable {
            self.declared().unreadable = true;
        }
        self.keep_number(UNREADABLE, i64::from(unreadable))?;
        self.declared().unreadable = unreadable;
        Ok(())
    }

    /// Whether a blackout is on; its end may have passed.
    pub fn blackout(&self) -> Blackout {
        match *self.declared() {
            Declared { unreadable: true, .. } => Blackout::Broken,
            Declared { end: Some(end), .. } => Blackout::Until(end),
            Declared { end: None, .. } => Blackout::None,
        }
    }

    fn declared(&self) -> MutexGuard<'_, Declared> {
        self.0.blackout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_number(&self, name: &str, value: i64) -> Result<(), BookError> {
        self.0
            .book()
            .execute("INSERT OR REPLACE INTO numbers (name, value) VALUES (?, ?)", params![name, value])
            .map(|_| ())
            .map_err(BookError::doing("keeping the blackout"))
    }
}
