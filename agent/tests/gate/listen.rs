//! `lineshot-agent listen`: what the line says is shown without a car's numbers, and the proposal can be used.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::lines::Lines;
use crate::plant::{Plant, Station, ago, vin};

/// Somebody listening: process and what it says on the side.
fn listening(plant: &Plant, arguments: &[&str]) -> (Child, Lines) {
    let mut listen = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
    listen.arg("listen").args(arguments).arg("--config").arg(plant.path("etc"));
    let mut child = listen.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let said = Lines::default();
    said.follow(child.stderr.take().unwrap());
    (child, said)
}

fn heard(mut child: Child) -> (String, Option<i32>) {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap().code())
}

#[test]
fn what_the_line_says_becomes_a_trigger_that_the_agent_understands() {
    let mut plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    let (child, said) = listening(&plant, &["halle3/#", "--count", "4"]);
    said.wait("it listens", 0, |line| line.text.starts_with("listening to halle3/#").then_some(()));
    let say = |topic: &str, number: u32, id: &str| {
        let event = json!({
            "msgId": id, "ts": ago(1), "vehicle": { "FIN": vin(number) },
            "order": { "number": format!("AB-12{number:05}") },
        });
        plant.broker.publish(topic, event.to_string().as_bytes(), &[]);
    };
    say("halle3/marriage/arrival", 1, "a-1");
    plant.broker.publish("halle3/speed", b"1.5 \x1b[2J", &[]);
    say("halle3/doors/arrival", 2, "a-2");
    say("halle3/marriage/departure", 1, "d-1");
    let (text, code) = heard(child);
    assert_eq!(code, Some(0), "{}", said.text());
    for number in [1, 2] {
        assert!(!text.contains(&vin(number)) && !text.contains(&format!("AB-12{number:05}")), "{text}");
    }
    assert!(text.contains("halle3/speed  1.5 \\u{1b}[2J\n"), "{text}");
    let (_, proposal) = text.split_once("\n\n").unwrap();
    for line in [
        "topic   = \"halle3/{station}/arrival\"   # heard for doors, marriage",
        "leave   = \"halle3/{station}/departure\"   # heard for marriage",
        "format  = \"json\"",
        "age     = \"time\"",
        "vin      = \"/vehicle/FIN\"   # such as ",
        "time     = \"/ts\"",
        "order    = \"/order/number\"   # such as AB…0",
        "event    = \"/msgId\"",
        "# Read so, 2 messages would be understood.",
    ] {
        assert!(proposal.contains(line), "{line}\n{proposal}");
    }
    // As it stands, in the place of what the station says itself.
    plant.write("etc/line.toml", &format!("version = 1\n{proposal}"));
    let station = std::fs::read_to_string(plant.path("etc/stations/marriage.toml")).unwrap();
    let (head, rest) = station.split_once("[trigger]").unwrap();
    let (_, views) = rest.split_once("[[view]]").unwrap();
    plant.write("etc/stations/marriage.toml", &format!("{head}[[view]]{views}"));
    plant.start();
    let from = plant.witness.heard();
    let event = json!({ "msgId": "a-3", "ts": ago(0), "vehicle": { "FIN": vin(3) } });
    plant.broker.publish("halle3/marriage/arrival", event.to_string().as_bytes(), &[]);
    let outcome = plant.witness.wait("the arrival ends", from, |message| message.topic.ends_with("/outcome"));
    assert_eq!(outcome.json()["data"]["outcome"], "sealed", "{}", outcome.payload);
    assert!(plant.stop().success());
}

#[test]
fn an_end_asked_for_is_no_failure_and_the_agent_hears_on() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let (child, said) = listening(&plant, &["line/#"]);
    said.wait("it listens", 0, |line| line.text.starts_with("listening to line/#").then_some(()));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let (text, code) = heard(child);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("# Nothing is proposed"), "{text}");
    assert_eq!(plant.story("marriage", json!({})), "done", "it was not disturbed");
}

#[test]
fn what_cannot_be_heard_is_said_with_its_mend() {
    let plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    for (filter, part) in [("plant/#/x", "is no filter of topics"), ("$share/g/x", "is no filter of topics")]
    {
        let (child, said) = listening(&plant, &[filter]);
        assert_eq!(heard(child).1, Some(1));
        said.wait("its mend", 0, |line| line.text.contains(part).then_some(()));
    }
    plant.write(
        "etc/agent.toml",
        &std::fs::read_to_string(plant.path("etc/agent.toml"))
            .unwrap()
            .replace(&plant.broker.url, "mqtt://127.0.0.1:9"),
    );
    let (child, said) = listening(&plant, &["plant/#"]);
    assert_eq!(heard(child).1, Some(1));
    said.wait("its mend", 0, |line| {
        line.text.contains("no line to 127.0.0.1:9: nothing listens").then_some(())
    });
}
