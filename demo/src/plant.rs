//! The demo's plant on disk: one folder with the configuration of both daemons, their data, the store and the
//! plan of the rendered line.
//!
//! Holds: the configuration is what an operator would write, and `lineshot check` accepts it; each run begins
//! with an empty folder; keys are made anew and belong to this run.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use lineshot_domain::{AlbumId, OrderNumber, SiteKey, Vehicle};

use crate::Account;
use crate::script::{CARS, CLASSES, Car, MARKETS, STATIONS, Station};

/// The names in the own topics: `lineshot/<site>/<agent>/…`.
pub(crate) const SITE: &str = "demo";
/// The line PC.
pub(crate) const AGENT: &str = "line-pc";
/// Where the albums are.
pub(crate) const BUCKET: &str = "behind-the-scenes";
/// The rendered line's.
pub(crate) const SEED: u64 = 7;

/// Shipped for a rehearsal without a camera: its polygons cover what is confidential on the rendered line.
const REHEARSAL: &str = include_str!("../../config/examples/rehearsal.toml");

/// The mode of files with secrets, and of all others.
pub(crate) const PRIVATE: u32 = 0o600;
pub(crate) const PUBLIC: u32 = 0o644;

/// The plant's folder.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    folder: PathBuf,
}

impl Plant {
    /// An empty plant at `folder`; what an earlier run left there is removed.
    pub(crate) fn empty(folder: &Path) -> Result<Plant> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        let plant = Plant { folder: folder.to_owned() };
        for folder in [plant.config().join("stations"), plant.data(), plant.store()] {
            fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(plant)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("etc")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    pub(crate) fn plan(&self) -> PathBuf {
        self.folder.join("plan")
    }

    /// Where a daemon's log is.
    pub(crate) fn log(&self, program: &str) -> PathBuf {
        self.folder.join(format!("{program}.log"))
    }

    /// Where the machine's root is for the daemons of the demo.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("machine")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Writes everything that the daemons read, for this broker and this store. `webcam`: the `camera` of the first
    /// station, if it is not the rendered one.
    pub(crate) fn furnish(&self, broker: SocketAddr, store: &Account, webcam: Option<&str>) -> Result<()> {
        self.write("site.key", &new_key()?, PRIVATE)?;
        self.write("orders.csv", &orders(), PUBLIC)?;
        self.write("agent.toml", &self.agent(broker), PUBLIC)?;
        self.write("line.toml", &line(), PUBLIC)?;
        for (number, station) in STATIONS.into_iter().enumerate() {
            let text = self.station(station, webcam.filter(|_| number == 0));
            self.write(&format!("stations/{}.toml", station.id), &text, PUBLIC)?;
        }
        let Account { endpoint, region, access_key, secret_key } = store;
        let credentials = self.config().join("s3.toml");
        self.write(
            "uploader.toml",
            &format!(
                "version = 1\ndata = {:?}\n\n[store]\nendpoint = {endpoint:?}\nregion = {region:?}\n\
                 bucket = {BUCKET:?}\nprefix = \"\"\ncredentials = {credentials:?}\n",
                self.data()
            ),
            PUBLIC,
        )?;
        let keys = format!("access_key_id = {access_key:?}\nsecret_access_key = {secret_key:?}\n");
        self.write("s3.toml", &keys, PRIVATE)
    }

    fn agent(&self, broker: SocketAddr) -> String {
        format!(
            "version = 1\nname = {AGENT:?}\nsite = {SITE:?}\nsite_key = {:?}\ndata = {:?}\nsocket = {:?}\n\
             clock = {{ trust = \"unchecked\" }}    # a trial: nobody says whether this machine's clock is right\n\n\
             [broker]\nurl = \"mqtt://{broker}\"\nkeep_alive = \"5s\"\n\n[orders]\nfile = {:?}\nmax_age = \"24h\"\n",
            self.config().join("site.key"),
            self.data(),
            self.folder.join("agent.sock"),
            self.config().join("orders.csv"),
        )
    }

    fn station(&self, station: Station, webcam: Option<&str>) -> String {
        let Station { id, name, position } = station;
        let rendered = || {
            format!(
                "camera = {{ line = {{ seed = {SEED}, position = {position}, plan = {:?} }}, size = \"1920x1080\" }}\n\
                 sizes = [480, 960]",
                self.plan()
            )
        };
        let camera = webcam.map_or_else(rendered, str::to_owned);
        let masks = REHEARSAL.find("[[view.mask]]").map_or("", |at| &REHEARSAL[at..]);
        format!(
            "version = 1\nid = {id:?}\nname = {{ en = {name:?} }}\n\n[[view]]\nid = \"front\"\n\
             {camera}\ndelay = \"1s\"\nwithin = \"3s\"\npeople = \"ignore\"\nshow = \"all\"\n\n{masks}"
        )
    }

    /// The album of an order, as the agent names it.
    pub(crate) fn album(&self, order: u32) -> Result<AlbumId> {
        let path = self.config().join("site.key");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let key = SiteKey::parse(&text).with_context(|| format!("understanding {}", path.display()))?;
        let order = OrderNumber::parse(&order.to_string()).context("an order's number")?;
        Ok(key.album(&Vehicle::new(None, Some(order), None).context("an order names a vehicle")?))
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        write(&self.config().join(name), text.as_bytes(), mode)
    }
}

/// Puts a file in its place by renaming, so that nobody reads half of it.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let file = File::options().write(true).create(true).truncate(true).mode(mode).open(&unfinished);
    let written = file.and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("writing {}", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("renaming to {}", path.display()))
}

fn new_key() -> Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow!("the system gave no random bytes for a site key: {error}"))?;
    Ok(SiteKey::file_text(&random).as_str().to_owned())
}

fn orders() -> String {
    let mut text = "order,vin,body,market,class,consent,state,at\n".to_owned();
    for Car { order, market, class, consent, active } in CARS {
        let vin = lineshot_hall::vin_of(order);
        let consent = if consent { "yes" } else { "no" };
        let state = if active { "active" } else { "cancelled" };
        text.push_str(&format!("{order},{vin},,{market},{class},{consent},{state},\n"));
    }
    text
}

fn line() -> String {
    format!(
        "version = 1\ntimezone = \"UTC\"\n\n[trigger]\ntopic = \"line/{{station}}/arrival\"\n\
         leave = \"line/{{station}}/departure\"\nready = \"line/{{station}}/photo\"\nformat = \"json\"\nage = \"time\"\n\
         max_age = \"5s\"\ndwell = \"60s\"\n\n[trigger.fields]\nevent = \"/id\"\ntime = \"/time\"\nvin = \"/vehicle/vin\"\n\
         order = \"/order\"\n\n[permit]\nmarkets = {{ photos = {MARKETS:?} }}\nclasses = {CLASSES:?}\n"
    )
}
