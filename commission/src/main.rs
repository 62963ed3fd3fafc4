//! `lineshot-commission`: draw what may be seen at a station, see what will be shown.
//!
//! Holds: this is the only program that can show a raw still, and it is not installed with the agent; it listens on
//! loopback alone; the station is closed as long as it runs.
//!
//! Deliberately absent: any writing of a picture, the storage, the broker.

mod arguments;
mod darkroom;
mod draft;
mod draw;
mod edit;
mod eye;
mod guard;
mod lease;
mod looker;
mod page;
mod save;
mod session;
mod warnings;
mod web;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use arguments::{Arguments, Command, Wanted};
use clap::Parser as _;
use lineshot_clock::MachineClock;
use lineshot_config::{AgentSettings, Problems};
use lineshot_domain::{Clock as _, StationId};
use lineshot_release::{Permission, Root};

const NAME: &str = "lineshot-commission";

fn main() -> ExitCode {
    // Raw frames are in this process's memory: no core dump, and no other process of this user looks in.
    if rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).is_err() {
        eprintln!("{NAME}: the kernel would not forbid core dumps");
    }
    // The first provider installed is everybody's; that it was there before is impossible here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Command::Draw(wanted) => draw::run(&arguments.config, wanted),
        Command::Permission(wanted) => permission(&arguments, wanted),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let told = match error.downcast_ref::<Problems>() {
                Some(problems) => problems.report(NAME, std::io::stderr().is_terminal()),
                None => format!("{NAME}: {error:#}\n"),
            };
            let _ = std::io::stderr().write_all(told.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn permission(arguments: &Arguments, wanted: &Wanted) -> Result<()> {
    let clock = MachineClock::start();
    let settings = AgentSettings::load(&arguments.config)?;
    let me = looker::me(&Root::of_machine(), &settings)?;
    let wanted = lineshot_release::Wanted {
        station: StationId::parse(&wanted.station)?,
        person: Permission::name(&wanted.person)?,
        from: clock.wall(),
        length: Duration::from_secs(3600 * wanted.hours),
    };
    say(&Permission::prepared(&me, &wanted)?)
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
