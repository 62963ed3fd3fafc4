//! The agent's door: cases go in, receipts come back.
//!
//! Holds, whatever dies in between:
//! - [`Front::admit`] returns only after the arrival and all its cases are durable;
//! - the PLC's words and the publications are written in the transaction that makes them true;
//! - the row is the commit, the directory is redo: [`Front::open`] and [`Front::hand_over`] finish what
//!   a committed line promises;
//! - a case found open at the start ends as `interrupted(restart)`.
//!
//! Deliberately absent: network, async, configuration, any decision about permission.

mod admit;
mod blackout;
pub(crate) mod book;
mod case;
pub(crate) mod chain;
mod facts;
mod hand;
mod ledger;
mod listing;
mod outbox;
mod past;
pub(crate) mod receipts;
mod recovery;
mod state;
pub(crate) mod stops;
#[cfg(test)]
pub(crate) mod tests;
mod visits;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use lineshot_domain::{AgentName, Clock, LedgerState, SiteKey, SiteKeyError, SiteName};
use rusqlite::Connection;

pub use admit::{Admission, Admit, Place};
pub use book::BookError;
pub use case::{Case, Ended, Pictures, WriteError};
pub use chain::{Chain, LedgerLine, ledger};
pub use ledger::{Notice, NoticeKind};
pub use listing::{CaseLine, list};
pub use outbox::Publication;
pub use past::{PastCase, Sought, past};
pub use receipts::Imported;
pub use recovery::Recovery;
pub use state::Standing;
pub use stops::Stop;

use crate::disk::{self, DiskError, Rooms};
use crate::keys::{AgentKey, KeyError};

/// Who takes the pictures and how far they may be trusted; stamped on everything.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The site.
    pub site: SiteName,
    /// This PC.
    pub agent: AgentName,
    /// Whether the agent runs without releases, on trial.
    pub unreleased: bool,
    /// How far the clock is trusted: the configured word.
    pub clock: &'static str,
}

/// What a start could not do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A room on disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The book.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The agent's own key.
    #[error(
        "the agent's key {path} cannot be used; restore it, or remove it and pin the new one with `lineshot pin`"
    )]
    Key {
        /// The key's file.
        path: std::path::PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The site key of a trial.
    #[error("the throwaway site key {path} cannot be used; remove it to have a new one made")]
    SiteKey {
        /// The key's file.
        path: std::path::PathBuf,
        /// Why.
        source: SiteKeyError,
    },
    /// Another agent works on the same data folder.
    #[error("another agent is running on {0}: stop it first, or give this one a data folder of its own")]
    Running(std::path::PathBuf),
    /// A committed line promises a parcel that is gone: the disk broke its promise.
    #[error(
        "case {case} is recorded as sealed, but its parcel is neither in agent/open nor in ready, and no receipt tells of it: the disk lost data; keep it as it is and call for help"
    )]
    Lost {
        /// The case.
        case: String,
    },
}

/// The agent's side of the spool. Cheap to clone; all clones are the same door.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

pub(crate) struct Inner {
    rooms: Rooms,
    stamp: Stamp,
    site_key: SiteKey,
    agent_key: AgentKey,
    ledger: LedgerState,
    clock: Arc<dyn Clock>,
    book: Mutex<Connection>,
    notices: Mutex<ledger::NoticeLimit>,
    blackout: Mutex<blackout::Declared>,
    stopped: std::sync::atomic::AtomicBool,
    /// Stops that the book refused to take, door and why: they hold, and are recorded as soon as it does.
    unrecorded: Mutex<BTreeMap<String, String>>,
    /// Whether the book was made by this start, or is older than the state that was written by it.
    strange: Option<&'static str>,
    /// Cases that a thread of this process has in its hands.
    at_work: Mutex<HashSet<String>>,
    /// Held while a parcel is laid out and handed over: the desk and the rounds both do it.
    handing: Mutex<()>,
    _lock: std::fs::File,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("rooms", &self.0.rooms).finish_non_exhaustive()
    }
}

