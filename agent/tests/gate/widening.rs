//! Whatever is said, reloaded, restarted or put into files without a signature: nothing more is shown than was signed.
//!
//! A walk of a real agent through what anybody could do who signs nothing, drawn by a number that is printed. After each
//! step a car comes: a picture is taken exactly if a model of a few lines says that it may be.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use fastrand::Rng;
use serde_json::json;

use crate::officer::{Officer, hand, said};
use crate::plant::Plant;
use crate::release::{running, station};

/// From the station's file as it was signed to one that shows less.
const NARROWER: [(&str, &str); 3] = [
    (
        "[0.55,0.6],[0.42,0.5]]\n",
        "[0.55,0.6],[0.42,0.5]]\n[[view.mask]]\nname = \"door\"\npolygon = [[0.7,0.7],[0.8,0.7],[0.8,0.8]]\n",
    ),
    ("[0.95,0.95],[0.05,0.95]]", "[0.95,0.90],[0.05,0.90]]"),
    ("people = \"ignore\"\n", "people = \"ignore\"\ncrop = [0.0, 0.0, 0.9, 1.0]\n"),
];

/// To one that shows more, or otherwise than somebody looked at.
const WIDER: [(&str, &str); 6] = [
    ("[[0.4,0.3]", "[[0.401,0.301]"),
    (
        "name = \"robot\"\npolygon = [[0.4,0.3],[0.6,0.35]",
        "name = \"robot\"\npolygon = [[0.4,0.3],[0.5,0.35]",
    ),
    ("[[0.05,0.10],[0.95,0.10]", "[[0.05,0.09],[0.95,0.09]"),
    ("within = \"10s\"", "within = \"11s\""),
    ("picture.jpg", "other.jpg"),
    ("dwell = \"90s\"", "dwell = \"95s\""),
];

type Files = BTreeMap<String, Vec<u8>>;

/// What may be, as far as a bystander can tell.
struct Model {
    /// What runs is what was signed, or less.
    is_within: bool,
    /// The newest release that ever held is there, whole.
    is_signed: bool,
    /// Somebody stopped, and nobody signed that it goes on.
    is_stopped: bool,
}

struct Walk {
    plant: Plant,
    officer: Officer,
    rng: Rng,
    model: Model,
    signed: String,
    newest: Files,
    older: Files,
}

impl Walk {
    /// A machine whose older release showed more.
    fn begin(seed: u64) -> Walk {
        let (plant, officer) = running();
        fs::copy(plant.path("picture.jpg"), plant.path("other.jpg")).unwrap();
        let signed = station(&plant);
        let wide = signed.replace("[[0.05,0.10],[0.95,0.10]", "[[0.0,0.0],[1.0,0.0]");
        plant.write("etc/stations/marriage.toml", &wide);
        officer.release(&plant, 6, &["anna"], |text| text);
        let older =
            releases(&officer).into_iter().map(|(name, bytes)| (format!("older-{name}"), bytes)).collect();
        plant.write("etc/stations/marriage.toml", &signed);
        officer.release(&plant, 7, &["anna"], |text| text);
        let newest = releases(&officer);
        plant.reload("the configuration holds from now on");
        let model = Model { is_within: true, is_signed: true, is_stopped: false };
        Walk { plant, officer, rng: Rng::with_seed(seed), model, signed, newest, older }
    }

    fn step(&mut self) -> String {
        match self.rng.u8(..24) {
            0..6 => self.narrower(),
            6..8 => self.wider(),
            8 => self.stop_by_message(),
            9 => self.stop_by_file(),
            10 => self.stop_by_person(),
            11 | 12 => self.unsigned_resume(),
            13 | 14 => self.restart(),
            15..19 => self.files(),
            _ => self.sign(),
        }
    }

    fn configure(&mut self, (from, to): (&str, &str), is_within: bool) -> String {
        assert!(self.signed.contains(from), "{from}");
        self.plant.write("etc/stations/marriage.toml", &self.signed.replacen(from, to, 1));
        self.reload();
        self.model.is_within = is_within;
        format!("the station says {to:?}")
    }

    fn narrower(&mut self) -> String {
        let change = NARROWER[self.rng.usize(..NARROWER.len())];
        self.configure(change, true)
    }

    fn wider(&mut self) -> String {
        let change = WIDER[self.rng.usize(..WIDER.len())];
        self.configure(change, false)
    }

    fn reload(&self) {
        self.plant.reload("the configuration holds from now on");
    }

    fn stop_by_message(&mut self) -> String {
        let known = said(&hand(&self.plant, &["stop", "--show"]));
        let payload: &[u8] = [&b""[..], b"false", b"resume", b"{\"stop\":false}"][self.rng.usize(..4)];
        self.plant.broker.publish("lineshot/site/pc-01/stop", payload, &[]);
        if !known.contains("broker") {
            self.plant.until("the word is a stop", || said(&hand(&self.plant, &["stop", "--show"])) != known);
        }
        self.model.is_stopped = true;
        format!("the broker says {:?}", String::from_utf8_lossy(payload))
    }

