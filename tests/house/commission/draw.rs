//! A station from nothing to a delivered picture, by mouse, with plant security beside it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use lineshot_demo::{Rule, Store};

use super::officer::Officer;
use super::pen::{Pen, is_fill};
use super::{Drawing, Right, guide, machine, visitor};
use crate::plant::Plant;

const VIN: &str = "WP0ZZZ99ZTS392001";
const SHOW: [[f64; 2]; 4] = [[0.1, 0.15], [0.9, 0.12], [0.88, 0.9], [0.12, 0.88]];
const MASK: [[f64; 2]; 4] = [[0.4, 0.4], [0.6, 0.42], [0.58, 0.7], [0.41, 0.68]];

/// Ready for releases: a clock that can be trusted, and an officer.
fn ready(plant: &mut Plant) -> Officer {
    let clock = plant.folder.path().join("clock");
    fs::write(&clock, "").unwrap();
    let agent = fs::read_to_string(plant.config().join("agent.toml")).unwrap();
    let trusted = format!("clock = {{ trust = {{ file = {clock:?}, max_age = \"1h\" }} }}");
    plant.write("agent.toml", &agent.replace("clock = { trust = \"unchecked\" }", &trusted));
    plant.machine = Some(machine(plant));
    Officer::of(plant)
}

/// Plant security lets a new PC begin.
fn begin(plant: &Plant, officer: &Officer) {
    let said = |words: &[&str]| String::from_utf8(plant.hand(words).stdout).unwrap();
    let shown = said(&["stop", "--show"]);
    let number = shown.split_whitespace().nth(1).unwrap().to_owned();
    let request = plant.folder.path().join("begin.toml");
    fs::write(&request, said(&["resume", &number, "--parcels", "deliver"])).unwrap();
    officer.sign(&request, "lineshot-resume");
    let to = plant.data().join("requests");
    fs::copy(format!("{}.sig", request.display()), to.join("begin.toml.sig")).unwrap();
    fs::rename(&request, to.join("begin.toml")).unwrap();
    plant.until(|| said(&["stop", "--show"]).starts_with("no stop holds"));
}

fn reload(plant: &Plant) {
    let id = plant.agent.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
}

#[test]
fn a_station_is_drawn_seen_saved_released_and_photographed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shelf = tempfile::tempdir().unwrap();
    let store = runtime.block_on(Store::start(shelf.path(), Rule::PutOnly)).unwrap();
    store.bucket("drawn").unwrap();
    let mut plant = Plant::built(&store.account(), "drawn");
    let officer = ready(&mut plant);
    let camera = "view.camera.http.url=http://127.0.0.1:9/nothing";
    let added = plant.hand(&["station", "add", "doors", "--like", "marriage", "--set", camera]);
    assert!(added.status.success(), "{added:?}");
    plant.start_agent(&[]);
    plant.pin();
    plant.start_uploader();
    begin(&plant, &officer);

    let drawing = Drawing::start(&plant, &machine(&plant), "doors", &Right::Trial);
    let browser = visitor(&drawing);
    let pen = Pen(&browser);
    pen.until("the page is there", "return !!window.lineshotDraft");
    chooses_the_camera(&pen, &format!("{}?doors", plant.camera.stream_url()));
    draws(&pen);
    sees_a_picture(&pen);
    let document = saves(&pen);
    let station = fs::read_to_string(plant.config().join("stations/doors.toml")).unwrap();
    assert!(station.contains("name = \"Door lock\""), "{station}");

    pen.press("#end");
    pen.until("it is over", "return !document.querySelector('#over').hidden");
    assert_eq!(browser.read("return [...document.images].filter((image) => image.src).length"), 0);

    assert!(drawing.ended().success());

    officer.release(&document);
    reload(&plant);
    plant
        .until(|| plant.ask("SELECT facts FROM ledger").iter().any(|facts| facts.contains("released until")));
    plant.arrive("doors", VIN);
    plant.until_settled(1);
    assert_eq!(plant.outcomes(), ["sealed"]);
    let keys = store_keys(shelf.path());
    let master = keys.iter().find(|key| key.contains("/doors/") && !key.contains("-480.jpg"));
    let master = master.unwrap_or_else(|| panic!("{keys:?}"));
    assert!(!master.contains("unreleased"), "{master}");
    let picture = image::open(shelf.path().join("drawn").join(master)).unwrap().to_rgb8();
    let colour = |[x, y]: [f64; 2]| {
        let at = [x * f64::from(picture.width()), y * f64::from(picture.height())].map(|value| value as u32);
        picture.get_pixel(at[0], at[1]).0.map(i64::from)
    };
    assert!(is_fill(&colour([0.5, 0.55])) && is_fill(&colour([0.05, 0.5])) && !is_fill(&colour([0.25, 0.3])));
}

