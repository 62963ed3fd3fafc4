//! The door for people on this machine: simulated arrivals on trial, and nothing that hurts the agent.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::plant::{Plant, Station, files, told, vin};

/// All that is answered; nothing if nobody has time.
fn ask(plant: &Plant, question: &[u8]) -> String {
    let mut stream = UnixStream::connect(plant.path("agent.sock")).unwrap();
    // Whoever is turned away may find that nobody listens any more.
    let _turned_away = stream.write_all(question);
    let _turned_away = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _turned_away = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// The answer's lines, asked for until somebody has time.
fn simulate(plant: &Plant, question: &Value) -> Vec<Value> {
    let question = format!("{}\n", json!({ "schema": "lineshot/ask/1", "simulate": question }));
    let answers = (0..20_000).map(|_| ask(plant, question.as_bytes()));
    let answer = answers.into_iter().find(|answer| !answer.is_empty()).expect("somebody has time");
    answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_simulated_arrival_is_marked_wherever_it_is_told_of() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let socket = std::fs::metadata(plant.path("agent.sock")).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o660);
    let answer = simulate(&plant, &json!({ "station": "marriage", "vin": vin(1) }));
    assert_eq!(answer.last(), Some(&json!({ "done": true })), "{answer:?}");
    assert!(answer.iter().any(|line| line["text"] == "view front: sealed"), "{answer:?}");
    let word = plant.witness.wait("the word", 0, |m| m.json()["word"] == "done");
    assert_eq!((told(&word.json()).as_str(), &word.json()["simulated"]), ("done", &json!(true)));
    plant.until("the parcel is handed over", || !files(&plant.path("data/ready")).is_empty());
    let parcel = files(&plant.path("data/ready")).into_iter().find(|path| path.ends_with("parcel.json"));
    let parcel: Value = serde_json::from_slice(&std::fs::read(parcel.unwrap()).unwrap()).unwrap();
    assert_eq!((&parcel["simulated"], &parcel["unreleased"]), (&json!(true), &json!(true)));
    let notices = plant.notices("simulated");
    assert!(notices.len() == 1 && notices[0].contains("by user "), "{notices:?}");
    let lost = simulate(&plant, &json!({ "station": "nowhere", "vin": vin(1) }));
    assert!(lost[0]["error"].as_str().unwrap().contains("marriage"), "{lost:?}");
}

#[test]
fn nobody_simulates_where_no_trial_runs() {
    let mut plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    plant.start_with(&[]);
    plant.until_ready("marriage", 0, Some("stopped"));
    let answer = simulate(&plant, &json!({ "station": "marriage", "vin": vin(1) }));
    assert!(answer[0]["error"].as_str().unwrap().contains("--unreleased"), "{answer:?}");
    assert_eq!(plant.story("marriage", json!({})), "refused(stopped)");
    assert_eq!(plant.ask("SELECT id FROM cases").len(), 1);
}

#[test]
fn questions_that_are_none_hurt_nobody() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let long = vec![b'x'; 1 << 20];
    let deep = [vec![b'['; 10_000], b"\n".to_vec()].concat();
    for wrong in
        [&b"what?\n"[..], b"\n", b"\xff\xfe\n", b"{}\n", &deep, b"", br#"{"schema":"lineshot/ask/9"}"#]
    {
        let answer = ask(&plant, wrong);
        assert!(answer.contains("\"error\""), "{answer}");
    }
    ask(&plant, &long);
    // The first few hang; who comes after them is turned away and not kept waiting.
    let socket = plant.path("agent.sock");
    let hanging: Vec<UnixStream> = (0..100).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    assert_eq!(plant.story("marriage", json!({})), "done", "the line goes on");
    // Who hangs is given up after a while, without a word from him.
    for mut stream in hanging {
        let mut nothing = Vec::new();
        let _turned_away = stream.read_to_end(&mut nothing);
        assert!(nothing.is_empty());
    }
    let answer = simulate(&plant, &json!({ "station": "marriage", "vin": vin(2) }));
    assert_eq!(answer.last(), Some(&json!({ "done": true })), "{answer:?}");
}
