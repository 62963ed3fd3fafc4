//! A small plant: broker, camera, store, and both daemons as processes, started as an operator would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use lineshot_demo::Account;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::peers::{HttpCamera, Mosquitto, Process, clip_frames};
use crate::workspace::program;

/// The same bytes as in the contract's examples.
pub(crate) const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Silent seconds of waiting for something to come true.
const ROUNDS: u32 = 120;

/// Lines of the agent's log after which one second is over, too: nothing makes it say more.
const LINES: u32 = 1_000;

/// A plant with two stations: `marriage` hears bare VINs, `paint` hears JSON.
pub(crate) struct Plant {
    pub(crate) folder: TempDir,
    pub(crate) broker: Mosquitto,
    pub(crate) camera: HttpCamera,
    pub(crate) agent: Option<Process>,
    pub(crate) uploader: Option<Process>,
    /// Where the trusted folders begin; without one nothing is trusted.
    pub(crate) machine: Option<PathBuf>,
    account: Account,
    bucket: String,
}

impl Plant {
    /// Everything but the daemons. `bucket` must be there.
    pub(crate) fn built(account: &Account, bucket: &str) -> Plant {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("broker")).unwrap();
        let broker = Mosquitto::start(&folder.path().join("broker"));
        let camera = HttpCamera::start(clip_frames().to_vec());
        let plant = Plant {
            broker,
            camera,
            agent: None,
            uploader: None,
            machine: None,
            account: account.clone(),
            bucket: bucket.to_owned(),
            folder,
        };
        plant.configure();
        plant
    }

    /// The same where nothing is ever delivered: pictures stay where they were sealed.
    pub(crate) fn without_a_store() -> Plant {
        let text = str::to_owned;
        let nowhere = Account {
            endpoint: text("http://127.0.0.1:1"),
            region: text("nowhere"),
            access_key: text("nobody"),
            secret_key: text("nothing"),
        };
        Plant::built(&nowhere, "nothing")
    }

    /// Everything with both daemons running, the agent on trial.
    pub(crate) fn running(account: &Account, bucket: &str) -> Plant {
        let mut plant = Plant::built(account, bucket);
        plant.start_agent(&["--unreleased"]);
        plant.pin();
        plant.start_uploader();
        plant
    }

    fn configure(&self) {
        let config = self.config();
        fs::create_dir_all(config.join("stations")).unwrap();
        fs::create_dir(self.data()).unwrap();
        let (data, port) = (self.data(), self.broker.port());
        let socket = self.folder.path().join("agent.sock");
        let key = config.join("site.key");
        self.write(
            "agent.toml",
            &format!(
                "version = 1\nname = \"pc-01\"\nsite = \"site\"\nsite_key = {key:?}\ndata = {data:?}\n\
             clock = {{ trust = \"unchecked\" }}\nlog = \"info\"\n\
             socket = {socket:?}\n[broker]\nurl = \"mqtt://127.0.0.1:{port}\"\n"
            ),
        );
        self.write("site.key", SITE_KEY);
        private(&key);
        let credentials = config.join("s3.toml");
        let Account { endpoint, region, access_key, secret_key } = &self.account;
        self.write("uploader.toml", &format!(
            "version = 1\ndata = {data:?}\nlog = \"info\"\n[store]\nendpoint = \"{endpoint}\"\nregion = \"{region}\"\n\
             bucket = \"{}\"\nprefix = \"line1\"\ncredentials = {credentials:?}\n", self.bucket
        ));
        self.write(
            "s3.toml",
            &format!("access_key_id = \"{access_key}\"\nsecret_access_key = \"{secret_key}\"\n"),
        );
        private(&credentials);
        self.station("marriage", "format = \"text\"\nage = \"expiry\"", "300ms");
        self.station(
            "paint",
            "format = \"json\"\nage = \"time\"\n[trigger.fields]\nevent = \"/id\"\n\
             time = \"/timestamp\"\nvin = \"/vehicle/vin\"\norder = \"/order\"",
            "300ms",
        );
    }

    /// Writes a station's file: its trigger's own lines, and the delay of its one view.
    pub(crate) fn station(&self, id: &str, trigger: &str, delay: &str) {
        // One camera for all, told apart by what it does not ask for: a network camera belongs to one station.
        let url = format!("{}?{id}", self.camera.stream_url());
        self.write(
            &format!("stations/{id}.toml"),
            &format!(
                "version = 1\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\n\
             [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
             max_age = \"60s\"\ndwell = \"90s\"\n{trigger}\n\
             [[view]]\nid = \"front\"\ncamera = {{ http = {{ url = \"{url}\" }}, size = \"768x432\" }}\n\
             latency = \"200ms\"\ndelay = \"{delay}\"\nwithin = \"20s\"\n\
             show = [ [[0.05,0.10],[0.95,0.10],[0.95,0.95],[0.05,0.95]] ]\n\
             [[view.mask]]\nname = \"lamp post\"\npolygon = [[0.4,0.3],[0.6,0.35],[0.55,0.6],[0.42,0.5]]\n"
            ),
        );
    }

    /// Writes a file of the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.config().join(name), text).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("etc")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.envs(self.machine.iter().map(|machine| ("LINESHOT_TEST_ROOT", machine)));
        command
    }

    /// Starts the agent and returns when it listens.
    pub(crate) fn start_agent(&mut self, flags: &[&str]) {
        let mut command = self.program("lineshot-agent");
        command.args(["run", "--config"]).arg(self.config()).args(flags);
        let agent = Process::start(&mut command);
        agent.wait_for("listening to the line");
        self.agent = Some(agent);
    }

    /// The uploader pins the agent's key, as `lineshot pin` at the installation.
    pub(crate) fn pin(&self) {
        let pinned = self.hand(&["pin"]);
        assert!(pinned.status.success(), "{pinned:?}");
    }

    /// Starts the uploader.
    pub(crate) fn start_uploader(&mut self) {
        let mut command = self.program("lineshot-uploader");
        command.args(["run", "--config"]).arg(self.config());
        let uploader = Process::start(&mut command);
        uploader.wait_for("delivering");
        self.uploader = Some(uploader);
    }

    /// The operator's hand: `lineshot` with the plant's configuration.
    pub(crate) fn hand(&self, words: &[&str]) -> Output {
        let mut command = self.program("lineshot");
        command.args(words).arg("--config").arg(self.config());
        command.output().expect("lineshot was built")
    }

    /// A bare VIN that lives five seconds, from a real client.
    pub(crate) fn arrive(&self, station: &str, vin: &str) {
        self.arrive_within(station, vin, 5);
    }

    /// A bare VIN that lives so many seconds.
    pub(crate) fn arrive_within(&self, station: &str, vin: &str, seconds: u32) {
        let seconds = seconds.to_string();
        let expires = ["-V", "5", "-D", "publish", "message-expiry-interval", &seconds];
        self.broker.publish(&format!("line/{station}/arrival"), vin, &expires);
    }

    /// The outcomes of all cases in the order of their admission.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        self.ask("SELECT coalesce(outcome, 'open') || coalesce('(' || reason || ')', '') FROM cases ORDER BY rowid")
    }

    /// One column of the book.
    pub(crate) fn ask(&self, question: &str) -> Vec<String> {
        let path = self.data().join("agent/agent.db");
        let book = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        book.busy_timeout(Duration::from_secs(30)).unwrap();
        let mut rows = book.prepare(question).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Returns when the book has this many cases and each of them is settled with the uploader.
    pub(crate) fn until_settled(&self, cases: usize) {
        self.until(|| self.settled(cases));
    }

    /// Whether the book has this many cases and each of them is settled with the uploader.
    pub(crate) fn settled(&self, cases: usize) -> bool {
        let stages = self.ask("SELECT stage FROM cases");
        stages.len() >= cases && stages.iter().all(|stage| stage == "receipted")
    }

    /// Returns when `so` holds, looking again whenever the agent says something.
    pub(crate) fn until(&self, so: impl Fn() -> bool) {
        self.until_with(self.agent.as_ref().expect("the agent is running"), so);
    }

    /// The same with an agent that was started another way.
    pub(crate) fn until_with(&self, agent: &Process, so: impl Fn() -> bool) {
        for _ in 0..ROUNDS {
            for _ in 0..LINES {
                if so() {
                    return;
                }
                if !agent.wait_for_anything(Duration::from_secs(1)) {
                    break;
                }
            }
        }
        let uploader = self.uploader.as_ref().map(Process::said).unwrap_or_default();
        panic!("it never came true; the agent said:\n{}\nthe uploader said:\n{}", agent.said(), uploader);
    }

    /// The keys in the bucket, sorted.
    pub(crate) fn keys(&self) -> Vec<String> {
        let answer = self.account.ask("GET", &format!("/{}?list-type=2", self.bucket), b"").unwrap();
        assert_eq!(answer.status, 200);
        let text = String::from_utf8(answer.body).unwrap();
        assert!(!text.contains("<IsTruncated>true"), "more keys than one listing holds");
        text.split("<Key>").skip(1).map(|rest| rest[..rest.find("</Key>").unwrap()].to_owned()).collect()
    }

    /// An object of the bucket.
    pub(crate) fn object(&self, key: &str) -> Vec<u8> {
        let answer = self.account.ask("GET", &format!("/{}/{key}", self.bucket), b"").unwrap();
        assert_eq!(answer.status, 200, "{key}");
        answer.body
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
