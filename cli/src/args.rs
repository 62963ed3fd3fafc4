//! What the person typed, and what the daemons are asked in their turn.

mod explain;
mod simulate;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use explain::Explain;
use simulate::Simulate;

use crate::programs::{Errand, Program, Rights};

/// Where packages put the configuration.
const CONFIG: &str = "/etc/lineshot";
/// What the uploader's unit hands over (`LoadCredential=`), in the configuration folder.
const CREDENTIALS: &str = "s3-credentials.toml";

/// Operates lineshot, which photographs cars while they are being built.
#[derive(Debug, Parser)]
#[command(name = "lineshot", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a configuration: a comment on every key, and a few answers of yours
    ///
    /// Asks at a terminal what the flags do not say; `lineshot init --help` shows them. Replaces no file.
    #[command(disable_help_flag = true)]
    Init(Passed),
    /// Add one station: `lineshot station add ID --like OTHER`
    #[command(disable_help_flag = true)]
    Station(Passed),
    /// Add many stations: `lineshot stations import LIST.csv --like OTHER`
    #[command(disable_help_flag = true)]
    Stations(Passed),
    /// Hear what the line says: `lineshot listen 'plant/#'`
    ///
    /// Shows live messages, VINs masked, and proposes how `[trigger]` of line.toml may read.
    #[command(disable_help_flag = true)]
    Listen(Passed),
    /// Check the configuration of both daemons and say what is wrong with it
    ///
    /// Changes nothing and needs no running daemon. Exit code 0: everything can be used; 64: something
    /// must be mended.
    Check {
        /// The configuration folder
        #[arg(default_value = CONFIG, value_name = "DIR")]
        dir: PathBuf,
        /// The configuration folder, as other commands take it
        #[arg(long, value_name = "DIR", conflicts_with = "dir")]
        config: Option<PathBuf>,
        /// Say what is wrong as JSON, one object a line, as docs/contract/problem.schema.json says
        #[arg(long)]
        json: bool,
        /// Show every value that holds, defaults included, and where it comes from
        #[arg(long, conflicts_with = "json")]
        effective: bool,
    },
    /// Walk the true path of a picture and say what has to be mended, a line a check
    ///
    /// Configuration, users and rooms, clock, broker, cameras, proof, disk, store, certificates and units, by
    /// the daemons' own code. Started by root on an installed PC, each part has the rights of its daemon's
    /// user. No vehicle is photographed and no picture kept; the one object put is a marked text. Exit code 0:
    /// nothing has to be mended.
    Doctor {
        /// The configuration folder [default: /etc/lineshot]
        #[arg(long, value_name = "DIR")]
        config: Option<PathBuf>,
        /// Say it as JSON, one object a line, as docs/contract/finding.schema.json says
        #[arg(long)]
        json: bool,
    },
    /// Look at what this PC has taken and not yet delivered
    #[command(subcommand)]
    Spool(Spool),
    /// Read the record of this PC: `lineshot ledger verify`, `show`, `export`
    ///
    /// Every outcome, delivery and notice is a line, and each line has the hash of the one before it.
    #[command(disable_help_flag = true)]
    Ledger(Passed),
    /// Say which album a car's pictures go to
    ///
    /// The album's name is made from the order number, else the body number, else the VIN, with the
    /// site's key: it tells nobody else whose car it is.
    Album(Album),
    /// Make the key that all PCs of a site share
    #[command(subcommand)]
    SiteKey(SiteKey),
    /// What plant security signs: prepare it, verify it, compare it with what runs
    ///
    /// `lineshot release prepare STATION...` writes the document and a sheet with the covered pictures;
    /// `lineshot release verify` and `lineshot release diff` say what holds, and why not.
    #[command(disable_help_flag = true)]
    Release(Passed),
    /// Stop photographs and deliveries of this PC until somebody signs a resume; shows its number
    #[command(disable_help_flag = true)]
    Stop(Passed),
    /// Pause photographs, for a shift at most: `lineshot pause --for 60`
    #[command(disable_help_flag = true)]
    Pause(Passed),
    /// Show the USB cameras of this PC, and the line of each for the station's file
    #[command(disable_help_flag = true)]
    Cameras(Passed),
    /// Write one covered, proven picture of a view into a file: `lineshot snapshot STATION[/VIEW] --out FILE`
    ///
    /// Taken now, by the running agent; it goes into no album, and each is a line of the ledger.
    #[command(disable_help_flag = true)]
    Snapshot(Passed),
    /// Try by a printed card that what is covered cannot be read: `lineshot mask-test STATION[/VIEW]`
    ///
    /// `lineshot mask-test --card FILE` writes the card to print. The certificate says what could be read where, and the
    /// smallest letters that can be read in what is shown.
    #[command(disable_help_flag = true)]
    MaskTest(Passed),
    /// Say which way to turn a view's camera until it stands as it was enrolled: `lineshot aim STATION[/VIEW]`
    ///
    /// Arrows, pixels, degrees and a tone, several times a second; nobody sees a picture.
    #[command(disable_help_flag = true)]
    Aim(Passed),
    /// Watch a view for some minutes and keep what never moves: `lineshot enrol STATION[/VIEW]`
    ///
    /// A camera that is moved after that takes no picture. A scene that cannot be verified says why, and what would help.
    #[command(disable_help_flag = true)]
    Enrol(Passed),
    /// Write the text that lifts a stop, once it is signed: `lineshot resume NUMBER --parcels deliver`
    #[command(disable_help_flag = true)]
    Resume(Passed),
    /// Let the uploader trust this PC's agent
    ///
    /// Once after installation: the uploader remembers the agent's public key and from then on delivers
    /// only what that agent signed.
    Pin(Folders),
    /// Say whether a vehicle that arrives then would be photographed, or what became of one that came
    ///
    /// With --would: asks the very function that decides about real vehicles, by the configuration alone and
    /// without the running agent: the answer names what it supposes, says when the hours begin or end, and
    /// shows the week. Exit code 0: at least one view would give a picture; 3: none would; 1: there is no
    /// such station or moment; 64: the configuration must be mended.
    ///
    /// With --order, --body, --vin or --event: reads the agent's book, beside the running agent or without
    /// it, and says of each case what it ended in and why, the newest last. It gives the true reason, also
    /// where others are told not_permitted, and so it needs the rights of the agent's user. Exit code 0:
    /// there are cases; 3: nobody announced it here.
    Explain(Explain),
    /// Say what a code means, what to do about it and what the album is told
    ///
    /// Needs no configuration. Codes stand in `lineshot spool list`, in the log and on the topics of
    /// outcomes and alarms.
    Why {
        /// Such as window, refused(window), not_permitted or silence; without it the whole table
        #[arg(value_name = "CODE")]
        code: Option<OsString>,
    },
    /// Let the running agent treat something made up as real, to try a station
    #[command(subcommand)]
    Simulate(Simulate),
}

