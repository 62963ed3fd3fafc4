//! `lineshot listen`: what the line says, live, and how `[trigger]` may read by that.
//!
//! Holds: it takes nothing away from the agent and says nothing itself; no VIN, order or body number is shown in
//! full.

mod guess;
mod pattern;
mod propose;
mod show;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use jiff::Timestamp;
use lineshot_domain::Clock;
use tokio::signal::unix::{SignalKind, signal};

use crate::command::settings;
use crate::failure::Failure;
use crate::foundation;
use crate::plc::overhear;
use propose::Memory;

/// What to listen to, and how long.
#[derive(Clone, Debug, Args)]
pub struct Listen {
    /// Topics: '+' stands for one level and '#', at the end, for all that follow, such as 'plant/#'
    #[arg(required = true, value_name = "TOPIC")]
    filters: Vec<String>,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
    /// End after so many messages
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// End after so many seconds
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// Shows messages until enough were heard, the time is over, or Ctrl-C; then says what it makes of them.
///
/// # Errors
/// A configuration that cannot be used; a broker that cannot be reached or grants nothing.
pub fn listen(asked: &Listen, clock: &dyn Clock, out: &mut dyn Write) -> Result<(), Failure> {
    let settings = settings(&asked.config)?;
    let link = foundation::link(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("this system gives no runtime for the network")?;
    let mut memory = Memory::default();
    let mut shown: io::Result<()> = Ok(());
    let mut left = asked.count.unwrap_or(u64::MAX);
    let heard = |message| {
        shown = writeln!(out, "{}", show::line(&message)).and_then(|()| out.flush());
        let now = Timestamp::from_millisecond(clock.wall().unix_ms()).unwrap_or_default();
        memory.take(message, now);
        left = left.saturating_sub(1);
        shown.is_ok() && left > 0
    };
    let begun = || {
        let topics = asked.filters.join(", ");
        tell(&format!("listening to {topics} at {}:{}; Ctrl-C ends it", link.host, link.port));
    };
    let over = runtime.block_on(async {
        let end = ended(asked.seconds);
        overhear(&link, &asked.filters, begun, heard, end).await
    });
    over.map_err(|trouble| Failure::Other(anyhow!("no line to {}:{}: {trouble}", link.host, link.port)))?;
    shown.context("what was heard cannot be shown")?;
    let stations: Vec<String> =
        settings.stations.iter().map(|station| station.id.as_str().to_owned()).collect();
    write!(out, "\n{}", memory.proposal(&stations)).context("the proposal cannot be shown")?;
    Ok(())
}

/// For whoever looks on, not for a file that the answer goes to.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The time is over, or somebody asks for the end.
async fn ended(seconds: Option<u64>) {
    let wait = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let asked = async {
        match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
            (Ok(mut interrupt), Ok(mut terminate)) => tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            },
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait => {}
        () = asked => {}
    }
}
