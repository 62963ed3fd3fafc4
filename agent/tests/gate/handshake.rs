//! What the PLC is told: whether a vehicle could be photographed, that one was taken in, and what became of
//! it.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::broker::Message;
use crate::plant::{CONNECTION, Plant, Station, told};

const PHOTO: &str = "line/marriage/photo";

fn stored(plant: &Plant) -> Value {
    serde_json::from_str(&plant.broker.stored(PHOTO).unwrap()).unwrap()
}

/// The words about an event since message `from`, in their order.
fn words(plant: &Plant, event: &str, from: usize) -> Vec<String> {
    let words = plant.witness.since(from).into_iter().filter(|m| m.topic == PHOTO);
    let mine = words.filter(|m| m.json()["schema"] == "lineshot/word/1" && m.json()["event"] == event);
    let checked = mine.inspect(|m| assert!(!m.retain, "a word is of its moment"));
    checked.map(|m| told(&m.json())).collect()
}

#[test]
fn an_arrival_is_accepted_and_then_told_of_and_a_repeated_one_is_answered_again() {
    let mut plant = Plant::running("", &[Station::default()]);
    assert!(plant.until_ready("marriage", 0, None).retain);
    assert_eq!(stored(&plant)["ready"], true);
    let event = json!({ "id": "once", "at": Timestamp::now().to_string() });
    assert_eq!(plant.story("marriage", event.clone()), "done");
    assert_eq!(words(&plant, "once", 0), ["accepted", "done"]);
    let again = plant.witness.heard();
    let vin = json!({ "vin": crate::plant::vin(1) });
    let mut same = event;
    same.as_object_mut().unwrap().extend(vin.as_object().unwrap().clone());
    plant.arrive("marriage", same);
    plant.words("marriage", "once", again);
    assert_eq!(words(&plant, "once", again), ["accepted", "done"]);
    assert_eq!(plant.ask("SELECT id FROM cases").len(), 1);
    assert_eq!(plant.notices("repeated").len(), 1);
    assert_eq!(stored(&plant)["schema"], "lineshot/ready/1", "no word takes the place of `ready`");

    let from = plant.witness.heard();
    assert!(plant.stop().success());
    let offline = |m: &Message| m.topic == CONNECTION && m.payload == "OFFLINE";
    assert!(plant.witness.wait("the farewell", from, offline).retain);
    let ready = stored(&plant);
    assert_eq!((&ready["ready"], &ready["reason"]), (&json!(false), &json!("restart")));
    assert_eq!(plant.broker.stored(CONNECTION).as_deref(), Some("OFFLINE"));
}

#[test]
fn an_agent_that_was_killed_is_known_to_be_and_the_next_one_says_once_what_became_of_its_cases() {
    let late = Station { times: ["30s", "20s"], ..Station::default() };
    let mut plant = Plant::running("", &[late]);
    plant.until_ready("marriage", 0, None);
    let event = plant.arrive("marriage", json!({}));
    let accepted = |m: &Message| m.json()["word"] == "accepted" && m.json()["event"] == event.as_str();
    plant.witness.wait("it is accepted", 0, accepted);
    let from = plant.witness.heard();
    plant.kill();
    let broken = |m: &Message| m.topic == CONNECTION && m.payload == "CONNECTIONBROKEN";
    assert!(plant.witness.wait("the last will", from, broken).retain);
    plant.start();
    let (_, word) = plant.words("marriage", &event, 0);
    assert_eq!(told(&word), "failed(restart)");
    plant.stop();
    plant.start();
    // Behind all that the new one had to say.
    let next = plant.arrive("marriage", json!({}));
    let accepted = |m: &Message| m.json()["word"] == "accepted" && m.json()["event"] == next.as_str();
    plant.witness.wait("the next is accepted", 0, accepted);
    // The broker may have a word twice that was under way when somebody died.
    let mut said = words(&plant, &event, 0);
    assert_eq!(said.last().map(String::as_str), Some("failed(restart)"));
    said.sort();
    said.dedup();
    assert_eq!(said, ["accepted", "failed(restart)"]);
}

#[test]
fn an_arrival_is_accepted_at_once_and_not_when_its_picture_is_taken() {
    let plant = Plant::running("", &[Station { times: ["3s", "10s"], ..Station::default() }]);
    let event = plant.arrive("marriage", json!({}));
    let (_, word) = plant.words("marriage", &event, 0);
    assert_eq!(word["word"], "done");
    let accepted = |m: &Message| m.json()["word"] == "accepted" && m.json()["event"] == event.as_str();
    let accepted = plant.witness.wait("accepted", 0, accepted);
    let outcome = plant.witness.wait("the outcome", 0, |m| m.topic == "lineshot/site/pc-01/outcome");
    let ended: Timestamp = outcome.json()["time"].as_str().unwrap().parse().unwrap();
    assert!(accepted.at < ended, "accepted at {}, ended at {ended}", accepted.at);
}

#[test]
fn the_end_of_a_window_is_told_and_not_before_it() {
    // The first whole minute that leaves the agent time to start.
    let now = Timestamp::now().as_second();
    let end = Timestamp::from_second((now + 20) / 60 * 60 + 60).unwrap();
    let clock = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string();
    let (from, to) = (clock(end - SignedDuration::from_hours(1)), clock(end));
    let to = if to == "00:00" { "24:00".to_owned() } else { to };
    let permit = format!("[permit]\nwindows = [ {{ days = \"daily\", from = \"{from}\", to = \"{to}\" }} ]");
    let plant = Plant::running("", &[Station { permit: &permit, ..Station::default() }]);
    plant.until_ready("marriage", 0, None);
    let told = plant.until_ready("marriage", 0, Some("window"));
    assert!(told.at >= end, "told at {}, before the window's end at {end}", told.at);
    assert_eq!(plant.story("marriage", json!({})), "refused(window)");
}
