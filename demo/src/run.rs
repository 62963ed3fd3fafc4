//! The demo from its start to its end.

use std::env;
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::process::Command;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{interval, timeout};

use crate::albums;
use crate::daemon::{Daemon, Health};
use crate::ear;
use crate::floor::{Ending, Floor, plain};
use crate::halt::{self, Halt};
use crate::knock::Knock;
use crate::plant::{BUCKET, Plant};
use crate::plc::Plc;
use crate::show::Show;
use crate::told::Explain;
use crate::{Broker, Rule, Store, leftovers, still, table, view, web, webcam};

/// How long the whole play may take with `--once`.
const PLAY: Duration = Duration::from_secs(240);

/// How often it is asked what became of pictures that wait.
const ASK_EVERY: Duration = Duration::from_secs(3);

/// How long the agent may take to be connected, at the start.
const WAKES: Duration = Duration::from_secs(60);

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) floor: Arc<Floor>,
    pub(crate) broker: Mutex<Broker>,
    pub(crate) store: Arc<Mutex<Store>>,
    pub(crate) agent: Daemon,
    pub(crate) uploader: Daemon,
    pub(crate) plc: Arc<Plc>,
    pub(crate) explain: Explain,
    pub(crate) halt: Halt,
    pub(crate) knock: Knock,
    pub(crate) plant: Plant,
    started: String,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the plant and the page are written.
    pub folder: PathBuf,
    /// End after the table.
    pub once: bool,
    /// A USB camera of this machine stands at the first station.
    pub webcam: bool,
}

/// Runs until Ctrl-C; with `once`, until the table. Whether everything came as it must.
///
/// # Errors
/// If the folder is in use, a port or a program is missing, or a daemon ends for good.
pub fn run(wanted: &Wanted) -> Result<bool> {
    let runtime = tokio::runtime::Runtime::new().context("starting the demo's threads")?;
    let folder = std::path::absolute(&wanted.folder).context("asking where the demo's folder is")?;
    runtime.block_on(live(&Wanted { folder, ..wanted.clone() }))
}

async fn live(wanted: &Wanted) -> Result<bool> {
    let mut stop = Stop::listen()?;
    let _alone = leftovers::claim(&wanted.folder)?;
    let demo = select! {
        demo = Demo::start(wanted) => Arc::new(demo?),
        () = stop.asked() => return Ok(!wanted.once),
    };
    let page = web::serve(&demo, &wanted.folder).await?;
    say(&format!("\n    Open this page in a browser:  {page}\n"));
    let watch = albums::watch(Arc::clone(&demo.floor), Arc::clone(&demo.store), demo.plant.clone());
    let played = select! {
        () = watch => Ok(false),
        why = gone(&demo.agent) => Err(anyhow!("lineshot-agent {why}")),
        why = gone(&demo.uploader) => Err(anyhow!("lineshot-uploader {why}")),
        played = play(&demo, wanted) => played,
        () = stop.asked() => Ok(!wanted.once),
    };
    demo.agent.stop().await;
    demo.uploader.stop().await;
    played
}

impl Demo {
    async fn start(wanted: &Wanted) -> Result<Demo> {
        let webcam = wanted.webcam.then(webcam::first).transpose()?;
        let plant = Plant::empty(&wanted.folder.join("plant"))?;
        let mut broker = Broker::start().await?;
        let store = Store::private(&plant.store(), Rule::PutOnly).await?;
        store.bucket(BUCKET)?;
        plant.furnish(broker.line().address(), &store.account(), webcam.as_deref())?;
        say(&format!("broker   mqtt://{} (rumqttd, in this process)", broker.plant()));
        say(&format!("storage  {} (s3s-fs, in this process; the uploader may only put)", store.endpoint()));
        let floor = Arc::new(Floor::new());
        let (mouth, outcomes) = ear::connect(broker.plant(), &floor).await?;
        let plc = Arc::new(Plc::new(plant.plan(), Arc::clone(&floor), mouth)?);
        let key = halt::trust(&plant.root())?;
        let config = plant.config();
        let config = config.to_str().context("the demo's folder must have a name in UTF-8")?;
        let agent = plant.daemon("lineshot-agent", &["run", "--config", config, "--unreleased"])?;
        say(
            "agent    lineshot-agent run --unreleased (a process of its own, which is given no key of the storage)",
        );
        select! {
            connected = timeout(WAKES, floor.until(|known| (known.connection == "ONLINE").then_some(()))) => {
                let log = plant.log("lineshot-agent");
                connected.with_context(|| format!("the agent did not connect; see {}", log.display()))?;
            }
            why = gone(&agent) => bail!("lineshot-agent {why}"),
        }
        pin(config).await?;
        let uploader = plant.daemon("lineshot-uploader", &["run", "--config", config])?;
        say("uploader lineshot-uploader run (a process of its own, which never sees a raw frame)");
        let explain = Explain::new(&program("lineshot")?, &plant.config());
        let halt = Halt::new(&program("lineshot")?, &plant.config(), &plant.root(), &plant.data(), key);
        let knock = Knock::new(&program("lineshot")?, &plant, webcam.is_none());
        tokio::spawn(hear_outcomes(Arc::clone(&floor), explain.clone(), outcomes));
        tokio::spawn(ask_about_waiting(Arc::clone(&floor), explain.clone()));
        let started = view::started(floor.now());
        let (broker, store) = (Mutex::new(broker), Arc::new(Mutex::new(store)));
        Ok(Demo { floor, broker, store, agent, uploader, plc, explain, halt, knock, plant, started })
    }

