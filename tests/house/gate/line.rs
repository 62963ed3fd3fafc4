//! A plant whose camera looks at the rendered line, and that knows which car stood there when.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lineshot_clock::MachineClock;
use lineshot_domain::{Clock, Wall};
use lineshot_hall::{Hall, Position, Stand, read_order, vin_of};

use crate::peers::Plc;
use crate::plant::Plant;

const SEED: u64 = 911;

/// Broker, agent and a PLC of its own; nothing is delivered, so that every picture stays where it was sealed.
pub(crate) struct LinePlant {
    pub(crate) plant: Plant,
    pub(crate) plc: Plc,
    pub(crate) hall: Hall,
    takt: Duration,
    clock: MachineClock,
}

/// A station that looks at one position of the line.
pub(crate) struct LineStation {
    pub(crate) id: &'static str,
    pub(crate) position: u8,
    /// Lines of its `[trigger]`.
    pub(crate) trigger: &'static str,
    pub(crate) delay: &'static str,
    pub(crate) within: &'static str,
}

impl LineStation {
    pub(crate) fn position(&self) -> Position {
        Position::new(self.position).unwrap()
    }
}

impl LinePlant {
    /// Everything but the agent.
    pub(crate) fn built(takt: Duration, stations: &[LineStation]) -> LinePlant {
        let plant = Plant::without_a_store();
        for unneeded in ["marriage", "paint"] {
            fs::remove_file(plant.config().join(format!("stations/{unneeded}.toml"))).unwrap();
        }
        let plc = Plc::start(plant.broker.port(), "plc", &[]);
        let line = LinePlant { plant, plc, hall: Hall::new(SEED, takt), takt, clock: MachineClock::start() };
        stations.iter().for_each(|station| line.write(station));
        line
    }

    fn write(&self, station: &LineStation) {
        let LineStation { id, position, trigger, delay, within } = station;
        let takt = self.takt.as_millis();
        self.plant.write(
            &format!("stations/{id}.toml"),
            &format!(
                "version = 1\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\n\
                 [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
                 format = \"json\"\nage = \"time\"\ntime_format = \"unix-ms\"\n{trigger}\n\
                 [trigger.fields]\nevent = \"/id\"\ntime = \"/time\"\nvin = \"/vin\"\norder = \"/order\"\n\
                 [[view]]\nid = \"front\"\ndelay = \"{delay}\"\nwithin = \"{within}\"\nshow = \"all\"\n\
                 camera = {{ line = {{ seed = {SEED}, position = {position}, takt = \"{takt}ms\" }}, \
                 size = \"1920x1080\" }}\n"
            ),
        );
    }

    /// The agent reaches the broker through another port.
    pub(crate) fn reach_through(&self, port: u16) {
        fs::create_dir(self.plant.config().join("agent.d")).unwrap();
        self.plant.write("agent.d/wire.toml", &format!("[broker]\nurl = \"mqtt://127.0.0.1:{port}\"\n"));
    }

    /// What the clocks of line and PC show.
    pub(crate) fn now(&self) -> Wall {
        self.clock.wall()
    }

    /// Returns at this moment of the line, which moves by the wall clock alone. Not a wait for the agent.
    pub(crate) fn until(&self, moment: Wall) {
        while self.now() < moment {
            thread::park_timeout(moment.since(self.now()));
        }
    }

    /// The next car, as it comes to rest.
    pub(crate) fn next_car(&self, station: &LineStation) -> Stand {
        let now = self.now();
        let stands = self.hall.stands(station.position(), now, now.plus(self.takt * 3));
        let next = stands.into_iter().find(|stand| stand.arrives > now).unwrap();
        self.until(next.arrives);
        next
    }

    /// The car after this one.
    pub(crate) fn car_after(&self, station: &LineStation, car: Stand) -> Stand {
        let later = car.leaves.plus(self.takt * 2);
        self.hall.stands(station.position(), car.leaves, later).next().unwrap()
    }

    /// The PLC says that this car has come, as it happens.
    pub(crate) fn tell_arrival(&self, station: &LineStation, car: Stand) {
        self.plc.tell(&format!("line/{}/arrival", station.id), &arrival(car, self.now()));
    }

    /// The PLC says that this car has left.
    pub(crate) fn tell_departure(&self, station: &LineStation, car: Stand) {
        self.plc.tell(&format!("line/{}/departure", station.id), &arrival(car, self.now()));
    }

    /// Returns when this car's case at the station has ended, with its outcome.
    pub(crate) fn outcome(&self, station: &LineStation, car: Stand) -> String {
        let question = format!(
            "SELECT c.outcome || coalesce('(' || c.reason || ')', '') FROM cases c JOIN arrivals a ON a.id = c.arrival
             WHERE a.event = '{}' AND a.station = '{}' AND c.outcome IS NOT NULL", event_of(car), station.id
        );
        self.plant.until(|| !self.plant.ask(&question).is_empty());
        let outcomes = self.plant.ask(&question);
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        outcomes[0].clone()
    }

    /// When this car's arrival was received.
    pub(crate) fn received(&self, station: &LineStation, car: Stand) -> Option<Wall> {
        let told = self.plant.ask(&format!(
            "SELECT CAST(received AS TEXT) FROM arrivals WHERE event = '{}' AND station = '{}'",
            event_of(car),
            station.id
        ));
        told.first().map(|received| Wall::from_unix_ms(received.parse().unwrap()))
    }

    /// The order of every sealed case, and the number that its picture shows.
    pub(crate) fn pictures(&self) -> Vec<(u32, Option<u32>)> {
        let sealed = self.plant.ask(
            "SELECT c.id || ' ' || a.event FROM cases c JOIN arrivals a ON a.id = c.arrival
             WHERE c.outcome = 'sealed' ORDER BY c.rowid",
        );
        sealed
            .iter()
            .map(|row| {
                let (case, event) = row.split_once(' ').unwrap();
                let order = event.split('-').next().unwrap().parse().unwrap();
                (order, self.number_in(self.plant.data().join("ready").join(case).join("full.jpg")))
            })
            .collect()
    }

    fn number_in(&self, path: PathBuf) -> Option<u32> {
        // Sealed is said a moment before it is handed over.
        self.plant.until(|| path.exists());
        let picture = image::load_from_memory(&fs::read(path).unwrap()).unwrap().to_rgb8();
        read_order(&picture, picture.width(), picture.height())
    }

    /// No sealed picture shows another car than its case is about. Gives how many there are.
    pub(crate) fn assert_every_picture_shows_its_car(&self) -> usize {
        let pictures = self.pictures();
        for (order, shown) in &pictures {
            assert_eq!(*shown, Some(*order), "a picture of order {order} shows {shown:?}: {pictures:?}");
        }
        pictures.len()
    }
}

/// An arrival names its event after order and stand.
pub(crate) fn event_of(car: Stand) -> String {
    format!("{}-{}", car.order, car.arrives.unix_ms())
}

/// What the PLC sends of a car at this time.
pub(crate) fn arrival(car: Stand, at: Wall) -> String {
    format!(
        r#"{{"id":"{}","time":{},"vin":"{}","order":{}}}"#,
        event_of(car),
        at.unix_ms(),
        vin_of(car.order),
        car.order
    )
}
