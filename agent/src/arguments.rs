//! What can be said to `lineshot-agent` on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use lineshot_agent::Whose;
use lineshot_agent::command::angle::{Aim, Enrol};
use lineshot_agent::command::halt::{PauseNow, ResumeWritten, StopNow};
use lineshot_agent::command::mask_test::MaskTest;
use lineshot_agent::command::snapshot::SnapshotOf;
use lineshot_agent::explain::{Of, Past, Question};
use lineshot_agent::listen::Listen;
use lineshot_agent::release::Prepare;
use lineshot_agent::setup::{Add, Import, Init};
use lineshot_agent::simulate::MadeUp;
use lineshot_agent::why::Code;
use lineshot_domain::{Claims, Market, VehicleClass};

#[derive(Parser)]
#[command(version, about = "Photographs vehicles at the stations of this line PC")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Listen to the line and photograph, until SIGTERM
    Run {
        #[command(flatten)]
        place: Place,
        /// Take trial pictures without a release: marked, and kept apart under `unreleased/`
        #[arg(long)]
        unreleased: bool,
    },
    /// Check the configuration
    Check {
        #[command(flatten)]
        place: Place,
        /// Say what is wrong as JSON, one object a line, on standard output
        #[arg(long)]
        json: bool,
        /// Show every value that holds, defaults included, and where it comes from
        #[arg(long, conflicts_with = "json")]
        effective: bool,
    },
    /// Begin a configuration: a comment on every key, and a few answers of yours
    #[command(override_usage = "lineshot init [OPTIONS] [DIR]")]
    Init(Init),
    /// One station
    #[command(subcommand)]
    Station(StationCommand),
    /// All stations
    #[command(subcommand)]
    Stations(StationsCommand),
    /// Show what the line says, VINs shortened, and propose how `[trigger]` of line.toml may read
    #[command(override_usage = "lineshot listen [OPTIONS] TOPIC...")]
    Listen(Listen),
    /// Look at the spool
    #[command(subcommand)]
    Spool(Spool),
    /// Read the record of this PC
    #[command(subcommand)]
    Ledger(Ledger),
    /// Say where an order's album is
    Album {
        #[command(flatten)]
        whose: Number,
        #[command(flatten)]
        place: Place,
        /// The site key's file, if not the configured one
        #[arg(long)]
        site_key: Option<PathBuf>,
    },
    /// The key that all PCs of the site share
    #[command(subcommand)]
    SiteKey(KeyCommand),
    /// What plant security signs
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Stop photographs and deliveries of this PC until somebody signs a resume; shows its number
    #[command(override_usage = "lineshot stop [OPTIONS]")]
    Stop(StopNow),
    /// Pause photographs for some time
    #[command(override_usage = "lineshot pause [OPTIONS]")]
    Pause(PauseNow),
    /// Write the text that lifts a stop, once it is signed
    #[command(override_usage = "lineshot resume NUMBER --parcels deliver|destroy [OPTIONS]")]
    Resume(ResumeWritten),
    /// Say whether a vehicle that arrives then would be photographed, or what became of one; exit code 3:
    /// it would not, or it never came
    Explain(Explain),
    /// Say what a code means; without one, show all
    Why {
        /// Such as `window`, `refused(window)` or `silence`
        #[arg(value_parser = Code::parse)]
        code: Option<Code>,
    },
    /// Walk the agent's true path and say what has to be mended; exit code 1: something has to be
    Doctor {
        #[command(flatten)]
        config: Config,
        /// Say it as JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show the USB cameras of this PC, and the line of each for the station's file
    #[command(override_usage = "lineshot cameras")]
    Cameras,
    /// Write one covered, proven picture of a view, taken now by the running agent
    #[command(override_usage = "lineshot snapshot STATION[/VIEW] --out FILE [OPTIONS]")]
    Snapshot(SnapshotOf),
    /// Hold a printed card where pictures are covered and where they are not; writes a certificate
    #[command(
        override_usage = "lineshot mask-test STATION[/VIEW] [OPTIONS]\n       lineshot mask-test --card FILE"
    )]
    MaskTest(MaskTest),
    /// Say which way to turn a view's camera until it stands as it was enrolled; nobody sees a picture
    #[command(override_usage = "lineshot aim STATION[/VIEW] [OPTIONS]")]
    Aim(Aim),
    /// Watch a view for some minutes and keep what never moves, so that a camera that is moved is noticed
    #[command(override_usage = "lineshot enrol STATION[/VIEW] [OPTIONS]")]
    Enrol(Enrol),
    /// Let the running agent treat something made up as real
    #[command(subcommand)]
    Simulate(Simulate),
}

