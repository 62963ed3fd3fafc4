//! The demo as a newcomer has it: its real programs, its page in a real browser, its hand for the terminal, and
//! what a foreign reader can read in its pictures.
//!
//! Holds: each run has a folder of its own, and ends with all its daemons before its test does.

mod hand;
mod knock;
mod leftovers;
mod ocr;
mod once;
mod page;
mod visitor;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::peers::Process;
use crate::peers::http::{Answer, ask};
use crate::workspace::program;

/// Silent seconds of waiting for something to come true.
const ROUNDS: u32 = 120;

/// Lines of the demo's after which one second is over, too.
const LINES: u32 = 1_000;

/// A running demo.
struct Running {
    process: Process,
    folder: PathBuf,
    /// Such as `127.0.0.1:4321`.
    address: String,
    token: String,
    is_over: bool,
    // Last: the demo writes there until its end.
    _own: Option<TempDir>,
}

fn demo(folder: &Path) -> Command {
    let mut demo = Command::new(program("lineshot-demo"));
    demo.arg("--folder").arg(folder);
    demo
}

impl Running {
    /// In a folder of its own.
    fn start() -> Running {
        let own = tempfile::tempdir().unwrap();
        let mut running = Running::start_in(&own.path().join("demo"));
        running._own = Some(own);
        running
    }

    /// In this folder; returns when the page is there.
    fn start_in(folder: &Path) -> Running {
        let process = Process::start(&mut demo(folder));
        let said = process.wait_for("Open this page in a browser:");
        let running = fs::read(folder.join("running.json")).unwrap();
        let running: Value = serde_json::from_slice(&running).unwrap();
        let text = |key: &str| running[key].as_str().unwrap().to_owned();
        let (address, token) = (text("address"), text("token"));
        assert!(said.ends_with(&format!(" http://{address}/?key={token}")), "{said}");
        Running { process, folder: folder.to_owned(), address, token, is_over: false, _own: None }
    }

    /// Returns when the first six orders are over and came as they must.
    fn until_played(&self) {
        self.process.wait_for("Now try to break it");
        let said = self.process.said();
        assert!(!said.contains("NOT AS IT MUST BE"), "{said}");
    }

    /// The page's origin.
    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("plant/etc")
    }

    /// What `so` gives, looking again whenever the demo says something; `what` is told should it never come.
    fn until<T>(&self, what: &str, so: impl Fn() -> Option<T>) -> T {
        for _ in 0..ROUNDS {
            for _ in 0..LINES {
                if let Some(found) = so() {
                    return found;
                }
                if !self.process.wait_for_anything(Duration::from_secs(1)) {
                    break;
                }
            }
        }
        let page = self.get("/main").text();
        panic!("it never came true: {what}; the demo said:\n{}\nits page:\n{page}", self.process.said());
    }

    fn get(&self, path: &str) -> Answer {
        ask(&self.address, "GET", path, &[&self.cookie()], "").unwrap()
    }

    /// The header by which a browser says that it has seen the key.
    fn cookie(&self) -> String {
        let port = self.address.rsplit(':').next().unwrap();
        format!("Cookie: lineshot-demo-{port}={}", self.token)
    }

    /// What the terminal printed.
    fn invitation(&self) -> String {
        format!("{}/?key={}", self.origin(), self.token)
    }

    /// Posts a form as a browser would.
    fn post(&self, form: &str) -> Answer {
        ask(&self.address, "POST", "/do", &["Content-Type: application/x-www-form-urlencoded"], form).unwrap()
    }

    /// The terminal's hand.
    fn hand(&self, words: &[&str]) -> Output {
        demo(&self.folder).args(words).output().unwrap()
    }

    /// What the terminal's hand prints when all is well.
    fn told(&self, words: &[&str]) -> String {
        let output = self.hand(words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// How many objects lie in the store.
    fn objects(&self) -> usize {
        files(&self.folder.join("plant/store/behind-the-scenes")).len()
    }

    /// Its daemons, by their names. One that was started this moment may have no command line yet.
    fn daemons(&self) -> Vec<(String, Pid)> {
        self.until("both daemons run", || {
            let daemons = daemons(&self.config());
            (daemons.len() >= 2).then_some(daemons)
        })
    }

    /// Asks it to end, and waits until it has.
    fn stop(&mut self) -> ExitStatus {
        self.is_over = true;
        self.process.stop()
    }

    /// SIGKILL: it has no time to end its daemons.
    fn kill(&mut self) {
        self.is_over = true;
        self.process.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.stop();
        }
        for (_, daemon) in daemons(&self.config()) {
            // Fails only if it has ended already.
            let _ended = kill_process(daemon, Signal::KILL);
        }
    }
}

/// Who was started with this configuration and is alive.
fn daemons(config: &Path) -> Vec<(String, Pid)> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let named = |process: PathBuf| {
        let pid = Pid::from_raw(process.file_name()?.to_str()?.parse().ok()?)?;
        // Empty once it has ended, even if nobody has asked for its end.
        let line = fs::read(process.join("cmdline")).ok()?;
        let words: Vec<_> = line.split(|&byte| byte == 0).collect();
        let program = Path::new(std::str::from_utf8(words[0]).ok()?).file_name()?.to_str()?.to_owned();
        let is_run = words.get(1) == Some(&&b"run"[..]) && words.contains(&config.as_os_str().as_bytes());
        is_run.then_some((program, pid))
    };
    let mut daemons: Vec<_> = processes.filter_map(named).collect();
    daemons.sort_by(|(one, _), (other, _)| one.cmp(other));
    daemons
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// The order number on the roof in a delivered picture.
fn roof(jpeg: &[u8]) -> Option<u32> {
    let picture = image::load_from_memory(jpeg).unwrap().into_rgb8();
    lineshot_hall::read_order(picture.as_raw(), picture.width(), picture.height())
}
