//! Rooms, keys and the agent's word, and what the uploader keeps to itself.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use lineshot_domain::CaseId;
use rusqlite::Connection;

use super::lines::unreadable;
use super::{Look, What};
use crate::back::parcel::chain;
use crate::back::permission::{self, Hold};
use crate::back::{StartError, pin};
use crate::disk;
use crate::keys::{AgentKey, PinnedKey};

/// A file is written in moments: what is older than this was left by somebody who died.
const WRITTEN: i64 = 60_000;

impl Look<'_> {
    /// Owners and modes. The agent's room says who the agent is, and the uploader's who the uploader is.
    pub(super) fn rooms(&mut self) {
        let rooms = self.rooms.clone();
        let owner = |room: &Path| fs::metadata(room).ok().map(|about| about.uid());
        let agent = owner(&rooms.agent());
        let uploader = owner(&rooms.uploader());
        for (room, mode, owner, is_made) in [
            (rooms.agent(), 0o700, agent, false),
            (rooms.open(), 0o700, agent, false),
            (rooms.ready(), 0o2770, agent, false),
            (rooms.receipts(), 0o2770, uploader, false),
            (rooms.state(), 0o2750, agent, false),
            (rooms.requests(), 0o2750, None, true),
            (rooms.uploader(), 0o700, uploader, true),
        ] {
            self.room(&room, mode, owner, is_made);
        }
        self.unfinished_files(&rooms.agent());
    }

    fn room(&mut self, room: &Path, wanted: u32, owner: Option<u32>, is_made: bool) {
        let about = match fs::metadata(room) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.found(room, What::NoRoom { is_made });
            }
            Err(error) => return self.found(room, What::Unreadable(chain(&error))),
        };
        let found = about.mode() & 0o7777;
        if found != wanted {
            self.found(room, What::Mode { found, wanted });
        }
        if let Some(wanted) = owner.filter(|owner| *owner != about.uid()) {
            self.found(room, What::Owner { found: about.uid(), wanted });
        }
    }

    /// What only the uploader and root may see. Says whether it could be seen.
    pub(super) fn uploader(&mut self) -> bool {
        let (room, failed) = (self.rooms.uploader(), self.rooms.failed());
        let Ok(about) = fs::metadata(&room) else { return false };
        if disk::names(&room).is_err() {
            self.found(room, What::Closed(about.uid()));
            return false;
        }
        self.unfinished_files(&room);
        if failed.exists() {
            self.room(&failed, 0o700, Some(about.uid()), true);
            for name in disk::names(&failed).unwrap_or_default() {
                self.found(failed.join(name), What::Failed);
            }
        }
        true
    }

    fn unfinished_files(&mut self, room: &Path) {
        let now = self.clock.wall().unix_ms();
        for name in disk::names(room).unwrap_or_default() {
            let path = room.join(&name);
            let is_old = |about: fs::Metadata| now - about.mtime() * 1000 > WRITTEN;
            if name.ends_with(".new") && path.symlink_metadata().is_ok_and(is_old) {
                self.found(path, What::Unfinished);
            }
        }
    }

    /// The key that all parcels must be signed with.
    pub(super) fn keys(&mut self, is_open: bool) -> Option<PinnedKey> {
        let path = self.rooms.agent().join("agent.key");
        let key = match read_key(&path) {
            Ok(key) => key,
            Err(why) => {
                self.found(path, What::Key(why));
                return None;
            }
        };
        let public = self.rooms.state().join("agent.pub");
        let text = disk::read_bounded(&public, 1024).unwrap_or_default();
        if !PinnedKey::parse(&String::from_utf8_lossy(&text)).is_ok_and(|public| public == key) {
            self.found(public, What::PublicKey);
        }
        if is_open {
            let path = self.rooms.uploader().join("agent.pub");
            match pin::read(&self.rooms) {
                Ok(pinned) if pinned == key => {}
                Ok(_) => self.found(path, What::OtherPin),
                Err(StartError::NotPinned { .. }) => self.found(path, What::NotPinned),
                Err(error) => self.found(path, What::Pin(chain(&error))),
            }
        }
        Some(key)
    }

    /// The agent's word: read before the book's number, which is higher first.
    pub(super) fn state(&mut self, key: &PinnedKey, book: Option<&Connection>) {
        let path = self.rooms.state().join("state.signed");
        let read = permission::read(&self.rooms, key);
        let known = match book.map(number).transpose() {
            Ok(known) => known,
            Err(error) => return self.found(self.rooms.agent().join("agent.db"), unreadable(&error)),
        };
        let (state, at) = match read {
            Ok(read) => read,
            // It has not come so far yet.
            Err(Hold::Silent { .. }) if known.is_none_or(|known| known == 0) => return,
            Err(hold) => return self.found(path, What::State(chain(&hold))),
        };
        match permission::holds(&state, at, self.clock.wall()) {
            Err(hold @ Hold::Old { .. }) => self.found(&path, What::OldState(hold.to_string())),
            Err(hold @ Hold::Future { .. }) => self.found(&path, What::State(hold.to_string())),
            _ => {}
        }
        if let Some(known) = known.filter(|known| state.number > *known) {
            self.found(path, What::StateAhead { found: state.number, known });
        }
    }

    /// Rows that the uploader never wrote.
    pub(super) fn queue(&mut self, queue: &Connection) {
        let read = || {
            let mut rows =
                queue.prepare("SELECT case_id FROM queue UNION ALL SELECT case_id FROM results")?;
            let cases = rows.query_map([], |row| row.get::<_, String>(0))?;
            cases.collect::<rusqlite::Result<Vec<_>>>()
        };
        let path = self.rooms.uploader().join("uploader.db");
        match read() {
            Ok(cases) if cases.iter().any(|case| CaseId::parse(case).is_err()) => {
                self.found(path, What::StrangeRow);
            }
            Ok(_) => {}
            Err(error) => self.found(path, unreadable(&error)),
        }
    }
}

fn number(book: &Connection) -> rusqlite::Result<u64> {
    let question = "SELECT coalesce(max(value), 0) FROM numbers WHERE name = 'state'";
    book.query_row(question, [], |row| row.get(0)).map(i64::unsigned_abs)
}

fn read_key(path: &Path) -> Result<PinnedKey, String> {
    let text = disk::read_bounded(path, 1024).map_err(|error| chain(&error))?;
    let text = zeroize::Zeroizing::new(text);
    let key = AgentKey::parse(&String::from_utf8_lossy(&text)).map_err(|error| error.to_string())?;
    PinnedKey::parse(&key.public_text()).map_err(|error| error.to_string())
}
