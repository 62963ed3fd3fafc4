//! A PLC program that knows nothing but the handshake: it and the book agree about a hundred cars.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use lineshot_clock::MachineClock;
use lineshot_domain::Clock;
use serde_json::{Value, json};

use crate::peers::Plc;
use crate::plant::Plant;

const CARS: usize = 100;

/// While this car stands before the camera, the agent is killed.
const AGENT_DIES: usize = 33;

/// While this car stands before the camera, the broker is restarted.
const BROKER_RESTARTS: usize = 66;

/// What the PLC waits for a word before it sends its event again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Events that are sent again so often, and no word yet: nobody is there.
const TRIES: usize = 30;

/// The id of a car's event.
fn name(car: usize) -> String {
    format!("car-{car:03}")
}

/// The line's memory of what it was told.
#[derive(Default)]
struct Told {
    ready: bool,
    accepted: BTreeSet<String>,
    /// The final word of each event.
    ended: BTreeMap<String, String>,
    repeated: usize,
    /// Events that had to be sent again.
    again: usize,
}

impl Told {
    fn take(&mut self, payload: &[u8]) {
        let text: Value = serde_json::from_slice(payload).unwrap();
        assert_eq!(text["station"], "marriage");
        if text["schema"] == "lineshot/ready/1" {
            self.ready = text["ready"] == true;
            return;
        }
        assert_eq!(text["schema"], "lineshot/word/1");
        let event = text["event"].as_str().unwrap().to_owned();
        let word = text["word"].as_str().unwrap().to_owned();
        if word == "accepted" {
            self.repeated += usize::from(!self.accepted.insert(event));
            return;
        }
        assert!(self.accepted.contains(&event), "{event} is {word} and was never accepted");
        let known = self.ended.insert(event.clone(), word.clone());
        self.repeated += usize::from(known.is_some());
        assert!(known.is_none_or(|known| known == word), "{event} has two final words");
    }
}

/// Where the program is.
enum Step {
    /// This car comes next; the program goes on when it is answered.
    Coming(usize),
    /// This car's arrival was accepted.
    Accepted(usize),
}

/// The PLC of one station.
struct Program {
    plc: Plc,
    told: Told,
    steps: Sender<Step>,
    go: Receiver<()>,
}

impl Program {
    /// Drives every car through the station.
    fn run(mut self) -> Told {
        let clock = MachineClock::start();
        for car in 0..CARS {
            self.steps.send(Step::Coming(car)).unwrap();
            self.go.recv().unwrap();
            self.until_ready();
            let event = name(car);
            let arrival = json!({
                "id": event, "time": clock.wall().unix_ms(), "order": 4_711_000 + car, "count": car
            });
            self.send_until(&arrival, |told| told.accepted.contains(&event));
            self.steps.send(Step::Accepted(car)).unwrap();
            self.send_until(&arrival, |told| told.ended.contains_key(&event));
            self.plc.tell("line/marriage/departure", &json!({ "order": 4_711_000 + car }).to_string());
        }
        self.told
    }

    fn until_ready(&mut self) {
        for _ in 0..TRIES {
            if self.told.ready {
                return;
            }
            self.listen(PATIENCE, |told| told.ready);
        }
        panic!("the station never was ready");
    }

    /// Sends the event, if its word is not there, and again, until it is.
    fn send_until(&mut self, arrival: &Value, so: impl Fn(&Told) -> bool) {
        let event = arrival["id"].as_str().unwrap();
        // Accepted already: only the word that is missing is waited for before it is asked for.
        let mut is_known = self.told.accepted.contains(event);
        for tried in 0..TRIES {
            if so(&self.told) {
                return;
            }
            if !is_known {
                self.plc.tell("line/marriage/arrival", &arrival.to_string());
                self.told.again += usize::from(tried > 0);
            }
            is_known = false;
            self.listen(PATIENCE, &so);
        }
        panic!("no word about {event}");
    }

    /// Takes in words until it is so, or none came for so long.
    fn listen(&mut self, patience: Duration, so: impl Fn(&Told) -> bool) {
        while !so(&self.told) {
            let Some((_, payload)) = self.plc.hear(patience) else { return };
            self.told.take(&payload);
        }
    }
}

