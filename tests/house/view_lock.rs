//! A camera that somebody knocks: what is enrolled, what becomes of cars meanwhile, and how it is put straight, by the
//! real programs.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use image::{Rgb, RgbImage};

use crate::canary::jpeg;
use crate::plant::Plant;
use crate::workspace::program;

const WIDTH: u32 = 768;
const HEIGHT: u32 = 432;
/// A camera can be turned by so many pixels.
const EDGE: u32 = 64;

/// A hall full of boards, as a camera sees it that points so many pixels too far to the left.
fn hall(left: u32, night: bool) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut place = RgbImage::from_pixel(WIDTH + EDGE, HEIGHT, Rgb([110; 3]));
    for _ in 0..500 {
        let (across, down) = (random.u32(10..60), random.u32(10..60));
        let (x0, y0) = (random.u32(0..WIDTH + EDGE - across), random.u32(0..HEIGHT - down));
        // By night some lamps are out, and others are lit.
        let (day, dark) = (random.u8(20..230), random.u8(0..90));
        for y in y0..y0 + down {
            for x in x0..x0 + across {
                place.put_pixel(x, y, Rgb([if night { dark } else { day }; 3]));
            }
        }
    }
    let seen = image::imageops::crop_imm(&place, EDGE - left, 0, WIDTH, HEIGHT).to_image();
    jpeg(&seen, 90)
}

fn plant() -> Plant {
    let plant = Plant::without_a_store();
    std::fs::remove_file(plant.config().join("stations/paint.toml")).unwrap();
    let station = std::fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    plant.write("stations/marriage.toml", &station.replace("within = \"20s\"", "within = \"2s\""));
    plant.camera.show(vec![hall(0, false)]);
    plant
}

/// What the enrolment says.
fn enrol(plant: &Plant, more: &[&str]) -> String {
    let done = plant.hand(&[&["enrol", "marriage", "--seconds", "10"], more].concat());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    said
}

fn reload(plant: &Plant) {
    let agent = plant.agent.as_ref().unwrap();
    let before = agent.said().matches("the configuration holds from now on").count();
    let id = agent.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    plant.until(|| agent.said().matches("the configuration holds from now on").count() > before);
}

/// Lets a car come, the `number`th, and says what became of it.
fn car(plant: &Plant, number: usize) -> String {
    plant.arrive("marriage", &format!("WP0ZZZ99ZTS3901{number:02}"));
    plant.until(|| plant.outcomes().len() == number && !plant.outcomes().contains(&"open".to_owned()));
    plant.outcomes().remove(number - 1)
}

#[test]
fn a_camera_that_was_knocked_takes_no_picture_until_it_stands_right_again() {
    let mut plant = plant();
    let alarms = plant.broker.listen("lineshot/+/+/alarm/#");
    plant.start_agent(&["--unreleased"]);
    let said = enrol(&plant, &[]);
    assert!(said.contains("anchors") && said.contains("`lock.references` names it"), "{said}");
    // Nothing moved before this camera, and the enrolment says so.
    assert!(said.contains("nothing moved while it was watched"), "{said}");
    reload(&plant);
    assert_eq!(car(&plant, 1), "sealed");

    plant.camera.show(vec![hall(6, false)]);
    assert_eq!(car(&plant, 2), "withheld(view_moved)");
    // Six pixels of 432 lines are 15 of 1080.
    let words = "marriage/front: the camera points 15 px too far to the left";
    let told = alarms.wait_until(words, |line| line.contains("alarm/view_moved") && line.contains(words));
    assert!(told.contains("lineshot aim"), "{told}");
    let notices = plant.ask("SELECT facts FROM ledger WHERE facts LIKE '%points 15 px%'");
    assert_eq!(notices.len(), 1, "{notices:?}");

    let mut aim = Command::new(program("lineshot"));
    aim.args(["aim", "marriage", "--config"]).arg(plant.config()).stdout(Stdio::piped());
    let mut aim = aim.spawn().unwrap();
    let mut lines = BufReader::new(aim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let arrow = lines.next().unwrap();
    assert!(arrow.contains("→  15.") || arrow.contains("→  14."), "{arrow}");
    plant.camera.show(vec![hall(0, false)]);
    let last = lines.last().unwrap();
    assert_eq!(last, "The camera stands right: fasten it.");
    assert!(aim.wait().unwrap().success());
    assert_eq!(car(&plant, 3), "sealed");
    plant.until(|| {
        !plant.ask("SELECT facts FROM ledger WHERE facts LIKE '%looks along its angle again%'").is_empty()
    });

    // Another file than the one that is named.
    plant.write("references/marriage/front.toml", "format = \"lineshot-references-1\"\n");
    plant.agent.as_mut().unwrap().stop();
    plant.start_agent(&["--unreleased"]);
    assert_eq!(car(&plant, 4), "failed(view_unenrolled)");
}

#[test]
fn day_and_night_each_count_and_what_stands_in_front_costs_the_picture_alone() {
    let mut plant = plant();
    plant.start_agent(&["--unreleased"]);
    enrol(&plant, &[]);
    reload(&plant);
    plant.camera.show(vec![hall(0, true)]);
    assert_eq!(car(&plant, 1), "withheld(view_unverifiable)");
    enrol(&plant, &["--name", "night", "--keep"]);
    reload(&plant);
    assert_eq!(car(&plant, 2), "sealed");
    plant.camera.show(vec![hall(0, false)]);
    assert_eq!(car(&plant, 3), "sealed");
    let wall = jpeg(&RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([140; 3])), 90);
    plant.camera.show(vec![wall.clone()]);
    assert_eq!(car(&plant, 4), "withheld(view_unverifiable)");
    // It goes away while the car still stands.
    let mut frames = vec![wall; 7];
    frames.extend(vec![hall(0, false); 7]);
    plant.camera.show(frames);
    assert_eq!(car(&plant, 5), "sealed");
}

#[test]
fn a_place_that_cannot_be_recognised_is_not_enrolled_and_says_what_would_help() {
    let mut plant = plant();
    plant.camera.show(vec![jpeg(&RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([140; 3])), 90)]);
    plant.start_agent(&["--unreleased"]);
    let before = std::fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    let refused = plant.hand(&["enrol", "marriage", "--seconds", "10"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("there is too little to recognise") && said.contains("put up signs"), "{said}");
    assert_eq!(std::fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap(), before);
    assert!(!plant.config().join("references").exists());
    let nowhere = plant.hand(&["aim", "marriage"]);
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(!nowhere.status.success() && said.contains("run `lineshot enrol` first"), "{said}");
}
