//! What the person typed, and what the daemons are asked in their turn.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::programs::{Errand, Program};

/// Operates lineshot, which photographs cars while they are being built.
#[derive(Debug, Parser)]
#[command(name = "lineshot", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the configuration of both daemons and say what is wrong with it
    ///
    /// Changes nothing and needs no running daemon. Exit code 0: everything can be used; 64: something
    /// must be mended.
    Check {
        /// The configuration folder
        #[arg(default_value = "/etc/lineshot", value_name = "DIR")]
        dir: PathBuf,
        /// The configuration folder, as other commands take it
        #[arg(long, value_name = "DIR", conflicts_with = "dir")]
        config: Option<PathBuf>,
    },
    /// Look at what this PC has taken and not yet delivered
    #[command(subcommand)]
    Spool(Spool),
    /// Say which album a car's pictures go to
    ///
    /// The album's name is made from the order number, else the body number, else the VIN, with the
    /// site's key: it tells nobody else whose car it is.
    Album(Album),
    /// Make the key that all PCs of a site share
    #[command(subcommand)]
    SiteKey(SiteKey),
    /// Let the uploader trust this PC's agent
    ///
    /// Once after installation: the uploader remembers the agent's public key and from then on delivers
    /// only what that agent signed.
    Pin(Folders),
    /// Say whether a vehicle that arrives then would be photographed
    ///
    /// Asks the very function that decides about real vehicles, by the configuration alone and without the
    /// running agent: the answer names what it supposes, says when the hours begin or end, and shows the
    /// week. Exit code 0: at least one view would give a picture; 3: none would; 1: there is no such
    /// station or moment; 64: the configuration must be mended.
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

#[derive(Debug, Args)]
struct Explain {
    /// The station's id
    #[arg(long, value_name = "STATION")]
    would: String,
    /// Local time of the station, such as 2026-11-24T05:59, a time with an offset, or now
    #[arg(long, value_name = "TIME")]
    at: String,
    /// The market that the order directory (without one: the event) would name
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// The class that the order directory (without one: the event) would name
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// The configuration folder [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Simulate {
    /// Say that a vehicle has arrived, and what becomes of it
    ///
    /// The gate decides as always, and a picture is marked as simulated everywhere. Only while the agent
    /// runs with --unreleased, and only for users of the group lineshot. Exit code 0: every view has its
    /// outcome, whatever it is.
    Arrival(Arrival),
}

#[derive(Debug, Args)]
struct Arrival {
    /// The station's id
    #[arg(long, value_name = "STATION")]
    station: String,
    #[command(flatten)]
    vehicle: Vehicle,
    /// The market that the event claims
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// The class that the event claims
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// The configuration folder, which names the agent's door [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The agent's door, if not the configuration's
    #[arg(long, value_name = "SOCKET")]
    socket: Option<PathBuf>,
}

/// A VIN, an order (both may be named), or a body.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Vehicle {
    /// Its VIN
    #[arg(long, value_name = "VIN")]
    vin: Option<String>,
    /// Its order's number, alone or beside the VIN
    #[arg(long, value_name = "NUMBER")]
    order: Option<String>,
    /// Its body's number, alone
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["vin", "order"])]
    body: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Spool {
    /// List the cases on this PC: what became of each, and what waits for delivery
    List(Folders),
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
            Command::Check { dir, config } => {
                let folder = config.unwrap_or(dir);
                [Program::Agent, Program::Uploader]
                    .map(|program| Errand::new(program, &["check"]).flag("--config", Some(&folder)))
                    .into()
            }
            Command::Spool(Spool::List(folders)) => {
                vec![folders.pass(Errand::new(Program::Agent, &["spool", "list"]))]
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
            Command::Explain(Explain { would, at, market, class, config }) => vec![
                Errand::new(Program::Agent, &["explain"])
                    .flag("--would", Some(would))
                    .flag("--at", Some(at))
                    .flag("--market", market)
                    .flag("--class", class)
                    .flag("--config", config),
            ],
            Command::Why { code } => vec![Errand::new(Program::Agent, &["why"]).operand(code)],
            Command::Simulate(Simulate::Arrival(arrival)) => vec![arrival.errand()],
        }
    }
}

