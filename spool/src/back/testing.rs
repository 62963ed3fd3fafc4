//! A data folder with an agent's hand in it, for this module's tests.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_domain::{
    CaseId, Clock, Crop, Fill, Fraction, Mask, Mono, Point, Polygon, Scene, Show, Size, Wall,
};

use super::Back;
use crate::contract::{
    AgentText, CoverText, PARCEL_SCHEMA, ParcelText, PictureText, STATE_SCHEMA, StateText, StationText,
    Taken, rfc3339,
};
use crate::keys::{AgentKey, PARCEL_LABEL, STATE_LABEL};

pub(super) const NOW: i64 = 1_790_000_000_000;

/// A wall clock that moves when a test says so.
#[derive(Debug)]
pub(super) struct HandClock(AtomicI64);

impl HandClock {
    pub(super) fn set(&self, unix_ms: i64) {
        self.0.store(unix_ms, Ordering::SeqCst);
    }

    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn mono(&self) -> Mono {
        Mono::from_start(Duration::ZERO)
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// The agent's side of a data folder.
pub(super) struct World {
    root: tempfile::TempDir,
    pub(super) key: AgentKey,
    pub(super) hand: Arc<HandClock>,
    number: Mutex<u64>,
}

impl World {
    /// The file that stops everything.
    pub(super) fn stop(&self) -> std::path::PathBuf {
        self.root().join("stop")
    }

    pub(super) fn new() -> World {
        let root = tempfile::tempdir().unwrap();
        let key = AgentKey::generate().unwrap();
        let hand = Arc::new(HandClock(AtomicI64::new(NOW)));
        let world = World { root, key, hand, number: Mutex::new(0) };
        for room in ["state", "ready"] {
            std::fs::create_dir(world.root().join(room)).unwrap();
        }
        world.write("state/agent.pub", world.key.public_text().as_bytes());
        Back::pin(world.root(), false).unwrap();
        world.say(|_| ());
        world
    }

    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.hand.clone()
    }

    pub(super) fn back(&self) -> Back {
        Back::open(self.root(), &self.stop(), self.clock()).unwrap()
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        crate::disk::write_new(&self.root().join(path), bytes, 0o660).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root().join(path)).unwrap()
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    /// Writes the next state, changed as the test likes.
    pub(super) fn say(&self, change: impl FnOnce(&mut StateText)) {
        let number = {
            let mut number = self.number.lock().unwrap();
            *number += 1;
            *number
        };
        let mut state = StateText {
            schema: STATE_SCHEMA.to_owned(),
            number,
            at: rfc3339(self.hand.wall()),
            stopped: false,
            revoked: Vec::new(),
            denied: Vec::new(),
            recalled: Vec::new(),
            closed: Vec::new(),
            clock: true,
        };
        change(&mut state);
        let json = serde_json::to_string(&state).unwrap();
        let signature = self.key.sign(STATE_LABEL, json.as_bytes());
        self.write("state/state.signed", format!("{signature}\n{json}").as_bytes());
    }

    /// Hands a parcel over; the text is signed as it is.
    pub(super) fn hand_over(&self, text: &ParcelText, files: &[(&str, &[u8])]) -> CaseId {
        let case = CaseId::parse(&text.case).unwrap();
        self.hand_over_json(&case, &serde_json::to_vec_pretty(text).unwrap(), files);
        case
    }

    /// The same, whatever the JSON is.
    pub(super) fn hand_over_json(&self, case: &CaseId, json: &[u8], files: &[(&str, &[u8])]) {
        let dir = self.root().join("ready").join(case.as_str());
        std::fs::create_dir(&dir).unwrap();
        let signature = format!("{}\n", self.key.sign(PARCEL_LABEL, json));
        for (name, bytes) in [("parcel.json", json), ("parcel.sig", signature.as_bytes())].iter().chain(files)
        {
            crate::disk::write_new(&dir.join(name), bytes, 0o660).unwrap();
        }
    }
}

/// 96×64 pixels, the left third covered by a mask.
pub(super) fn scene() -> Scene {
    let corner = |x: f64, y: f64| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
    let polygon =
        Polygon::new(vec![corner(0.0, 0.0), corner(0.3, 0.0), corner(0.3, 1.0), corner(0.0, 1.0)]).unwrap();
    let mask = Mask { name: "robot controller".to_owned(), polygon };
    Scene::new(Size::new(96, 64).unwrap(), Show::All, vec![mask]).unwrap()
}

/// A picture of the scene whose cover reaches `covered` pixels from the left.
pub(super) fn jpeg(covered: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..64_u32 {
        for x in 0..96_u32 {
            let seen = [40 + (x * 2) as u8, 90 + y as u8, 150];
            pixels.extend(if x < covered { Fill::GREY.ycc() } else { seen });
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&pixels, 96, 64, jpeg_encoder::ColorType::Ycbcr).unwrap();
    bytes
}

/// The facts of a sealed case with the picture `jpeg`.
pub(super) fn sealed(case: u64, jpeg: &[u8]) -> ParcelText {
    use sha2::Digest as _;
    let at = rfc3339(Wall::from_unix_ms(NOW - 5_000));
    let picture = PictureText {
        file: "full.jpg".to_owned(),
        width: 96,
        height: 64,
        bytes: jpeg.len() as u64,
        sha256: hex::encode(sha2::Sha256::digest(jpeg)),
    };
    ParcelText {
        taken: Some(Taken { from: at.clone(), to: at }),
        pictures: vec![picture],
        cover: Some(CoverText::of(&scene(), &Crop::whole(scene().frame()))),
        ..facts_alone(case, "sealed", None)
    }
}

/// The facts of a case without a picture.
pub(super) fn facts_alone(case: u64, outcome: &str, reason: Option<&str>) -> ParcelText {
    ParcelText {
        schema: PARCEL_SCHEMA.to_owned(),
        case: format!("{case:016x}"),
        id: format!("{:016x}", case + 0xa0_0000),
        album: "ab".repeat(16),
        station: StationText {
            id: "marriage".to_owned(),
            name: [("en".to_owned(), "The marriage".to_owned())].into(),
        },
        view: "front".to_owned(),
        agent: AgentText { site: "zuffenhausen".to_owned(), name: "line1".to_owned() },
        outcome: outcome.to_owned(),
        reason: reason.map(str::to_owned),
        arrived: rfc3339(Wall::from_unix_ms(NOW - 10_000)),
        taken: None,
        unreleased: true,
        simulated: false,
        keep: "first".to_owned(),
        journey: false,
        clock: "unchecked".to_owned(),
        release: None,
        caption: None,
        pictures: Vec::new(),
        cover: None,
    }
}
