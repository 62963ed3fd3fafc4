//! The key by which an uploader vouches for what it puts into albums: made at the first start, never replaced.

use std::path::{Path, PathBuf};

use super::{Back, BackError};
use crate::disk::{self, DiskError, Rooms};
use crate::keys::{AlbumKey, KeyError};

/// Why there is no key for albums.
#[derive(Debug, thiserror::Error)]
pub enum AlbumKeyError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// There is none yet.
    #[error("there is no key for albums at {path} yet: start the uploader once, it makes one")]
    Absent {
        /// Where it would be.
        path: PathBuf,
    },
    /// What lies there is no key, or none can be made.
    #[error(
        "the key for albums {path} cannot be used; if it is damaged, remove it, start the uploader, and tell whoever verifies albums the new one"
    )]
    Key {
        /// The key's file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
}

impl From<AlbumKeyError> for BackError {
    fn from(error: AlbumKeyError) -> BackError {
        match error {
            AlbumKeyError::Disk(error) => BackError::Disk(error),
            other => BackError::AlbumKey(Box::new(other)),
        }
    }
}

impl Back {
    /// The key of a folder whose uploader ran once, for who only wants to tell its public half.
    ///
    /// # Errors
    /// [`AlbumKeyError`].
    pub fn album_key_in(root: &Path) -> Result<AlbumKey, AlbumKeyError> {
        let rooms = Rooms::below(root);
        read(&rooms)?.ok_or_else(|| AlbumKeyError::Absent { path: path(&rooms) })
    }
}

/// The key of this folder; a new one if there is none.
pub(super) fn read_or_make(rooms: &Rooms) -> Result<AlbumKey, AlbumKeyError> {
    if let Some(key) = read(rooms)? {
        return Ok(key);
    }
    let key = AlbumKey::generate().map_err(|source| AlbumKeyError::Key { path: path(rooms), source })?;
    disk::replace(&rooms.uploader(), &path(rooms), key.secret_text().as_bytes(), 0o600)?;
    Ok(key)
}

fn read(rooms: &Rooms) -> Result<Option<AlbumKey>, AlbumKeyError> {
    let path = path(rooms);
    let key = disk::secret(&path)?.map(|text| AlbumKey::parse(&text)).transpose();
    key.map_err(|source| AlbumKeyError::Key { path, source })
}

fn path(rooms: &Rooms) -> PathBuf {
    rooms.uploader().join("album.key")
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept() {
        let world = World::new();
        let root = world.root().to_owned();
        let first = *world.back().album_key().seed();
        let absent = tempfile::tempdir().unwrap();
        assert!(matches!(Back::album_key_in(absent.path()), Err(AlbumKeyError::Absent { .. })));
        assert_eq!(*Back::album_key_in(&root).unwrap().seed(), first);
        assert_eq!(*world.back().album_key().seed(), first);
        world.write("uploader/album.key", b"nonsense");
        assert!(matches!(Back::album_key_in(&root), Err(AlbumKeyError::Key { .. })));
        assert!(matches!(
            Back::open(&root, &world.stop(), world.clock()),
            Err(crate::StartError::Back(BackError::AlbumKey(_)))
        ));
    }
}