/// What the agent's own command of this name understands, its `--help` included.
#[derive(Debug, Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<OsString>,
}

impl Passed {
    fn errand(self, command: &str) -> Vec<Errand> {
        let mut errand = Errand::new(Program::Agent, &[command]);
        errand.arguments.extend(self.words);
        vec![errand]
    }
}

#[derive(Debug, Subcommand)]
enum Spool {
    /// List the cases on this PC: what became of each, and what waits for delivery
    List(Folders),
    /// Look whether all that lies on this PC fits together: books, record, parcels, receipts, rooms
    ///
    /// Changes nothing, works beside the running daemons, and names each thing that does not fit, with what to
    /// do. Needs the rights of the agent's user; what only the uploader may see is looked at if root asks. Exit
    /// code 0: all of it fits; 3: something does not.
    Check(Folders),
}

#[derive(Debug, Subcommand)]
enum SiteKey {
    /// Write a new random key, never over an existing file
    ///
    /// Make it once for the whole site and bring the same file to every PC by a safe way: another key
    /// gives other albums.
    New {
        /// The file to write [default: /etc/lineshot/site.key]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Folders {
    /// The configuration folder [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The data folder, if not the configuration's
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Album {
    #[command(flatten)]
    car: Car,
    /// The configuration folder, which names the site's key [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The site's key, if not the configuration's
    #[arg(long, value_name = "FILE")]
    site_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Car {
    /// By the number of the customer's order
    #[arg(long, value_name = "NUMBER")]
    order: Option<String>,
    /// By the number of the body, for a car without a known order
    #[arg(long, value_name = "NUMBER")]
    body: Option<String>,
    /// By the VIN, for a car with neither
    #[arg(long, value_name = "VIN")]
    vin: Option<String>,
}

impl Cli {
    /// What to start, in this order. Only what the person gave is passed on.
    pub(crate) fn errands(self) -> Vec<Errand> {
        match self.command {
            Command::Init(passed) => passed.errand("init"),
            Command::Station(passed) => passed.errand("station"),
            Command::Stations(passed) => passed.errand("stations"),
            Command::Listen(passed) => passed.errand("listen"),
            Command::Ledger(passed) => passed.errand("ledger"),
            Command::Release(passed) => passed.errand("release"),
            Command::Stop(passed) => passed.errand("stop"),
            Command::Pause(passed) => passed.errand("pause"),
            Command::Cameras(passed) => passed.errand("cameras"),
            Command::Snapshot(passed) => passed.errand("snapshot"),
            Command::MaskTest(passed) => passed.errand("mask-test"),
            Command::Aim(passed) => passed.errand("aim"),
            Command::Enrol(passed) => passed.errand("enrol"),
            Command::Resume(passed) => passed.errand("resume"),
            Command::Check { dir, config, json, effective } => {
                let folder = config.unwrap_or(dir);
                let check = |program| {
                    let errand = Errand::new(program, &["check"]).flag("--config", Some(&folder));
                    errand.word("--json", json).word("--effective", effective)
                };
                [Program::Agent, Program::Uploader].map(check).into()
            }
            Command::Doctor { config, json } => {
                let handed = config.clone().unwrap_or_else(|| PathBuf::from(CONFIG)).join(CREDENTIALS);
                let examine = |program, handed| {
                    let errand = Errand::new(program, &["doctor"]).flag("--config", config.as_ref());
                    Errand { rights: Rights::Daemon { handed }, ..errand.word("--json", json) }
                };
                vec![examine(Program::Agent, None), examine(Program::Uploader, Some(handed))]
            }
            Command::Spool(Spool::List(folders)) => {
                vec![folders.pass(Errand::new(Program::Agent, &["spool", "list"]))]
            }
            Command::Spool(Spool::Check(folders)) => {
                vec![folders.pass(Errand::new(Program::Agent, &["spool", "check"]))]
            }
            Command::Album(Album { car, config, site_key }) => vec![
                Errand::new(Program::Agent, &["album"])
                    .flag("--order", car.order)
                    .flag("--body", car.body)
                    .flag("--vin", car.vin)
                    .flag("--config", config)
                    .flag("--site-key", site_key),
            ],
            Command::SiteKey(SiteKey::New { file }) => {
                vec![Errand::new(Program::Agent, &["site-key", "new"]).operand(file)]
            }
            Command::Pin(folders) => vec![folders.pass(Errand::new(Program::Uploader, &["pin"]))],
            Command::Explain(explain) => vec![explain.errand()],
            Command::Why { code } => vec![Errand::new(Program::Agent, &["why"]).operand(code)],
            Command::Simulate(Simulate::Arrival(arrival)) => vec![arrival.errand()],
        }
    }
}

impl Folders {
    fn pass(self, errand: Errand) -> Errand {
        errand.flag("--config", self.config).flag("--data", self.data)
    }
}

impl Errand {
    /// Adds `name=value`, one argument, so that no value is taken for another flag.
    fn flag(mut self, name: &str, value: Option<impl Into<OsString>>) -> Errand {
        if let Some(value) = value {
            let mut argument = OsString::from(name);
            argument.push("=");
            argument.push(value.into());
            self.arguments.push(argument);
        }
        self
    }

    /// Adds the flag that has no value, if it was given.
    fn word(mut self, name: &str, is_given: bool) -> Errand {
        self.arguments.extend(is_given.then(|| OsString::from(name)));
        self
    }

    /// Adds a value after `--`, so that it is not taken for a flag.
    fn operand(mut self, value: Option<impl Into<OsString>>) -> Errand {
        if let Some(value) = value {
            self.arguments.extend([OsString::from("--"), value.into()]);
        }
        self
    }
}

#[cfg(test)]
mod tests;
