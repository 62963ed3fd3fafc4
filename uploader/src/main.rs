//! `lineshot-uploader`: the command line and the story of the daemon.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use lineshot_config::UploaderSettings;
use lineshot_spool::Back;
use lineshot_uploader::{
    Credentials, CredentialsError, Drain, Failure, MachineClock, Store, asked_to_stop, log,
};

/// Delivers lineshot's pictures to object storage.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration folder.
    #[arg(long, value_name = "DIR", default_value = "/etc/lineshot", global = true)]
    config: PathBuf,
    /// The data folder, instead of the configured one.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deliver until stopped.
    Run,
    /// Check settings and credentials; nothing is sent.
    Check,
    /// Believe the key that this PC's agent has written.
    Pin {
        /// Believe it although another one was believed before.
        #[arg(long)]
        replace: bool,
    },
}

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
        Command::Check => check(&arguments.config),
        Command::Pin { replace } => pin(&arguments, *replace),
    };
    let Err(failure) = ended else { return ExitCode::SUCCESS };
    let code = failure.exit_code();
    eprintln!("lineshot-uploader: {:#}", anyhow::Error::from(failure));
    ExitCode::from(code)
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = UploaderSettings::load(&arguments.config)?;
    log::to_stderr(&settings.log)?;
    let credentials = Credentials::load(settings.store.credentials.as_deref())?;
    let store = Store::connect(&settings.store, &credentials)?;
    let clock = Arc::new(MachineClock::start());
    let back = Back::open(arguments.data.as_deref().unwrap_or(&settings.data), clock.clone())?;
    let drain = Drain::new(back, store, clock)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::Thread)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), store = %settings.store.endpoint, "delivering");
    runtime.block_on(async { Ok::<(), Failure>(drain.run(asked_to_stop()?).await?) })?;
    tracing::info!("stopped");
    Ok(())
}

fn check(config: &Path) -> Result<(), Failure> {
    let settings = UploaderSettings::load(config)?;
    log::filter(&settings.log)?;
    let said = match Credentials::load(settings.store.credentials.as_deref()) {
        Ok(credentials) => {
            Store::connect(&settings.store, &credentials).map(|_| "settings and credentials are fine")?
        }
        // A systemd credential can be seen by the running unit alone.
        Err(CredentialsError::Nowhere) => {
            "settings are fine; no credentials can be seen from here, the unit brings its own"
        }
        Err(error) => return Err(error.into()),
    };
    let _ = writeln!(std::io::stdout(), "{said}");
    Ok(())
}

fn pin(arguments: &Arguments, replace: bool) -> Result<(), Failure> {
    let configured = || UploaderSettings::load(&arguments.config).map(|settings| settings.data);
    let data = arguments.data.clone().map_or_else(configured, Ok)?;
    Ok(Back::pin(&data, replace)?)
}
