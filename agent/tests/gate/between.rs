//! What was said in between counts: between the asking and the picture, and between two connections.

use serde_json::json;

use crate::plant::{BLACKOUT, Plant, Station, ago, told, vin};

const PERMIT: &str = "[permit]\nline = { topic = \"line/state\", allowed = [\"AUTO\"], max_age = \"10m\" }";

fn say(plant: &Plant, word: &str) {
    plant.broker.publish("line/state", word.as_bytes(), &[]);
}

/// In `seconds` from now, RFC 3339.
fn in_seconds(seconds: i64) -> String {
    ago(-seconds)
}

/// A vehicle arrives while the camera has no picture, `between` happens, then there is one.
fn picture_after(plant: &Plant, number: u32, between: &dyn Fn()) -> String {
    plant.remove("picture.jpg");
    let from = plant.log.len();
    let event = json!({ "id": format!("between-{number}"), "at": ago(0), "vin": vin(number) });
    let heard = plant.witness.heard();
    let id = plant.arrive("marriage", event.clone());
    plant.log.wait("the camera is asked", from, |line| line.text.contains("picture.jpg").then_some(()));
    between();
    // Messages are taken in by turns: the answer to the same event tells that all before it was.
    plant.arrive("marriage", event);
    let accepted =
        |m: &crate::broker::Message| m.json()["word"] == "accepted" && m.json()["event"] == id.as_str();
    let first = plant.witness.wait("accepted", heard, accepted);
    plant.witness.wait("accepted again", heard, |m| accepted(m) && m.at > first.at);
    plant.picture();
    told(&plant.word("marriage", &id))
}

#[test]
fn a_word_that_forbids_counts_even_if_the_next_one_permits_before_the_picture() {
    let station = Station { permit: PERMIT, times: ["0ms", "60s"], ..Station::default() };
    let plant = Plant::running("", &[station]);
    say(&plant, "AUTO");
    plant.until_ready("marriage", 0, None);
    assert_eq!(picture_after(&plant, 1, &|| say(&plant, "AUTO")), "done", "the control");
    let forbids_and_permits = || {
        say(&plant, "MANUAL");
        say(&plant, "AUTO");
    };
    assert_eq!(picture_after(&plant, 2, &forbids_and_permits), "refused(line_state)");
    let blackout = || {
        let until = format!("{{\"until\":\"{}\"}}", in_seconds(1));
        plant.broker.publish(BLACKOUT, until.as_bytes(), &[]);
    };
    let ended = picture_after(&plant, 3, &|| {
        let from = plant.witness.heard();
        blackout();
        plant.until_ready("marriage", from, Some("blackout"));
        plant.until_ready("marriage", from, None);
    });
    assert_eq!(ended, "refused(blackout)", "it was over before the picture");
    assert_eq!(picture_after(&plant, 4, &|| ()), "done", "and is forgotten by the next vehicle");
}

#[test]
fn what_the_line_permitted_on_an_earlier_connection_permits_nothing() {
    let plant = Plant::running("", &[Station { permit: PERMIT, ..Station::default() }]);
    say(&plant, "AUTO");
    plant.until_ready("marriage", 0, None);
    let from = plant.witness.heard();
    // Another client of the same id takes the connection over, and goes.
    plant.broker.publish("line/other", b"x", &["-i", "lineshot-site-pc-01", "-c", "-x", "600"]);
    plant.until_ready("marriage", from, Some("line_missing"));
    say(&plant, "AUTO");
    plant.until_ready("marriage", from, None);
    plant.broker.publish("line/state", b"MANUAL", &["-r"]);
    plant.until_ready("marriage", from, Some("line_state"));
}

#[test]
fn a_vehicle_is_denied_by_a_number_that_only_the_directory_knows() {
    let more = "[orders]\nfile = \"FOLDER/orders.csv\"\nmax_age = \"1h\"\n\
                [deny]\nfile = \"FOLDER/deny.txt\"\nmax_age = \"1h\"\n";
    let mut plant = Plant::built("{ trust = \"unchecked\" }", more, &[Station::default()]);
    let orders = format!("order,vin,body,consent\nA1,{},B1,yes\nA2,{},B2,yes\n", vin(1), vin(2));
    plant.write("orders.csv", &orders);
    let denied = plant.album("--body", "B1");
    plant.write("deny.txt", &format!("lineshot-deny-1 {}\n{denied}\n", ago(60)));
    plant.start();
    plant.until_ready("marriage", 0, None);
    assert_eq!(plant.story("marriage", json!({ "vin": vin(1) })), "refused(not_permitted)");
    assert_eq!(plant.latest(), "refused(denied)");
    assert_eq!(plant.story("marriage", json!({ "vin": vin(2) })), "done", "the control");
    let state = std::fs::read_to_string(plant.path("data/state/state.signed")).unwrap();
    let of_the_order = plant.album("--order", "A1");
    assert!(state.contains(&denied) && state.contains(&of_the_order), "what waits is stopped, too");
}
