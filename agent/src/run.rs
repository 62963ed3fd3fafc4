//! A day of the agent, from its start to SIGTERM.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use lineshot_clock::MachineClock;
use lineshot_config::{AgentSettings, ClockTrust};
use lineshot_domain::{Clock, LedgerState, ReleaseState, SiteKey, StationId};
use lineshot_spool::{Front, Notice, NoticeKind, OpenError, Stamp};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::admission;
use crate::command::no_data_folder;
use crate::failure::Failure;
use crate::house::House;
use crate::outbox::SpoolOutbox;
use crate::plc::{About, Heard, Kind};
use crate::plc::{Board, Line, Link, LinkProof, Secret, Topic, Voice, Wake};
use crate::rounds::Rounds;
use crate::site_key::{self, KeyFileError};
use crate::station::Station;
use crate::stays::Stays;

/// How the agent is started.
#[derive(Clone, Debug)]
pub struct Start {
    /// The data folder, if not the configured one.
    pub data: Option<PathBuf>,
    /// Take trial pictures without a release.
    pub unreleased: bool,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`Failure`]: with the exit code that tells the service manager whether to try again.
pub fn run(start: &Start, settings: AgentSettings) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::start());
    let data = start.data.clone().unwrap_or_else(|| settings.data.clone());
    if !data.is_dir() {
        return Err(Failure::Configuration(anyhow::anyhow!(no_data_folder(&data))));
    }
    let key = site_key(&settings, start.unreleased)?;
    let stamp = Stamp {
        site: settings.site.clone(),
        agent: settings.name.clone(),
        unreleased: start.unreleased,
        clock: clock_word(&settings.clock),
    };
    let (front, recovery) = Front::open(&data, key, stamp, clock.clone()).map_err(opened)?;
    tracing::info!(?recovery, data = %data.display(), unreleased = start.unreleased, "started");
    if front.ledger() == LedgerState::Broken {
        tracing::error!(
            "the ledger's chain is broken: every station refuses; keep the disk as it is and call plant security"
        );
    }
    front
        .note(&Notice::new(NoticeKind::Started, None, env!("CARGO_PKG_VERSION")))
        .context("the start could not be recorded")?;

    let stations = stations(&settings, &clock);
    let topics = topics(&stations);
    let house = Arc::new(House {
        front: front.clone(),
        stays: Arc::new(Stays::default()),
        clock: clock.clone(),
        release: if start.unreleased { ReleaseState::Trial } else { ReleaseState::Absent },
        stations,
        news: Wake::default(),
    });
    let news = house.news.clone();
    let rounds = Rounds::begin(front.clone(), move || news.wake())?;
    listen(&settings, topics, &house)?;
    drop(rounds);
    let interrupted = front.interrupt_open().context("open cases could not be ended")?;
    tracing::info!(interrupted, "stopped");
    Ok(())
}

/// Listens to the broker until a signal ends it, and takes in what is heard.
fn listen(settings: &AgentSettings, topics: Vec<Topic>, house: &Arc<House>) -> Result<(), Failure> {
    let link = link(settings)?;
    let (sender, receiver) = mpsc::channel(usize::from(link.receive_maximum));
    let admission = admission(receiver, house.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("no runtime for the network")?;
    runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let mut terminate = signal(SignalKind::terminate()).context("no signal handler")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("no signal handler")?;
        let voice = Voice {
            outbox: Box::new(SpoolOutbox(house.front.clone())),
            news: house.news.clone(),
            board: Board::default(),
            proof: LinkProof::default(),
        };
        let line = Line::new(link, topics, house.clock.clone(), house.stays.clone(), voice, sender)
            .map_err(|error| Failure::Configuration(error.into()))?;
        let mut line = tokio::spawn(line.run(stopped));
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            // Deaf but alive would look healthy to everybody: better to be started again.
            ended = &mut line => {
                ended.context("the line to the broker died")?;
                return Err(anyhow::anyhow!("the admission's thread died").into());
            }
        }
        let _ = stop.send(true);
        line.await.context("the line to the broker died")?;
        Ok::<(), Failure>(())
    })?;
    admission.join().map_err(|_| anyhow::anyhow!("the admission's thread died"))?;
    Ok(())
}

