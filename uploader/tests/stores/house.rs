//! A data folder with an agent's hand in it, and an uploader for it.

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lineshot_config::UploaderSettings;
use lineshot_domain::{Clock as _, Crop, Fill, Fraction, Mask, Point, Polygon, Scene, Show, Size, Wall};
use lineshot_release::Root;
use lineshot_spool::contract::{
    AgentText, CoverText, PARCEL_SCHEMA, ParcelText, PictureText, ReceiptText, STATE_SCHEMA, StateText,
    StationText, Taken, rfc3339,
};
use lineshot_spool::{AgentKey, Back, PARCEL_LABEL, STATE_LABEL};
use lineshot_uploader::{Credentials, Drain, MachineClock, Store, Wake};
use sha2::{Digest as _, Sha256};

pub(crate) const BUCKET: &str = "photos";
/// Far above what any of these tests takes, for a machine under any load.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct House {
    root: tempfile::TempDir,
    key: AgentKey,
    number: AtomicU64,
}

impl House {
    /// Pinned, permitted, with settings for the store at `endpoint`.
    pub(crate) fn new(endpoint: &str) -> House {
        let house = House {
            root: tempfile::tempdir().unwrap(),
            key: AgentKey::generate().unwrap(),
            number: AtomicU64::new(0),
        };
        for (room, mode) in [
            ("machine", 0o755),
            ("config", 0o755),
            ("data", 0o755),
            ("data/state", 0o2750),
            ("data/ready", 0o2770),
        ] {
            std::fs::create_dir(house.path(room)).unwrap();
            std::fs::set_permissions(house.path(room), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        house.write("data/state/agent.pub", house.key.public_text().as_bytes());
        let secrets = format!(
            "access_key_id = \"{}\"\nsecret_access_key = \"{}\"\n",
            lineshot_demo::Store::ACCESS_KEY,
            lineshot_demo::Store::SECRET_KEY
        );
        house.write("s3.toml", secrets.as_bytes());
        let settings = format!(
            "version = 1\ndata = {:?}\n[store]\nendpoint = \"{endpoint}\"\nregion = \"{}\"\nbucket = \"{BUCKET}\"\ncredentials = {:?}\n",
            house.data(),
            lineshot_demo::Store::REGION,
            house.path("s3.toml"),
        );
        house.write("config/uploader.toml", settings.as_bytes());
        house.say(|_| ());
        house
    }

    /// The same, and the store's certificate is vouched for by these authorities.
    pub(crate) fn pinned_trusting(endpoint: &str, ca: &Path) -> House {
        let house = House::pinned(endpoint);
        let mut settings = std::fs::read_to_string(house.path("config/uploader.toml")).unwrap();
        settings.push_str(&format!("ca = {ca:?}\n"));
        house.write("config/uploader.toml", settings.as_bytes());
        house
    }

    pub(crate) fn pinned(endpoint: &str) -> House {
        let house = House::new(endpoint);
        Back::pin(&house.data(), false).unwrap();
        house
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o660).open(self.path(path));
        file.unwrap().write_all(bytes).unwrap();
    }

    /// The agent's word, changed as the test likes.
    pub(crate) fn say(&self, change: impl FnOnce(&mut StateText)) {
        let mut state = StateText {
            schema: STATE_SCHEMA.to_owned(),
            number: self.number.fetch_add(1, Ordering::SeqCst) + 1,
            at: rfc3339(MachineClock::start().wall()),
            stopped: false,
            revoked: Vec::new(),
            denied: Vec::new(),
            recalled: Vec::new(),
            closed: Vec::new(),
            clock: true,
        };
        change(&mut state);
        let json = serde_json::to_string(&state).unwrap();
        let text = format!("{}\n{json}", self.key.sign(STATE_LABEL, json.as_bytes()));
        self.write("data/state/state.new", text.as_bytes());
        std::fs::rename(self.path("data/state/state.new"), self.path("data/state/state.signed")).unwrap();
    }

    /// Hands a parcel over by one rename, signed as it is.
    pub(crate) fn hand_over(&self, text: &ParcelText, files: &[(&str, &[u8])]) {
        let room = self.path("making");
        std::fs::create_dir(&room).unwrap();
        std::fs::set_permissions(&room, std::fs::Permissions::from_mode(0o2770)).unwrap();
        let json = serde_json::to_vec_pretty(text).unwrap();
        let signature = self.key.sign(PARCEL_LABEL, &json);
        self.write("making/parcel.json", &json);
        self.write("making/parcel.sig", format!("{signature}\n").as_bytes());
        for (name, bytes) in files {
            self.write(&format!("making/{name}"), bytes);
        }
        std::fs::rename(room, self.data().join("ready").join(&text.case)).unwrap();
    }

    pub(crate) fn receipt(&self, text: &ParcelText) -> Option<ReceiptText> {
        let path = self.data().join("receipts").join(format!("{}.json", text.case));
        std::fs::read(path).ok().map(|json| serde_json::from_slice(&json).unwrap())
    }

    pub(crate) fn waits(&self, text: &ParcelText) -> bool {
        self.data().join("ready").join(&text.case).exists()
    }

    /// Whether the uploader has asked what the agent says: it keeps the state's number beside the pin.
    pub(crate) fn has_asked(&self) -> bool {
        let pin = self.key.public_text();
        let has = |file: &str| {
            let bytes = std::fs::read(self.data().join("uploader").join(file)).unwrap_or_default();
            bytes.windows(64).any(|part| part == &pin.as_bytes()[..64])
        };
        has("uploader.db-wal") || has("uploader.db")
    }

    pub(crate) fn was_kept(&self, text: &ParcelText) -> bool {
        self.data().join("uploader/failed").join(&text.case).exists()
    }

    pub(crate) fn drain(&self) -> Drain {
        let settings = UploaderSettings::load(&self.path("config")).unwrap();
        let credentials = Credentials::load(settings.store.credentials.as_deref()).unwrap();
        let store = Store::connect(&settings.store, &credentials).unwrap();
        let clock = Arc::new(MachineClock::start());
        let root = Root::at(&self.path("machine"));
        let back = Back::open(&self.data(), &self.path("config/stop"), clock.clone()).unwrap();
        let wake = Wake::on(&back.rooms().ready()).unwrap();
        Drain::new(back, store, wake, root, clock)
    }

    /// Runs an uploader until `done`, then drops it wherever it is.
    pub(crate) async fn drain_until(&self, done: impl Fn() -> bool) {
        self.run_until(self.drain(), done).await;
    }

    /// The same, and pictures that waited longer than `limit` are removed.
    pub(crate) async fn expire_until(&self, limit: Duration, done: impl Fn() -> bool) {
        self.run_until(self.drain().expiring(Some(limit)), done).await;
    }

    async fn run_until(&self, mut drain: Drain, done: impl Fn() -> bool) {
        let stop = async {
            let mut tick = tokio::time::interval(Duration::from_millis(5));
            while !done() {
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, drain.until(stop)).await.expect("it was done in time").unwrap();
    }

    /// Runs an uploader until this parcel's receipt is there and the parcel is gone.
    pub(crate) async fn settle(&self, text: &ParcelText) -> ReceiptText {
        self.drain_until(|| self.receipt(text).is_some() && !self.waits(text)).await;
        self.receipt(text).unwrap()
    }
}

/// 96×64 pixels, the left third covered by a mask.
fn scene() -> Scene {
    let corner = |x: f64, y: f64| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
    let corners = vec![corner(0.0, 0.0), corner(0.3, 0.0), corner(0.3, 1.0), corner(0.0, 1.0)];
    let mask = Mask { name: "robot controller".to_owned(), polygon: Polygon::new(corners).unwrap() };
    Scene::new(Size::new(96, 64).unwrap(), Show::All, vec![mask]).unwrap()
}

/// A picture of the scene, `width` pixels wide, whose cover reaches over half of it or nowhere.
pub(crate) fn jpeg(width: u16, covered: bool) -> Vec<u8> {
    let height = width * 2 / 3;
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let seen = [60 + (x % 100) as u8, 90 + (y % 64) as u8, 150];
            pixels.extend(if covered && x < width / 2 { Fill::GREY.ycc() } else { seen });
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Ycbcr).unwrap();
    bytes
}

fn picture(file: &str, width: u32, jpeg: &[u8]) -> PictureText {
    PictureText {
        file: file.to_owned(),
        width,
        height: width * 2 / 3,
        bytes: jpeg.len() as u64,
        sha256: hex::encode(Sha256::digest(jpeg)),
    }
}

/// A sealed case of two sizes, and its files.
pub(crate) struct Sealed {
    pub(crate) text: ParcelText,
    pub(crate) full: Vec<u8>,
    pub(crate) small: Vec<u8>,
}

impl Sealed {
    pub(crate) fn new(case: u64) -> Sealed {
        Sealed::of(case, jpeg(96, true))
    }

