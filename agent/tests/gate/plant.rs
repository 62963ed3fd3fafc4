//! A small plant: broker, witness, and the agent as a process, started as an operator would.

use std::cell::Cell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::{Broker, Message, Witness};
use crate::lines::Lines;

pub(crate) const CONNECTION: &str = "lineshot/site/pc-01/connection";
pub(crate) const BLACKOUT: &str = "lineshot/site/pc-01/blackout";
pub(crate) const HEALTH: &str = "lineshot/site/pc-01/health";
pub(crate) const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// The fields of all events here.
const FIELDS: &str = "[trigger.fields]\nevent = \"/id\"\ntime = \"/at\"\nvin = \"/vin\"\norder = \"/order\"\n\
                      body = \"/body\"\nmarket = \"/market\"\nclass = \"/class\"\nsequence = \"/n\"\n";

/// One test's plant.
pub(crate) struct Plant {
    pub(crate) broker: Broker,
    pub(crate) witness: Witness,
    pub(crate) log: Lines,
    folder: TempDir,
    agent: Option<Child>,
    events: Cell<u32>,
}

/// A station as a test wants it; the rest is as simple as can be.
pub(crate) struct Station<'a> {
    pub(crate) id: &'a str,
    /// More lines of its `[trigger]`.
    pub(crate) trigger: &'a str,
    /// Its `[permit]`, or nothing.
    pub(crate) permit: &'a str,
    /// Its camera; a picture on disk if empty.
    pub(crate) camera: &'a str,
    /// The view's `delay` and `within`.
    pub(crate) times: [&'a str; 2],
}

impl Default for Station<'_> {
    fn default() -> Self {
        Station { id: "marriage", trigger: "", permit: "", camera: "", times: ["0ms", "10s"] }
    }
}

/// A picture that a camera could have taken, 320x240.
pub(crate) fn picture() -> &'static [u8] {
    static PICTURE: OnceLock<Vec<u8>> = OnceLock::new();
    PICTURE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.jpg");
        let source = "testsrc=size=320x240";
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source]);
        ffmpeg.args(["-frames:v", "1", "-pix_fmt", "yuvj420p", "-q:v", "4"]).arg(&path);
        assert!(ffmpeg.status().expect("ffmpeg is one of the peers").success());
        std::fs::read(path).unwrap()
    })
}

