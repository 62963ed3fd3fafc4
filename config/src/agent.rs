//! `agent.toml` and what belongs to it: the agent's settings as a whole.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lineshot_domain::{AgentName, SiteName};

use crate::broker::{BROKER, Broker, Written};
use crate::clock::{CLOCK, ClockTrust};
use crate::daemon::{DATA, LOG, VERSION};
use crate::environment::{Daemon, Environment};
use crate::files::Files;
use crate::key::{Key, Keys, Table};
use crate::layers::of_daemon;
use crate::shape::{FilePath, Nested, Own, Text};
use crate::sources::{DENY, Deny, ORDERS, Orders, Sources};
use crate::stations::{BrokenStation, Stations, stations};
use crate::{Problems, Station};

/// All settings of a line PC's agent.
#[derive(Debug)]
pub struct AgentSettings {
    /// This PC's name, unique on its site.
    pub name: AgentName,
    /// The folder of the configuration.
    pub folder: PathBuf,
    /// The site it stands on.
    pub site: SiteName,
    /// The file that holds the site key.
    pub site_key: PathBuf,
    /// The data folder, shared with the uploader.
    pub data: PathBuf,
    /// What makes the wall clock trusted.
    pub clock: ClockTrust,
    /// The plant's broker.
    pub broker: Broker,
    /// Whose vehicle is it, and what does its order permit; `None`: nobody is asked.
    pub orders: Option<Orders>,
    /// What must never be photographed; `None`: there is no such list.
    pub deny: Option<Deny>,
    /// The door for other commands of this machine, a Unix socket.
    pub socket: PathBuf,
    /// Filter of the log, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub log: String,
    /// Stations whose files are sound, by id.
    pub stations: Vec<Station>,
    /// Stations that stay closed because of their file, by file name.
    pub broken: Vec<BrokenStation>,
}

const ID: &str = "1 to 32 characters of a-z, 0-9 and '-'";
const ID_PATTERN: &str = "^[a-z0-9-]{1,32}$";

static NAME: Key<Text<AgentName>> = Key::needed(
    "name",
    Text {
        read: |at, text| AgentName::parse(text).ok().or_else(|| at.not(ID, "correct it")),
        words: ID,
        pattern: ID_PATTERN,
    },
    "This PC, unique on its site.",
);
static SITE: Key<Text<SiteName>> = Key::needed(
    "site",
    Text {
        read: |at, text| SiteName::parse(text).ok().or_else(|| at.not(ID, "correct it")),
        words: ID,
        pattern: ID_PATTERN,
    },
    "The site it stands on; the same on every PC of the site.",
);
static SITE_KEY: Key<FilePath> = Key::default(
    "site_key",
    FilePath,
    "\"/etc/lineshot/site.key\"",
    "The secret that all PCs of the site share; `lineshot site-key new` makes one. With it every PC gives an order the \
     same album; without it nobody can tell whose album it is.",
);
static CLOCK_KEY: Key<Nested<ClockTrust>> =
    Key::needed("clock", CLOCK, "What makes the wall clock trusted, such as `{ trust = \"kernel\" }`.");
static BROKER_KEY: Key<Nested<Written>> =
    Key::needed("broker", BROKER, "How the plant's MQTT broker is reached.");
static ORDERS_KEY: Key<Nested<Orders>> = Key::optional("orders", ORDERS, "Whose vehicle is it?");
static DENY_KEY: Key<Nested<Deny>> = Key::optional("deny", DENY, "What must never be photographed.");
/// What a Unix socket's address has room for (`sun_path`), less the byte that ends it.
const SOCKET_BYTES: usize = 107;
static SOCKET: Key<Own<PathBuf>> = Key::default(
    "socket",
    Own {
        read: |at| {
            let path = crate::key::Shape::read(&FilePath, at)?;
            if path.as_os_str().len() > SOCKET_BYTES {
                let expected = format!("a path of at most {SOCKET_BYTES} bytes");
                return at.not(expected, "choose a folder nearer to the root");
            }
            Some(path)
        },
        schema: || crate::key::Shape::schema(&FilePath),
        words: "an absolute path of at most 107 bytes",
    },
    "\"/run/lineshot/agent.sock\"",
    "The door for `lineshot simulate`, `lineshot doctor` and other commands on this machine.",
);