    pub(crate) fn of(case: u64, full: Vec<u8>) -> Sealed {
        let small = jpeg(48, true);
        let at = rfc3339(MachineClock::start().wall());
        let text = ParcelText {
            taken: Some(Taken { from: at.clone(), to: at }),
            pictures: vec![picture("full.jpg", 96, &full), picture("48.jpg", 48, &small)],
            cover: Some(CoverText::of(&scene(), &Crop::whole(scene().frame()))),
            ..facts(case, "sealed", None)
        };
        Sealed { text, full, small }
    }

    pub(crate) fn hand_over(&self, house: &House) {
        house.hand_over(&self.text, &[("full.jpg", &self.full), ("48.jpg", &self.small)]);
    }

    /// The keys of its pictures.
    pub(crate) fn keys(&self) -> [String; 2] {
        let stem = format!("{}/marriage/{}", album(), self.text.id);
        [format!("{stem}.jpg"), format!("{stem}-48.jpg")]
    }
}

/// The folder of the only album.
pub(crate) fn album() -> String {
    format!("unreleased/albums/{}", "ab".repeat(16))
}

/// The key of the only record.
pub(crate) fn record_key() -> String {
    format!("{}/marriage.json", album())
}

/// The facts of a case without a picture.
pub(crate) fn facts(case: u64, outcome: &str, reason: Option<&str>) -> ParcelText {
    let arrived = Wall::from_unix_ms(MachineClock::start().wall().unix_ms() - 10_000);
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
        arrived: rfc3339(arrived),
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

/// A running S3 server that allows PutObject alone, with the bucket in it.
pub(crate) async fn store(folder: &Path) -> lineshot_demo::Store {
    let store = lineshot_demo::Store::start(folder, lineshot_demo::Rule::PutOnly).await.unwrap();
    store.bucket(BUCKET).unwrap();
    store
}
