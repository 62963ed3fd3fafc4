//! Events that are none: each ends as a notice, none gives a picture, and the next vehicle is photographed.

use serde_json::{Value, json};

use crate::plant::{Plant, Station, ago, files, vin};

/// An event with one thing wrong.
fn event(key: &str, value: Value) -> Vec<u8> {
    let mut event = json!({ "id": "e", "at": ago(0), "vin": vin(1) });
    event[key] = value;
    event.to_string().into_bytes()
}

/// The same in so many bytes of JSON as they stand.
fn text(rest: &str) -> Vec<u8> {
    format!("{{\"at\":\"{}\",{rest}}}", ago(0)).into_bytes()
}

fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    let vin_of = |number: &str| event("vin", json!(number));
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(vin(1).encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![
        ("empty", vec![]),
        ("not JSON", b"a vehicle is here".to_vec()),
        ("cut off", event("n", json!(1))[..30].to_vec()),
        ("two documents", [event("n", json!(1)), event("n", json!(2))].concat()),
        ("a list", format!("[{:?}]", vin(1)).into_bytes()),
        ("a bare VIN where JSON is due", vin(1).into_bytes()),
        ("a byte order mark", [&b"\xef\xbb\xbf"[..], &event("n", json!(1))].concat()),
        ("UTF-16", utf16),
        ("no UTF-8", text("\"vin\":\"WP0ZZZ99ZTS39\u{b5}001\"").into_iter().filter(|b| *b != 0xc2).collect()),
        ("NUL bytes alone", vec![0; 64]),
        ("a NUL inside", vin_of("WP0ZZZ99Z\0TS39200")),
        ("nobody", event("vin", Value::Null)),
        ("a VIN that is a number", event("vin", json!(12_345_678_901_234_567_u64))),
        ("a VIN that is an object", event("vin", json!({ "number": vin(1) }))),
        ("a VIN that is a list", event("vin", json!([vin(1)]))),
        ("a VIN with I", vin_of("WP0ZZZ99ZTI390001")),
        ("a VIN with O", vin_of("WP0ZZZ99ZTO390001")),
        ("a VIN with Q", vin_of("WP0ZZZ99ZTQ390001")),
        ("16 characters", vin_of("WP0ZZZ99ZTS39200")),
        ("18 characters", vin_of("WP0ZZZ99ZTS3920012")),
        ("letters of another script", vin_of("WР0ZZZ99ZTS392001")),
        ("text turned around", vin_of("\u{202e}WP0ZZZ99ZTS39200")),
        ("an order that is a path", event("order", json!("../../etc/passwd"))),
        ("an order with a slash", event("order", json!("a/b"))),
        ("an order of dots", event("order", json!(".."))),
        ("an order with a line", event("order", json!("order-four-seven\nvin=x"))),
        ("an order with escapes", event("order", json!("\u{1b}[2Jorder-four-seven"))),
        ("an order of 65 characters", event("order", json!("7".repeat(65)))),
        ("an order with a fraction", event("order", json!(1.5))),
        ("an order beyond any integer", text(&format!("\"order\":1{}", "0".repeat(400)))),
        ("a number beyond any number", text("\"vin\":1e999")),
        ("no number", text("\"n\":NaN")),
        ("a body that is true", event("body", json!(true))),
        ("a time that is none", event("at", json!("yesterday"))),
        ("a time without an offset", event("at", json!("2026-11-23T10:00:00"))),
        ("a time as a number", event("at", json!(1_790_000_000))),
        ("an id with a control character", event("id", json!("e\u{7}"))),
        ("an id of 129 bytes", event("id", json!("e".repeat(129)))),
        ("a count below zero", event("n", json!(-1))),
        ("a market of a book", event("market", json!("U".repeat(5000)))),
        ("a name twice", text("\"vin\":\"WP0ZZZ99ZTS390001\",\"vin\":\"WP0ZZZ99ZTS390002\"")),
        ("a name twice, once escaped", text(r#""vin":"WP0ZZZ99ZTS390001","v\u0069n":"WP0ZZZ99ZTS390002""#)),
        ("half a character", text(r#""vin":"\ud800P0ZZZ99ZTS390001""#)),
        ("nested deeply", text(&format!("\"x\":{}{}", "[".repeat(10_000), "]".repeat(10_000)))),
        ("nested without an end", "{\"x\":".repeat(5_000).into_bytes()),
        ("33 KiB", text(&format!("\"vin\":{:?},\"x\":{:?}", vin(1), "x".repeat(33 * 1024)))),
        ("2 MiB", text(&format!("\"vin\":{:?},\"x\":{:?}", vin(1), "x".repeat(2 * 1024 * 1024)))),
    ]
}

#[test]
fn an_event_that_is_none_is_a_notice_and_the_agent_goes_on() {
    // A station for each: of one station's notices not every one is written, lest rubbish fills the disk.
    let all = rubbish();
    let ids: Vec<String> = (0..all.len()).map(|number| format!("s-{number}")).collect();
    let stations: Vec<Station<'_>> = ids.iter().map(|id| Station { id, ..Station::default() }).collect();
    let mut plant = Plant::running("", &stations);
    for ((what, payload), id) in all.iter().zip(&ids) {
        let (known, from) = (plant.notices("malformed").len(), plant.witness.heard());
        plant.broker.publish(&format!("line/{id}/arrival"), payload, &[]);
        plant.until(&format!("a notice of: {what}"), || plant.notices("malformed").len() > known);
        let said: Vec<_> = plant.witness.since(from);
        assert!(said.iter().all(|message| !message.topic.ends_with("/outcome")), "{what}");
    }
    assert_eq!(plant.notices("malformed").len(), all.len());
    // As departures, they end nothing but a stay.
    for (_, payload) in &all {
        plant.broker.publish("line/s-1/departure", payload, &[]);
    }
    assert_eq!(plant.ask("SELECT count(*) || '' FROM cases"), ["0"]);
    assert_eq!(plant.story("s-1", json!({ "order": "order-four-seven" })), "done", "the next vehicle");
    let notices = plant.notices("malformed");
    for said in notices.iter().map(String::as_str).chain([plant.log.text().as_str()]) {
        for part in ["WP0ZZZ", "passwd", "four-seven", "yesterday", "UUUUUUUU", "\u{1b}", "\u{202e}"] {
            assert!(!said.contains(part), "{part} is repeated: {said}");
        }
    }
    assert!(plant.stop().success());
}

#[test]
fn an_event_whose_id_is_a_path_is_one_and_leads_nowhere() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    for (number, id) in (100..).zip([
        "../../../../tmp/x",
        "/etc/passwd",
        "..",
        "a\\b",
        "%2e%2e%2f",
        "$(reboot)",
        "'; DROP TABLE cases; --",
    ]) {
        assert_eq!(plant.story("marriage", json!({ "id": id, "vin": vin(number) })), "done", "{id}");
    }
    let names = files(&plant.path("data")).into_iter().map(|path| path.display().to_string());
    for name in names {
        assert!(
            !["passwd", "tmp/x", "reboot", "%2e", "\\"].iter().any(|part| name.ends_with(part)),
            "{name}"
        );
    }
}
