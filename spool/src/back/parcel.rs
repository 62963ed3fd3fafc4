//! A parcel is taken: read whole, every byte under the agent's signature, every picture proven again.
//!
//! Holds: what cannot be read at the moment is a [`ReadError`] and tried again; what can be read and
//! does not fit is [`Broken`] for ever, since a directory in `ready/` never changes.

use std::fs;
use std::io;
use std::path::Path;

use lineshot_domain::{CaseId, Crop, Reason, Scene, Size};
use lineshot_proof::{Claim, Proven};
use sha2::{Digest as _, Sha256};

use super::{Back, CaseFacts};
use crate::contract::{ParcelText, PictureText};
use crate::disk::{self, DiskError};
use crate::keys::{PARCEL_LABEL, PinnedKey};

/// A parcel's facts are about 2 KiB; with 64 polygons of 64 corners they reach 200.
const LARGEST_FACTS: u64 = 256 * 1024;
/// Far above any camera's JPEG: what is larger is not read into memory.
const LARGEST_PICTURE: u64 = 64 * 1024 * 1024;
/// A view has its full size and a few smaller ones.
const MOST_PICTURES: usize = 8;

/// What was found under a case's name in `ready/`.
#[derive(Debug)]
#[must_use]
pub enum Taken {
    /// It may be delivered, if permission says so.
    Parcel(Parcel),
    /// It may never be.
    Broken(Broken),
}

/// A case's facts and its pictures, all of it signed by the pinned agent and proven here.
///
/// Made by [`Back::take`] alone and not cloned: a picture can only leave while its parcel is in hand.
#[derive(Debug)]
pub struct Parcel {
    facts: CaseFacts,
    pictures: Vec<Picture>,
}

impl Parcel {
    /// What is known about the case.
    pub fn facts(&self) -> &CaseFacts {
        &self.facts
    }

    /// The pictures, from the widest to the narrowest; none for facts alone.
    pub fn pictures(&self) -> &[Picture] {
        &self.pictures
    }
}

/// One proven picture.
pub struct Picture {
    width: u32,
    height: u32,
    sha256: [u8; 32],
    proven: Proven,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

impl Picture {
    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// SHA-256 of [`Picture::bytes`].
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The JPEG file, exactly as it was proven.
    pub fn bytes(&self) -> &[u8] {
        self.proven.as_bytes()
    }
}

/// Something in `ready/` that can never be delivered.
#[derive(Debug)]
pub struct Broken {
    case: CaseId,
    reason: Reason,
    why: String,
    facts: Option<CaseFacts>,
}

impl Broken {
    /// The name it was found under.
    pub fn case(&self) -> &CaseId {
        &self.case
    }

    /// [`Reason::ParcelBroken`] or [`Reason::ParcelProof`].
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What does not fit, for the log.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The facts, if the agent surely said them of this case.
    pub fn facts(&self) -> Option<&CaseFacts> {
        self.facts.as_ref()
    }
}

/// A parcel could not be read at the moment.
#[derive(Debug, thiserror::Error)]
#[error("parcel {case} cannot be read at the moment; it is tried again")]
pub struct ReadError {
    /// Which one.
    pub case: CaseId,
    /// Why.
    pub source: DiskError,
}

/// Why there is no parcel.
enum Fault {
    Later(DiskError),
    Never(Reason, String),
}

fn broken<T>(why: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Never(Reason::ParcelBroken, why.into()))
}

impl Back {
    /// Reads, verifies and proves what waits under this name.
    ///
    /// # Errors
    /// [`ReadError`] if the disk would not answer; the parcel is where it was.
    pub fn take(&self, case: &CaseId) -> Result<Taken, ReadError> {
        let dir = self.rooms.ready().join(case.as_str());
        let (why, facts) = match read_facts(&dir, case, &self.pin) {
            Err(fault) => (fault, None),
            Ok((facts, text)) => match read_pictures(&dir, &facts, &text) {
                Ok(pictures) => return Ok(Taken::Parcel(Parcel { facts, pictures })),
                Err(fault) => (fault, Some(facts)),
            },
        };
        match why {
            Fault::Later(source) => Err(ReadError { case: case.clone(), source }),
            Fault::Never(reason, why) => {
                Ok(Taken::Broken(Broken { case: case.clone(), reason, why, facts }))
            }
        }
    }
}