impl Front {
    /// Makes missing rooms, opens the book, verifies the ledger since the last checkpoint, and redoes
    /// or ends what the last run left behind.
    ///
    /// Without a `site_key` a throwaway one is kept in the agent's room: for trials alone.
    ///
    /// # Errors
    /// [`OpenError`]; of these [`OpenError::Lost`] means that the disk broke its promise.
    pub fn open(
        root: &Path,
        site_key: Option<SiteKey>,
        stamp: Stamp,
        clock: Arc<dyn Clock>,
    ) -> Result<(Front, Recovery), OpenError> {
        let rooms = Rooms::below(root);
        make_rooms(&rooms)?;
        let lock = disk::lock(&rooms.agent())?.ok_or_else(|| OpenError::Running(rooms.agent()))?;
        let agent_key = agent_key(&rooms)?;
        let site_key = match site_key {
            Some(key) => key,
            None => throwaway_site_key(&rooms)?,
        };
        let path = rooms.agent().join("agent.db");
        let mut book = book::open(&path)?;
        let ledger = ledger::verify_since_checkpoint(&mut book)?;
        let blackout = Mutex::new(blackout::Declared::read(&book)?);
        let stopped = stops::any(&book)?.into();
        let strange = if stops::is_unsettled(&book)? {
            Some("this book is new to released operation: what was stopped before is not known")
        } else if stops::is_short(&book)? {
            Some("the ledger tells of other stops than the book has")
        } else if state::is_ahead(&rooms, &book)? {
            Some("the book is older than the last state, or that is gone: it was put back")
        } else {
            None
        };
        let front = Front(Arc::new(Inner {
            rooms,
            stamp,
            site_key,
            agent_key,
            ledger,
            clock,
            book: Mutex::new(book),
            notices: Mutex::new(ledger::NoticeLimit::default()),
            blackout,
            stopped,
            unrecorded: Mutex::default(),
            strange,
            at_work: Mutex::default(),
            handing: Mutex::new(()),
            _lock: lock,
        }));
        if ledger == LedgerState::Broken {
            front.note(&Notice::new(NoticeKind::LedgerBroken, None, "the chain does not verify"))?;
        }
        let recovery = front.recover()?;
        Ok((front, recovery))
    }

    /// Whether the ledger's chain was intact at the start.
    pub fn ledger(&self) -> LedgerState {
        self.0.ledger
    }

    /// Why this book cannot know of every stop: it is new, an older one was put back, or one was removed.
    pub fn is_strange(&self) -> Option<&'static str> {
        self.0.strange
    }

    /// The rooms on disk.
    pub fn rooms(&self) -> &Rooms {
        &self.0.rooms
    }
}

impl Inner {
    fn at_work(&self) -> MutexGuard<'_, HashSet<String>> {
        self.at_work.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn unrecorded(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.unrecorded.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Connection> {
        // A panic while it was held left no half transaction: SQLite rolled it back.
        self.book.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn make_rooms(rooms: &Rooms) -> Result<(), DiskError> {
    disk::make_room(&rooms.agent(), 0o700)?;
    disk::check_private(&rooms.agent())?;
    disk::make_room(&rooms.open(), 0o700)?;
    disk::make_room(&rooms.ready(), 0o2770)?;
    disk::make_room(&rooms.receipts(), 0o2770)?;
    disk::make_room(&rooms.state(), 0o2750)?;
    // On an installed PC root's; elsewhere whoever runs the agent puts signed requests there.
    disk::make_room(&rooms.requests(), 0o2750)?;
    // A book is as durable as the rooms it stands in. At each start: the last may have died before this.
    disk::sync_dir(&rooms.agent())?;
    disk::sync_dir(rooms.root())
}

fn agent_key(rooms: &Rooms) -> Result<AgentKey, OpenError> {
    let path = rooms.agent().join("agent.key");
    let unusable = |source| OpenError::Key { path: path.clone(), source };
    let key = if let Some(text) = disk::secret(&path)? {
        AgentKey::parse(&text).map_err(unusable)?
    } else {
        let key = AgentKey::generate().map_err(unusable)?;
        disk::replace(&rooms.agent(), &path, key.secret_text().as_bytes(), 0o600)?;
        key
    };
    disk::replace(&rooms.agent(), &rooms.state().join("agent.pub"), key.public_text().as_bytes(), 0o640)?;
    Ok(key)
}

fn throwaway_site_key(rooms: &Rooms) -> Result<SiteKey, OpenError> {
    let path = rooms.throwaway_key();
    let text = if let Some(text) = disk::secret(&path)? {
        text
    } else {
        let mut random = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(random.as_mut())
            .map_err(|_| OpenError::Key { path: path.clone(), source: KeyError::Random })?;
        let text = zeroize::Zeroizing::new(SiteKey::file_text(&random).to_string());
        disk::replace(&rooms.agent(), &path, text.as_bytes(), 0o600)?;
        text
    };
    SiteKey::parse(&text).map_err(|source| OpenError::SiteKey { path, source })
}
