//! A picture, or a folder of pictures played in a loop, in place of a camera: for trials and tests.
//!
//! Holds: a file is read when its frame is wanted, never before; names are listed anew for each frame, so
//! that pictures may be exchanged while the agent runs. What is on the picture was seen whenever it was:
//! "exposed" is the moment of reading.
//!
//! Deliberately absent: other formats than JPEG, films, watching for changes.

use std::fs;
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{Exposure, Mono};
use lineshot_picture::Frame;

use crate::{Fault, Post, Shot, Source, Stream};

/// The largest picture that is read, as for a camera's.
const LIMIT: u64 = 16 * 1024 * 1024;

/// A `.jpg` file or a folder of them.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    period: Duration,
}

impl FileSource {
    /// Plays `path`, at most one frame every `period`. A folder's `.jpg` and `.jpeg` files are played in the order of
    /// their names.
    pub fn new(path: PathBuf, period: Duration) -> FileSource {
        FileSource { path, period }
    }

    /// The picture after `last`; after the last one the first.
    fn next_picture(&self, last: Option<&Path>) -> Result<PathBuf, Fault> {
        if !self.path.is_dir() {
            return Ok(self.path.clone());
        }
        let pictures = pictures_in(&self.path).map_err(|error| unreadable(&self.path, error))?;
        let next = last.and_then(|last| pictures.iter().find(|picture| picture.as_path() > last));
        next.or(pictures.first()).cloned().ok_or_else(|| {
            Fault::unreachable(format!("there is no .jpg file in the folder {}", self.path.display()))
        })
    }
}

impl Source for FileSource {
    fn address(&self) -> String {
        self.path.display().to_string()
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        let first = self.next_picture(None)?;
        fs::metadata(&first).map_err(|error| unreadable(&first, error))?;
        post.connected();
        Ok(Box::new(Player { source: self, last: None, next_at: None }))
    }
}

struct Player<'a> {
    source: &'a FileSource,
    last: Option<PathBuf>,
    /// When the next frame is due.
    next_at: Option<Mono>,
}

impl Stream for Player<'_> {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        post.wait_for_call(None);
        Ok(())
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        let due = self.next_at.map_or(from, |next_at| next_at.max(from));
        post.wait_for_close(due.min(until).since(post.now()));
        let now = post.now();
        if now >= until || now < due || post.is_closed() {
            return Ok(None);
        }
        let picture = self.source.next_picture(self.last.as_deref())?;
        let bytes = read(&picture).map_err(|error| unreadable(&picture, error))?;
        if bytes.len() as u64 > LIMIT {
            return Err(Fault::answer(format!("{} has more than {LIMIT} bytes", picture.display())));
        }
        let frame = Frame::mjpeg(bytes).map_err(|error| Fault::Answer {
            what: format!("{} is no JPEG file", picture.display()),
            cause: Some(error.into()),
        })?;
        self.next_at = Some(now.plus(self.source.period));
        self.last = Some(picture);
        Ok(Some(Shot { frame, exposure: Exposure::measured(now) }))
    }
}

fn read(picture: &Path) -> io::Result<Vec<u8>> {
    // A pipe would never end.
    if !fs::metadata(picture)?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let file = fs::File::open(picture)?;
    let room = file.metadata()?.len().min(LIMIT) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn pictures_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase);
        if matches!(extension.as_deref(), Some("jpg" | "jpeg")) {
            pictures.push(path);
        }
    }
    pictures.sort();
    Ok(pictures)
}

fn unreadable(path: &Path, error: io::Error) -> Fault {
    Fault::Unreachable {
        what: format!("{} cannot be read; is the path right, and may the agent read it?", path.display()),
        cause: Some(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lineshot_domain::{Clock, Reason};

    use super::*;
    use crate::Camera;
    use crate::testing::{GENEROUS, clock, jpeg, printed};

    #[expect(clippy::disallowed_methods, reason = "a picture made for a test")]
    fn put(path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).unwrap();
    }

    fn play(path: &Path, clock: &Arc<dyn Clock>) -> Camera {
        let source = FileSource::new(path.to_owned(), Duration::from_millis(1));
        Camera::start("trial".into(), Box::new(source), clock.clone())
    }

    fn next(camera: &Camera, clock: &Arc<dyn Clock>) -> String {
        let from = clock.mono();
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= from);
        format!("{:?}", shot.frame)
    }

    #[test]
    fn a_folder_is_played_in_the_order_of_names_and_read_anew_for_each_frame() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        for (name, len) in [("b.jpg", 20), ("a.JPEG", 10), ("c.jpg", 30)] {
            put(&folder.path().join(name), &jpeg(len));
        }
        put(&folder.path().join("notes.txt"), b"no picture");
        let camera = play(folder.path(), &clock);
        for len in [10, 20, 30, 10] {
            assert_eq!(next(&camera, &clock), printed(len));
        }
        put(&folder.path().join("b.jpg"), &jpeg(40));
        fs::remove_file(folder.path().join("c.jpg")).unwrap();
        for len in [40, 10, 40] {
            assert_eq!(next(&camera, &clock), printed(len));
        }
    }

    #[test]
    fn a_single_picture_is_played_again_and_again() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let path = folder.path().join("one.jpg");
        put(&path, &jpeg(10));
        let camera = play(&path, &clock);
        assert_eq!(next(&camera, &clock), printed(10));
        put(&path, &jpeg(11));
        assert_eq!(next(&camera, &clock), printed(11));
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let text = folder.path().join("text.jpg");
        put(&text, b"<html>");
        let empty = tempfile::tempdir().unwrap();
        for (path, want) in [
            (folder.path().join("missing.jpg"), Reason::CameraUnreachable),
            (empty.path().to_owned(), Reason::CameraUnreachable),
            (text, Reason::CameraAnswer),
        ] {
            let camera = play(&path, &clock);
            let now = clock.mono();
            let error = camera.next_after(now, now.plus(Duration::from_millis(500))).unwrap_err();
            assert_eq!(error.reason(), want, "{error}");
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }

    #[test]
    fn a_file_that_appears_while_somebody_waits_is_played() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let path = folder.path().join("late.jpg");
        let camera = play(&path, &clock);
        let now = clock.mono();
        assert!(camera.next_after(now, now.plus(Duration::from_millis(50))).is_err());
        put(&path, &jpeg(12));
        assert_eq!(next(&camera, &clock), printed(12));
    }
}
