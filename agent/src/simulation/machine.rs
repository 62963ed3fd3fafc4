//! The line PC: a disk, and the two daemons on it, each of which may die.

use std::any::Any;
use std::fs;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lineshot_config::AgentSettings;
use lineshot_release::Root;
use lineshot_spool::model::{Disk, Loss, Process, copy, memory};
use lineshot_spool::{Back, BackError};
use lineshot_uploader::{Drain, Wake};
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc, watch};

use super::plant;
use super::store::{SimulatedStore, Stored};
use super::time::{ProcessClock, Time};
use super::turns::Turns;
use crate::admission::Intake;
use crate::house::House;
use crate::lookout::{self, Before, Told};
use crate::outbox::SpoolOutbox;
use crate::plc::{Heard, Line, Voice, own_topic};
use crate::run::{Start, stand};
use crate::{foundation, rounds};

/// The machine.
pub(crate) struct Machine {
    folder: TempDir,
    pub(crate) disk: Disk,
    pub(crate) agent: Option<Agent>,
    pub(crate) uploader: Option<Uploader>,
    is_pinned: bool,
}

/// The agent as it runs.
pub(crate) struct Agent {
    pub(crate) process: Arc<Process>,
    pub(crate) house: Arc<House>,
    line: Pin<Box<dyn Future<Output = ()>>>,
    heard: mpsc::Receiver<Heard>,
    intake: Intake,
    told: Told,
    before: Before,
    next_look: Duration,
    next_round: Duration,
    _ends: (watch::Sender<bool>, mpsc::Sender<crate::plc::Renewal>),
}

/// The uploader as it runs.
pub(crate) struct Uploader {
    pub(crate) process: Arc<Process>,
    drain: Pin<Box<dyn Future<Output = Result<(), BackError>>>>,
    wake: Arc<Notify>,
    seen: Vec<String>,
}

/// Runs what a process does. `None`: it died of it.
fn doing<T>(process: &Arc<Process>, work: impl FnOnce() -> T) -> Option<T> {
    let _entered = process.enter();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => (!process.is_over()).then_some(done),
        Err(_) if process.is_over() => None,
        Err(other) => std::panic::resume_unwind(other as Box<dyn Any + Send>),
    }
}

fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T>>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

impl Machine {
    /// One on which nothing ran yet.
    pub(crate) fn new() -> Machine {
        let folder = tempfile::tempdir_in(memory()).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        plant::configure(&folder.path().join("config"), &folder.path().join("data"));
        let machine =
            Machine { folder, disk: Disk::default(), agent: None, uploader: None, is_pinned: false };
        copy(&machine.data(), &machine.path("start")).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Starts the agent, which fails where there is no room; `dies_after`: so many changes.
    pub(crate) fn start_agent(&mut self, time: &Arc<Time>, dies_after: Option<usize>) {
        let process = Process::on(&self.disk);
        if let Some(changes) = dies_after {
            process.end_after(changes);
        }
        let config = self.path("config");
        let begin = || Agent::begin(process.clone(), &config, time);
        self.agent = doing(&process, begin).and_then(|begun| self.begun(begun));
        if self.agent.is_some() && !self.is_pinned {
            // Once, by whoever installs it.
            let installer = Process::on(&self.disk);
            doing(&installer, || Back::pin(&self.data(), false)).expect("nobody kills it").unwrap();
            self.is_pinned = true;
        }
    }

    /// Starts the uploader, which fails where there is no room or it does not know the agent's key yet.
    pub(crate) fn start_uploader(&mut self, time: &Arc<Time>, stored: &Arc<Mutex<Stored>>) {
        if !self.is_pinned {
            return;
        }
        let process = Process::on(&self.disk);
        let (data, folder) = (self.data(), self.folder.path().to_owned());
        let begin = || Uploader::begin(process.clone(), &data, &folder, time, stored);
        self.uploader = doing(&process, begin).and_then(|begun| self.begun(begun));
    }

    fn begun<T>(&self, begun: anyhow::Result<T>) -> Option<T> {
        match begun {
            Err(_) if self.disk.is_full() => None,
            begun => Some(begun.expect("a daemon starts")),
        }
    }

    /// The agent is no more, and whoever worked for it.
    pub(crate) fn bury_agent(&mut self, turns: &Turns) {
        let Some(agent) = self.agent.take() else { return };
        agent.process.end();
        while turns.give_to_all() {}
        drop(agent);
    }

    /// The uploader is no more.
    pub(crate) fn bury_uploader(&mut self) {
        if let Some(uploader) = self.uploader.take() {
            uploader.process.end();
        }
    }

    /// The power is gone, and with it what nobody had synced.
    pub(crate) fn forget(&mut self, loss: Loss) {
        let [start, data, left] = ["start", "data", "left"].map(|name| self.path(name));
        self.disk.cut([&start, &data, &left], loss).unwrap();
        fs::remove_dir_all(&data).unwrap();
        fs::rename(&left, &data).unwrap();
        fs::remove_dir_all(&start).unwrap();
        copy(&data, &start).unwrap();
        self.disk = Disk::default();
    }
}

impl Agent {
    fn begin(process: Arc<Process>, config: &Path, time: &Arc<Time>) -> anyhow::Result<Agent> {
        let settings = AgentSettings::load(config).map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
        let start = Start { config: config.to_owned(), data: None, unreleased: true };
        let (house, board) =
            stand(&start, &settings, ProcessClock::new(time)).map_err(|it| anyhow::anyhow!("{it:?}"))?;
        house.write_state()?;
        let link = foundation::link(&settings).map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
        let topics = foundation::topics(&settings, &house.stations());
        let (sender, heard) = mpsc::channel(64);
        let (renewals, renewed) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let voice = Voice {
            outbox: Box::new(SpoolOutbox(house.front.clone())),
            news: house.news.clone(),
            board: board.clone(),
            proof: house.link.clone(),
        };
        let line = Line::new(link, topics, house.clock.clone(), house.stays.clone(), voice, sender, renewed)?;
        let [health, cameras] =
            ["health", "cameras"].map(|topic| own_topic(&settings.site, &settings.name, topic));
        Ok(Agent {
            process,
            line: Box::pin(line.run(stopped)),
            heard,
            intake: Intake::default(),
            told: Told { board, health, cameras, unreleased: true },
            before: Before::default(),
            next_look: Duration::ZERO,
            next_round: Duration::ZERO,
            house,
            _ends: (stop, renewals),
        })
    }

