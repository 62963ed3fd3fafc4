//! A file that is read anew whenever it changes.
//!
//! Holds: a file that is just being written is not read: a list of which half is there would permit what
//! the other half forbids. Whoever takes longer puts the file in its place by renaming it.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use lineshot_domain::Wall;

/// A plant's orders of some years; more is not an order directory.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A file that was changed within this time may be changing still. Less than the look-out's interval.
const SETTLED: Duration = Duration::from_millis(500);

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

    /// Looks again. What is missing is told once.
    pub(crate) fn look(&mut self, now: Wall) -> Look {
        match self.read(now) {
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
    fn read(&mut self, now: Wall) -> io::Result<Option<(Vec<u8>, Wall)>> {
        // A pipe in its place would keep us waiting for a writer.
        let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(at_once).open(&self.path)?;
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
        let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let written = Wall::from_unix_ms(i64::try_from(written.as_millis()).unwrap_or(i64::MAX));
        // At the start nothing is known yet, and a file half written would be looked at again.
        if (self.seen.is_some() || self.missing) && written <= now && now.since(written) < SETTLED {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        self.seen = Some(version);
        Ok(Some((bytes, written)))
    }
}