#[derive(Subcommand)]
pub(crate) enum Simulate {
    /// A vehicle arrives; its pictures are marked. Only if the agent runs with --unreleased
    Arrival {
        #[command(flatten)]
        vehicle: Vehicle,
        #[command(flatten)]
        config: Config,
        /// The agent's door, if not the configured one
        #[arg(long)]
        socket: Option<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Config {
    /// The configuration's folder
    #[arg(long = "config", default_value = "/etc/lineshot")]
    pub(crate) folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    about: About,
    /// Local time of the station (2026-11-24T05:59), a time with an offset, or `now`
    #[arg(long, value_name = "TIME", conflicts_with = "past")]
    at: Option<String>,
    /// The market of the order
    #[arg(long, value_parser = Market::parse, conflicts_with = "past")]
    market: Option<Market>,
    /// The class of the vehicle
    #[arg(long, value_parser = VehicleClass::parse, conflicts_with = "past")]
    class: Option<VehicleClass>,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
    /// The data folder, if not the configured one
    #[arg(long, conflicts_with = "would")]
    data: Option<PathBuf>,
    /// Answer for a program
    #[arg(long, conflicts_with = "would")]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct About {
    /// The future: the station's id
    #[arg(long, value_name = "STATION", requires = "at")]
    would: Option<String>,
    /// The past: the order number
    #[arg(long, group = "past")]
    order: Option<String>,
    /// The past: the body number
    #[arg(long, group = "past")]
    body: Option<String>,
    /// The past: the vehicle identification number
    #[arg(long, group = "past")]
    vin: Option<String>,
    /// The past: the id of the arrival's event
    #[arg(long, group = "past", value_name = "ID")]
    event: Option<String>,
}

/// What `explain` is asked about.
pub(crate) enum Asked {
    /// A vehicle that arrives one day, by the configuration in this folder.
    Future(PathBuf, Question),
    /// One that came.
    Past(Past),
}

impl Explain {
    pub(crate) fn asked(self) -> Asked {
        let Explain { about, at, market, class, config, data, json } = self;
        let About { would, order, body, vin, event } = about;
        let of = match (would, event) {
            (Some(station), _) => {
                let (at, kind) = (at.unwrap_or_default(), Claims { market, class });
                return Asked::Future(config, Question { station, at, kind });
            }
            (_, Some(event)) => Of::Event(event),
            _ => Of::Vehicle(Number { order, body, vin }.whose()),
        };
        Asked::Past(Past { of, config, data, json })
    }
}

#[derive(Args)]
#[group(skip)]
pub(crate) struct Vehicle {
    /// The station's id
    #[arg(long)]
    station: String,
    /// The vehicle identification number
    #[arg(long, required_unless_present_any = ["order", "body"])]
    vin: Option<String>,
    /// The order number
    #[arg(long)]
    order: Option<String>,
    /// The body number
    #[arg(long, conflicts_with_all = ["vin", "order"])]
    body: Option<String>,
    /// The market that the event claims
    #[arg(long)]
    market: Option<String>,
    /// The class that the event claims
    #[arg(long)]
    class: Option<String>,
}

impl Vehicle {
    pub(crate) fn made_up(self) -> MadeUp {
        let Vehicle { station, vin, order, body, market, class } = self;
        MadeUp { station, vin, order, body, market, class }
    }
}

#[derive(Subcommand)]
pub(crate) enum Spool {
    /// List the newest cases and what became of them
    List {
        #[command(flatten)]
        place: Place,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Look whether all of the data folder fits together; changes nothing. Exit code 3: something does not
    Check {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub(crate) enum Ledger {
    /// Say whether all lines fit together; exit code 3: they do not
    Verify {
        #[command(flatten)]
        place: Place,
    },
    /// Show the last lines, or all of one case
    Show {
        #[command(flatten)]
        place: Place,
        /// How many
        #[arg(long, default_value_t = 20)]
        last: usize,
        /// Of this case alone
        #[arg(long, conflicts_with = "last")]
        case: Option<String>,
    },
    /// Write every line as JSON, one object a line, with what its hash is made of
    Export {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub(crate) enum StationCommand {
    /// Add one that is like another
    #[command(override_usage = "lineshot station add ID --like OTHER [--set KEY=VALUE]... [--config DIR]")]
    Add(Add),
}

#[derive(Subcommand)]
pub(crate) enum StationsCommand {
    /// Add one for each line of a list, or none
    ///
    /// The list's heading names keys of a station's file, with dots: id, like, name.en, view.camera.http.url …
    /// An empty field leaves what stands in the file of the station that it is like.
    #[command(override_usage = "lineshot stations import FILE [--like OTHER] [--config DIR]")]
    Import(Import),
}

#[derive(Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Write the document to be signed, and the sheet with the covered pictures beside it
    #[command(override_usage = "lineshot release prepare [STATION]... [OPTIONS]")]
    Prepare(Prepare),
    /// Say whether stations are released, by whom and until when, or why not; exit code 3: not all are
    Verify(Stations),
    /// Say in words what is other than it was signed; exit code 3: something is wider
    Diff(Stations),
}

/// Stations of a configuration.
#[derive(Args)]
pub(crate) struct Stations {
    /// The stations; none: all
    #[arg(value_name = "STATION")]
    pub(crate) named: Vec<String>,
    #[command(flatten)]
    pub(crate) config: Config,
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make the site's first key; never replaces one
    New {
        /// Where to
        #[arg(default_value = "/etc/lineshot/site.key")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Place {
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    pub(crate) config: PathBuf,
    /// The data folder, if not the configured one
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Number {
    /// The order number
    #[arg(long)]
    order: Option<String>,
    /// The body number
    #[arg(long)]
    body: Option<String>,
    /// The vehicle identification number
    #[arg(long)]
    vin: Option<String>,
}

impl Number {
    pub(crate) fn whose(self) -> Whose {
        match (self.order, self.body, self.vin) {
            (Some(order), _, _) => Whose::Order(order),
            (_, Some(body), _) => Whose::Body(body),
            (_, _, vin) => Whose::Vin(vin.unwrap_or_default()),
        }
    }
}
