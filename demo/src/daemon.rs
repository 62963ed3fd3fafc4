//! A daemon as a child process, kept running as systemd would keep it.
//!
//! Holds: what it logs goes to a file; when it dies it is started again after [`PAUSE`], unless its exit code
//! says that this would not help; it ends with the demo.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::select;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

/// `RestartSec=` of the units.
const PAUSE: Duration = Duration::from_secs(2);

/// How long a daemon may take to finish what it does when it is told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// `RestartPreventExitStatus=` of the units: bad configuration, broken disk.
const FINAL: [i32; 2] = [64, 70];

/// How a daemon is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It runs; how often it was started.
    Runs(u32),
    /// It ended, for this reason, and is started again soon.
    Down(String),
    /// It ended, for this reason, and for good.
    Gone(String),
}

#[derive(Debug)]
enum Order {
    Kill,
    Reload,
    Stop,
}

/// A daemon.
#[derive(Debug)]
pub(crate) struct Daemon {
    orders: mpsc::Sender<Order>,
    health: watch::Receiver<Health>,
}

impl Daemon {
    /// Starts `program` with these arguments; it logs to `log`, and trusts what is below `root`.
    pub(crate) fn start(program: &Path, arguments: &[&str], log: &Path, root: &Path) -> Result<Daemon> {
        let recipe = Recipe {
            program: program.to_owned(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            log: log.to_owned(),
            root: root.to_owned(),
        };
        let child = recipe.spawn()?;
        let (orders, taken) = mpsc::channel(4);
        let (says, health) = watch::channel(Health::Runs(1));
        tokio::spawn(keep(recipe, child, taken, says));
        Ok(Daemon { orders, health })
    }

    /// How it is, and will be.
    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Kills it (SIGKILL), in the middle of whatever it does.
    pub(crate) async fn kill(&self) {
        // Nobody takes orders for a daemon that is gone for good.
        let _gone = self.orders.send(Order::Kill).await;
    }

    /// Lets it read its configuration anew (SIGHUP), if it runs.
    pub(crate) async fn reload(&self) {
        let _gone = self.orders.send(Order::Reload).await;
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    pub(crate) async fn stop(&self) {
        let _gone = self.orders.send(Order::Stop).await;
        let mut health = self.health.clone();
        // Its keeper holds the other end, and lets go when the daemon has ended.
        while health.changed().await.is_ok() {}
    }
}

struct Recipe {
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
    root: PathBuf,
}

impl Recipe {
    fn spawn(&self) -> Result<Child> {
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.with_context(|| format!("opening {}", self.log.display()))?;
        Command::new(&self.program)
            .args(&self.arguments)
            .env("LINESHOT_TEST_ROOT", &self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            // A Ctrl-C in the terminal is the demo's: it stops its daemons in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))
    }
}

async fn keep(
    recipe: Recipe,
    mut child: Child,
    mut orders: mpsc::Receiver<Order>,
    says: watch::Sender<Health>,
) {
    for start in 2.. {
        let (killed, status) = loop {
            select! {
                status = child.wait() => break (false, status),
                order = orders.recv() => match order {
                    Some(Order::Reload) => send(&child, Signal::HUP),
                    Some(Order::Kill) => {
                        let _dead_already = child.start_kill();
                        break (true, child.wait().await);
                    }
                    Some(Order::Stop) | None => return end(child).await,
                },
            }
        };
        let is_final =
            status.as_ref().is_ok_and(|status| status.code().is_some_and(|code| FINAL.contains(&code)));
        let why = if killed { "killed".to_owned() } else { ended(status) };
        if is_final {
            says.send_replace(Health::Gone(format!("{why}; see {}", recipe.log.display())));
            return;
        }
        says.send_replace(Health::Down(format!("{why}, starts again in {} s", PAUSE.as_secs())));
        select! {
            () = sleep(PAUSE) => {}
            Some(Order::Stop) = orders.recv() => return,
        }
        match recipe.spawn() {
            Ok(again) => child = again,
            Err(error) => {
                says.send_replace(Health::Gone(format!("{error:#}")));
                return;
            }
        }
        says.send_replace(Health::Runs(start));
    }
}

fn ended(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("ended: {error}"),
    }
}

fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _dead_already = kill_process(pid, signal);
    }
}

async fn end(mut child: Child) {
    send(&child, Signal::TERM);
    if timeout(FAREWELL, child.wait()).await.is_err() {
        let _dead_already = child.start_kill();
        let _ended = child.wait().await;
    }
}
