//! What the operator is told: alarms while something has to be mended, and how this PC is.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;

use crate::broker::Message;
use crate::plant::{CONNECTION, HEALTH, Plant, Station, picture};

const ALARM: &str = "lineshot/site/pc-01/alarm/";

fn until_alarm(plant: &Plant, code: &str, from: usize, text: &str) -> Message {
    let topic = format!("{ALARM}{code}");
    plant.witness.wait(&format!("alarm {code} with {text:?}"), from, |m| {
        m.topic == topic && if text.is_empty() { m.payload.is_empty() } else { m.payload.contains(text) }
    })
}

/// One JPEG for each request, for ever.
fn camera_on(listener: TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while let Some(Ok(line)) = lines.next() {
                    if line.is_empty() {
                        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ";
                        let answer = format!("{head}{}\r\n\r\n", picture().len());
                        let mut stream = &stream;
                        let _gone = stream.write_all(&[answer.as_bytes(), picture()].concat());
                    }
                }
            });
        }
    });
}

#[test]
fn an_alarm_is_up_as_long_as_somebody_has_to_mend_something() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let camera = format!("http = {{ url = \"http://127.0.0.1:{port}/\", mode = \"snapshot\" }}");
    let line = "[permit]\nline = { topic = \"line/state\", allowed = [\"AUTO\"], max_age = \"1h\" }";
    let mut plant = Plant::running(
        "",
        &[
            Station { camera: &camera, times: ["0ms", "3s"], ..Station::default() },
            Station { id: "paint", permit: line, ..Station::default() },
        ],
    );
    let missing = until_alarm(&plant, "line_missing", 0, "paint");
    let json = missing.json();
    assert!(missing.retain && json["since"].is_string() && json["mend"].is_string(), "{json}");
    assert_eq!(json["stations"], json!(["paint"]));
    plant.broker.publish("line/state", b"AUTO", &[]);
    let from = plant.witness.heard();
    until_alarm(&plant, "line_missing", from.saturating_sub(1), "");
    assert_eq!(plant.broker.stored(&format!("{ALARM}line_missing")), None);

    assert_eq!(plant.story("marriage", json!({})), "failed(camera_unreachable)");
    until_alarm(&plant, "camera_unreachable", 0, "marriage");
    // What an earlier run put up is taken down by the next, which knows nothing of it.
    plant.kill();
    let from = plant.witness.heard();
    plant.start();
    until_alarm(&plant, "camera_unreachable", from, "");
    assert_eq!(plant.story("marriage", json!({})), "failed(camera_unreachable)");
    until_alarm(&plant, "camera_unreachable", from, "marriage");
    camera_on(TcpListener::bind(("127.0.0.1", port)).unwrap());
    let from = plant.witness.heard();
    // The camera is tried again from time to time.
    let done = (0..30).any(|_| plant.story("marriage", json!({})) == "done");
    assert!(done);
    until_alarm(&plant, "camera_unreachable", from, "");
}

#[test]
fn silence_is_an_alarm_inside_windows_alone_and_an_arrival_ends_it() {
    let expect = "expect_every = \"10s\"";
    let day = (Timestamp::now() - SignedDuration::from_hours(48)).to_zoned(TimeZone::UTC);
    let day = day.strftime("%a").to_string().to_lowercase();
    let closed = format!("[permit]\nwindows = [ {{ days = \"{day}\", from = \"00:00\", to = \"24:00\" }} ]");
    let plant = Plant::running(
        "",
        &[
            Station { trigger: expect, ..Station::default() },
            Station { id: "paint", trigger: expect, permit: &closed, ..Station::default() },
        ],
    );
    plant.until_ready("paint", 0, Some("window"));
    let silence = until_alarm(&plant, "silence", 0, "marriage");
    assert_eq!(silence.json()["stations"], json!(["marriage"]), "nobody expects anything outside windows");
    plant.arrive("marriage", json!({}));
    let from = plant.witness.heard();
    until_alarm(&plant, "silence", from.saturating_sub(3), "");
    let alarms = plant.witness.since(0).into_iter().filter(|m| m.topic.starts_with(ALARM));
    let up: Vec<String> = alarms.filter(|m| !m.payload.is_empty()).map(|m| m.topic).collect();
    assert_eq!(up, [format!("{ALARM}silence")], "a closed window calls nobody");
}

#[test]
fn the_health_of_this_pc_names_every_station_and_no_vehicle() {
    let plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    plant.write("etc/stations/paint.toml", "version = 1\nid = \"paint\"\nname = 7\n");
    let mut plant = plant;
    plant.start();
    assert_eq!(plant.broker.stored(CONNECTION).as_deref(), Some("ONLINE"));
    assert_eq!(plant.story("marriage", json!({})), "done");
    let from = plant.witness.heard();
    plant.write("etc/stop", "");
    let changed = |m: &Message| m.topic == HEALTH && m.json()["stations"]["marriage"]["ready"] == false;
    let health = plant.witness.wait("a change is told at once", from, changed);
    let json = health.json();
    assert!(health.retain && json["unreleased"] == true, "{json}");
    assert_eq!(json["stations"]["marriage"]["reason"], "stopped");
    assert!(json["stations"]["marriage"]["last_arrival"].is_string(), "{json}");
    assert_eq!(json["stations"]["paint"], json!({ "ready": false, "reason": "config" }));
    assert!(!health.payload.contains("WP0"), "{json}");
    until_alarm(&plant, "config", 0, "paint");
}
