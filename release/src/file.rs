//! Files that nobody but root can have changed.
//!
//! Holds: no component of the path is a link; each folder up to the root, and the file, belongs to root and may be
//! written by nobody else; the bytes are read from the descriptor that was checked.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat};

/// Where the trusted folders begin: the machine's root. In a test build alone the environment may name another
/// folder, and then its owner is trusted in root's place.
#[derive(Clone, Debug)]
pub struct Root {
    path: PathBuf,
    owner: u32,
}

/// Why a file is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none.
    #[error("{0} is not there")]
    Absent(PathBuf),
    /// It cannot be read, or one of its folders is a link.
    #[error("{path} cannot be opened without following links; put the file itself there")]
    Open {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could change it.
    #[error("{path} {what}: `chown root` and `chmod go-w` it")]
    Changeable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Not a file.
    #[error("{0} is no ordinary file")]
    Kind(PathBuf),
    /// Nobody reads so much.
    #[error("{path} has more than {limit} bytes")]
    Large {
        /// Which one.
        path: PathBuf,
        /// The most.
        limit: usize,
    },
}

impl FileError {
    /// Whether there simply is no such file.
    pub fn is_absent(&self) -> bool {
        matches!(self, FileError::Absent(_))
    }
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

impl Root {
    /// The machine's. A test build has none but the one that the environment names.
    pub fn of_machine() -> Root {
        #[cfg(feature = "test-root")]
        return match std::env::var_os("LINESHOT_TEST_ROOT") {
            Some(path) => Root::at(Path::new(&path)),
            // Such a build is never to be believed on a real machine.
            None => Root { path: PathBuf::from("/this-build-is-for-tests-alone"), owner: 0 },
        };
        #[cfg(not(feature = "test-root"))]
        Root { path: PathBuf::from("/"), owner: 0 }
    }

    /// A folder of a test's, whose files its owner may have written.
    #[cfg(any(test, feature = "test-root"))]
    pub fn at(path: &Path) -> Root {
        Root { path: path.to_owned(), owner: rustix::process::geteuid().as_raw() }
    }

    /// Reads a file, given from the root on.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, FileError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (folder, shown) = (self.folder(folder)?, self.shown(path));
        let file = openat(&folder, name, FILE, Mode::empty()).map_err(|error| trouble(&shown, error))?;
        self.check(&file, &shown, FileType::RegularFile)?;
        let mut bytes = Vec::new();
        let read = File::from(file).take(limit as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|source| FileError::Open { path: shown.clone(), source })?;
        if bytes.len() > limit {
            return Err(FileError::Large { path: shown, limit });
        }
        Ok(bytes)
    }

