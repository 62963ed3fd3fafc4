//! The uploader's door: parcels come out, receipts go in.
//!
//! Holds, whatever dies in between:
//! - a [`Parcel`] exists only after signature, hashes and the second proof of every picture;
//! - what may leave is asked of the agent's signed state, which is never older than a minute and never
//!   goes back; the [`Leave`] it gives is used up by one PUT;
//! - the result is committed first, then the receipt is made durable, then the parcel goes: delete last;
//! - a revision of a station record is never used twice.
//!
//! Deliberately absent: network, async, keys of the store, any picture that is not proven.

mod album_key;
mod facts;
mod finish;
pub(crate) mod parcel;
pub(crate) mod permission;
pub(crate) mod pin;
pub(crate) mod queue;
mod records;
#[cfg(test)]
mod testing;
mod waiting;

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lineshot_domain::Clock;
use rusqlite::Connection;

pub use album_key::AlbumKeyError;
pub use facts::CaseFacts;
pub use parcel::{Broken, Cover, Parcel, Picture, ReadError, Taken};
pub use permission::{Hold, Leave, Permission, Stopped, look_at_state};
pub use pin::PinError;
pub use queue::QueueError;
pub use records::{RecordFacts, RecordId, ViewFacts, ViewPicture};

use crate::disk::{self, DiskError, Rooms};
use crate::keys::{AlbumKey, PinnedKey};

/// What a start of the uploader could not do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A room on disk, or the queue.
    #[error(transparent)]
    Back(#[from] BackError),
    /// No agent's key is believed yet.
    #[error("no agent's key is pinned in {path}: start the agent once, then run `lineshot pin`")]
    NotPinned {
        /// Where the pin would be.
        path: PathBuf,
    },
    /// The pin is no key.
    #[error("the pinned key {path} cannot be read: remove it and run `lineshot pin`")]
    Pin {
        /// The pin.
        path: PathBuf,
        /// Why.
        source: crate::keys::KeyError,
    },
    /// Another uploader has this data folder.
    #[error("another uploader is at work on {path}; stop it first: one folder, one uploader")]
    Running {
        /// The lock.
        path: PathBuf,
    },
}

/// What disk or queue would not do while parcels are taken and settled.
#[derive(Debug, thiserror::Error)]
pub enum BackError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The key for albums.
    #[error(transparent)]
    AlbumKey(Box<AlbumKeyError>),
}

impl BackError {
    /// Whether the disk lost or changed what was durable: trying again will not mend it.
    pub fn is_broken(&self) -> bool {
        matches!(self, BackError::Queue(error) if error.is_broken())
    }
}

/// The uploader's side of the spool.
pub struct Back {
    rooms: Rooms,
    pin: PinnedKey,
    album_key: AlbumKey,
    stop: PathBuf,
    clock: Arc<dyn Clock>,
    queue: Connection,
    strangers: HashSet<String>,
    _lock: File,
}

impl std::fmt::Debug for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Back").field("rooms", &self.rooms).finish_non_exhaustive()
    }
}

impl Back {
    /// Makes missing rooms, reads the pin, opens the queue and redoes what the last run promised.
    /// Everything that waits is due at once. While there is a file `stop`, nothing leaves.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn open(root: &Path, stop: &Path, clock: Arc<dyn Clock>) -> Result<Back, StartError> {
        let rooms = Rooms::below(root);
        make_rooms(&rooms).map_err(BackError::from)?;
        let pin = pin::read(&rooms)?;
        let lock = disk::lock(&rooms.uploader()).map_err(BackError::from)?;
        let lock = lock.ok_or_else(|| StartError::Running { path: rooms.uploader().join("lock") })?;
        let album_key = album_key::read_or_make(&rooms).map_err(BackError::from)?;
        let queue = queue::open(&rooms.uploader().join("uploader.db")).map_err(BackError::from)?;
        let mut back = Back {
            rooms,
            pin,
            album_key,
            stop: stop.to_owned(),
            clock,
            queue,
            strangers: HashSet::new(),
            _lock: lock,
        };
        back.all_due()?;
        back.redo()?;
        Ok(back)
    }

    /// Believes the key in `state/agent.pub` from now on. A different key is believed only if `replace`
    /// says so.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn pin(root: &Path, replace: bool) -> Result<(), PinError> {
        pin::pin(&Rooms::below(root), replace)
    }

    /// The key by which this folder's uploader vouches for albums.
    pub fn album_key(&self) -> &AlbumKey {
        &self.album_key
    }

    /// The rooms on disk.
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }
}

fn make_rooms(rooms: &Rooms) -> Result<(), DiskError> {
    disk::make_room(&rooms.ready(), 0o2770)?;
    disk::make_room(&rooms.receipts(), 0o2770)?;
    disk::make_room(&rooms.uploader(), 0o700)?;
    disk::check_private(&rooms.uploader())?;
    disk::make_room(&rooms.failed(), 0o700)?;
    // The queue is as durable as the rooms it stands in. At each start: the last may have died before this.
    disk::sync_dir(&rooms.uploader())?;
    disk::sync_dir(rooms.root())
}
