//! A day of the agent, from its start to SIGTERM.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use lineshot_clock::MachineClock;
use lineshot_config::AgentSettings;
use lineshot_domain::{Clock, LedgerState, SiteKey};
use lineshot_spool::{Front, Notice, NoticeKind, OpenError, Stamp};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::admission::Intake;
use crate::clock::WatchedClock;
use crate::command::no_data_folder;
use crate::door::Door;
use crate::failure::Failure;
use crate::foundation;
use crate::house::House;
use crate::lookout::{Lookout, Told};
use crate::outbox::SpoolOutbox;
use crate::plc::{Board, Heard, Line, Voice, own_topic};
use crate::reload::Reload;
use crate::rounds::Rounds;
use crate::site_key::{self, KeyFileError};

/// Room for what may be unacknowledged, whatever a reload makes of `receive_maximum`.
const MOST_UNACKNOWLEDGED: u16 = 64;

/// How the agent is started.
#[derive(Clone, Debug)]
pub struct Start {
    /// The configuration's folder.
    pub config: PathBuf,
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
    let (house, board) = stand(start, &settings, Arc::new(MachineClock::start()))?;
    let rounds = Rounds::begin(house.clone())?;
    let door = Door::open(&settings.socket, house.clone());
    if let Err(error) = &door {
        tracing::warn!("nothing can be asked of this agent while it runs: {error:#}");
    }
    listen(start, settings, board, &house)?;
    drop((door, rounds));
    let interrupted = house.front.interrupt_open().context("open cases could not be ended")?;
    tracing::info!(interrupted, "stopped");
    Ok(())
}

/// From a data folder, as it was left, to the house that works on it; and what it puts up at the broker.
///
/// # Errors
/// As [`run`].
pub(crate) fn stand(
    start: &Start,
    settings: &AgentSettings,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<House>, Board), Failure> {
    let data = start.data.clone().unwrap_or_else(|| settings.data.clone());
    if !data.is_dir() {
        return Err(Failure::Configuration(anyhow::anyhow!(no_data_folder(&data))));
    }
    let key = site_key(settings, start.unreleased)?;
    let stamp = Stamp {
        site: settings.site.clone(),
        agent: settings.name.clone(),
        unreleased: start.unreleased,
        clock: WatchedClock::word(&settings.clock),
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

    if let Some(why) = front.is_strange().filter(|_| !start.unreleased) {
        let stop = front.stop("start", why).context("the stop could not be recorded")?;
        front.settle().context("the book could not be settled")?;
        tracing::error!(
            number = stop.number,
            "photographs are stopped: {why}; a signed resume lets them go on"
        );
    }
    let board = Board::default();
    let house = Arc::new(
        foundation::house(start, settings, &board, front.clone(), clock)
            .context("what halts this PC cannot be read")?,
    );
    for notice in house.sources.look(house.clock.wall()) {
        front.note(&notice).context("a notice could not be written")?;
    }
    Ok((house, board))
}

/// Listens to the broker until a signal ends it, and takes in what is heard.
fn listen(start: &Start, settings: AgentSettings, board: Board, house: &Arc<House>) -> Result<(), Failure> {
    let link = foundation::link(&settings)?;
    let topics = foundation::topics(&settings, &house.stations());
    let [health, cameras] =
        ["health", "cameras"].map(|topic| own_topic(&settings.site, &settings.name, topic));
    let (sender, receiver) = mpsc::channel(usize::from(MOST_UNACKNOWLEDGED));
    let (renewals, renewed) = mpsc::channel(1);
    let reload =
        Reload::new(start.config.clone(), settings, link.clone(), house.clone(), board.clone(), renewals);
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
        let mut hang_up = signal(SignalKind::hangup()).context("no signal handler")?;
        let voice = Voice {
            outbox: Box::new(SpoolOutbox(house.front.clone())),
            news: house.news.clone(),
            board: board.clone(),
            proof: house.link.clone(),
        };
        let line = Line::new(link, topics, house.clock.clone(), house.stays.clone(), voice, sender, renewed)
            .map_err(|error| Failure::Configuration(error.into()))?;
        let mut line = tokio::spawn(line.run(stopped));
        let told = Told { board, health, cameras, unreleased: house.releases.is_trial() };
        let lookout = Lookout::begin(house.clone(), told)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            never = reloads(&mut hang_up, reload) => match never? {},
            // Deaf but alive would look healthy to everybody: better to be started again.
            ended = &mut line => {
                ended.context("the line to the broker died")?;
                return Err(anyhow::anyhow!("the admission's thread died").into());
            }
        }
        // It puts up that nothing is ready any more, and that still goes out.
        drop(lookout);
        let _ = stop.send(true);
        line.await.context("the line to the broker died")?;
        Ok::<(), Failure>(())
    })?;
    admission.join().map_err(|_| anyhow::anyhow!("the admission's thread died"))?;
    Ok(())
}

/// Reads the configuration anew, each time somebody hangs up (SIGHUP), for ever.
async fn reloads(hang_up: &mut Signal, mut reload: Reload) -> anyhow::Result<Infallible> {
    loop {
        if hang_up.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        let read = tokio::task::spawn_blocking(move || {
            reload.reload();
            reload
        });
        reload = read.await.context("reading the configuration anew died")?;
    }
}

fn admission(
    mut heard: mpsc::Receiver<Heard>,
    house: Arc<House>,
) -> anyhow::Result<std::thread::JoinHandle<()>> {
    let work = move || {
        let mut intake = Intake::default();
        while let Some(message) = heard.blocking_recv() {
            intake.take(message, &house);
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
