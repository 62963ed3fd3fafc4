//! Stop and pause: what narrows comes by any door, what lifts a stop is signed.
//!
//! Holds: a stop is in the book before anybody is told of it, and holds for this run even if the book refuses; the file
//! `stop` and the topic `stop` only add; nothing lifts a stop but a request whose signature counts and that names it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lineshot_domain::{AgentName, Clock, SiteName, StopState, Wall};
use lineshot_release::{Me, Parcels, Resume, Root};
use lineshot_spool::{BookError, Front, Notice, NoticeKind, Stop};
use sha2::{Digest as _, Sha256};

use crate::releases::me;

/// A shift.
const LONGEST_PAUSE: Duration = Duration::from_hours(12);
/// Of a request or a signature, in bytes.
const LONGEST: u64 = 16 * 1024;
const TRUST: &str = "/etc/lineshot/trust";
/// Nobody asks for more at once.
const MOST: usize = 50;

/// What halts this PC.
pub(crate) struct Halt {
    file: PathBuf,
    requests: PathBuf,
    root: Root,
    me: Result<Me, String>,
    /// Who paused, and until when: each for themselves.
    pause: Mutex<BTreeMap<u32, Wall>>,
    /// Requests that were answered, by the hash of their bytes.
    answered: Mutex<BTreeSet<String>>,
    /// Retained words about a stop that were heard, by hash: the broker repeats them with every connection.
    heard: Mutex<BTreeSet<String>>,
}

impl Halt {
    /// # Errors
    /// [`BookError`]: whether somebody paused cannot be read.
    pub(crate) fn new(
        config: &Path,
        (site, agent): (&SiteName, &AgentName),
        front: &Front,
    ) -> Result<Halt, BookError> {
        let root = Root::of_machine();
        let me = me(&root, site, agent);
        Ok(Halt {
            file: config.join(lineshot_config::STOP),
            requests: front.rooms().requests(),
            root,
            me,
            pause: Mutex::new(front.paused()?.into_iter().collect()),
            answered: Mutex::default(),
            heard: Mutex::default(),
        })
    }

    /// Whether anything halts this PC now.
    pub(crate) fn state(&self, front: &Front, now: Wall) -> StopState {
        if front.is_stopped() || self.is_file_there() {
            return StopState::Stopped;
        }
        let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.values().any(|until| now < *until) { StopState::Paused } else { StopState::Going }
    }

    /// Whether nobody can tell counts as there.
    fn is_file_there(&self) -> bool {
        self.file
            .symlink_metadata()
            .map_or_else(|error| error.kind() != std::io::ErrorKind::NotFound, |_| true)
    }