    /// What the page shows now.
    pub(crate) fn show(&self) -> Show {
        let (agent, uploader) =
            (self.agent.health().borrow().clone(), self.uploader.health().borrow().clone());
        view::show(&self.floor.known(), &self.plant, &agent, &uploader, &self.started)
    }
}

impl Plant {
    fn daemon(&self, name: &str, arguments: &[&str]) -> Result<Daemon> {
        Daemon::start(&program(name)?, arguments, &self.log(name), &self.root())
    }
}

/// A program of lineshot, beside this one.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let here = env::current_exe().context("asking where this program is")?;
    let path = here.with_file_name(name);
    if !path.is_file() {
        bail!("{} is not there: start the demo with `cargo xtask demo`, which builds it", path.display());
    }
    Ok(path)
}

/// Lets the uploader trust the agent's key, as at an installation.
async fn pin(config: &str) -> Result<()> {
    let mut pin = Command::new(program("lineshot")?);
    let pinned = pin.args(["pin", "--config", config]).output().await.context("starting `lineshot pin`")?;
    if !pinned.status.success() {
        bail!("`lineshot pin` failed: {}", String::from_utf8_lossy(&pinned.stderr).trim());
    }
    Ok(())
}

/// For every outcome that the agent tells of, asks what it was.
async fn hear_outcomes(floor: Arc<Floor>, explain: Explain, mut outcomes: mpsc::Receiver<String>) {
    while let Some(event) = outcomes.recv().await {
        match explain.ending(&event).await {
            Ok(Some(ending)) => floor.ended(&event, ending),
            Ok(None) => floor.note(format!("Event {event}: an outcome was told of a case that is open.")),
            Err(error) => floor.note(format!("Event {event}: {error:#}.")),
        }
    }
}

/// Why the daemon ended, for good; as long as it does not, never.
async fn gone(daemon: &Daemon) -> String {
    let mut health = daemon.health();
    let end = health.wait_for(|health| matches!(health, Health::Gone(_))).await;
    match end.map(|health| health.clone()) {
        Ok(Health::Gone(why)) => why,
        _ => pending().await,
    }
}

/// A sealed picture may turn out to be undeliverable, which nobody tells by MQTT: asks about those that wait.
async fn ask_about_waiting(floor: Arc<Floor>, explain: Explain) {
    let mut looks = interval(ASK_EVERY);
    loop {
        looks.tick().await;
        let waiting = floor.known().sealed();
        for event in waiting {
            if let Ok(Some(ending @ Ending::NoPicture(_))) = explain.ending(&event).await {
                floor.ended(&event, ending);
            }
        }
    }
}

async fn play(demo: &Demo, wanted: &Wanted) -> Result<bool> {
    let began = demo.floor.now();
    for order in table::played() {
        demo.plc.bring(order)?;
    }
    let over = demo.floor.until(|known| table::is_over(known).then_some(()));
    let is_over = timeout(PLAY, over).await.is_ok();
    let (table, wrong) = table::table(&demo.floor.known());
    say(&format!("\n{table}"));
    if let Some(first) = demo.floor.known().first_picture {
        say(&format!(
            "The first picture was in its album {:.1} s after the line began.",
            first.since(began).as_secs_f64()
        ));
    }
    for line in &wrong {
        say(&format!("NOT AS IT MUST BE: {line}"));
    }
    let page = still::leave(&demo.show(), &demo.plant, &wanted.folder)?;
    say(&format!("A copy of the page: {}", page.display()));
    if wanted.once {
        return Ok(is_over && wrong.is_empty());
    }
    say(BREAK_IT);
    pending().await
}

const BREAK_IT: &str = "
Now try to break it: on the page, or in another terminal with `cargo xtask demo …`
    arrive --order 7     another car comes         resend 3           the same event once more
    cut-storage          and restore-storage       cut-broker         and restore-broker
    kill agent           in the middle of it       kill uploader
    nudge-camera         no picture until `lineshot aim` says that it stands right again
    explain 2            what became of an order, and why
    stop                 photographs and deliveries; resume: by a signature of the demo's throwaway key
Ctrl-C ends the demo.";

/// Whatever asks this program to end.
struct Stop {
    int: Signal,
    term: Signal,
    hup: Signal,
}

impl Stop {
    fn listen() -> Result<Stop> {
        let listen = |kind| signal(kind).context("listening to signals");
        let (int, term) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        Ok(Stop { int, term, hup: listen(SignalKind::hangup())? })
    }

    async fn asked(&mut self) {
        select! {
            _ = self.int.recv() => {}
            _ = self.term.recv() => {}
            _ = self.hup.recv() => {}
        }
    }
}

#[expect(clippy::print_stdout, reason = "the demo tells the person who started it what happens")]
pub(crate) fn say(text: &str) {
    println!("{}", plain(text));
}
