//! A file that is read anew whenever it changes.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use lineshot_domain::Wall;

/// A plant's orders of some years; more is not an order directory.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What tells two versions of a file apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    inode: u64,
    bytes: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// A file under watch.
pub(crate) struct Watched {
    path: PathBuf,
    seen: Option<Version>,
    missing: bool,
}

/// What a look at it found.
pub(crate) enum Look {
    /// It is as it was.
    Same,
    /// It changed: its contents, and when they were written.
    New(Vec<u8>, Wall),
    /// It is not there or cannot be read.
    Missing(io::Error),
}

impl Watched {
    pub(crate) fn new(path: PathBuf) -> Watched {
        Watched { path, seen: None, missing: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks again. What is missing is told once.
    pub(crate) fn look(&mut self) -> Look {
        match self.read() {
            Ok(Some((bytes, written))) => {
                self.missing = false;
                Look::New(bytes, written)
            }
            Ok(None) => Look::Same,
            Err(_) if self.missing => Look::Same,
            Err(error) => {
                (self.missing, self.seen) = (true, None);
                Look::Missing(error)
            }
        }
    }

    /// What is read belongs to the version that is remembered: a file that changes meanwhile has another
    /// one on the next look.
    fn read(&mut self) -> io::Result<Option<(Vec<u8>, Wall)>> {
        let file = File::open(&self.path)?;
        let about = file.metadata()?;
        if !about.is_file() || about.len() > LARGEST {
            return Err(io::Error::other("it is no file, or has more than 64 MiB"));
        }
        let version = Version {
            inode: about.ino(),
            bytes: about.len(),
            seconds: about.mtime(),
            nanoseconds: about.mtime_nsec(),
        };
        if self.seen == Some(version) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        self.seen = Some(version);
        let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Some((bytes, Wall::from_unix_ms(i64::try_from(written.as_millis()).unwrap_or(i64::MAX)))))
    }
}