fn read_facts(dir: &Path, case: &CaseId, pin: &PinnedKey) -> Result<(CaseFacts, ParcelText), Fault> {
    let found = fs::symlink_metadata(dir)
        .map_err(|source| Fault::Later(DiskError::Read { path: dir.to_owned(), source }))?;
    if !found.is_dir() {
        return broken("it is no directory");
    }
    let json = read(dir, "parcel.json", LARGEST_FACTS)?;
    let signature = read(dir, "parcel.sig", 1024)?;
    if let Err(error) = pin.verify(PARCEL_LABEL, &json, &String::from_utf8_lossy(&signature)) {
        return broken(error.to_string());
    }
    let text: ParcelText = match serde_json::from_slice(&json) {
        Ok(text) => text,
        // Without the error's own words: they may quote what is signed.
        Err(error) => return broken(format!("parcel.json is not of its schema (line {})", error.line())),
    };
    match CaseFacts::read(&text) {
        Ok(facts) if facts.case == *case => Ok((facts, text)),
        Ok(_) => broken("it is another case's parcel under this name"),
        Err(why) => broken(why),
    }
}

fn read_pictures(dir: &Path, facts: &CaseFacts, text: &ParcelText) -> Result<Vec<Picture>, Fault> {
    let Some(cover) = &text.cover else { return Ok(Vec::new()) };
    if text.pictures.len() > MOST_PICTURES {
        return broken(format!("it names more than {MOST_PICTURES} pictures"));
    }
    let (scene, crop) = match cover.read() {
        Ok(read) => read,
        Err(error) => return broken(format!("its cover: {error}")),
    };
    facts.text.pictures.iter().map(|picture| read_picture(dir, picture, &scene, crop)).collect()
}

fn read_picture(dir: &Path, text: &PictureText, scene: &Scene, crop: Crop) -> Result<Picture, Fault> {
    let name = text.file.as_str();
    if !is_plain(name) {
        return broken("a picture's name is not plain (a-z, 0-9, '-', then .jpg)");
    }
    let jpeg = read(dir, name, LARGEST_PICTURE)?;
    let sha256: [u8; 32] = Sha256::digest(&jpeg).into();
    if jpeg.len() as u64 != text.bytes || hex::encode(sha256) != text.sha256 {
        return broken(format!("{name} has not the length and SHA-256 that were signed"));
    }
    let size = match Size::new(text.width, text.height) {
        Ok(size) => size,
        Err(error) => return broken(format!("{name}: {error}")),
    };
    match lineshot_proof::prove(jpeg, &Claim::new(scene, crop, size)) {
        Ok(proven) => Ok(Picture { width: text.width, height: text.height, sha256, proven }),
        Err(error) => Err(Fault::Never(Reason::ParcelProof, format!("{name}: {error}"))),
    }
}

/// Safe in any folder: no separator, no leading dot, no surprise.
fn is_plain(name: &str) -> bool {
    name.strip_suffix(".jpg").is_some_and(|stem| {
        (1..=32).contains(&stem.len())
            && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

/// Reads a plain file of bounded length. What is missing or no plain file in a complete directory will
/// never be one.
fn read(dir: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Fault> {
    let path = dir.join(name);
    match fs::symlink_metadata(&path) {
        Ok(found) if !found.is_file() => return broken(format!("{name} is no plain file")),
        Ok(found) if found.len() > limit => return broken(format!("{name} is larger than {limit} bytes")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return broken(format!("{name} is missing")),
        Err(source) => return Err(Fault::Later(DiskError::Read { path, source })),
    }
    disk::read_bounded(&path, limit).map_err(Fault::Later)
}