impl Arrival {
    fn errand(self) -> Errand {
        let Vehicle { vin, order, body } = self.vehicle;
        Errand::new(Program::Agent, &["simulate", "arrival"])
            .flag("--station", Some(self.station))
            .flag("--vin", vin)
            .flag("--order", order)
            .flag("--body", body)
            .flag("--market", self.market)
            .flag("--class", self.class)
            .flag("--config", self.config)
            .flag("--socket", self.socket)
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

    /// Adds a value after `--`, so that it is not taken for a flag.
    fn operand(mut self, value: Option<impl Into<OsString>>) -> Errand {
        if let Some(value) = value {
            self.arguments.extend([OsString::from("--"), value.into()]);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Each errand in one line.
    fn asked(line: &str) -> Vec<String> {
        let errands = Cli::try_parse_from(line.split(' ')).unwrap().errands();
        let said = |errand: &Errand| {
            let arguments: Vec<_> = errand.arguments.iter().map(|a| a.to_str().unwrap()).collect();
            format!("{} {}", errand.program.name(), arguments.join(" "))
        };
        errands.iter().map(said).collect()
    }

    #[test]
    fn what_the_person_typed_reaches_the_right_daemon() {
        for (line, want) in [
            ("lineshot spool list", "lineshot-agent spool list"),
            ("lineshot spool list --data /d --config /c", "lineshot-agent spool list --config=/c --data=/d"),
            ("lineshot album --order 4711", "lineshot-agent album --order=4711"),
            ("lineshot album --body=-b --site-key /k", "lineshot-agent album --body=-b --site-key=/k"),
            ("lineshot album --vin V --config /c", "lineshot-agent album --vin=V --config=/c"),
            ("lineshot site-key new", "lineshot-agent site-key new"),
            ("lineshot site-key new /k", "lineshot-agent site-key new -- /k"),
            ("lineshot site-key new -- -k", "lineshot-agent site-key new -- -k"),
            ("lineshot pin", "lineshot-uploader pin"),
            ("lineshot pin --config /c --data /d", "lineshot-uploader pin --config=/c --data=/d"),
            ("lineshot why", "lineshot-agent why"),
            ("lineshot why refused(window)", "lineshot-agent why -- refused(window)"),
            (
                "lineshot explain --would m --at 2026-11-24T05:59",
                "lineshot-agent explain --would=m --at=2026-11-24T05:59",
            ),
            (
                "lineshot explain --would m --at now --class c --market US --config /c",
                "lineshot-agent explain --would=m --at=now --market=US --class=c --config=/c",
            ),
            (
                "lineshot simulate arrival --station m --order 4711 --vin V --market US --class c",
                "lineshot-agent simulate arrival --station=m --vin=V --order=4711 --market=US --class=c",
            ),
            (
                "lineshot simulate arrival --station m --body=-b --config /c --socket /s",
                "lineshot-agent simulate arrival --station=m --body=-b --config=/c --socket=/s",
            ),
        ] {
            assert_eq!(asked(line), [want]);
        }
    }

    #[test]
    fn check_asks_both_daemons() {
        for (line, dir) in [
            ("lineshot check", "/etc/lineshot"),
            ("lineshot check /c", "/c"),
            ("lineshot check --config /c", "/c"),
        ] {
            let both = ["lineshot-agent", "lineshot-uploader"].map(|d| format!("{d} check --config={dir}"));
            assert_eq!(asked(line), both);
        }
    }

    #[test]
    fn an_album_is_asked_for_by_exactly_one_number() {
        for line in ["lineshot album", "lineshot album --order 1 --vin 2", "lineshot", "lineshot spool"] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn a_simulated_vehicle_is_a_vin_an_order_both_or_a_body() {
        for (numbers, fits) in [
            ("--vin V", true),
            ("--order 1", true),
            ("--vin V --order 1", true),
            ("--body b", true),
            ("--body b --vin V", false),
            ("--body b --order 1", false),
            ("--market US", false),
        ] {
            let line = format!("lineshot simulate arrival --station m {numbers}");
            assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), fits, "{line}");
        }
    }

    #[test]
    fn a_question_names_its_station_and_its_moment() {
        for line in ["explain", "explain --would m", "explain --at now", "simulate arrival --vin V"] {
            assert!(Cli::try_parse_from(format!("lineshot {line}").split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn the_commands_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