    /// What it does now. Whether it lives.
    pub(crate) fn go_on(&mut self, turns: &Turns, now: Duration) -> bool {
        let process = self.process.clone();
        doing(&process, || {
            if now >= self.next_look {
                lookout::look(&self.house, &self.told, &mut self.before);
                self.next_look = now + lookout::LOOK;
            }
            if now >= self.next_round || self.has_receipts() {
                // What fails is tried again by the next one.
                let _failed = rounds::round(&self.house);
                self.house.news.wake();
                self.next_round = now + rounds::ROUND;
            }
            assert!(poll(&mut self.line).is_pending(), "the line ended");
            while let Ok(message) = self.heard.try_recv() {
                self.intake.take(message, &self.house);
            }
            turns.give_to_all();
            assert!(poll(&mut self.line).is_pending(), "the line ended");
        })
        .is_some()
    }

    fn has_receipts(&self) -> bool {
        fs::read_dir(self.house.front.rooms().receipts()).is_ok_and(|mut names| names.next().is_some())
    }
}

impl Uploader {
    fn begin(
        process: Arc<Process>,
        data: &Path,
        folder: &Path,
        time: &Arc<Time>,
        stored: &Arc<Mutex<Stored>>,
    ) -> anyhow::Result<Uploader> {
        let clock = ProcessClock::new(time);
        let back = Back::open(data, &folder.join("config/stop"), clock.clone())?;
        let wake = Arc::new(Notify::new());
        let store = SimulatedStore::new(stored, data, clock.clone());
        let drain = Drain::new(back, store, Wake::by(wake.clone()), Root::at(folder), clock);
        let mut drain = drain.expiring(Some(plant::EXPIRE_AFTER));
        let drain = async move { drain.until(std::future::pending::<()>()).await };
        Ok(Uploader { process, drain: Box::pin(drain), wake, seen: Vec::new() })
    }

    /// What it does now. Whether it lives.
    ///
    /// # Panics
    /// If it finds that the disk broke its promise.
    pub(crate) fn go_on(&mut self, data: &Path) -> bool {
        let mut names: Vec<String> = fs::read_dir(data.join("ready"))
            .map(|names| names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect())
            .unwrap_or_default();
        names.sort();
        if names != self.seen {
            self.seen = names;
            self.wake.notify_one();
        }
        let process = self.process.clone();
        doing(&process, || match poll(&mut self.drain) {
            Poll::Pending => {}
            Poll::Ready(ended) => panic!("the uploader ends: {ended:?}"),
        })
        .is_some()
    }
}
