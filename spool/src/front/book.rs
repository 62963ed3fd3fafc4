//! The book: one SQLite file with cases, ledger, salts and outbox.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::database;

/// The steps from an empty file to today's tables. None is ever changed: books have taken it. A book of a
/// later version is refused, never guessed at.
pub(crate) const STEPS: [&str; 3] = [TABLES, THE_GATE, RELEASES];

const TABLES: &str = "
CREATE TABLE arrivals (
    id           INTEGER PRIMARY KEY,
    station      TEXT NOT NULL,
    station_name TEXT NOT NULL,           -- JSON: language -> name
    vehicle      TEXT NOT NULL,           -- pseudonym under the site key
    event        TEXT,
    event_time   INTEGER,                 -- Unix milliseconds
    received     INTEGER NOT NULL,        -- Unix milliseconds
    unreleased   INTEGER NOT NULL         -- received on trial
);
CREATE INDEX arrivals_of_a_vehicle ON arrivals (station, vehicle, received);
CREATE INDEX arrivals_of_an_event ON arrivals (station, event);
CREATE TABLE cases (
    id        TEXT PRIMARY KEY,
    arrival   INTEGER NOT NULL REFERENCES arrivals (id),
    view      TEXT NOT NULL,
    public_id TEXT NOT NULL,
    album     TEXT NOT NULL,
    stage     TEXT NOT NULL CHECK (stage IN ('open', 'ended', 'handed', 'receipted')),
    outcome   TEXT,
    reason    TEXT,
    ended     INTEGER,
    parcel    TEXT,                       -- parcel.json of facts alone, until it was handed over
    delivery  TEXT
);
CREATE INDEX cases_by_stage ON cases (stage);
CREATE TABLE ledger (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('outcome', 'delivery', 'notice')),
    case_id TEXT NOT NULL,
    facts   TEXT NOT NULL,
    before  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE TRIGGER ledger_only_grows BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER ledger_keeps_all BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TABLE salts (case_id TEXT PRIMARY KEY, salt BLOB NOT NULL);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
";

/// What the gate asks of earlier arrivals, what is owed to the PLC, and what never leaves.
const THE_GATE: &str = "
ALTER TABLE arrivals ADD COLUMN sequence INTEGER;                      -- the PLC's count; 64 bits, unsigned
ALTER TABLE arrivals ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE arrivals ADD COLUMN ready TEXT;                            -- topic of the words to the PLC
ALTER TABLE arrivals ADD COLUMN keep TEXT NOT NULL DEFAULT 'first';    -- which of several visits counts
ALTER TABLE cases ADD COLUMN discreet INTEGER NOT NULL DEFAULT 0;      -- 1: nothing of it ever leaves
CREATE INDEX arrivals_of_a_station ON arrivals (station, simulated);
CREATE INDEX cases_of_an_arrival ON cases (arrival);
CREATE INDEX cases_of_an_album ON cases (album, view);
CREATE INDEX cases_by_outcome ON cases (outcome, ended);
";

/// Stops, what was destroyed at their end, and the highest serial of a release ever seen for a station.
const RELEASES: &str = "
CREATE TABLE stops (
    seq    INTEGER PRIMARY KEY,           -- of its line in the ledger
    hash   TEXT NOT NULL,                 -- of that line
    door   TEXT NOT NULL,
    lifted INTEGER                        -- the ledger's line that lifted it
);
CREATE TABLE destroyed (public_id TEXT PRIMARY KEY);
CREATE TABLE serials (station TEXT PRIMARY KEY, serial INTEGER NOT NULL);
-- Until a released run has recorded that it began stopped, this book cannot know of every stop.
INSERT INTO numbers (name, value) VALUES ('unsettled', 1);
";

/// What the book would not do.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It could not be opened.
    #[error("the book {path} cannot be opened; is the disk full, read-only or broken?")]
    Open {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It was written by a later version of the agent.
    #[error(
        "the book {path} has schema version {found}, this agent knows {}: install the newer agent again",
        STEPS.len()
    )]
    Version {
        /// The database file.
        path: PathBuf,
        /// The version found.
        found: usize,
    },
    /// A transaction failed; nothing of it happened.
    #[error("the book could not be read or written ({doing}); is the disk full, read-only or broken?")]
    Transaction {
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
}

impl BookError {
    pub(crate) fn doing(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> BookError {
        move |source| BookError::Transaction { doing, source }
    }
}

pub(crate) fn open(path: &Path) -> Result<Connection, BookError> {
    let failed = |source| BookError::Open { path: path.to_owned(), source };
    let (book, version) = database::open(path, &STEPS).map_err(failed)?;
    book.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    if version != STEPS.len() {
        return Err(BookError::Version { path: path.to_owned(), found: version });
    }
    Ok(book)
}
