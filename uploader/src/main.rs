//! `lineshot-uploader`: the story of the daemon.

mod arguments;
mod commands;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use arguments::{Arguments, Command};
use clap::Parser as _;
use lineshot_config::{STOP, UploaderSettings};
use lineshot_release::Root;
use lineshot_spool::Back;
use lineshot_uploader::{Asked, Credentials, Drain, Failure, MachineClock, Signals, Store, Wake, log};

fn main() -> ExitCode {
    // The first provider installed is everybody's; that it was there before is impossible here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    let ended = match &arguments.command {
        Command::Run => run(&arguments),
        Command::Check { json, effective } => commands::check(&arguments.config, *json, *effective),
        Command::Doctor { json, credentials_from_input } => {
            return commands::examine(&arguments.config, *json, *credentials_from_input);
        }
        Command::AlbumKey => commands::album_key(&arguments),
        Command::Pin { replace } => commands::pin(&arguments, *replace),
    };
    let failure = match ended {
        Ok(said) => {
            let _ = std::io::stdout().write_all(said.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(failure) => failure,
    };
    failed(failure)
}

fn failed(failure: Failure) -> ExitCode {
    let code = failure.exit_code();
    let told = failure.told(std::io::stderr().is_terminal());
    let _ = std::io::stderr().write_all(told.as_bytes());
    ExitCode::from(code)
}

fn run(arguments: &Arguments) -> Result<String, Failure> {
    let (mut settings, mut store) = settled(arguments)?;
    log::to_stderr(&settings.log)?;
    let data = arguments.data.clone().unwrap_or_else(|| settings.data.clone());
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::Thread)?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        loop {
            let clock = Arc::new(MachineClock::start());
            let back = Back::open(&data, &arguments.config.join(STOP), clock.clone())?;
            let wake = Wake::on(&back.rooms().ready()).map_err(Failure::Thread)?;
            let mut drain =
                Drain::new(back, store, wake, Root::of_machine(), clock).expiring(settings.expire_after);
            tracing::info!(version = env!("CARGO_PKG_VERSION"), "delivering");
            (settings, store) = loop {
                // Stopped wherever it is: what it did not finish it does again.
                match drain.until(signals.next()).await? {
                    Asked::Stop => {
                        tracing::info!("stopped");
                        return Ok(String::new());
                    }
                    Asked::Reload => match settled(arguments) {
                        Ok(settled) => break settled,
                        Err(failure) => {
                            let told = failure.told(false);
                            tracing::error!(
                                "the configuration cannot be used, the earlier one still holds: {told}"
                            );
                        }
                    },
                }
            };
        }
    })
}

/// The settings, and the store that they name. Nothing is sent yet.
fn settled(arguments: &Arguments) -> Result<(UploaderSettings, Store), Failure> {
    let settings = UploaderSettings::load(&arguments.config)?;
    let credentials = Credentials::load(settings.store.credentials.as_deref())?;
    let store = Store::connect(&settings.store, &credentials)?;
    Ok((settings, store))
}
