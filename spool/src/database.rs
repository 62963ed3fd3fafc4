//! How both books are opened: SQLite, write-ahead log, every commit fsynced, a schema with a version.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

/// Opens the file, lays the schema out if it is new, and says which version it has.
pub(crate) fn open(path: &Path, schema: &str, version: i64) -> rusqlite::Result<(Connection, i64)> {
    let mut database = Connection::open(path)?;
    // An operator's `sqlite3` may look at the file for a moment.
    database.busy_timeout(Duration::from_secs(10))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found == 0 {
        change.execute_batch(schema)?;
        change.pragma_update(None, "user_version", version)?;
    }
    change.commit()?;
    Ok((database, if found == 0 { version } else { found }))
}
