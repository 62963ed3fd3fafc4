//! `uploader.db`: what waits, what was decided and not yet carried out, and the newest facts of every
//! view. SQLite, WAL, synchronous=FULL: a commit is durable when it returns.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::database;

/// The steps from an empty file to today's tables. None is ever changed: queues have taken it. A later
/// version is refused, never guessed at.
pub(crate) const STEPS: [&str; 3] = [TABLES, SEVERAL_VISITS, AGES];

const TABLES: &str = "
CREATE TABLE queue (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival in ready/
    case_id  TEXT NOT NULL UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try INTEGER NOT NULL DEFAULT 0           -- Unix milliseconds
);
CREATE TABLE results (                            -- committed, not yet carried out
    case_id TEXT PRIMARY KEY,
    receipt TEXT NOT NULL,                        -- JSON, as it will be written
    keep    INTEGER NOT NULL                      -- 1: the parcel goes to failed/, 0: it goes away
);
CREATE TABLE views (
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    view       TEXT NOT NULL,
    facts      TEXT NOT NULL,                     -- JSON
    PRIMARY KEY (unreleased, album, station, view)
);
CREATE TABLE records (
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    revision   INTEGER NOT NULL,                  -- the last one given out
    PRIMARY KEY (unreleased, album, station)
);
CREATE TABLE states (pin TEXT PRIMARY KEY, number INTEGER NOT NULL);
";

/// A view has a row for each visit that is shown.
const SEVERAL_VISITS: &str = "
ALTER TABLE views RENAME TO views_of_one_visit;
CREATE TABLE views (
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    view       TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    facts      TEXT NOT NULL,                     -- JSON
    PRIMARY KEY (unreleased, album, station, view, case_id)
);
INSERT INTO views SELECT unreleased, album, station, view, json_extract(facts, '$.parcel.case'), facts
    FROM views_of_one_visit;
DROP TABLE views_of_one_visit;
";

/// How old a parcel is, and which records must be told of one that was too old.
const AGES: &str = "
ALTER TABLE queue ADD COLUMN since INTEGER DEFAULT 0;  -- Unix milliseconds, 0: not looked at; NULL: no age counts
CREATE TABLE owed (                                    -- records to be told anew
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    PRIMARY KEY (unreleased, album, station)
);
";

/// What the queue would not do. Nothing of the transaction happened.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It could not be opened.
    #[error("the uploader's queue {path} cannot be opened; is the disk full, read-only or broken?")]
    Open {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It was written by a later version of the uploader.
    #[error(
        "the uploader's queue {path} has schema version {found}, this uploader knows {}: install the newer uploader again",
        STEPS.len()
    )]
    Version {
        /// The database file.
        path: PathBuf,
        /// The version found.
        found: usize,
    },
    /// A transaction failed.
    #[error(
        "the uploader's queue could not be read or written ({doing}); is the disk full, read-only or broken?"
    )]
    Transaction {
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
    /// A row is not what was written there: the disk broke its promise.
    #[error(
        "the uploader's queue holds a row that it never wrote (in {table}); keep the file and start with a backup"
    )]
    Row {
        /// The table.
        table: &'static str,
    },
}

impl QueueError {
    pub(super) fn doing(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> QueueError {
        move |source| QueueError::Transaction { doing, source }
    }

    /// Whether the disk lost or changed what was durable: trying again will not mend it.
    pub fn is_broken(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            QueueError::Open { source, .. } | QueueError::Transaction { source, .. } => {
                matches!(source.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            }
            QueueError::Row { .. } => true,
            QueueError::Version { .. } => false,
        }
    }
}

pub(super) fn open(path: &Path) -> Result<Connection, QueueError> {
    let failed = |source| QueueError::Open { path: path.to_owned(), source };
    let (queue, version) = database::open(path, &STEPS).map_err(failed)?;
    if version != STEPS.len() {
        return Err(QueueError::Version { path: path.to_owned(), found: version });
    }
    Ok(queue)
}

#[cfg(test)]
mod tests {
    use super::super::BackError;
    use super::*;

    #[test]
    fn a_queue_of_a_later_version_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("uploader.db");
        open(&path).unwrap().pragma_update(None, "user_version", 4).unwrap();
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, QueueError::Version { found: 4, .. }), "{refused}");
        assert!(!refused.is_broken());
    }

    #[test]
    fn a_queue_of_the_first_version_goes_on_where_it_was() {
        use super::super::testing::World;
        use crate::RecordId;
        use lineshot_domain::{AlbumId, StationId};
        let world = World::new();
        let path = world.root().join("uploader/uploader.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("../../golden/queue-1.sql")).unwrap();
        drop(old);
        let id = RecordId {
            unreleased: true,
            album: AlbumId::parse("00112233445566778899aabbccddeeff").unwrap(),
            station: StationId::parse("marriage").unwrap(),
        };
        let record = world.back().next_record(&id).unwrap().unwrap();
        assert_eq!((record.revision, record.views.len(), record.views[0].pictures.len()), (4, 1, 2));
        assert_eq!(record.views[0].facts.keep, lineshot_domain::Keep::First);
    }

    #[test]
    fn a_file_that_is_no_database_is_a_broken_promise() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("uploader.db");
        crate::disk::write_new(&path, &[7; 8192], 0o600).unwrap();
        let broken = open(&path).unwrap_err();
        assert!(broken.is_broken() && BackError::from(broken).is_broken());
        let unread = crate::disk::read_bounded(root.path(), 1).unwrap_err();
        assert!(!BackError::from(unread).is_broken());
    }
}
