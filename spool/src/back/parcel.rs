//! A parcel is taken: read whole, every byte under the agent's signature, every picture proven again.
//!
//! Holds: what cannot be read at the moment is a [`ReadError`] and tried again; what can be read and
//! does not fit is [`Broken`] for ever, since a directory in `ready/` never changes.

use std::fs;
use std::io;
use std::path::Path;

use lineshot_domain::{Caption, CaseId, Crop, LocalDate, Reason, Scene, Size, Zone};
use lineshot_proof::{Claim, ProofError, Proven};
use sha2::{Digest as _, Sha256};

use super::{Back, CaseFacts};
use crate::contract::{CaptionText, CoverText, ParcelText, PictureText};
use crate::disk::{self, DiskError};
use crate::keys::{PARCEL_LABEL, PinnedKey};
use crate::thumbhash::thumbhash;

/// A parcel's facts are about 2 KiB; with 128 areas of 256 corners they reach 2.5 MiB.
const LARGEST_FACTS: u64 = 4 * 1024 * 1024;
/// Where a day begins and ends last and first.
const FIRST_ZONE: &str = "Etc/GMT+12";
const LAST_ZONE: &str = "Pacific/Kiritimati";
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
    cover: Option<Cover>,
}

/// What the agent says that the pictures show.
#[derive(Clone, Debug)]
pub struct Cover {
    /// What is shown and covered.
    pub scene: Scene,
    /// Which part of the frame they show.
    pub crop: Crop,
    /// What they say of themselves.
    caption: Option<Caption>,
}

impl Parcel {
    /// What is known about the case.
    pub fn facts(&self) -> &CaseFacts {
        &self.facts
    }

    /// What they are said to show; `None` for facts alone.
    pub fn cover(&self) -> Option<&Cover> {
        self.cover.as_ref()
    }

    /// Whether every picture covers what this scene covers, in the part of the frame that it shows, by whatever colour.
    ///
    /// # Errors
    /// Which one does not, and where.
    pub fn covers(&self, scene: &Scene) -> Result<(), String> {
        let Some(cover) = &self.cover else { return Ok(()) };
        let scene = scene.clone().filled(cover.scene.fill());
        for picture in &self.pictures {
            let claim =
                Claim::new(&scene, cover.crop, picture.0.size()).map_err(|error| error.to_string())?;
            let claim = claim.captioned(cover.caption.as_ref());
            lineshot_proof::prove(picture.bytes().to_vec(), &claim).map_err(|error| chain(&error))?;
        }
        Ok(())
    }

    /// It may never be delivered, for this reason.
    pub fn never(self, reason: Reason, why: String) -> Broken {
        Broken { case: self.facts.case.clone(), reason, why, facts: Some(self.facts) }
    }

    /// The pictures, from the widest to the narrowest; none for facts alone.
    pub fn pictures(&self) -> &[Picture] {
        &self.pictures
    }
}

/// One proven picture.
#[derive(Debug)]
pub struct Picture(Proven);

