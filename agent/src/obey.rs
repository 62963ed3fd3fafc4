//! What a command line asks for.

use std::io::{BufRead, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use lineshot_agent::command::{angle, cameras, halt, ledger, mask_test, snapshot};
use lineshot_agent::{
    Failure, Start, command, doctor, explain, listen, release, run, setup, simulate, site_key, why,
};
use lineshot_clock::MachineClock;
use lineshot_domain::Clock;
use tracing_subscriber::EnvFilter;

use crate::arguments::{
    Asked, Command, KeyCommand, Ledger, Place, ReleaseCommand, Simulate, Spool, StationCommand, Stations,
    StationsCommand,
};

/// A command's answer, which ends it well if it can be shown.
fn say(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Does it.
///
/// # Errors
/// [`Failure`].
pub(crate) fn obey(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run { place, unreleased } => daemon(place, unreleased),
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
        Command::Init(said) => {
            let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
            let is_there = stdin.is_terminal() && stderr.is_terminal();
            let mut input = stdin.lock();
            let terminal: Option<(&mut dyn BufRead, &mut dyn Write)> =
                if is_there { Some((&mut input, &mut stderr)) } else { None };
            Ok(say(&setup::init(&said, terminal)?))
        }
        Command::Listen(asked) => {
            listen::listen(&asked, &MachineClock::start(), &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Station(StationCommand::Add(station)) => Ok(say(&setup::add(&station)?)),
        Command::Stations(StationsCommand::Import(list)) => Ok(say(&setup::import(&list)?)),
        Command::Spool(asked) => spool(asked),
        Command::Ledger(asked) => ledger(asked),
        Command::Album { whose, place, site_key } => {
            let (whose, data) = (whose.whose(), place.data.as_deref());
            let album = command::album(&whose, &place.config, data, site_key.as_deref())?;
            Ok(say(&album))
        }
        Command::SiteKey(KeyCommand::New { file }) => {
            site_key::make(&file).map_err(|error| Failure::Configuration(error.into()))?;
            Ok(say(&format!("{}: keep it safe and copy it to every PC of the site\n", file.display())))
        }
        Command::Release(asked) => release(asked),
        Command::Stop(asked) => {
            halt::stop(&asked, &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Pause(asked) => {
            halt::pause(&asked, &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume(asked) => Ok(say(&halt::resume(&asked, &MachineClock::start())?)),
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
        Command::Doctor { config, json } => {
            match doctor::walk(&config.folder, json, &mut std::io::stdout())? {
                true => Ok(ExitCode::SUCCESS),
                false => Ok(ExitCode::FAILURE),
            }
        }
        Command::Cameras => Ok(say(&cameras::cameras()?)),
        Command::Snapshot(asked) => {
            snapshot::snapshot(&asked, &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::MaskTest(asked) => {
            let clock = MachineClock::start();
            mask_test::mask_test(&asked, &clock, &mut std::io::stdin().lock(), &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Aim(asked) => {
            angle::aim(&asked, &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Enrol(asked) => {
            angle::enrol(&asked, &mut std::io::stdout())?;
            Ok(ExitCode::SUCCESS)
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

fn data(place: &Place) -> Result<PathBuf, Failure> {
    match &place.data {
        Some(data) => Ok(data.clone()),
        None => Ok(command::settings(&place.config)?.data),
    }
}

fn spool(asked: Spool) -> Result<ExitCode, Failure> {
    match asked {
        Spool::List { place, limit } => Ok(say(&command::spool_list(&data(&place)?, limit)?)),
        Spool::Check { place } => {
            let (text, fits) = command::spool_check(&data(&place)?, &MachineClock::start())?;
            let said = say(&text);
            Ok(if fits { said } else { ExitCode::from(explain::NO) })
        }
    }
}

fn ledger(asked: Ledger) -> Result<ExitCode, Failure> {
    let (said, holds) = match asked {
        Ledger::Verify { place } => {
            let (text, holds) = ledger::verify(&data(&place)?)?;
            (say(&text), holds)
        }
        Ledger::Show { place, last, case } => {
            let (text, holds) = ledger::show(&data(&place)?, last, case.as_deref())?;
            (say(&text), holds)
        }
        Ledger::Export { place } => {
            let (text, holds) = ledger::export(&data(&place)?, &mut std::io::stdout().lock())?;
            // Standard output is the record's alone.
            let _ = std::io::stderr().write_all(text.as_bytes());
            (ExitCode::SUCCESS, holds)
        }
    };
    Ok(if holds { said } else { ExitCode::from(explain::NO) })
}

fn release(asked: ReleaseCommand) -> Result<ExitCode, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::start());
    let (text, is_well) = match asked {
        ReleaseCommand::Prepare(asked) => (release::prepare(&asked, &clock)?, true),
        ReleaseCommand::Verify(Stations { named, config }) => {
            release::verify(&config.folder, &named, &*clock)?
        }
        ReleaseCommand::Diff(Stations { named, config }) => release::diff(&config.folder, &named, &*clock)?,
    };
    let said = say(&text);
    Ok(if is_well { said } else { ExitCode::from(explain::NO) })
}

fn daemon(place: Place, unreleased: bool) -> Result<ExitCode, Failure> {
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
