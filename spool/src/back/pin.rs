//! The pin: the one agent's key that this uploader believes.

use std::io;
use std::path::PathBuf;

use super::{BackError, StartError};
use crate::disk::{self, DiskError, Rooms};
use crate::keys::{KeyError, PinnedKey};

/// A key's file is 65 bytes; anything much longer is something else.
const LARGEST: u64 = 1024;

/// Why the agent's key was not pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// A room on disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The agent has not written its key yet.
    #[error(
        "{path} is not there: start the agent once, it writes its public key; if it runs, `data` in uploader.toml is not the agent's"
    )]
    NoKey {
        /// The agent's public key.
        path: PathBuf,
    },
    /// The file is no key.
    #[error("{path} is no public key: restart the agent, it writes it anew")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// Another key is pinned.
    #[error(
        "another agent's key is pinned in {path}: if the agent was really installed anew, run `lineshot pin --replace`"
    )]
    Different {
        /// The pin.
        path: PathBuf,
    },
}

fn path(rooms: &Rooms) -> PathBuf {
    rooms.uploader().join("agent.pub")
}

pub(super) fn pin(rooms: &Rooms, replace: bool) -> Result<(), PinError> {
    disk::make_room(&rooms.uploader(), 0o700)?;
    disk::check_private(&rooms.uploader())?;
    let (from, to) = (rooms.state().join("agent.pub"), path(rooms));
    let Some(text) = read_text(&from)? else { return Err(PinError::NoKey { path: from }) };
    let key = PinnedKey::parse(&text).map_err(|source| PinError::Key { path: from, source })?;
    if let Some(pinned) = read_text(&to)?
        && !replace
    {
        let same = PinnedKey::parse(&pinned).is_ok_and(|pinned| pinned == key);
        return if same { Ok(()) } else { Err(PinError::Different { path: to }) };
    }
    disk::replace(&rooms.uploader(), &to, text.as_bytes(), 0o600)?;
    disk::sync_dir(rooms.root())?;
    Ok(())
}

pub(crate) fn read(rooms: &Rooms) -> Result<PinnedKey, StartError> {
    let path = path(rooms);
    match read_text(&path).map_err(BackError::from)? {
        None => Err(StartError::NotPinned { path }),
        Some(text) => PinnedKey::parse(&text).map_err(|source| StartError::Pin { path, source }),
    }
}

fn read_text(path: &std::path::Path) -> Result<Option<String>, DiskError> {
    match disk::read_bounded(path, LARGEST) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(DiskError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Back, testing::World};
    use super::*;
    use crate::keys::AgentKey;

    #[test]
    fn another_key_is_pinned_only_when_a_person_says_so() {
        let world = World::new();
        assert!(Back::pin(world.root(), false).is_ok(), "the same key again");
        let other = AgentKey::generate().unwrap();
        world.write("state/agent.pub", other.public_text().as_bytes());
        let refused = Back::pin(world.root(), false).unwrap_err();
        assert!(matches!(refused, PinError::Different { .. }), "{refused}");
        Back::pin(world.root(), true).unwrap();
        assert_eq!(world.read("uploader/agent.pub"), other.public_text().as_bytes());
    }

    #[test]
    fn without_a_pin_nothing_starts() {
        let world = World::new();
        std::fs::remove_file(world.root().join("uploader/agent.pub")).unwrap();
        let refused = Back::open(world.root(), &world.stop(), world.clock()).unwrap_err();
        assert!(matches!(refused, StartError::NotPinned { .. }), "{refused}");
        assert!(refused.to_string().contains("lineshot pin"));
    }

    #[test]
    fn without_the_agents_key_there_is_nothing_to_pin() {
        let world = World::new();
        std::fs::remove_file(world.root().join("state/agent.pub")).unwrap();
        assert!(matches!(Back::pin(world.root(), true), Err(PinError::NoKey { .. })));
        world.write("state/agent.pub", b"no key");
        assert!(matches!(Back::pin(world.root(), true), Err(PinError::Key { .. })));
    }

    #[test]
    fn one_folder_has_one_uploader() {
        let world = World::new();
        let _first = world.back();
        let second = Back::open(world.root(), &world.stop(), world.clock()).unwrap_err();
        assert!(matches!(second, StartError::Running { .. }), "{second}");
    }

    #[test]
    fn a_pin_that_cannot_be_read_is_not_taken_for_none() {
        let world = World::new();
        let pin = world.root().join("uploader/agent.pub");
        std::fs::remove_file(&pin).unwrap();
        std::fs::create_dir(&pin).unwrap();
        let refused = Back::open(world.root(), &world.stop(), world.clock()).unwrap_err();
        assert!(matches!(refused, StartError::Back(BackError::Disk(_))), "{refused}");
        assert!(matches!(Back::pin(world.root(), true), Err(PinError::Disk(_))));
    }
}