pub(crate) static KEYS: Keys = Keys {
    about: "The agent of a line PC. Layers, later ones winning: agent.toml, agent.d/*.toml in the order of their names, \
            the environment (`LINESHOT__BROKER__URL` sets `url` of `[broker]`).",
    keys: &[
        &VERSION,
        &NAME,
        &SITE,
        &SITE_KEY,
        &DATA,
        &LOG,
        &CLOCK_KEY,
        &SOCKET,
        &BROKER_KEY,
        &ORDERS_KEY,
        &DENY_KEY,
    ],
    elsewhere: &[],
};

impl AgentSettings {
    /// Reads the configuration folder: `agent.toml` with its layers, `line.toml`, `stations/*.toml`.
    ///
    /// # Errors
    /// All problems of `agent.toml`, `agent.d/`, the environment and `line.toml`; and then those of the stations
    /// as well. A station's problems alone are not an error here but in [`AgentSettings::broken`].
    pub fn load(dir: &Path) -> Result<AgentSettings, Problems> {
        AgentSettings::load_with(&Files::default(), dir, std::env::vars_os())
    }

    /// The same as if these files were there, or were so.
    ///
    /// # Errors
    /// All problems, those of stations as well.
    pub fn foreseen(dir: &Path, planned: &[(PathBuf, String)]) -> Result<AgentSettings, Problems> {
        let settings = AgentSettings::supposed(dir, planned)?;
        settings.problems().map_or(Ok(settings), Err)
    }

    /// The same, and a station that is wrong stays closed alone.
    ///
    /// # Errors
    /// As [`AgentSettings::load`].
    pub fn supposed(dir: &Path, planned: &[(PathBuf, String)]) -> Result<AgentSettings, Problems> {
        let files = Files::planned(planned.iter().cloned());
        AgentSettings::load_with(&files, dir, std::env::vars_os())
    }

    /// The same for a given environment.
    pub(crate) fn load_with(
        files: &Files,
        dir: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<AgentSettings, Problems> {
        let tree = of_daemon(files, dir, "agent", Environment::of(Daemon::Agent, variables));
        let settings = Table::of(&tree.root(), &KEYS).and_then(|table| read(&table));
        let sources = settings.as_ref().map_or(Sources { orders: None, deny: None }, AgentSettings::sources);
        let is_known = settings.is_some();
        let found = stations(files, dir, is_known.then_some(sources));
        match (tree.end(settings), found) {
            (Ok(settings), Ok(Stations { sound, broken })) => {
                Ok(AgentSettings { folder: dir.to_owned(), stations: sound, broken, ..settings })
            }
            (Ok(_), Err(problems)) => Err(problems),
            (Err(problems), Ok(found)) => {
                Err(found.broken.into_iter().fold(problems, |all, broken| all.and(Some(broken.problems))))
            }
            (Err(problems), Err(more)) => Err(problems.and(Some(more))),
        }
    }

    /// All problems of the stations that stay closed.
    pub fn problems(&self) -> Option<Problems> {
        self.broken.iter().fold(None, |all: Option<Problems>, broken| match all {
            None => Some(broken.problems.clone()),
            Some(all) => Some(all.and(Some(broken.problems.clone()))),
        })
    }

    fn sources(&self) -> Sources<'_> {
        Sources { orders: self.orders.as_ref(), deny: self.deny.as_ref() }
    }
}

/// Everything is read before anything is missed, so that all that is wrong is said.
fn read(table: &Table<'_>) -> Option<AgentSettings> {
    let (name, site, site_key) = (table.read(&NAME), table.read(&SITE), table.read(&SITE_KEY));
    let (data, log, socket) = (table.read(&DATA), table.read(&LOG), table.read(&SOCKET));
    let (clock, broker) = (table.read(&CLOCK_KEY), table.read(&BROKER_KEY));
    let (orders, deny) = (table.read(&ORDERS_KEY), table.read(&DENY_KEY));
    Sources { orders: orders.as_ref(), deny: deny.as_ref() }.fit_each_other(table)?;
    let (name, site) = (name?, site?);
    Some(AgentSettings {
        broker: broker?.of(&site, &name),
        folder: PathBuf::new(),
        name,
        site,
        site_key: site_key?,
        data: data?,
        clock: clock?,
        orders,
        deny,
        socket: socket?,
        log: log?,
        stations: Vec::new(),
        broken: Vec::new(),
    })
}
