//! `lineshot-demo`: what `cargo xtask demo` starts when everything is built.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use lineshot_demo::{Wanted, ask, run};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(about = "Shows lineshot at work on a rendered line, and lets you try to break it")]
struct Cli {
    /// Where the demo keeps what it makes
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// End after the table; exit code 0 only if everything came as it must
    #[arg(long)]
    once: bool,
    /// Let a USB camera of this machine stand at the first station, in place of the rendered one
    #[arg(long)]
    webcam: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Let a car come
    Arrive {
        /// Its order number, 1 to 9999
        #[arg(long)]
        order: u32,
    },
    /// Send an order's last arrival again, the same bytes
    Resend(Order),
    /// Cut the storage off
    CutStorage,
    /// Restore it
    RestoreStorage,
    /// Cut the line between agent and broker
    CutBroker,
    /// Restore it
    RestoreBroker,
    /// Kill a daemon in the middle of whatever it does
    Kill {
        /// Which
        daemon: Daemon,
    },
    /// Knock the first station's camera, and put it straight again
    NudgeCamera,
    /// Say what became of an order, and why
    Explain(Order),
    /// Stop photographs and deliveries, as `lineshot stop` does
    Stop,
    /// Lift the stop by a resume that the demo's throwaway key signs
    Resume,
}

#[derive(Args)]
struct Order {
    /// The order number, 1 to 9999
    order: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Daemon {
    Agent,
    Uploader,
}

impl Action {
    fn spoken(self) -> (&'static str, Option<u32>) {
        match self {
            Action::Arrive { order } => ("arrive", Some(order)),
            Action::Resend(Order { order }) => ("resend", Some(order)),
            Action::CutStorage => ("cut-storage", None),
            Action::RestoreStorage => ("restore-storage", None),
            Action::CutBroker => ("cut-broker", None),
            Action::RestoreBroker => ("restore-broker", None),
            Action::Kill { daemon: Daemon::Agent } => ("kill-agent", None),
            Action::Kill { daemon: Daemon::Uploader } => ("kill-uploader", None),
            Action::NudgeCamera => ("nudge-camera", None),
            Action::Explain(Order { order }) => ("explain", Some(order)),
            Action::Stop => ("stop", None),
            Action::Resume => ("resume", None),
        }
    }
}

fn main() -> ExitCode {
    let Cli { folder, once, webcam, action } = Cli::parse();
    let Some(folder) = folder else {
        eprintln!("lineshot-demo: name a folder with --folder; `cargo xtask demo` does so by itself");
        return ExitCode::FAILURE;
    };
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,rumqttd=off,s3s=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match action {
        None => run(&Wanted { folder, once, webcam }),
        Some(action) => {
            let (name, order) = action.spoken();
            ask(&folder, name, order).map(|()| true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lineshot-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
