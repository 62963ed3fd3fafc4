//! `lineshot-commission`: draw what may be seen at a station, see what will be shown.
//!
//! Holds: this is the only program that can show a raw still, and it is not installed with the agent; it listens on
//! loopback alone; the station is closed as long as it runs.
//!
//! Deliberately absent: any writing of a picture, the storage, the broker.

mod arguments;
mod darkroom;
mod draft;
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

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use arguments::{Arguments, Command, Draw, Wanted};
use clap::Parser as _;
use lineshot_clock::MachineClock;
use lineshot_config::AgentSettings;
use lineshot_domain::{Clock, StationId};
use lineshot_release::{Permission, Root};

use guard::Guard;
use looker::Looker;
use session::{Place, Session};

fn main() -> ExitCode {
    // The first provider installed is everybody's; that it was there before is impossible here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Command::Draw(draw) => run(&arguments, draw),
        Command::Permission(wanted) => permission(&arguments, wanted),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lineshot-commission: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, draw: &Draw) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::start());
    let settings = AgentSettings::load(&arguments.config)?;
    let (id, view) = match draw.station.split_once('/') {
        Some((station, view)) => (station, Some(view)),
        None => (draw.station.as_str(), None),
    };
    let (station, view) = draft::chosen(&settings, id, view).map_err(|why| anyhow!(why))?;
    let looker = match &draw.permission {
        Some(file) => Looker::permitted(file, &settings, &station.id, &*clock)?,
        None => Looker::on_trial(draw.person.as_deref().unwrap_or_default(), &station.id, &*clock)?,
    };
    let place = Place {
        config: arguments.config.clone(),
        file: arguments.config.join("stations").join(format!("{id}.toml")),
        station: id.to_owned(),
        view: view.id.to_string(),
        out: draw.out.clone(),
    };
    let session = Arc::new(Session::begin(place, looker, &settings, clock)?);
    tokio::runtime::Runtime::new()?.block_on(serve(session, draw.port))
}

async fn serve(session: Arc<Session>, port: u16) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.context("no port on loopback")?;
    let guarded = Guard::new(listener.local_addr()?.port())?;
    say(&format!(
        "The station {} is closed until this ends. Open, once, in a browser on this machine:\n\n  {}\n\n\
         Raw stills for half an hour. End it on the page, or with Ctrl-C.\n",
        session.place.station,
        guarded.address()
    ))?;
    let over = session.clone();
    let ended = async move {
        tokio::select! {
            () = over.until_over() => {}
            _ = tokio::signal::ctrl_c() => {}
            () = expiry(&over) => {}
        }
        over.end();
    };
    axum::serve(listener, web::router(session, guarded)).with_graceful_shutdown(ended).await?;
    say("The station is open again.\n")
}

/// Returns when nobody may look any more.
async fn expiry(session: &Session) {
    while session.looker.may_look(session.clock.wall()).is_ok() {
        tokio::time::sleep(Duration::from_secs(1)).await;
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
