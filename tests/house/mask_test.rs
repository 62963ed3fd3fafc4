//! The test card before a camera: what a certificate says, and what becomes of a car while a code can be read.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use image::{Rgb, RgbImage};
use lineshot_codes::Card;
use serde_json::Value;

use crate::canary::jpeg;
use crate::plant::Plant;
use crate::workspace::program;

const WIDTH: u32 = 768;
const HEIGHT: u32 = 432;
/// Pixels a millimetre.
const ZOOM: f64 = 1.6;

/// A hall in which somebody holds the card, its left edge here.
fn hall(card: Option<u32>) -> Vec<u8> {
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (x as u8 ^ (x >> 8) as u8, y as u8);
        Rgb([90 + x / 8, 100 + y / 8, 110])
    });
    if let Some(left) = card {
        let (across, down) = Card::sheet();
        paint(&mut picture, left, [0.0, 0.0, across, down], 235.0);
        Card::ink().into_iter().for_each(|ink| paint(&mut picture, left, ink, 20.0));
    }
    jpeg(&picture, 92)
}

/// A rectangle in millimetres; a pixel takes as much of it as it covers.
fn paint(picture: &mut RgbImage, left: u32, [x, y, across, down]: [f64; 4], shade: f64) {
    let (x0, y0) = (x * ZOOM + f64::from(left), y * ZOOM + 10.0);
    let (x1, y1) = (x0 + across * ZOOM, y0 + down * ZOOM);
    for py in y0 as u32..=(y1 as u32).min(HEIGHT - 1) {
        for px in x0 as u32..=(x1 as u32).min(WIDTH - 1) {
            let part = |from: f64, to: f64, at: u32| {
                (to.min(f64::from(at) + 1.0) - from.max(f64::from(at))).clamp(0.0, 1.0)
            };
            let part = part(x0, x1, px) * part(y0, y1, py);
            for value in &mut picture.get_pixel_mut(px, py).0 {
                *value = (f64::from(*value) * (1.0 - part) + shade * part).round() as u8;
            }
        }
    }
}

const OPEN: u32 = 20;
const COVERED: u32 = 440;

/// A plant whose view is covered on the right.
fn plant(codes: &str) -> Plant {
    let plant = Plant::without_a_store();
    std::fs::remove_file(plant.config().join("stations/paint.toml")).unwrap();
    let station = std::fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    let (head, _) = station.split_once("show = ").unwrap();
    let head = head.replace("within = \"20s\"", "within = \"3s\"");
    let mask = "name = \"prototype\"\npolygon = [[0.52,0.0],[1.0,0.0],[1.0,1.0],[0.52,1.0]]";
    plant.write("stations/marriage.toml", &format!("{head}{codes}show = \"all\"\n[[view.mask]]\n{mask}\n"));
    plant.camera.show(vec![hall(None)]);
    plant
}

/// `lineshot mask-test`, and a hand at its keyboard.
struct Test {
    child: Child,
    keys: Option<ChildStdin>,
    screen: ChildStdout,
    said: String,
}

impl Test {
    fn start(plant: &Plant) -> Test {
        let mut command = Command::new(program("lineshot"));
        command.args(["mask-test", "marriage", "--config"]).arg(plant.config());
        command.arg("--out").arg(plant.folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, screen) = (child.stdin.take(), child.stdout.take().unwrap());
        Test { child, keys, screen, said: String::new() }
    }

    /// Reads until it waits for somebody: by then the look before is over.
    fn question(&mut self) {
        let from = self.said.len();
        while !self.said[from..].ends_with("press Enter. ") {
            let mut byte = [0];
            self.screen.read_exact(&mut byte).unwrap();
            self.said.push(char::from(byte[0]));
        }
    }

    fn enter(&mut self) {
        self.keys.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    fn end(mut self) -> (i32, String) {
        self.keys = None;
        self.screen.read_to_string(&mut self.said).unwrap();
        (self.child.wait().unwrap().code().unwrap(), self.said)
    }
}

/// The newest certificate, as JSON and as text.
fn certificate(plant: &Plant) -> (Value, String) {
    let read = |ending: &str| {
        let found = std::fs::read_dir(plant.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_it = |path: &std::path::PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("mask-test-marriage_front-20") && name.ends_with(ending)
        };
        std::fs::read_to_string(found.filter(is_it).max().unwrap()).unwrap()
    };
    (serde_json::from_str(&read(".json")).unwrap(), read(".txt"))
}

#[test]
fn the_card_reads_where_it_is_shown_and_nowhere_else() {
    let mut plant = plant("");
    plant.start_agent(&["--unreleased"]);
    plant.camera.show(vec![hall(Some(OPEN))]);
    let mut test = Test::start(&plant);
    test.question();
    test.enter();
    test.question();
    plant.camera.show(vec![hall(Some(COVERED))]);
    test.enter();
    let (code, said) = test.end();
    assert_eq!(code, 0, "{said}");
    let (json, text) = certificate(&plant);
    assert_eq!((&json["passed"], &json["view"]), (&true.into(), &"marriage/front".into()));
    assert!(json["open"]["codes"].as_array().unwrap().contains(&"LINESHOT:80MM".into()), "{json}");
    let smallest = &json["open"]["smallest_letters"];
    assert!(smallest["millimetres"].as_f64().unwrap() <= 8.0, "{json}");
    let covered = &json["covered"][0];
    assert_eq!((&covered["area"], covered["codes"].as_array().unwrap().len()), (&"prototype".into(), 0));
    assert!(covered["pictures"].as_u64().unwrap() >= 1);
    assert!(text.contains("PASSED") && text.contains("covered: \"prototype\""), "{text}");
    let looks = plant.ask("SELECT facts FROM ledger WHERE facts LIKE '%test card before front%'");
    assert_eq!(looks.len(), 2, "{looks:?}");

    // Held in the wrong place, or covered by nothing: that is no pass.
    plant.camera.show(vec![hall(Some(OPEN))]);
    let mut test = Test::start(&plant);
    for _ in 0..2 {
        test.question();
        test.enter();
    }
    let (code, said) = test.end();
    assert_eq!(code, 1, "{said}");
    let (json, text) = certificate(&plant);
    assert_eq!(json["passed"], false);
    assert!(text.contains("FAILED") && text.contains("NOT COVERED: \"prototype\""), "{text}");
}

#[test]
fn the_card_is_a_drawing_to_print() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card.svg");
    let made = Command::new(program("lineshot")).args(["mask-test", "--card"]).arg(&file).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(svg.contains("width=\"190mm\" height=\"250mm\"") && svg.ends_with("</svg>\n"));
}

#[test]
fn a_picture_in_which_a_code_can_be_read_is_withheld_unless_it_is_allowed() {
    let mut plant = plant("");
    plant.start_agent(&["--unreleased"]);
    let mut wanted = Vec::new();
    for (card, outcome) in [(OPEN, "withheld(code_readable)"), (COVERED, "sealed")] {
        plant.camera.show(vec![hall(Some(card))]);
        wanted.push(outcome);
        plant.arrive("marriage", &format!("WP0ZZZ99ZTS39000{}", wanted.len()));
        plant.until(|| {
            plant.outcomes().len() == wanted.len() && !plant.outcomes().contains(&"open".to_owned())
        });
        assert_eq!(plant.outcomes(), wanted);
    }
    drop(plant);

    let mut open = self::plant("codes = \"allow\"\n");
    open.start_agent(&["--unreleased"]);
    open.camera.show(vec![hall(Some(OPEN))]);
    open.arrive("marriage", "WP0ZZZ99ZTS390003");
    open.until(|| open.outcomes() == ["sealed"]);
}