    /// The names in a folder, sorted; none if it is not there.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn names(&self, path: &str) -> Result<Vec<String>, FileError> {
        let folder = match self.folder(path) {
            Err(error) if error.is_absent() => return Ok(Vec::new()),
            folder => folder?,
        };
        let wrong = |error: rustix::io::Errno| trouble(&self.shown(path), error);
        let mut names = Vec::new();
        for entry in Dir::read_from(&folder).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            // A name that is no text is nobody's.
            names.extend(entry.file_name().to_str().ok().map(str::to_owned));
        }
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        Ok(names)
    }

    /// Changes with whatever is put into, taken out of or changed in these folders; not to be trusted with more.
    pub fn edition(&self, folders: &[&str]) -> u64 {
        let mut hasher = DefaultHasher::new();
        for folder in folders {
            let path = self.shown(folder);
            let about = |path: &Path| {
                path.symlink_metadata()
                    .ok()
                    .map(|it| (it.ino(), it.ctime(), it.ctime_nsec(), it.len(), it.uid(), it.mode()))
            };
            about(&path).hash(&mut hasher);
            let mut names: Vec<PathBuf> =
                path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            names.sort();
            for name in names {
                (about(&name), name).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// The path as a person knows it.
    pub fn shown(&self, path: &str) -> PathBuf {
        self.path.join(path.trim_start_matches('/'))
    }

    fn folder(&self, path: &str) -> Result<OwnedFd, FileError> {
        let mut here = self.path.clone();
        let mut folder =
            openat(CWD, &self.path, FOLDER, Mode::empty()).map_err(|error| trouble(&here, error))?;
        self.check(&folder, &here, FileType::Directory)?;
        for component in Path::new(path).components() {
            let Component::Normal(name) = component else { continue };
            here.push(name);
            folder = openat(&folder, name, FOLDER, Mode::empty()).map_err(|error| trouble(&here, error))?;
            self.check(&folder, &here, FileType::Directory)?;
        }
        Ok(folder)
    }

    fn check(&self, file: &OwnedFd, path: &Path, kind: FileType) -> Result<(), FileError> {
        let about = fstat(file).map_err(|error| trouble(path, error))?;
        let no = |what| Err(FileError::Changeable { path: path.to_owned(), what });
        if FileType::from_raw_mode(about.st_mode) != kind {
            return Err(FileError::Kind(path.to_owned()));
        }
        if about.st_uid != self.owner {
            return no("does not belong to root");
        }
        if about.st_mode & 0o022 != 0 {
            return no("may be changed by others");
        }
        Ok(())
    }
}

fn trouble(path: &Path, error: rustix::io::Errno) -> FileError {
    match error {
        rustix::io::Errno::NOENT => FileError::Absent(path.to_owned()),
        other => FileError::Open { path: path.to_owned(), source: other.into() },
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's own folder needs no fsync")]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("etc/trust")).unwrap();
        fs::write(folder.path().join("etc/trust/a"), "hello").unwrap();
        let root = Root::at(folder.path());
        (folder, root)
    }

    fn said(root: &Root) -> String {
        root.read("/etc/trust/a", 100).map_or_else(|error| error.to_string(), |bytes| format!("{bytes:?}"))
    }

    #[test]
    fn what_only_its_owner_can_change_is_read() {
        let (_folder, root) = root();
        assert_eq!(root.read("/etc/trust/a", 5).unwrap(), b"hello");
        assert!(matches!(root.read("/etc/trust/a", 4), Err(FileError::Large { .. })));
        assert!(root.read("/etc/trust/b", 5).unwrap_err().is_absent());
        assert!(root.read("/etc/none/b", 5).unwrap_err().is_absent());
        assert_eq!(root.names("/etc/trust").unwrap(), ["a"]);
        assert_eq!(root.names("/etc/none").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_others_can_change_is_not_read_wherever_on_the_way() {
        for (path, mode) in
            [("etc/trust/a", 0o666), ("etc/trust/a", 0o620), ("etc/trust", 0o777), ("etc", 0o775)]
        {
            let (folder, root) = root();
            fs::set_permissions(folder.path().join(path), Permissions::from_mode(mode)).unwrap();
            assert!(said(&root).contains("may be changed by others"), "{path}: {}", said(&root));
        }
        let (_folder, mut root) = root();
        root.owner += 1;
        assert!(said(&root).contains("does not belong to root"));
    }

    #[test]
    fn links_and_what_is_no_file_are_not_followed() {
        let (folder, root) = root();
        let path = |name: &str| folder.path().join(name);
        fs::rename(path("etc/trust/a"), path("etc/b")).unwrap();
        symlink(path("etc/b"), path("etc/trust/a")).unwrap();
        assert!(said(&root).contains("without following links"));
        fs::remove_file(path("etc/trust/a")).unwrap();
        fs::create_dir(path("etc/trust/a")).unwrap();
        assert!(said(&root).contains("no ordinary file"));
        fs::rename(path("etc/trust"), path("etc/real")).unwrap();
        symlink(path("etc/real"), path("etc/trust")).unwrap();
        assert!(said(&root).contains("without following links"));
    }
}
