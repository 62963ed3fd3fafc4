//! Agent and uploader in the guest, as an operator would start them; broker and store are outside.

use lineshot_demo::Store;
use serde_json::Value;

use crate::machine::{BROKER, Guest, Remote, STORE};
use crate::peers::Ear;
use crate::sight::{Sight, seen};

const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Seconds that a car has where a picture is wanted: everything is slow in the guest. It takes no longer than it takes.
pub(crate) const LONG: u32 = 30;
/// Where none is wanted, and all of them pass: longer than a stream may be of no use.
pub(crate) const SHORT: u32 = 5;
/// Where there is no stream at all.
pub(crate) const BRIEF: u32 = 2;

/// Longer than the three frames that the emulated cameras hold back, however slow the guest is.
const LATENCY: &str = "500ms";

/// So many cars in a row may come while the line is too slow.
const PATIENT_CARS: u8 = 5;

/// Both daemons, with a folder, a bucket and topics of their own.
pub(crate) struct Plant<'a> {
    guest: &'a Guest,
    /// Of the agent, the bucket and the folder.
    name: &'a str,
    outcomes: Ear,
    cameras: Ear,
    agent: Option<Remote>,
    uploader: Option<Remote>,
    /// What a shell does to what the agent alone sees of the guest.
    disguise: &'static str,
    cars: u16,
}

/// What became of a car.
pub(crate) enum Outcome {
    /// Its picture, as it is in the store.
    Delivered(Vec<u8>),
    /// There is none: the outcome and its reason.
    Without(String),
}

impl Outcome {
    /// The colour and the car that its picture shows, if an emulated USB camera took it.
    pub(crate) fn shows(&self) -> (&'static str, u8) {
        let Sight { colour, car, .. } = seen(self.picture());
        (colour, car)
    }

    /// Its picture. Panics if there is none.
    pub(crate) fn picture(&self) -> &[u8] {
        match self {
            Outcome::Delivered(picture) => picture,
            Outcome::Without(reason) => panic!("there is no picture: {reason}"),
        }
    }

    /// Why there is no picture; "delivered" if there is one.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Outcome::Delivered(_) => "delivered",
            Outcome::Without(reason) => reason,
        }
    }
}

