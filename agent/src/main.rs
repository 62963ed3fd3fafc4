//! `lineshot-agent`: the line-side daemon, and the commands that need its rooms.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

mod arguments;

use arguments::{Asked, Cli, Command, KeyCommand, Simulate, Spool};
use clap::Parser as _;
use lineshot_agent::{Failure, Start, command, explain, run, simulate, site_key, why};
use lineshot_clock::MachineClock;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Raw frames are in this process's memory: no core dump, and no other process of this user looks in.
    if rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).is_err() {
        let _ = writeln!(std::io::stderr(), "lineshot-agent: the kernel would not forbid core dumps");
    }
    rustls::crypto::ring::default_provider().install_default().expect("nothing else installs a TLS provider");
    obey(Cli::parse().command).unwrap_or_else(|failure| {
        let told = failure.told(std::io::stderr().is_terminal());
        let _ = std::io::stderr().write_all(told.as_bytes());
        failure.code()
    })
}

/// A command's answer, which ends it well if it can be shown.
fn say(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn obey(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run { place, unreleased } => {
            let settings = command::settings(&place.config)?;
            let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(&settings.log));
            let filter = filter.map_err(|error| Failure::Configuration(error.into()))?;
            tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr)
                .init();
            run(&Start { config: place.config, data: place.data, unreleased }, settings)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { place, json, effective } => {
            match command::check(&place.config, &MachineClock::start(), effective) {
                Err(Failure::Problems(problems)) if json => {
                    say(&problems.json());
                    Ok(Failure::Problems(problems).code())
                }
                Ok(_) if json => Ok(ExitCode::SUCCESS),
                checked => Ok(say(&checked?)),
            }
        }
        Command::Spool(Spool::List { place, limit }) => {
            let data = match place.data {
                Some(data) => data,
                None => command::settings(&place.config)?.data,
            };
            Ok(say(&command::spool_list(&data, limit)?))
        }
        Command::Album { whose, place, site_key } => {
            let (whose, data) = (whose.whose(), place.data.as_deref());
            let album = command::album(&whose, &place.config, data, site_key.as_deref())?;
            Ok(say(&album))
        }
        Command::SiteKey(KeyCommand::New { file }) => {
            site_key::make(&file).map_err(|error| Failure::Configuration(error.into()))?;
            Ok(say(&format!("{}: keep it safe and copy it to every PC of the site\n", file.display())))
        }
        Command::Explain(question) => {
            let answer = match question.asked() {
                Asked::Future(config, question) => {
                    explain::explain(&config, &question, &MachineClock::start())?
                }
                Asked::Past(question) => explain::past(&question)?,
            };
            let said = say(&answer.text);
            Ok(if answer.yes { said } else { ExitCode::from(explain::NO) })
        }
        Command::Why { code } => Ok(say(&code.map_or_else(why::table, why::row))),
        Command::Simulate(Simulate::Arrival { vehicle, config, socket }) => {
            let socket = match socket {
                Some(socket) => socket,
                None => command::settings(&config.folder)?.socket,
            };
            simulate::arrival(&socket, &vehicle.made_up(), &mut std::io::stdout())
                .map_err(|error| Failure::Other(error.into()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