fn chooses_the_camera(pen: &Pen<'_>, url: &str) {
    // The one that was copied leads nowhere.
    pen.until("no result", "return document.querySelector('#covered-message').textContent !== ''");
    pen.0.fill("#camera-address", url);
    pen.press("#camera-use");
    pen.until(
        "the camera is used",
        "return document.querySelector('#camera-message').textContent.includes('used from now on')",
    );
    guide(pen.0, "camera", "section:has(#camera-use)");
}

fn draws(pen: &Pen<'_>) {
    pen.press("#still");
    pen.until(
        "a still",
        "const raw = document.querySelector('#raw'); return !raw.hidden && raw.naturalWidth > 0",
    );
    pen.clear();
    pen.press("#tool-show");
    let drawn = pen.point_at("mouse", &SHOW);
    pen.press("#finish");
    pen.press("#tool-mask");
    pen.point_at("mouse", &MASK[..3]);
    guide(pen.0, "drawing", ".pair");
    pen.point_at("mouse", &[MASK[3], MASK[0]]);
    pen.until("the mask is closed", "return window.lineshotDraft().masks.length === 1");
    pen.0.fill("#shapes input[type=text]", "Door lock");
    // A corner is taken by the hand, and put back by the undo.
    let moved = pen.drag(MASK[2], [0.7, 0.8]);
    let corner = pen.draft()["masks"][0]["polygon"][2].clone();
    assert!((corner[0].as_f64().unwrap() - moved[0]).abs() < 0.01, "{corner} {moved:?}");
    pen.press("#undo");
    let draft = pen.draft();
    assert_eq!(
        (draft["show"].as_array().unwrap().len(), &draft["masks"][0]["name"]),
        (1, &"Door lock".into())
    );
    assert!((draft["show"][0][0][0].as_f64().unwrap() - drawn[0][0]).abs() < 0.002, "{draft}");
    let spots = [[0.5, 0.55], [0.05, 0.5], [0.25, 0.3]];
    let seen = "return !document.querySelector('#result').matches('.busy, .stale') && document.querySelector('#covered').naturalWidth === 768";
    for _ in 0..200 {
        pen.until("the covered result", seen);
        let found = pen.colours("#covered", &spots);
        if is_fill(&found[0]) && is_fill(&found[1]) && !is_fill(&found[2]) {
            return guide(pen.0, "drawn", ".pair");
        }
    }
    panic!("the covered result never shows what was drawn: {:?}", pen.colours("#covered", &spots));
}

fn sees_a_picture(pen: &Pen<'_>) {
    pen.press("#arrival");
    pen.until("its pictures", "return document.querySelectorAll('#arrival-pictures img').length === 2 && [...document.querySelectorAll('#arrival-pictures img')].every((image) => image.naturalWidth > 0)");
    assert!(
        pen.text_of("#arrival-pictures").contains("768")
            && pen.text_of("main").contains("found every covered area filled")
    );
    guide(pen.0, "arrival", "section:has(#arrival)");
}

fn saves(pen: &Pen<'_>) -> PathBuf {
    pen.press("#difference");
    pen.until("the difference", "return !document.querySelector('#proposal').hidden");
    assert!(pen.text_of("#lines").contains("Door lock"), "{}", pen.text_of("#lines"));
    assert_eq!(pen.0.read("return document.querySelector('#save').disabled"), true, "nobody has looked yet");
    guide(pen.0, "difference", "#lines");
    guide(pen.0, "warnings", "#warnings");
    for code in ["letters", "people_or_cars", "no_guard"] {
        pen.press(&format!("#warnings [data-code={code}]"));
    }
    pen.press("#save");
    pen.until("it is saved", "return !document.querySelector('#saved').hidden");
    let document = pen.0.read("return document.querySelector('#saved .papers code')?.textContent ?? document.querySelector('#saved').textContent");
    PathBuf::from(document.as_str().unwrap())
}

fn store_keys(shelf: &std::path::Path) -> Vec<String> {
    let mut keys = Vec::new();
    let mut open = vec![shelf.join("drawn")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => keys.push(path.strip_prefix(shelf.join("drawn")).unwrap().display().to_string()),
            }
        }
    }
    keys.retain(|key| key.ends_with(".jpg"));
    keys
}
