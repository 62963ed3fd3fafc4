//! What an event proves of its age, and what events say about each other.

use jiff::Timestamp;
use serde_json::json;

use crate::broker::Message;
use crate::plant::{Plant, Station, ago, told, vin};

/// Milliseconds since 1970, so many from now.
fn unix_ms(from_now: i64) -> i64 {
    Timestamp::now().as_millisecond() + from_now
}

#[test]
fn an_event_that_is_old_of_tomorrow_or_of_no_age_gets_no_picture() {
    let ms = Station { id: "paint", trigger: "time_format = \"unix-ms\"", ..Station::default() };
    let text = Station { id: "text", trigger: "format = \"text\"\nage = \"expiry\"", ..Station::default() };
    let plant = Plant::running("", &[Station::default(), ms, text]);
    for (station, at, want) in [
        ("marriage", json!(ago(30)), "missed(stale)"),
        ("marriage", json!(ago(-60)), "refused(event_future)"),
        ("marriage", json!(null), "refused(event_ageless)"),
        ("marriage", json!(ago(0)), "done"),
        ("paint", json!(unix_ms(-30_000)), "missed(stale)"),
        ("paint", json!(unix_ms(60_000)), "refused(event_future)"),
        ("paint", json!(null), "refused(event_ageless)"),
        ("paint", json!(unix_ms(0)), "done"),
        ("paint", json!(unix_ms(0).to_string()), "done"),
    ] {
        assert_eq!(plant.story(station, json!({ "at": at })), want, "{station} {at}");
    }
    // Seconds, or a time that is none, are no events; and what follows is taken in all the same.
    for wrong in [json!(unix_ms(0) / 1000), json!("now"), json!(true)] {
        plant.arrive("paint", json!({ "at": wrong }));
    }
    plant.until("a notice of it", || !plant.notices("malformed").is_empty());
    // A life that proves nothing, none, and one that does.
    let life = ["-D", "publish", "message-expiry-interval"];
    let mut from = plant.witness.heard();
    for (number, life, want) in [
        (901, Some([&life[..], &["3600"]].concat()), "refused(event_ageless)"),
        (902, None, "refused(event_ageless)"),
        (903, Some([&life[..], &["10"]].concat()), "done"),
    ] {
        plant.broker.publish("line/text/arrival", vin(number).as_bytes(), &life.unwrap_or_default());
        let last = |m: &Message| {
            m.topic == "line/text/photo" && m.json()["views"].is_object() && m.json()["event"].is_null()
        };
        let word = plant.witness.wait("the last word about a text", from, last);
        assert_eq!(told(&word.json()), want);
        from = plant.witness.heard();
    }
}

#[test]
fn events_that_contradict_each_other_are_withheld_and_a_gap_is_noted() {
    let soon = Station { id: "soon", trigger: "shortest = \"1h\"", ..Station::default() };
    let plant = Plant::running("", &[Station::default(), soon]);
    for (number, want) in [
        (7, "done"),
        (8, "done"),
        (8, "withheld(sequence)"),
        (9, "done"),
        (7, "withheld(sequence)"),
        (15, "done"),
        (0, "done"),
    ] {
        assert_eq!(plant.story("marriage", json!({ "n": number })), want, "{number}");
    }
    let gaps = plant.notices("sequence_gap");
    assert!(gaps.iter().any(|gap| gap.contains("marriage")), "{gaps:?}");
    assert_eq!(plant.story("soon", json!({})), "done");
    assert_eq!(plant.story("soon", json!({})), "withheld(sequence)");
    let alarm = |m: &Message| m.topic == "lineshot/site/pc-01/alarm/sequence" && m.payload.contains("soon");
    plant.witness.wait("somebody is called", 0, alarm);
}

#[test]
fn of_several_visits_the_first_the_last_or_all_count() {
    let keep = |keep: &str| format!("[permit]\nkeep = \"{keep}\"");
    let [first, last, all] = [keep("first"), keep("last"), keep("all")];
    let stations = [("first", &first), ("last", &last), ("all", &all)];
    let stations = stations.map(|(id, permit)| Station { id, permit, ..Station::default() });
    let plant = Plant::running("", &stations);
    for (station, again) in [("first", "refused(already_photographed)"), ("last", "done"), ("all", "done")] {
        let car = json!({ "vin": vin(77) });
        assert_eq!(plant.story(station, car.clone()), "done");
        assert_eq!(plant.story(station, car), again, "{station}");
        assert_eq!(plant.story(station, json!({})), "done", "another car");
    }
}