impl Plant {
    /// Everything but the agent. `more` is added to `agent.toml`.
    pub(crate) fn built(clock: &str, more: &str, stations: &[Station<'_>]) -> Plant {
        Plant::built_at(Broker::start(), clock, more, stations)
    }

    /// At this broker.
    pub(crate) fn built_at(broker: Broker, clock: &str, more: &str, stations: &[Station<'_>]) -> Plant {
        let folder = tempfile::tempdir().unwrap();
        let witness = broker.witness();
        let (log, events) = (Lines::default(), Cell::new(0));
        let plant = Plant { broker, witness, log, folder, agent: None, events };
        std::fs::create_dir_all(plant.path("etc/stations")).unwrap();
        std::fs::create_dir(plant.path("data")).unwrap();
        let key = plant.path("etc/site.key");
        std::fs::write(&key, SITE_KEY).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        plant.picture();
        let (data, socket, url) = (plant.path("data"), plant.path("agent.sock"), &plant.broker.url);
        let text = format!(
            "version = 1\nname = \"pc-01\"\nsite = \"site\"\nsite_key = {key:?}\ndata = {data:?}\n\
             clock = {clock}\nlog = \"trace\"\nsocket = {socket:?}\n\
             [broker]\nurl = {url:?}\n{more}\n"
        );
        plant.write("etc/agent.toml", &text.replace("FOLDER", &plant.path("").display().to_string()));
        for station in stations {
            plant.station(station);
        }
        plant
    }

    /// One with its agent running on trial.
    pub(crate) fn running(more: &str, stations: &[Station<'_>]) -> Plant {
        let mut plant = Plant::built("{ trust = \"unchecked\" }", more, stations);
        plant.start();
        plant
    }

    /// Writes a station's file.
    pub(crate) fn station(&self, station: &Station<'_>) {
        let Station { id, trigger, permit, camera, times: [delay, within] } = station;
        let file = format!("file = {{ path = {:?}, fps = 20 }}", self.path("picture.jpg"));
        let camera = if camera.is_empty() { &file } else { *camera };
        let format = if trigger.starts_with("format") { "" } else { "format = \"json\"\n" };
        let age = if trigger.contains("age = ") { "" } else { "age = \"time\"\n" };
        let fields = if format.is_empty() { "" } else { FIELDS };
        let latency = if camera.starts_with("http") { "latency = \"100ms\"\n" } else { "" };
        let text = format!(
            "version = 1\nid = {id:?}\nname = {{ en = {id:?} }}\ntimezone = \"Etc/UTC\"\n\
             [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
             ready = \"line/{{station}}/photo\"\nmax_age = \"20s\"\ndwell = \"90s\"\n{format}{age}{trigger}\n\
             {fields}{permit}\n[[view]]\nid = \"front\"\ncamera = {{ {camera}, size = \"320x240\" }}\n\
             {latency}delay = {delay:?}\nwithin = {within:?}\npeople = \"ignore\"\n\
             show = [ [[0.05,0.10],[0.95,0.10],[0.95,0.95],[0.05,0.95]] ]\n\
             [[view.mask]]\nname = \"robot\"\npolygon = [[0.4,0.3],[0.6,0.35],[0.55,0.6],[0.42,0.5]]\n"
        );
        self.write(&format!("etc/stations/{id}.toml"), &text);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in its place at once, as an operator should.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let new = self.path("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    /// The same with a time of its own.
    pub(crate) fn write_of(&self, name: &str, text: &str, ago: Duration) {
        let new = self.path("new");
        std::fs::write(&new, text).unwrap();
        let file = std::fs::File::options().write(true).open(&new).unwrap();
        file.set_modified(std::time::SystemTime::now() - ago).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    /// The picture that the file camera takes.
    pub(crate) fn picture(&self) {
        let new = self.path("new.jpg");
        std::fs::write(&new, picture()).unwrap();
        std::fs::rename(new, self.path("picture.jpg")).unwrap();
    }

    /// The album of a vehicle with this number, as the operator asks for it.
    pub(crate) fn album(&self, kind: &str, number: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
        let output =
            command.args(["album", kind, number, "--config"]).arg(self.path("etc")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.strip_prefix("albums/").unwrap().split('/').next().unwrap().to_owned()
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    /// Starts the agent on trial and returns when it listens.
    pub(crate) fn start(&mut self) {
        self.start_with(&["--unreleased"]);
    }

    pub(crate) fn start_with(&mut self, flags: &[&str]) {
        let from = self.witness.heard();
        let mut child = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"))
            .args(["run", "--config"])
            .arg(self.path("etc"))
            .args(flags)
            .env_remove("RUST_LOG")
            .env("LINESHOT_TEST_ROOT", self.path("root"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.log.follow(child.stderr.take().unwrap());
        self.agent = Some(child);
        let online = |m: &Message| m.topic == CONNECTION && m.payload == "ONLINE";
        self.witness.wait("the agent listens", from, online);
    }

    /// SIGTERM, and its end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let mut agent = self.agent.take().unwrap();
        let id = agent.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        agent.wait().unwrap()
    }

    /// SIGHUP; returns when the agent has said this.
    pub(crate) fn reload(&self, said: &str) {
        let from = self.log.len();
        let id = self.agent.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        self.log.wait(said, from, |line| line.text.contains(said).then_some(()));
    }

    /// SIGKILL, and its end.
    pub(crate) fn kill(&mut self) {
        let mut agent = self.agent.take().unwrap();
        agent.kill().unwrap();
        agent.wait().unwrap();
    }

    /// Publishes an arrival and gives its event id. `more` wins over the defaults: now, and a VIN.
    pub(crate) fn arrive(&self, station: &str, more: Value) -> String {
        let number = self.events.get() + 1;
        self.events.set(number);
        let id = format!("event-{number}");
        let mut event = json!({ "id": id, "at": Timestamp::now().to_string(), "vin": vin(number) });
        let fields = event.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        self.broker.publish(&format!("line/{station}/arrival"), event.to_string().as_bytes(), &[]);
        event["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The PLC's last word about an event.
    pub(crate) fn word(&self, station: &str, event: &str) -> Value {
        self.words(station, event, 0).1
    }

    /// The first word after message `from` that is not `accepted`.
    pub(crate) fn words(&self, station: &str, event: &str, from: usize) -> (Message, Value) {
        let topic = format!("line/{station}/photo");
        let message = self.witness.wait(&format!("the last word about {event}"), from, |message| {
            let json = message.json();
            message.topic == topic
                && json["schema"] == "lineshot/word/1"
                && json["event"] == event
                && json["word"] != "accepted"
        });
        let json = message.json();
        (message, json)
    }

    /// An arrival's last word: `word` or `word(reason)` of its one view.
    pub(crate) fn story(&self, station: &str, more: Value) -> String {
        let event = self.arrive(station, more);
        told(&self.word(station, &event))
    }

    /// Waits until the PLC is told that the station is ready (`None`), or why not.
    pub(crate) fn until_ready(&self, station: &str, from: usize, reason: Option<&str>) -> Message {
        let topic = format!("line/{station}/photo");
        self.witness.wait(&format!("{station} tells ready = {reason:?}"), from, |message| {
            let json = message.json();
            message.topic == topic
                && json["schema"] == "lineshot/ready/1"
                && json["ready"] == reason.is_none()
                && json["reason"].as_str() == reason
        })
    }

    /// One column of the book.
    pub(crate) fn ask(&self, question: &str) -> Vec<String> {
        let path = self.path("data/agent/agent.db");
        let book = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        book.busy_timeout(Duration::from_secs(30)).unwrap();
        let mut rows = book.prepare(question).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The notices of a kind: their facts, in the ledger's order.
    pub(crate) fn notices(&self, kind: &str) -> Vec<String> {
        self.ask(&format!(
            "SELECT facts FROM ledger WHERE kind = 'notice' AND json_extract(facts, '$.notice') = '{kind}' \
             ORDER BY seq"
        ))
    }

    /// Outcome and reason as the book has them, the latest case first.
    pub(crate) fn latest(&self) -> String {
        let question = "SELECT coalesce(outcome, 'open') || coalesce('(' || reason || ')', '') FROM cases \
                        ORDER BY rowid DESC LIMIT 1";
        self.ask(question).remove(0)
    }

    /// Returns when `so` holds, looking again whenever the agent says something or a moment has passed.
    pub(crate) fn until(&self, what: &str, so: impl Fn() -> bool) {
        for _ in 0..400 {
            let known = self.log.len();
            if so() {
                return;
            }
            self.log.wait_for_more_than(known);
        }
        panic!("it never came true: {what}");
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent said:\n{}", self.log.text());
        }
        if let Some(agent) = &mut self.agent {
            let _already_gone = agent.kill();
            let _status = agent.wait();
        }
    }
}

/// A VIN for each number.
pub(crate) fn vin(number: u32) -> String {
    format!("WP0ZZZ99ZTS39{number:04}")
}

/// `word`, or `word(reason)` if the one view has a reason.
pub(crate) fn told(word: &Value) -> String {
    let said = word["word"].as_str().unwrap();
    match word["views"]["front"]["reason"].as_str() {
        Some(reason) => format!("{said}({reason})"),
        None => said.to_owned(),
    }
}

/// So long ago, as RFC 3339.
pub(crate) fn ago(seconds: i64) -> String {
    (Timestamp::now() - jiff::SignedDuration::from_secs(seconds)).to_string()
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
