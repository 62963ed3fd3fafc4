//! `draw`: the page for one view, from the key in the terminal to the open station.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use lineshot_clock::MachineClock;
use lineshot_config::AgentSettings;
use lineshot_domain::Clock;

use crate::arguments::Draw;
use crate::guard::Guard;
use crate::looker::Looker;
use crate::session::{Place, Session};
use crate::{draft, say, web};

pub(crate) fn run(config: &Path, draw: &Draw) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::start());
    let settings = AgentSettings::load(config)?;
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
        config: config.to_owned(),
        file: config.join("stations").join(format!("{id}.toml")),
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
        let _fault_was_told = tokio::task::spawn_blocking(move || over.end()).await;
    };
    axum::serve(listener, web::router(session, guarded)).with_graceful_shutdown(ended).await?;
    say("The station is open again.\n")
}

/// Returns when nobody may look any more. The agent is asked every second: it may have been started anew.
async fn expiry(session: &Arc<Session>) {
    loop {
        let beating = session.clone();
        let may_look = tokio::task::spawn_blocking(move || beating.beat()).await.unwrap_or(false);
        if !may_look {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
