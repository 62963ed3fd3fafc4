//! A line of stations, each with a PLC that repeats its event until it is accepted, and then waits for the last word
//! as long as it has patience.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lineshot_clock::MachineClock;
use lineshot_domain::Clock;
use serde_json::{Value, json};

use crate::peers::Plc;
use crate::plant::Plant;

/// What a PLC waits for a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// Events that are sent again so often, and not accepted yet: nobody is there.
const TRIES: usize = 60;

/// The id of a car's event.
pub(super) fn event(car: usize) -> String {
    format!("e-{car:05}")
}

fn station(number: usize) -> String {
    format!("station-{number}")
}

/// What the line was told: the final words of each event.
pub(super) type Words = BTreeMap<String, BTreeSet<String>>;

/// A PLC at every station, all of which take the next car that comes.
pub(super) struct Line {
    cars: SyncSender<usize>,
    stations: Vec<JoinHandle<Program>>,
}

/// Stations for so many PLCs, in the place of the plant's own.
pub(super) fn lay_out(plant: &Plant, stations: usize) {
    for own in ["marriage", "paint"] {
        fs::remove_file(plant.config().join(format!("stations/{own}.toml"))).unwrap();
    }
    for id in (0..stations).map(station) {
        // One camera for all, told apart by what it does not ask for.
        let url = format!("{}?{id}", plant.camera.stream_url());
        plant.write(
            &format!("stations/{id}.toml"),
            &format!(
                "version = 1\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\n\
                 [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
                 ready = \"line/{{station}}/photo\"\nformat = \"json\"\nage = \"time\"\n\
                 time_format = \"unix-ms\"\nmax_age = \"60s\"\n\
                 [trigger.fields]\nevent = \"/id\"\ntime = \"/time\"\nvin = \"/vin\"\n\
                 [[view]]\nid = \"front\"\ndelay = \"100ms\"\nlatency = \"20ms\"\nwithin = \"20s\"\nshow = \"all\"\n\
                 camera = {{ http = {{ url = \"{url}\" }}, size = \"768x432\" }}\n"
            ),
        );
    }
}

impl Line {
    /// A PLC for each of the stations that were laid out.
    pub(super) fn start(plant: &Plant, stations: usize) -> Line {
        let (cars, coming) = sync_channel(0);
        let coming = Arc::new(Mutex::new(coming));
        let start = |number| {
            let (id, coming) = (station(number), Arc::clone(&coming));
            let plc = Plc::start(plant.broker.port(), &format!("plc-{id}"), &[&format!("line/{id}/photo")]);
            let plc =
                Program { station: id, plc, accepted: BTreeSet::new(), words: Words::new(), repeated: 0 };
            thread::spawn(move || plc.run(&coming))
        };
        Line { cars, stations: (0..stations).map(start).collect() }
    }

    /// Returns when a station has taken the car.
    pub(super) fn send(&self, car: usize) {
        self.cars.send(car).expect("a PLC is left");
    }

    /// Returns when the last car has left, with what was told and how many events had to be repeated.
    pub(super) fn end(self) -> (Words, usize) {
        drop(self.cars);
        let (mut words, mut repeated) = (Words::new(), 0);
        for station in self.stations {
            let told = station.join().unwrap();
            words.extend(told.words);
            repeated += told.repeated;
        }
        (words, repeated)
    }
}

/// The PLC of one station.
struct Program {
    station: String,
    plc: Plc,
    accepted: BTreeSet<String>,
    words: Words,
    repeated: usize,
}

impl Program {
    fn run(mut self, coming: &Mutex<Receiver<usize>>) -> Program {
        let clock = MachineClock::start();
        loop {
            let Ok(car) = coming.lock().unwrap().recv() else { return self };
            let event = event(car);
            let vin = format!("WP0ZZZ99ZTS3{car:05}");
            let arrival = json!({ "id": event, "time": clock.wall().unix_ms(), "vin": vin }).to_string();
            self.send_until_accepted(&event, &arrival);
            self.listen(|told| told.words.contains_key(&event));
            let departure = json!({ "vin": vin }).to_string();
            self.plc.tell(&format!("line/{}/departure", self.station), &departure);
        }
    }

    fn send_until_accepted(&mut self, event: &str, arrival: &str) {
        for tried in 0..TRIES {
            self.repeated += usize::from(tried > 0);
            self.plc.tell(&format!("line/{}/arrival", self.station), arrival);
            self.listen(|told| told.accepted.contains(event));
            if self.accepted.contains(event) {
                return;
            }
        }
        panic!("{event} was never accepted");
    }

    /// Takes in words until it is so, or none came for so long.
    fn listen(&mut self, so: impl Fn(&Program) -> bool) {
        while !so(self) {
            let Some((_, payload)) = self.plc.hear(PATIENCE) else { return };
            let text: Value = serde_json::from_slice(&payload).unwrap();
            if text["schema"] != "lineshot/word/1" {
                continue;
            }
            let [event, word] = ["event", "word"].map(|key| text[key].as_str().unwrap().to_owned());
            if word == "accepted" {
                self.accepted.insert(event);
            } else {
                self.words.entry(event).or_default().insert(word);
            }
        }
    }
}
