//! The waiting parcels: what both daemons would have written, without an fsync for each.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use lineshot_domain::{CaseId, Crop, Fill, Fraction, Mask, Point, Polygon, Scene, Show, Size, Wall};
use lineshot_spool::contract::{
    AgentText, CoverText, PARCEL_SCHEMA, ParcelText, PictureText, StationText, Taken as Exposed, rfc3339,
};
use lineshot_spool::{AgentKey, PARCEL_LABEL, Taken};
use rusqlite::{Transaction, params};
use sha2::{Digest as _, Sha256};

use crate::Outcome;
use crate::house::House;

const WIDTH: u32 = 1440;
const HEIGHT: u32 = 960;
/// A file has 65,000 names on ext4.
const NAMES_OF_A_FILE: u64 = 50_000;
/// A car each minute.
const TAKT: i64 = 60_000;

/// What all parcels have in common.
struct Common {
    key: AgentKey,
    ready: PathBuf,
    originals: Vec<PathBuf>,
    picture: PictureText,
    cover: CoverText,
    began: i64,
}

/// Fills books and `ready/`.
pub(crate) fn fill(house: &House, parcels: u64) -> Outcome<()> {
    let picture = jpeg(WIDTH, HEIGHT);
    let originals = (0..=parcels / NAMES_OF_A_FILE)
        .map(|number| {
            let path = house.config().join(format!("original-{number}.jpg"));
            std::fs::write(&path, &picture)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660))?;
            Ok(path)
        })
        .collect::<Outcome<Vec<_>>>()?;
    let common = Common {
        key: house.key()?,
        ready: house.data().join("ready"),
        originals,
        picture: PictureText {
            file: "full.jpg".to_owned(),
            width: WIDTH,
            height: HEIGHT,
            bytes: picture.len() as u64,
            sha256: hex::encode(Sha256::digest(&picture)),
        },
        cover: CoverText::of(&scene()?, &Crop::whole(Size::new(WIDTH, HEIGHT)?)),
        began: house.clock.wall().unix_ms() - i64::try_from(parcels)? * TAKT,
    };
    let (mut book, mut queue) = (house.book()?, house.queue()?);
    let (book, queue) = (book.transaction()?, queue.transaction()?);
    let mut last = last_line(&book)?;
    for number in 0..parcels {
        let text = common.parcel(number);
        common.hand_over(number, &text)?;
        last = row(&book, &text, common.at(number), last)?;
        queue.execute("INSERT INTO queue (case_id) VALUES (?)", [&text.case])?;
    }
    queue.commit()?;
    Ok(book.commit()?)
}

/// Takes a hundred of them by the uploader's own door.
pub(crate) fn take_some(house: &House, parcels: u64) -> Outcome<usize> {
    let mut back = house.back()?;
    let waiting = back.waiting()?;
    if waiting.len() as u64 != parcels {
        return Err(format!("{} parcels wait, not {parcels}", waiting.len()).into());
    }
    let mut taken = 0;
    for number in (0..parcels).step_by(usize::try_from(parcels / 100)?.max(1)) {
        match back.take(&CaseId::parse(&case(number))?)? {
            Taken::Parcel(parcel) if parcel.pictures().len() == 1 => taken += 1,
            Taken::Parcel(parcel) => return Err(format!("{parcel:?} has no picture").into()),
            Taken::Broken(broken) => return Err(format!("a parcel is broken: {}", broken.why()).into()),
        }
    }
    Ok(taken)
}

/// Spread as hashes are.
fn case(number: u64) -> String {
    hex::encode(&Sha256::digest(number.to_be_bytes())[..8])
}

impl Common {
    fn at(&self, number: u64) -> i64 {
        self.began + i64::try_from(number).unwrap_or(0) * TAKT
    }

    fn parcel(&self, number: u64) -> ParcelText {
        let at = rfc3339(Wall::from_unix_ms(self.at(number)));
        let hash = hex::encode(Sha256::digest(format!("public {number}")));
        ParcelText {
            schema: PARCEL_SCHEMA.to_owned(),
            case: case(number),
            id: hash[..16].to_owned(),
            album: hash[16..48].to_owned(),
            station: StationText {
                id: "marriage".to_owned(),
                name: BTreeMap::from([("en".to_owned(), "The marriage".to_owned())]),
            },
            view: "front".to_owned(),
            agent: AgentText { site: "site".to_owned(), name: "pc-01".to_owned() },
            outcome: "sealed".to_owned(),
            reason: None,
            arrived: at.clone(),
            taken: Some(Exposed { from: at.clone(), to: at }),
            unreleased: true,
            simulated: false,
            keep: "first".to_owned(),
            journey: false,
            clock: "unchecked".to_owned(),
            release: None,
            caption: None,
            pictures: vec![self.picture.clone()],
            cover: Some(self.cover.clone()),
        }
    }

