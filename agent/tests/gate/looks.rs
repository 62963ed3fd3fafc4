//! Cameras that are open only while they may be looked through, and the one picture that a person may have.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::plant::{Plant, Station, files, picture};

const CAMERAS: &str = "lineshot/site/pc-01/cameras";

/// A camera that streams one picture to each who connects, for ever.
fn stream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || play(stream));
        }
    });
    url
}

fn play(mut stream: TcpStream) {
    stream.set_read_timeout(Some(std::time::Duration::from_millis(40))).unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n";
    let part = format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", picture().len());
    let part = [part.as_bytes(), picture(), b"\r\n"].concat();
    let mut is_there = stream.write_all(head.as_bytes()).is_ok();
    while is_there && stream.write_all(&part).is_ok() {
        // Paced by the patience for a word that only a goodbye would be.
        is_there = !matches!(stream.read(&mut [0; 1024]), Ok(0));
    }
}

/// Waits until the camera of `view` is told to be so.
fn until(plant: &Plant, view: &str, state: &str) {
    plant.until(&format!("{view} is {state}"), || {
        let told = plant.broker.stored(CAMERAS);
        let told: Option<Value> = told.and_then(|told| serde_json::from_str(&told).ok());
        told.is_some_and(|told| told["cameras"][view]["state"] == state)
    });
}

fn agent(plant: &Plant, words: &[&str]) -> Output {
    let mut agent = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
    agent.args(words).arg("--config").arg(plant.path("etc")).output().unwrap()
}

fn snapshot(plant: &Plant, view: &str, out: &Path) -> Result<String, String> {
    let output = agent(plant, &["snapshot", view, "--out", out.to_str().unwrap()]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn a_camera_is_open_only_while_a_vehicle_that_came_could_be_photographed() {
    let camera = format!("http = {{ url = {:?} }}", stream());
    let never = "[permit]\nclosed = [\"2020-01-01/2099-12-31\"]\n";
    let stations = [
        Station { camera: &camera, ..Station::default() },
        Station {
            id: "never",
            permit: never,
            camera: "http = { url = \"http://127.0.0.1:9/\" }",
            ..Station::default()
        },
    ];
    let plant = Plant::running("", &stations);
    until(&plant, "marriage/front", "live");
    until(&plant, "never/front", "closed");
    assert_eq!(plant.story("marriage", json!({})), "done");
    assert!(agent(&plant, &["stop", "--reason", "smoke"]).status.success());
    until(&plant, "marriage/front", "closed");
}

#[test]
fn without_a_release_a_camera_stays_closed() {
    let camera = format!("http = {{ url = {:?} }}", stream());
    let stations = [Station { camera: &camera, ..Station::default() }];
    let mut plant = Plant::built("{ trust = \"unchecked\" }", "", &stations);
    plant.start_with(&[]);
    until(&plant, "marriage/front", "closed");
    let no = snapshot(&plant, "marriage", &plant.path("no.jpg")).unwrap_err();
    assert!(no.contains("stopped") || no.contains("without a release"), "{no}");
    assert!(!plant.path("no.jpg").exists());
}

#[test]
fn a_person_gets_one_covered_picture_and_nobody_else_does() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let out = plant.path("snapshot.jpg");
    let said = snapshot(&plant, "marriage/front", &out).unwrap();
    assert!(said.contains("marriage/front: 320x240") && said.contains("covered and proven"), "{said}");
    let grey = |x: u32, y: u32| {
        let cut = format!("crop=8:8:{x}:{y},scale=1:1,format=gray");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-loglevel", "error", "-i"]).arg(&out);
        ffmpeg.args(["-vf", &cut, "-f", "rawvideo", "-"]);
        ffmpeg.output().unwrap().stdout[0]
    };
    let fill = grey(0, 0);
    assert!(grey(150, 110).abs_diff(fill) <= 3, "the mask is covered as what is not shown is");
    assert!(grey(60, 100).abs_diff(fill) > 20, "the rest is shown");
    let notices = plant.notices("bench");
    assert!(matches!(&notices[..], [one] if one.contains("snapshot of front, by user ")), "{notices:?}");
    assert!(plant.ask("SELECT id FROM cases").is_empty(), "no case");
    assert!(files(&plant.path("data/ready")).is_empty(), "no parcel");

    let soon = snapshot(&plant, "marriage", &plant.path("soon.jpg")).unwrap_err();
    assert!(soon.contains("wait some seconds"), "{soon}");
    for (view, part) in [("nowhere", "there are: marriage"), ("marriage/rear", "it has: front")] {
        let no = snapshot(&plant, view, &plant.path("no.jpg")).unwrap_err();
        assert!(no.contains(part), "{no}");
    }
    assert!(agent(&plant, &["stop"]).status.success());
    let no = snapshot(&plant, "marriage", &plant.path("no.jpg")).unwrap_err();
    assert!(no.contains("photographs are stopped"), "{no}");
    assert!(!plant.path("no.jpg").exists() && !plant.path("soon.jpg").exists());
}

#[test]
fn what_the_agent_says_of_its_cameras_fits_the_contract() {
    let plant = Plant::running("", &[Station::default()]);
    let told = plant.witness.wait("the cameras", 0, |message| message.topic == CAMERAS).json();
    assert_eq!(told["schema"], "lineshot/cameras/1");
    let camera: &Value = &told["cameras"]["marriage/front"];
    assert_eq!((&camera["dropped"], &camera["resets"]), (&json!(0), &json!(0)));
}