impl<'a> Plant<'a> {
    /// Without a station yet; the daemons are started by [`Plant::open`].
    pub(crate) fn new(guest: &'a Guest, name: &'a str) -> Plant<'a> {
        guest.store.bucket(name).unwrap();
        let outcomes = guest.broker.listen(&format!("lineshot/site/{name}/outcome"));
        let cameras = guest.broker.listen(&format!("lineshot/site/{name}/cameras"));
        let plant =
            Plant { guest, name, outcomes, cameras, agent: None, uploader: None, disguise: "true", cars: 0 };
        let folder = plant.folder();
        guest.run(&format!("mkdir -p {folder}/etc/stations {folder}/data"));
        plant.write(
            "agent.toml",
            &format!(
                "version = 1\nname = \"{name}\"\nsite = \"site\"\nsite_key = \"{folder}/etc/site.key\"\n\
                 data = \"{folder}/data\"\nsocket = \"{folder}/agent.sock\"\nlog = \"info\"\n\
                 clock = {{ trust = \"unchecked\" }}\n[broker]\nurl = \"mqtt://{BROKER}\"\n"
            ),
        );
        plant.write("site.key", SITE_KEY);
        plant.write(
            "uploader.toml",
            &format!(
                "version = 1\ndata = \"{folder}/data\"\nlog = \"info\"\n[store]\nendpoint = \"http://{STORE}\"\n\
                 region = \"{}\"\nbucket = \"{name}\"\ncredentials = \"{folder}/etc/s3.toml\"\n",
                Store::REGION
            ),
        );
        plant.write(
            "s3.toml",
            &format!(
                "access_key_id = \"{}\"\nsecret_access_key = \"{}\"\n",
                Store::ACCESS_KEY,
                Store::SECRET_KEY
            ),
        );
        guest.run(&format!("chmod 600 {folder}/etc/site.key {folder}/etc/s3.toml"));
        plant
    }

    fn folder(&self) -> String {
        format!("/run/{}", self.name)
    }

    fn write(&self, file: &str, text: &str) {
        self.guest.bytes(&format!("cat > {}/etc/{file}", self.folder()), text.as_bytes());
    }

    /// Writes the file of a station with one view, through this camera; a car has so many seconds.
    pub(crate) fn station(&self, id: &str, camera: &str, within: u32) {
        self.write(
            &format!("stations/{id}.toml"),
            &format!(
                "version = 1\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\n\
                 [trigger]\ntopic = \"{name}/{{station}}/arrival\"\nleave = \"{name}/{{station}}/departure\"\n\
                 max_age = \"60s\"\ndwell = \"100s\"\nformat = \"text\"\nage = \"expiry\"\n\
                 [[view]]\nid = \"front\"\ncamera = {camera}\nlatency = \"{LATENCY}\"\ndelay = \"0s\"\n\
                 within = \"{within}s\"\nshow = \"all\"\n",
                name = self.name
            ),
        );
    }

    /// The same through a USB camera that is known by this (`port = "1-1"`), as JPEG, 320x240, 15 a second.
    pub(crate) fn usb_station(&self, id: &str, known_by: &str, within: u32) {
        let setting = "format = \"mjpeg\", size = \"320x240\", fps = 15";
        self.station(id, &format!("{{ usb = {{ {known_by} }}, {setting} }}"), within);
    }

    /// Before the agent starts, a shell does this to what the agent alone sees of the guest.
    pub(crate) fn disguise(&mut self, how: &'static str) {
        self.disguise = how;
    }

    /// Starts both daemons, and returns when they are at work.
    pub(crate) fn open(&mut self) {
        let etc = format!("{}/etc", self.folder());
        // Else the station would stay closed, and no case tell of it.
        self.guest.run(&format!("lineshot-agent check --config {etc}"));
        let run = format!("{} && exec lineshot-agent run --unreleased --config {etc}", self.disguise);
        let agent = self.guest.start_program(&format!("unshare -m sh -c '{run}'"));
        agent.wait_for("listening to the line");
        self.agent = Some(agent);
        self.guest.run(&format!("lineshot-uploader pin --config {etc}"));
        let uploader = self.guest.start_program(&format!("lineshot-uploader run --config {etc}"));
        uploader.wait_for("delivering");
        self.uploader = Some(uploader);
    }

    /// A car comes to a station, is photographed or not, and leaves.
    ///
    /// The line to the broker has to answer within a second, which an emulated machine on a loaded one may miss. That
    /// is not what is tried here: the car comes once more then.
    pub(crate) fn visit(&mut self, station: &str) -> Outcome {
        for _ in 0..PATIENT_CARS {
            self.arrive(station);
            let outcome = self.outcome(station);
            self.depart(station);
            if outcome.reason() != "withheld(link)" {
                return outcome;
            }
        }
        panic!("the line was too slow for {PATIENT_CARS} cars");
    }

    /// A car comes to a station, with a VIN of its own.
    pub(crate) fn arrive(&mut self, station: &str) {
        self.cars += 1;
        let vin = format!("WP0ZZZ99ZTS39{:04}", self.cars);
        let expires = ["-V", "5", "-D", "publish", "message-expiry-interval", "60"];
        self.guest.broker.publish(&format!("{}/{station}/arrival", self.name), &vin, &expires);
    }

    /// And leaves it.
    pub(crate) fn depart(&self, station: &str) {
        self.guest.broker.publish(&format!("{}/{station}/departure", self.name), "", &[]);
    }

    /// What became of the next car of which this station tells.
    pub(crate) fn outcome(&self, station: &str) -> Outcome {
        let line = self.outcomes.wait_for(&format!("\"station\":\"{station}\""));
        let told: Value = serde_json::from_str(line.split_once(' ').unwrap().1).unwrap();
        let [outcome, reason] = ["outcome", "reason"].map(|key| told["data"][key].as_str());
        match (outcome.unwrap(), reason) {
            ("sealed", None) => Outcome::Delivered(self.delivered(told["id"].as_str().unwrap())),
            (outcome, reason) => Outcome::Without(format!("{outcome}({})", reason.unwrap())),
        }
    }

    /// What the running agent gives to somebody who asks for a picture of a station.
    pub(crate) fn snapshot(&self, station: &str) -> Vec<u8> {
        let folder = self.folder();
        self.guest
            .run(&format!("lineshot snapshot {station} --out {folder}/asked.jpg --config {folder}/etc"));
        self.guest.bytes(&format!("cat {folder}/asked.jpg"), &[])
    }

    /// Waits until the camera of a station's view is told to be like this (`"state":"live"`).
    pub(crate) fn until_camera(&self, station: &str, like: &str) {
        let view = format!("\"{station}/front\":");
        self.cameras.wait_until(like, |line| {
            line.split_once(&view)
                .is_some_and(|(_, rest)| rest.split('}').next().is_some_and(|it| it.contains(like)))
        });
    }

    /// The picture in the store of the case whose sealing was told by this id.
    fn delivered(&self, id: &str) -> Vec<u8> {
        let name = format!("/{}.jpg", id.split('/').next().unwrap());
        loop {
            let keys = self.guest.store.keys(self.name).unwrap();
            if let Some(key) = keys.iter().find(|key| key.ends_with(&name)) {
                return self.guest.store.object(self.name, key).unwrap().unwrap();
            }
            // This case's, or what there is to tell of an earlier one.
            self.uploader.as_ref().unwrap().wait_for("delivered");
        }
    }
}

impl Drop for Plant<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for daemon in [&self.agent, &self.uploader].into_iter().flatten() {
                eprintln!("a daemon of {} said:\n{}", self.name, daemon.said());
            }
        }
    }
}
