//! The configuration read anew while the agent runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::json;

use crate::broker::Message;
use crate::plant::{Plant, Station, picture, told};

const NEVER: &str = "[permit]\nwindows = [{ days = \"mon\", from = \"00:00\", to = \"00:01\" }]\n\
                     closed = [\"2000-01-01/2100-01-01\"]";
const ALARM: &str = "lineshot/site/pc-01/alarm/reload";
const HOLDS: &str = "the configuration holds from now on";

/// A camera that tells of each request and answers it when it is let.
fn patient_camera() -> (String, Receiver<()>, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let ((asks, asked), (answer, may_answer)) = (channel(), channel::<()>());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            if lines.by_ref().map_while(Result::ok).any(|line| line.is_empty()) {
                asks.send(()).unwrap();
                let _let_by_the_test = may_answer.recv();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
                    picture().len()
                );
                let _gone = (&stream).write_all(&[head.as_bytes(), picture()].concat());
            }
        }
    });
    (format!("http = {{ url = {url:?}, mode = \"snapshot\" }}"), asked, answer)
}

#[test]
fn what_is_read_anew_holds_for_the_next_arrival_and_a_case_under_way_ends_as_it_began() {
    let (camera, asked, answer) = patient_camera();
    let mut plant = Plant::running("", &[Station { camera: &camera, ..Station::default() }]);
    let first = plant.arrive("marriage", json!({}));
    asked.recv().unwrap();
    // Closed from now on, and another mask: neither concerns the vehicle that is being photographed.
    plant.station(&Station { permit: NEVER, camera: &camera, ..Station::default() });
    plant.reload(HOLDS);
    answer.send(()).unwrap();
    assert_eq!(told(&plant.word("marriage", &first)), "done");
    assert_eq!(plant.story("marriage", json!({})), "refused(closed)");
    assert_eq!(plant.notices("reloaded").len(), 1);
    assert!(plant.notices("reloaded")[0].contains("changed: marriage"));
    assert!(plant.stop().success());
}

#[test]
fn a_configuration_with_a_mistake_leaves_the_earlier_one_and_says_why() {
    let mut plant = Plant::running("", &[Station::default()]);
    let good = std::fs::read_to_string(plant.path("etc/stations/marriage.toml")).unwrap();
    let agent = std::fs::read_to_string(plant.path("etc/agent.toml")).unwrap();
    for (file, text, said) in [
        (
            "etc/stations/marriage.toml",
            good.replace("max_age = \"20s\"", "max_age = 20"),
            "`trigger.max_age`: found 20",
        ),
        ("etc/stations/marriage.toml", "x".to_owned(), "marriage.toml:1:"),
        (
            "etc/agent.toml",
            agent.replace("name = \"pc-01\"", "name = \"pc-02\""),
            "`name` of agent.toml is another one now",
        ),
        (
            "etc/agent.toml",
            agent.replace("url = ", "password_file = \"/nowhere\"\nuser = \"x\"\nurl = "),
            "/nowhere cannot be read",
        ),
    ] {
        plant.write(file, &text);
        plant.reload(said);
        assert_eq!(plant.story("marriage", json!({})), "done", "{said}");
        plant.write("etc/stations/marriage.toml", &good);
        plant.write("etc/agent.toml", &agent);
    }
    let is_up = |m: &Message| m.topic == ALARM && m.payload.contains("could not be read anew");
    assert!(plant.witness.wait("the alarm is up", 0, is_up).retain);
    let from = plant.witness.heard();
    plant.reload(HOLDS);
    plant.witness.wait("the alarm is over", from, |m| m.topic == ALARM && m.payload.is_empty());
    assert!(!plant.notices("reload_refused").is_empty());
    assert_eq!(plant.notices("reloaded").len(), 1);
    assert_eq!(plant.story("marriage", json!({})), "done");
    assert!(plant.stop().success());
}

#[test]
fn a_station_that_is_new_is_heard_and_one_that_is_gone_is_not_and_no_arrival_is_lost() {
    let mut plant = Plant::running("", &[Station::default(), Station { id: "door", ..Station::default() }]);
    plant.until_ready("door", 0, None);
    plant.remove("etc/stations/door.toml");
    plant.station(&Station { id: "glass", ..Station::default() });
    let from = plant.witness.heard();
    plant.reload("stations new: glass; gone: door");
    // Sent while the line may be between two connections: the broker keeps it.
    let meanwhile = plant.arrive("marriage", json!({}));
    let ended = plant.words("marriage", &meanwhile, 0).1;
    assert!(["done", "withheld(link)"].contains(&told(&ended).as_str()), "{ended}");
    plant.until_ready("glass", from, None);
    assert_eq!(plant.story("glass", json!({})), "done");
    assert_eq!(plant.story("marriage", json!({})), "done");
    plant.witness.wait("nobody says any more that door is ready", from, |m| {
        m.topic == "line/door/photo" && m.payload.is_empty()
    });
    plant.arrive("door", json!({}));
    assert_eq!(plant.story("glass", json!({})), "done");
    assert_eq!(plant.ask("SELECT count(*) || '' FROM arrivals WHERE station = 'door'"), ["0"]);
    assert!(plant.stop().success());
}