    fn hand_over(&self, number: u64, text: &ParcelText) -> Outcome<()> {
        let folder = self.ready.join(&text.case);
        std::fs::create_dir(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o770))?;
        let mut json = serde_json::to_string_pretty(text)?;
        json.push('\n');
        let signature = format!("{}\n", self.key.sign(PARCEL_LABEL, json.as_bytes()));
        for (name, bytes) in [("parcel.json", json), ("parcel.sig", signature)] {
            write(&folder.join(name), bytes.as_bytes())?;
        }
        let original = usize::try_from(number / NAMES_OF_A_FILE)?;
        Ok(std::fs::hard_link(&self.originals[original], folder.join(&self.picture.file))?)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    std::fs::write(path, bytes)?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?)
}

fn last_line(book: &Transaction<'_>) -> Outcome<(i64, String)> {
    let lines: i64 = book.query_row("SELECT count(*) FROM ledger", [], |row| row.get(0))?;
    if lines > 0 {
        return Err("the book of a new folder has lines already".into());
    }
    Ok((0, "0".repeat(64)))
}

/// Arrival, case, salt and the ledger's line, chained as docs/contract/README.md says.
fn row(book: &Transaction<'_>, text: &ParcelText, at: i64, last: (i64, String)) -> Outcome<(i64, String)> {
    let vehicle = hex::encode(Sha256::digest(&text.album));
    book.prepare_cached(
        "INSERT INTO arrivals (station, station_name, vehicle, event, event_time, received, unreleased)
         VALUES (?, '{\"en\":\"The marriage\"}', ?, ?, ?, ?, 1)",
    )?
    .execute(params![text.station.id, vehicle, format!("e-{}", text.case), at, at])?;
    let arrival = book.last_insert_rowid();
    book.prepare_cached(
        "INSERT INTO cases (id, arrival, view, public_id, album, stage, outcome, ended)
         VALUES (?, ?, ?, ?, ?, 'handed', 'sealed', ?)",
    )?
    .execute(params![text.case, arrival, text.view, text.id, text.album, at])?;
    let salt = &Sha256::digest(&text.id)[..16];
    book.prepare_cached("INSERT INTO salts (case_id, salt) VALUES (?, ?)")?
        .execute(params![text.case, salt])?;
    let facts = serde_json::json!({
        "station": text.station.id, "view": text.view, "outcome": text.outcome, "reason": text.reason,
        "unreleased": true, "simulated": false, "clock": text.clock, "pictures": [text.pictures[0].sha256],
        "vehicle": hex::encode(Sha256::new().chain_update(salt).chain_update(&vehicle).finalize()),
    })
    .to_string();
    let (number, before) = (last.0 + 1, last.1);
    let line = format!("lineshot/ledger/1\0{number}\0{at}\0outcome\0{}\0{before}\0{facts}", text.case);
    let hash = hex::encode(Sha256::digest(line));
    book.prepare_cached(
        "INSERT INTO ledger (seq, at, kind, case_id, facts, before, hash) VALUES (?, ?, 'outcome', ?, ?, ?, ?)",
    )?
    .execute(params![number, at, text.case, facts, before, hash])?;
    Ok((number, hash))
}

/// The left third is covered by a mask.
fn scene() -> Outcome<Scene> {
    let corners = [(0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)]
        .map(|(x, y)| Ok(Point { x: Fraction::new(x)?, y: Fraction::new(y)? }));
    let corners = corners.into_iter().collect::<Outcome<Vec<_>>>()?;
    let mask = Mask { name: "robot controller".to_owned(), polygon: Polygon::new(corners)? };
    Ok(Scene::new(Size::new(WIDTH, HEIGHT)?, Show::All, vec![mask])?)
}

/// A picture whose left half is covered.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let shade = |by: u32| u8::try_from(by % 200).unwrap_or(0);
            pixels.extend(if x < width / 2 {
                Fill::GREY.ycc()
            } else {
                [shade(x / 3 + y), shade(y / 2), 150]
            });
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    let side = |of: u32| u16::try_from(of).unwrap_or(u16::MAX);
    encoder
        .encode(&pixels, side(width), side(height), jpeg_encoder::ColorType::Ycbcr)
        .expect("these pixels are as many as it says");
    bytes
}
