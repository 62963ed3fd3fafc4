//! How both books are opened: SQLite, write-ahead log, every commit fsynced, a schema that grows step by
//! step.
//!
//! Holds: a book has the tables of some version as a whole, also after a power cut in the middle of a
//! step; a new book takes every step that an old one took, so that both end with the same tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

/// Opens the file and takes the steps that it has not taken yet: step n makes version n of version n-1.
/// Says which version it has then; a later one than there are steps is left as it is.
pub(crate) fn open(path: &Path, steps: &[&str]) -> rusqlite::Result<(Connection, usize)> {
    let mut database = Connection::open(path)?;
    #[cfg(any(test, feature = "model"))]
    crate::model::watch(&database);
    // An operator's `sqlite3` may look at the file for a moment.
    database.busy_timeout(Duration::from_secs(10))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    for step in steps.iter().skip(found) {
        change.execute_batch(step)?;
    }
    let version = found.max(steps.len());
    if version > found {
        change.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
    }
    change.commit()?;
    Ok((database, version))
}