fn admission(
    mut heard: mpsc::Receiver<Heard>,
    house: Arc<House>,
) -> anyhow::Result<std::thread::JoinHandle<()>> {
    let work = move || {
        let mut failed = None;
        while let Some(message) = heard.blocking_recv() {
            // What follows a message that could not be recorded waits with it: the broker delivers them
            // again in their order, on the next connection.
            let connection = message.connection;
            if failed == Some(connection) {
                continue;
            }
            if let Err(error) = admission::take_in(message, &house) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an event could not be recorded; the broker keeps it"
                );
                failed = Some(connection);
            }
        }
    };
    std::thread::Builder::new().name("admission".to_owned()).spawn(work).context("no thread for admission")
}

fn site_key(settings: &AgentSettings, unreleased: bool) -> Result<Option<SiteKey>, Failure> {
    match site_key::read(&settings.site_key) {
        Ok(key) => Ok(Some(key)),
        Err(KeyFileError::Absent(path)) if unreleased => {
            tracing::warn!(path = %path.display(), "no site key: a throwaway one names the albums of this trial");
            Ok(None)
        }
        Err(error) => Err(Failure::Configuration(error.into())),
    }
}

fn opened(error: OpenError) -> Failure {
    match error {
        OpenError::Lost { .. } => Failure::Promise(error.into()),
        _ => Failure::Other(error.into()),
    }
}

/// A station whose file is wrong, or that cannot be made ready, stays closed; the others work.
fn stations(settings: &AgentSettings, clock: &Arc<dyn Clock>) -> HashMap<StationId, Station> {
    for broken in &settings.broken {
        tracing::error!(file = %broken.file.display(), error = &broken.error as &dyn std::error::Error, "this station stays closed");
    }
    let mut ready = HashMap::new();
    for setting in &settings.stations {
        match Station::ready(setting, clock) {
            Ok(station) => {
                ready.insert(station.id.clone(), station);
            }
            Err(error) => tracing::error!(station = %setting.id, "this station stays closed: {error:#}"),
        }
    }
    ready
}

fn topics(stations: &HashMap<StationId, Station>) -> Vec<Topic> {
    let of_station = |station: &Station| {
        let topic = |name: &lineshot_config::Topic, kind| Topic {
            name: name.as_str().to_owned(),
            about: About::Stay { station: station.id.clone(), kind },
        };
        let arrival = topic(&station.trigger.topic, Kind::Arrival);
        let departure = station.trigger.leave.as_ref().map(|name| topic(name, Kind::Departure));
        [Some(arrival), departure].into_iter().flatten()
    };
    stations.values().flat_map(of_station).collect()
}

fn link(settings: &AgentSettings) -> Result<Link, Failure> {
    let broker = &settings.broker;
    let password = match &broker.password_file {
        Some(path) => fs::read_to_string(path)
            .with_context(|| format!("the broker's password {} cannot be read", path.display()))
            .map_err(Failure::Configuration)?,
        None => String::new(),
    };
    Ok(Link {
        host: broker.host.clone(),
        port: broker.port,
        site: settings.site.clone(),
        agent: settings.name.clone(),
        client_id: broker.client_id.clone(),
        user: broker.user.clone().map(|user| (user, Secret::new(password.trim_end().to_owned()))),
        session_expiry: broker.session_expiry,
        keep_alive: broker.keep_alive,
        receive_maximum: broker.receive_maximum,
    })
}

fn clock_word(trust: &ClockTrust) -> &'static str {
    match trust {
        ClockTrust::Kernel => "kernel",
        ClockTrust::File { .. } => "file",
        ClockTrust::Unchecked => "unchecked",
    }
}