    fn stop_by_file(&mut self) -> String {
        self.plant.write("etc/stop", "");
        self.plant
            .until("the file is a stop", || said(&hand(&self.plant, &["stop", "--show"])).contains("file"));
        self.plant.remove("etc/stop");
        self.model.is_stopped = true;
        "a file `stop` comes and goes".to_owned()
    }

    fn stop_by_person(&mut self) -> String {
        assert!(hand(&self.plant, &["stop", "--reason", "smoke"]).status.success());
        self.model.is_stopped = true;
        "a person stops".to_owned()
    }

    /// The words of a resume, signed by nobody that counts.
    fn unsigned_resume(&mut self) -> String {
        let shown = said(&hand(&self.plant, &["stop", "--show"]));
        let number = match shown.lines().last().and_then(|line| line.strip_prefix("stopped: ")) {
            Some(line) => line.split(' ').next().unwrap().to_owned(),
            None => "1-0000000000000000".to_owned(),
        };
        let text = said(&hand(&self.plant, &["resume", &number, "--parcels", "deliver"]));
        let known = self.lifts_nothing();
        let name = format!("walk-{}", self.rng.u32(..));
        self.officer.request(&self.plant, &name, &text, "ben", "lineshot-resume");
        self.plant.until("it is answered", || self.lifts_nothing() > known);
        format!("a stranger signs that {number} goes on")
    }

    fn lifts_nothing(&self) -> usize {
        self.plant.log.text().matches("a request lifts nothing").count()
    }

    fn restart(&mut self) -> String {
        if self.rng.bool() {
            self.plant.kill();
        } else {
            assert!(self.plant.stop().success());
        }
        self.plant.start_with(&[]);
        "a restart".to_owned()
    }

    /// What lies in the folder of releases is exchanged for what once was signed, or was never.
    fn files(&mut self) -> String {
        let (newest, older) = (self.newest.clone(), self.older.clone());
        let both: Files = newest.clone().into_iter().chain(older.clone()).collect();
        let without = |files: &Files, end: &str| -> Files {
            files
                .iter()
                .filter(|(name, _)| !name.ends_with(end))
                .map(|(a, b)| (a.clone(), b.clone()))
                .collect()
        };
        let mut spoilt = newest.clone();
        let at = self.rng.usize(..spoilt["release.toml"].len());
        spoilt.get_mut("release.toml").unwrap()[at] ^= 1 << self.rng.u8(..7);
        let borrowed: Files = older
            .iter()
            .map(|(name, bytes)| match name.ends_with(".sig") {
                true => (name.clone(), newest["release.toml.0.sig"].clone()),
                false => (name.clone(), bytes.clone()),
            })
            .collect();
        let (what, files, is_signed) = match self.rng.u8(..14) {
            0 => ("the older release alone", older, false),
            1 => ("no release", Files::new(), false),
            2 => ("no signature", without(&newest, ".sig"), false),
            3 => ("a bit turned", spoilt, false),
            4 => ("the older release with the newer's signature", borrowed, false),
            5 => ("the older release besides", both, true),
            6 => {
                put(&self.officer, &Files::new());
                fs::write(self.officer.path("away.toml"), &newest["release.toml"]).unwrap();
                put(&self.officer, &without(&newest, ".toml"));
                symlink(
                    self.officer.path("away.toml"),
                    self.officer.path("etc/lineshot/releases/release.toml"),
                )
                .unwrap();
                self.reload();
                self.model.is_signed = false;
                return "a link to the release".to_owned();
            }
            _ => ("the release again", newest, true),
        };
        put(&self.officer, &files);
        self.reload();
        self.model.is_signed = is_signed;
        format!("in the folder: {what}")
    }

    /// Plant security says that it goes on: the walk would soon be over else.
    fn sign(&mut self) -> String {
        if !self.model.is_stopped {
            return "nothing".to_owned();
        }
        self.officer.resume(&self.plant, "deliver");
        self.model.is_stopped = false;
        "a signed resume".to_owned()
    }
}

fn releases(officer: &Officer) -> Files {
    let entries = fs::read_dir(officer.path("etc/lineshot/releases")).unwrap();
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

fn put(officer: &Officer, files: &Files) {
    officer.clear();
    for (name, bytes) in files {
        let name = format!("etc/lineshot/releases/{name}");
        fs::write(officer.path(&name), bytes).unwrap();
    }
}

#[test]
fn nothing_without_a_signature_ever_widens() {
    let seed = std::env::var("LINESHOT_TEST_SEED").map_or(20_261_126, |seed| seed.parse().unwrap());
    println!("LINESHOT_TEST_SEED={seed}");
    let mut walk = Walk::begin(seed);
    walk.officer.key("ben", "ed25519");
    let (mut pictures, mut story) = (0, Vec::new());
    for _ in 0..80 {
        story.push(walk.step());
        let found = walk.plant.story("marriage", json!({}));
        let Model { is_within, is_signed, is_stopped } = walk.model;
        let is_allowed = is_within && is_signed && !is_stopped;
        assert_eq!(found == "done", is_allowed, "{found} after:\n{}", story.join("\n"));
        pictures += u32::from(is_allowed);
        story.push(format!("  {found}"));
    }
    assert!((5..75).contains(&pictures), "{pictures} pictures: the walk proves little\n{}", story.join("\n"));
    assert!(walk.plant.stop().success());
}