    /// Looks at the file and at the requests; a failure of the book is said and made good by the next look.
    pub(crate) fn look(&self, front: &Front, clock: &dyn Clock) {
        if self.is_file_there()
            && let Err(error) = front.stop("file", "the file `stop` is there")
        {
            tracing::error!(error = &error as &dyn std::error::Error, "the stop is not on record yet");
        }
        if let Err(error) = front.record_stops() {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a stop is not on record yet: nobody can lift it"
            );
        }
        for request in self.requests() {
            self.answer(&request, front, clock);
        }
    }

    /// A person of this machine stops.
    ///
    /// # Errors
    /// [`BookError`]: stopped for this run, though not durably.
    pub(crate) fn by_person(&self, uid: u32, why: &str, front: &Front) -> Result<Stop, BookError> {
        tracing::warn!(uid, "photographs are stopped: {why}");
        front.stop(&format!("person {uid}"), why)
    }

    /// Somebody says so at the broker. What is retained there is heard once.
    ///
    /// # Errors
    /// [`BookError`]: it is not acknowledged, and heard again.
    pub(crate) fn by_message(
        &self,
        payload: &[u8],
        is_retained: bool,
        front: &Front,
    ) -> Result<(), BookError> {
        let hash = hex::encode(Sha256::digest(payload));
        if is_retained && self.heard.lock().unwrap_or_else(PoisonError::into_inner).contains(&hash) {
            return Ok(());
        }
        let stop = front.stop("broker", "a message on the topic `stop`")?;
        tracing::warn!(number = stop.number, "photographs are stopped: a message says so");
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash);
        Ok(())
    }

    /// An operator pauses, for at most a shift.
    ///
    /// # Errors
    /// Why nothing is paused, for a person.
    pub(crate) fn pause(&self, uid: u32, length: Duration, front: &Front, now: Wall) -> Result<Wall, String> {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now.plus(length.min(LONGEST_PAUSE));
        let text = format!("by user {uid} for {} min", length.min(LONGEST_PAUSE).as_secs() / 60);
        self.write_pause(front, uid, until, text)?;
        pause.insert(uid, until);
        Ok(until)
    }

    /// Who paused ends it; root may end everybody's.
    ///
    /// # Errors
    /// Why it goes on, for a person.
    pub(crate) fn end_pause(&self, uid: u32, front: &Front, now: Wall) -> Result<(), String> {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let on = |pause: &BTreeMap<u32, Wall>| -> Vec<u32> {
            pause.iter().filter(|(_, until)| now < **until).map(|(uid, _)| *uid).collect()
        };
        let ended: Vec<u32> = on(&pause).into_iter().filter(|other| *other == uid || uid == 0).collect();
        if ended.is_empty() {
            return Err(match on(&pause).first() {
                Some(other) => format!("user {other} has paused: only they, or root, end it"),
                None => "nobody has paused".to_owned(),
            });
        }
        for other in ended {
            self.write_pause(front, other, now, format!("of user {other} ended by user {uid}"))?;
            pause.remove(&other);
        }
        match on(&pause).first() {
            Some(other) => Err(format!("your pause is over, and user {other} has paused, too")),
            None => Ok(()),
        }
    }

    fn write_pause(&self, front: &Front, uid: u32, until: Wall, text: String) -> Result<(), String> {
        let noted = front.note(&Notice::new(NoticeKind::Paused, None, text));
        noted.and_then(|()| front.pause(uid, until)).map_err(|error| error.to_string())
    }

    /// The names of requests that have a signature beside them, sorted.
    fn requests(&self) -> Vec<PathBuf> {
        let names = fs::read_dir(&self.requests).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_signed = |path: &PathBuf| {
            path.extension().is_some_and(|it| it == "toml") && !self.signatures(path).is_empty()
        };
        let mut names: Vec<PathBuf> = names.filter(is_signed).collect();
        // The newest first: what was answered long ago may lie there by the hundred.
        let age = |path: &PathBuf| path.symlink_metadata().and_then(|about| about.modified()).ok();
        names.sort_by_key(|path| std::cmp::Reverse(age(path)));
        names.truncate(MOST);
        names
    }

    fn signatures(&self, request: &Path) -> Vec<PathBuf> {
        let name = request.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_its = |path: &PathBuf| {
            let other = path.file_name().unwrap_or_default().to_string_lossy();
            other.starts_with(&name) && other.ends_with(".sig")
        };
        let all = fs::read_dir(&self.requests).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut all: Vec<PathBuf> = all.filter(is_its).take(MOST).collect();
        all.sort();
        all
    }

    /// Each once, whatever comes of it; it lies there until root removes it.
    fn answer(&self, request: &Path, front: &Front, clock: &dyn Clock) {
        let Some(bytes) = read(request) else { return };
        let signatures: Vec<Vec<u8>> =
            self.signatures(request).iter().filter_map(|path| read(path)).collect();
        // What was refused is answered again when what it was refused for may have been mended.
        let around = format!("{} {}", self.root.edition(&[TRUST]), self.is_file_there());
        let parts =
            [bytes.as_slice(), around.as_bytes()].into_iter().chain(signatures.iter().map(Vec::as_slice));
        let hash = hex::encode(Sha256::digest(parts.collect::<Vec<_>>().concat()));
        if !self.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(hash.clone()) {
            return;
        }
        let name = request.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self.resume(&bytes, &signatures, front, clock.wall()) {
            Ok(said) => tracing::warn!(request = name, "{said}"),
            Err(Refused::Book(error)) => {
                // Asked again: nothing came of it.
                self.answered.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash);
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a request could not be answered yet"
                );
            }
            Err(Refused::No(why)) => {
                tracing::error!(request = name, "a request lifts nothing: {why}");
                let notice = Notice::new(NoticeKind::RequestRefused, None, format!("{name}: {why}"));
                if let Err(error) = front.note(&notice) {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a notice could not be written"
                    );
                }
            }
        }
    }

    fn resume(
        &self,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        front: &Front,
        now: Wall,
    ) -> Result<String, Refused> {
        let me = self.me.as_ref().map_err(|why| Refused::No(why.clone()))?;
        let (resume, signers) =
            Resume::verified(&self.root, bytes, signatures, me, now).map_err(Refused::No)?;
        if self.is_file_there() {
            return Err(Refused::No(format!("remove {} first: it stops again at once", self.file.display())));
        }
        let destroy = resume.parcels == Parcels::Destroy;
        let facts = serde_json::json!({
            "notice": "resumed", "stop": resume.stop, "signers": signers, "destroy": destroy,
            "request": hex::encode(Sha256::digest(bytes)),
        });
        if !front.lift(&resume.stop, destroy, &facts).map_err(Refused::Book)? {
            return Err(Refused::No(format!(
                "no stop holds that has the number {:?}: `lineshot stop --show` names those that do",
                resume.stop.chars().take(40).collect::<String>()
            )));
        }
        let left = if front.is_stopped() { "; a later stop still holds" } else { "" };
        let waiting = if destroy { "what waited is destroyed" } else { "what waited is delivered" };
        Ok(format!("the stop {} is lifted by {}; {waiting}{left}", resume.stop, signers.join(" and ")))
    }
}

enum Refused {
    No(String),
    Book(BookError),
}

/// A plain file of few bytes; what is none is passed over.
fn read(path: &Path) -> Option<Vec<u8>> {
    let about = path.symlink_metadata().ok()?;
    (about.is_file() && about.len() <= LONGEST).then(|| fs::read(path).ok())?
}