fn station(plant: &Plant) {
    let url = plant.camera.stream_url();
    fs::remove_file(plant.config().join("stations/paint.toml")).unwrap();
    plant.write(
        "stations/marriage.toml",
        &format!(
            "version = 1\nid = \"marriage\"\nname = {{ en = \"Marriage\" }}\n\
             [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
             ready = \"line/{{station}}/photo\"\nformat = \"json\"\nage = \"time\"\ntime_format = \"unix-ms\"\n\
             max_age = \"5s\"\n[trigger.fields]\nevent = \"/id\"\ntime = \"/time\"\norder = \"/order\"\n\
             sequence = \"/count\"\n\
             [[view]]\nid = \"front\"\ndelay = \"0s\"\nlatency = \"20ms\"\nwithin = \"20s\"\nshow = \"all\"\n\
             camera = {{ http = {{ url = \"{url}\" }}, size = \"768x432\" }}\n"
        ),
    );
}

/// What the book's outcomes are called at the PLC.
fn word_of(outcome: &str) -> &str {
    match outcome {
        "sealed" => "done",
        "interrupted" => "failed",
        other => other,
    }
}

#[test]
fn a_plc_that_knows_the_handshake_alone_is_in_step_with_the_book_after_a_hundred_cars() {
    let mut plant = Plant::without_a_store();
    station(&plant);
    plant.start_agent(&["--unreleased"]);
    let plc = Plc::start(plant.broker.port(), "plc", &["line/marriage/photo"]);
    let ((steps, said), (answer, go)) = (channel(), channel());
    let program = Program { plc, told: Told::default(), steps, go };
    let program = thread::spawn(move || program.run());
    for step in said {
        match step {
            Step::Coming(car) => {
                if [AGENT_DIES, BROKER_RESTARTS].contains(&car) {
                    plant.camera.stall();
                }
                answer.send(()).unwrap();
            }
            Step::Accepted(AGENT_DIES) => {
                plant.agent.as_mut().unwrap().kill();
                plant.camera.go_on();
                plant.start_agent(&["--unreleased"]);
            }
            Step::Accepted(BROKER_RESTARTS) => {
                plant.broker.stop();
                plant.broker.restart();
                plant.camera.go_on();
            }
            Step::Accepted(_) => {}
        }
    }
    let told = program.join().unwrap();

    let rows = plant.ask(
        "SELECT a.event || ' ' || c.outcome FROM cases c JOIN arrivals a ON a.id = c.arrival ORDER BY a.event",
    );
    let book: BTreeMap<_, _> = rows.iter().map(|row| row.split_once(' ').unwrap()).collect();
    assert_eq!((rows.len(), book.len()), (CARS, CARS), "each event opened one case: {rows:?}");
    let outcomes = plant.ask("SELECT case_id FROM ledger WHERE kind = 'outcome'");
    let distinct: BTreeSet<_> = outcomes.iter().collect();
    assert_eq!((outcomes.len(), distinct.len()), (CARS, CARS), "each case has one outcome");
    let words: BTreeMap<_, _> =
        told.ended.iter().map(|(event, word)| (event.as_str(), word.as_str())).collect();
    let booked: BTreeMap<_, _> = book.iter().map(|(event, outcome)| (*event, word_of(outcome))).collect();
    assert_eq!(words, booked);

    let mut counts = BTreeMap::new();
    words.values().for_each(|word| *counts.entry(*word).or_insert(0) += 1);
    println!("{counts:?}; sent again: {}, told again: {}", told.again, told.repeated);
    let interrupted = (words[&*name(AGENT_DIES)], book[&*name(AGENT_DIES)]);
    assert_eq!(interrupted, ("failed", "interrupted"), "the agent died in the middle of it");
    assert_eq!(words[&*name(BROKER_RESTARTS)], "withheld", "the broker was away after the arrival");
    assert_eq!(counts["done"], CARS - 2, "all others: {rows:?}");
}
