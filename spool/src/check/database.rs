//! Whether a database can be read at all.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Look, What};
use crate::back::parcel::chain;

impl Look<'_> {
    /// The database, if what is asked of it later can be asked.
    pub(super) fn database(&mut self, path: &Path, known: usize) -> Option<Connection> {
        if !path.exists() {
            self.found(path, What::NoBook);
            return None;
        }
        match open(path, known) {
            Ok(Ok(database)) => Some(database),
            Ok(Err(what)) => {
                self.found(path, what);
                None
            }
            Err(error) => {
                self.found(path, What::Unreadable(chain(&error)));
                None
            }
        }
    }
}

fn open(path: &Path, known: usize) -> rusqlite::Result<Result<Connection, What>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > known {
        return Ok(Err(What::Newer { found, known }));
    }
    if found < known {
        return Ok(Err(What::Older));
    }
    let said: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(if said == "ok" { Ok(database) } else { Err(What::Damaged(said)) })
}