impl Picture {
    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.0.size().width()
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.0.size().height()
    }

    /// SHA-256 of [`Picture::bytes`].
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256()
    }

    /// The JPEG file, exactly as it was proven.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
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
                Ok((pictures, cover)) => {
                    let thumbhash = thumbhash(pictures.iter().map(|picture| &picture.0));
                    let facts = CaseFacts { thumbhash, ..facts };
                    return Ok(Taken::Parcel(Parcel { facts, pictures, cover }));
                }
                Err(fault) => (fault, Some(facts)),
            },
        };
        match why {
            Fault::Later(source) => Err(ReadError { case: case.clone(), source }),
            Fault::Never(reason, why) => Ok(Taken::Broken(Broken { case: case.clone(), reason, why, facts })),
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

type Read = (Vec<Picture>, Option<Cover>);

fn read_pictures(dir: &Path, facts: &CaseFacts, text: &ParcelText) -> Result<Read, Fault> {
    let Some(cover) = &text.cover else { return Ok((Vec::new(), None)) };
    if text.pictures.len() > MOST_PICTURES {
        return broken(format!("it names more than {MOST_PICTURES} pictures"));
    }
    let (scene, crop) = match cover.read() {
        Ok(read) => read,
        Err(error) => return broken(format!("its cover: {error}")),
    };
    let caption = match text.caption.as_ref().map(|caption| read_caption(caption, facts, &scene, crop)) {
        None => None,
        Some(Ok(caption)) => Some(caption),
        Some(Err(why)) => return broken(why),
    };
    let cover = Cover { scene, crop, caption };
    let pictures = facts.text.pictures.iter().map(|picture| read_picture(dir, picture, &cover));
    Ok((pictures.collect::<Result<_, _>>()?, Some(cover)))
}

/// What the pictures must say of themselves, out of the facts. What the agent may choose of it is a version and, by its
/// time zone, one of three days.
fn read_caption(text: &CaptionText, facts: &CaseFacts, scene: &Scene, crop: Crop) -> Result<Caption, String> {
    let date = LocalDate::parse(&text.date).map_err(|error| format!("its caption: {error}"))?;
    let day = |zone: &str, at| Zone::parse(zone).map(|zone| zone.date(at));
    let is_near = facts.taken.is_some_and(|(from, _)| {
        let (first, last) = (day(FIRST_ZONE, from), day(LAST_ZONE, from));
        first.is_ok_and(|first| first <= date) && last.is_ok_and(|last| date <= last)
    });
    let version = text.program.strip_prefix("lineshot ").unwrap_or_default();
    let is_version = (1..=32).contains(&version.len())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    if !is_near || !is_version {
        return Err("its caption is of another day than its picture, or of no version of lineshot".to_owned());
    }
    Ok(Caption {
        station: facts.station.clone(),
        view: facts.view.clone(),
        date,
        release: facts.release.clone(),
        masks: CoverText::of(scene, &crop).id(),
        program: text.program.clone(),
        simulated: facts.simulated,
    })
}

fn read_picture(dir: &Path, text: &PictureText, cover: &Cover) -> Result<Picture, Fault> {
    let name = text.file.as_str();
    let jpeg = read_signed(dir, text)?;
    let claimed = Size::new(text.width, text.height).map_err(|error| error.to_string());
    let claim = claimed
        .and_then(|size| Claim::new(&cover.scene, cover.crop, size).map_err(|error| error.to_string()));
    let claim = match claim {
        Ok(claim) => claim.captioned(cover.caption.as_ref()),
        Err(why) => return broken(format!("{name}: {why}")),
    };
    let unproven =
        |error: ProofError| Fault::Never(Reason::ParcelProof, format!("{name}: {}", chain(&error)));
    lineshot_proof::prove(jpeg, &claim).map(Picture).map_err(unproven)
}

/// A picture's file with the length and the hash that were signed.
fn read_signed(dir: &Path, text: &PictureText) -> Result<Vec<u8>, Fault> {
    let name = text.file.as_str();
    if !is_plain(name) {
        return broken("a picture's name is not plain (a-z, 0-9, '-', then .jpg)");
    }
    let jpeg = read(dir, name, LARGEST_PICTURE)?;
    let sha256 = Sha256::digest(&jpeg);
    if jpeg.len() as u64 != text.bytes || hex::encode(sha256) != text.sha256 {
        return broken(format!("{name} has not the length and SHA-256 that were signed"));
    }
    Ok(jpeg)
}

/// Whether all of a parcel lies there as it was signed, for who only looks. Nothing is proven again: what is
/// sent is.
///
/// # Errors
/// What does not fit.
pub(crate) fn look(dir: &Path, case: &CaseId, pin: &PinnedKey) -> Result<(), String> {
    let look = || {
        let (_, text) = read_facts(dir, case, pin)?;
        text.pictures.iter().try_for_each(|picture| read_signed(dir, picture).map(drop))
    };
    look().map_err(|fault| match fault {
        Fault::Later(error) => chain(&error),
        Fault::Never(_, why) => why,
    })
}

/// An error with all its sources, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
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

#[cfg(test)]
mod tests {
    use lineshot_domain::{Fill, Fraction, Mask, Point, Polygon, Show, StationId, ViewId, Wall};

    use super::super::testing::{NOW, World, facts_alone, jpeg, scene, sealed};
    use super::*;

    fn broken(world: &World, case: &CaseId) -> Broken {
        match world.back().take(case).unwrap() {
            Taken::Broken(broken) => broken,
            Taken::Parcel(_) => panic!("a broken parcel was taken"),
        }
    }

    fn parcel(world: &World, case: &CaseId) -> Parcel {
        match world.back().take(case).unwrap() {
            Taken::Parcel(parcel) => parcel,
            Taken::Broken(broken) => panic!("{}", broken.why()),
        }
    }

    #[test]
    fn a_signed_and_covered_parcel_is_taken_byte_for_byte() {
        let (world, picture) = (World::new(), jpeg(48));
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        let parcel = parcel(&world, &case);
        let [full] = parcel.pictures() else { panic!("one picture") };
        assert_eq!(full.bytes(), picture);
        assert_eq!(hex::encode(full.sha256()), parcel.facts().text.pictures[0].sha256);
        assert_eq!((full.width(), full.height()), (scene().frame().width(), scene().frame().height()));
        let cover = parcel.cover().unwrap();
        assert_eq!((&cover.scene, cover.crop), (&scene(), Crop::whole(scene().frame())));
        // Another one that covers the right third, too.
        let corner = |x: f64, y: f64| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        let polygon = Polygon::new(vec![corner(0.7, 0.0), corner(1.0, 0.0), corner(1.0, 1.0)]).unwrap();
        let masks = [scene().masks(), &[Mask { name: "door".to_owned(), polygon }]].concat();
        let wider = Scene::new(scene().frame(), Show::All, masks).unwrap();
        assert!(parcel.covers(&scene()).is_ok() && parcel.covers(&wider).is_err());
        assert_eq!(parcel.facts().reason, None);
        let alone = world.hand_over(&facts_alone(2, "withheld", Some("proof")), &[]);
        assert!(self::parcel(&world, &alone).pictures().is_empty());
    }

    #[test]
    fn a_picture_says_of_itself_what_the_facts_say_and_nothing_else() {
        let today = Zone::parse("UTC").unwrap().date(Wall::from_unix_ms(NOW));
        let day = today.to_string();
        let caption = Caption {
            station: StationId::parse("marriage").unwrap(),
            view: ViewId::parse("front").unwrap(),
            date: today,
            release: None,
            masks: CoverText::of(&scene(), &Crop::whole(scene().frame())).id(),
            program: "lineshot 1.0.0".to_owned(),
            simulated: false,
        };
        let segment = caption.segment().unwrap();
        let head = [&[0xFF, 0xE1][..], &(segment.len() as u16 + 2).to_be_bytes(), &segment].concat();
        let mut picture = jpeg(48);
        picture.splice(20..20, head);
        let said = CaptionText { date: day.clone(), program: "lineshot 1.0.0".to_owned() };
        let right = ParcelText { caption: Some(said.clone()), ..sealed(1, &picture) };
        let world = World::new();
        let case = world.hand_over(&right, &[("full.jpg", &picture)]);
        assert!(parcel(&world, &case).covers(&scene()).is_ok());
        type Change = fn(&mut ParcelText);
        let wrong: [(&str, Change); 4] = [
            ("nothing", |t| t.caption = None),
            ("another view", |t| t.view = "rear".to_owned()),
            ("simulated", |t| t.simulated = true),
            ("other masks", |t| t.cover.as_mut().unwrap().mask[0].name = "door".to_owned()),
        ];
        for (what, change) in wrong {
            let (world, mut text) = (World::new(), right.clone());
            change(&mut text);
            let case = world.hand_over(&text, &[("full.jpg", &picture)]);
            assert_eq!(broken(&world, &case).reason(), Reason::ParcelProof, "{what}");
        }
        let text =
            |date: &str, program: &str| CaptionText { date: date.to_owned(), program: program.to_owned() };
        let program = said.program.as_str();
        for odd in [
            text("23.11.2026", program),
            text("2020-01-01", program),
            text(&day, "a word to somebody outside"),
            text(&day, "lineshot "),
        ] {
            let world = World::new();
            let right = ParcelText { caption: Some(odd), ..right.clone() };
            let case = world.hand_over(&right, &[("full.jpg", &picture)]);
            assert_eq!(broken(&world, &case).reason(), Reason::ParcelBroken);
        }
    }

    #[test]
    fn a_thumbhash_is_made_here_whatever_the_parcel_says() {
        let picture = jpeg(48);
        let mut found = Vec::new();
        for said in [None, Some("AAAA")] {
            let (world, text) = (World::new(), sealed(1, &picture));
            let (case, mut json) = (CaseId::parse(&text.case).unwrap(), serde_json::to_value(&text).unwrap());
            if let Some(said) = said {
                json["thumbhash"] = said.into();
            }
            world.hand_over_json(&case, json.to_string().as_bytes(), &[("full.jpg", &picture)]);
            found.push(parcel(&world, &case).facts().thumbhash.clone().unwrap());
        }
        assert!(found[0] == found[1] && found[0].len() > 20, "{found:?}");
    }

    #[test]
    fn covers_of_another_colour_than_was_signed_are_covers() {
        let (world, picture) = (World::new(), jpeg(48));
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        let signed = scene().filled(Fill::parse("#d5001c").unwrap());
        assert!(parcel(&world, &case).covers(&signed).is_ok());
    }

    #[test]
    fn one_changed_byte_anywhere_breaks_it() {
        let (world, picture) = (World::new(), jpeg(48));
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        for (file, signed) in [("parcel.json", false), ("parcel.sig", false), ("full.jpg", true)] {
            let path = format!("ready/{case}/{file}");
            let good = world.read(&path);
            let last = if file == "parcel.sig" { good.len() - 2 } else { good.len() - 1 };
            for at in (0..last).step_by(good.len() / 16).chain([last]) {
                let mut bad = good.clone();
                bad[at] ^= 1;
                world.write(&path, &bad);
                let broken = broken(&world, &case);
                assert_eq!(broken.reason(), Reason::ParcelBroken, "{file} byte {at}");
                assert_eq!(broken.facts().is_some(), signed, "{file} byte {at}");
            }
            world.write(&path, &good);
        }
        parcel(&world, &case);
    }

    #[test]
    fn an_uncovered_picture_is_broken_though_the_agent_signed_it() {
        let (world, picture) = (World::new(), jpeg(0));
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        let broken = broken(&world, &case);
        assert_eq!(broken.reason(), Reason::ParcelProof);
        assert_eq!(broken.facts().map(|facts| &facts.case), Some(&case));
    }

    #[test]
    fn only_plain_names_of_pictures_are_opened() {
        for (name, plain) in [
            ("full.jpg", true),
            ("48.jpg", true),
            ("a-b.jpg", true),
            ("12345678901234567890123456789012.jpg", true),
            ("123456789012345678901234567890123.jpg", false),
            (".jpg", false),
            ("full", false),
            ("full.JPG", false),
            ("Full.jpg", false),
            ("../full.jpg", false),
            (".full.jpg", false),
            ("fu ll.jpg", false),
        ] {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }

    #[test]
    fn a_parcel_under_another_name_tells_nothing() {
        let (world, picture) = (World::new(), jpeg(48));
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        let other = CaseId::parse("0000000000000002").unwrap();
        let ready = world.root().join("ready");
        std::fs::rename(ready.join(case.as_str()), ready.join(other.as_str())).unwrap();
        let broken = broken(&world, &other);
        assert!(broken.facts().is_none() && broken.why().contains("another case"), "{}", broken.why());
    }

    #[test]
    fn facts_that_contradict_each_other_are_broken() {
        type Change = fn(&mut ParcelText);
        let changes: [(&str, Change); 15] = [
            ("schema", |t| t.schema = "lineshot/parcel/2".to_owned()),
            ("sealed without pictures", |t| t.pictures.clear()),
            ("sealed without a cover", |t| t.cover = None),
            ("sealed without a time", |t| t.taken = None),
            ("sealed with a reason", |t| t.reason = Some("no_frame".to_owned())),
            ("missed with pictures", |t| t.outcome = "missed".to_owned()),
            ("unknown keep", |t| t.keep = "best".to_owned()),
            ("unknown outcome", |t| t.outcome = "lost".to_owned()),
            ("album", |t| t.album = "4711".to_owned()),
            ("station", |t| t.station.id = "../x".to_owned()),
            ("arrived", |t| t.arrived = "yesterday".to_owned()),
            ("a file elsewhere", |t| t.pictures[0].file = "../full.jpg".to_owned()),
            ("equal widths", |t| t.pictures.push(t.pictures[0].clone())),
            ("a distorted size", |t| t.pictures[0].width = 48),
            ("geometry", |t| t.cover.as_mut().unwrap().frame = [0, 0]),
        ];
        let picture = jpeg(48);
        for (what, change) in changes {
            let world = World::new();
            let mut text = sealed(1, &picture);
            change(&mut text);
            let case = world.hand_over(&text, &[("full.jpg", &picture)]);
            assert_eq!(broken(&world, &case).reason(), Reason::ParcelBroken, "{what}");
        }
        for (outcome, reason) in [("missed", "proof"), ("failed", "store_refused"), ("missed", "unheard_of")]
        {
            let world = World::new();
            let case = world.hand_over(&facts_alone(1, outcome, Some(reason)), &[]);
            assert_eq!(broken(&world, &case).reason(), Reason::ParcelBroken, "{outcome} {reason}");
        }
    }

    #[test]
    fn a_picture_of_another_size_than_signed_is_not_proven() {
        let (world, picture) = (World::new(), jpeg(48));
        let mut text = sealed(1, &picture);
        (text.pictures[0].width, text.pictures[0].height) = (48, 32);
        let case = world.hand_over(&text, &[("full.jpg", &picture)]);
        assert_eq!(broken(&world, &case).reason(), Reason::ParcelProof);
    }

    #[test]
    fn what_is_missing_a_link_or_too_large_is_broken_and_never_read() {
        let picture = jpeg(48);
        let text = sealed(1, &picture);
        let world = World::new();
        let case = world.hand_over(&text, &[]);
        assert!(broken(&world, &case).why().contains("missing"));
        let dir = world.root().join("ready").join(case.as_str());
        std::os::unix::fs::symlink("/dev/zero", dir.join("full.jpg")).unwrap();
        assert!(broken(&world, &case).why().contains("plain file"));
        fs::remove_file(dir.join("full.jpg")).unwrap();
        fs::File::create(dir.join("full.jpg")).unwrap().set_len(LARGEST_PICTURE + 1).unwrap();
        assert!(broken(&world, &case).why().contains("larger"));
        fs::File::create(dir.join("parcel.json")).unwrap().set_len(LARGEST_FACTS + 1).unwrap();
        assert!(broken(&world, &case).why().contains("larger"));
        fs::remove_dir_all(&dir).unwrap();
        world.write(&format!("ready/{case}"), b"a file");
        assert!(broken(&world, &case).why().contains("no directory"));
    }

    #[test]
    fn what_the_disk_will_not_tell_now_is_asked_again() {
        let world = World::new();
        let gone = CaseId::parse("0000000000000009").unwrap();
        assert!(world.back().take(&gone).is_err());
    }
}
