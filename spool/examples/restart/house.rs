//! A configuration for both daemons, and an agent's hand in their data folder.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use lineshot_domain::{AgentName, Clock, Mono, SiteKey, SiteName, Wall};
use lineshot_spool::contract::{STATE_SCHEMA, StateText, rfc3339};
use lineshot_spool::{AgentKey, Back, Front, STATE_LABEL, Stamp};
use rusqlite::Connection;

use crate::Outcome;

const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// The machine's clock.
pub(crate) struct Machine(Instant);

impl Clock for Machine {
    fn mono(&self) -> Mono {
        Mono::from_start(self.0.elapsed())
    }

    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Wall::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

pub(crate) struct House {
    folder: PathBuf,
    pub(crate) store: TcpListener,
    pub(crate) broker: TcpListener,
    pub(crate) clock: Arc<dyn Clock>,
}

impl House {
    /// A new one in this folder; what a bench left there before goes.
    pub(crate) fn new(folder: &Path) -> Outcome<House> {
        let marker = folder.join("of-the-restart-bench");
        if folder.exists() {
            if !marker.exists() {
                return Err(format!("{} is not this bench's: name another folder", folder.display()).into());
            }
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder.join("config/stations"))?;
        std::fs::create_dir(folder.join("data"))?;
        std::fs::write(marker, "")?;
        let [store, broker] = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let clock = Arc::new(Machine(Instant::now()));
        let house = House { folder: folder.to_owned(), store, broker, clock };
        house.configure()?;
        // Both have run here once, so that all books and rooms are there.
        let stamp = Stamp {
            site: SiteName::parse("site")?,
            agent: AgentName::parse("pc-01")?,
            unreleased: true,
            clock: "unchecked",
        };
        let key = SiteKey::parse(SITE_KEY)?;
        drop(Front::open(&house.data(), Some(key), stamp, house.clock.clone())?);
        Back::pin(&house.data(), false)?;
        house.say()?;
        drop(house.back()?);
        Ok(house)
    }

    fn configure(&self) -> Outcome<()> {
        let (data, config) = (self.data(), self.config());
        let write = |name: &str, text: String| std::fs::write(config.join(name), text);
        let key = config.join("site.key");
        let picture = config.join("picture.jpg");
        std::fs::write(&picture, crate::fill::jpeg(320, 240))?;
        write("site.key", SITE_KEY.to_owned())?;
        write(
            "agent.toml",
            format!(
                "version = 1\nname = \"pc-01\"\nsite = \"site\"\nsite_key = {key:?}\ndata = {data:?}\n\
                 clock = {{ trust = \"unchecked\" }}\nsocket = {:?}\n[broker]\nurl = \"mqtt://127.0.0.1:{}\"\n",
                self.folder.join("agent.sock"),
                self.broker.local_addr()?.port(),
            ),
        )?;
        write(
            "stations/marriage.toml",
            format!(
                "version = 1\nid = \"marriage\"\nname = {{ en = \"The marriage\" }}\ntimezone = \"Etc/UTC\"\n\
                 [trigger]\ntopic = \"line/{{station}}/arrival\"\nmax_age = \"20s\"\ndwell = \"90s\"\n\
                 format = \"json\"\nage = \"time\"\n[trigger.fields]\nevent = \"/id\"\ntime = \"/at\"\nvin = \"/vin\"\n\
                 [[view]]\nid = \"front\"\ncamera = {{ file = {{ path = {picture:?}, fps = 1 }}, size = \"320x240\" }}\n\
                 delay = \"0ms\"\nwithin = \"10s\"\npeople = \"ignore\"\n\
                 show = [ [[0.05,0.10],[0.95,0.10],[0.95,0.95],[0.05,0.95]] ]\n"
            ),
        )?;
        write(
            "s3.toml",
            "access_key_id = \"bench\"\nsecret_access_key = \"of no store at all\"\n".to_owned(),
        )?;
        for secret in [&key, &config.join("s3.toml")] {
            std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600))?;
        }
        write(
            "uploader.toml",
            format!(
                "version = 1\ndata = {data:?}\n[store]\nendpoint = \"http://127.0.0.1:{}\"\nregion = \"bench\"\n\
                 bucket = \"bench\"\ncredentials = {:?}\n",
                self.store_port(),
                config.join("s3.toml"),
            ),
        )?;
        Ok(())
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("config")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn store_port(&self) -> u16 {
        self.store.local_addr().map_or(0, |address| address.port())
    }

    /// The uploader's own door.
    pub(crate) fn back(&self) -> Outcome<Back> {
        Ok(Back::open(&self.data(), &self.config().join("stop"), self.clock.clone())?)
    }

    pub(crate) fn key(&self) -> Outcome<AgentKey> {
        Ok(AgentKey::parse(&std::fs::read_to_string(self.data().join("agent/agent.key"))?)?)
    }

    pub(crate) fn book(&self) -> Outcome<Connection> {
        Ok(Connection::open(self.data().join("agent/agent.db"))?)
    }

    pub(crate) fn queue(&self) -> Outcome<Connection> {
        Ok(Connection::open(self.data().join("uploader/uploader.db"))?)
    }

    /// The agent's word of now, as the agent that is not running would say it.
    pub(crate) fn say(&self) -> Outcome<()> {
        let number: i64 = self.book()?.query_row(
            "INSERT INTO numbers (name, value) VALUES ('state', 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            [],
            |row| row.get(0),
        )?;
        let state = StateText {
            schema: STATE_SCHEMA.to_owned(),
            number: number.unsigned_abs(),
            at: rfc3339(self.clock.wall()),
            stopped: false,
            revoked: Vec::new(),
            denied: Vec::new(),
            recalled: Vec::new(),
            closed: Vec::new(),
            clock: true,
        };
        let json = serde_json::to_string(&state)?;
        let signature = self.key()?.sign(STATE_LABEL, json.as_bytes());
        Ok(std::fs::write(self.data().join("state/state.signed"), format!("{signature}\n{json}"))?)
    }

    /// As if the uploader had been away while all parcels came.
    pub(crate) fn forget_queue(&self) -> Outcome<()> {
        self.queue()?.execute("DELETE FROM queue", [])?;
        Ok(())
    }

    /// As if the agent had not been started since the first line.
    pub(crate) fn forget_checkpoint(&self) -> Outcome<()> {
        self.book()?.execute("DELETE FROM numbers WHERE name = 'ledger_checkpoint'", [])?;
        Ok(())
    }
}
