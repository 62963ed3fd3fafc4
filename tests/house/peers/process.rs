//! A foreign process: its output is kept, and it dies with its value.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Longer than any peer needs to start on a loaded machine; past it the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running process.
pub(crate) struct Process {
    child: Child,
    lines: Mutex<Receiver<String>>,
    said: Arc<Mutex<String>>,
}

/// A port that nobody on loopback listens on at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Process {
    /// Starts it. Both its outputs are read, line by line.
    pub(crate) fn start(command: &mut Command) -> Process {
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{program} does not start ({error}); `cargo xtask test` installs what is missing")
        });
        let said = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = channel();
        listen(child.stdout.take().unwrap(), sender.clone(), Arc::clone(&said));
        listen(child.stderr.take().unwrap(), sender, Arc::clone(&said));
        Process { child, lines: Mutex::new(lines), said }
    }

    /// Waits for a line that contains `text`, among those not yet waited for, and gives it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |line| line.contains(text))
    }

    /// Waits for a line of which `is_it` holds; `wanted` says what, should it never come.
    pub(crate) fn wait_until(&self, wanted: &str, is_it: impl Fn(&str) -> bool) -> String {
        let lines = self.lines.lock().unwrap();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) if is_it(&line) => return line,
                Ok(_) => {}
                Err(_) => panic!("it never said `{wanted}`, but:\n{}", self.said()),
            }
        }
    }

    /// Returns when it says anything that was not waited for yet (true), or after `at_most`.
    pub(crate) fn wait_for_anything(&self, at_most: Duration) -> bool {
        self.lines.lock().unwrap().recv_timeout(at_most).is_ok()
    }

    /// All it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits for its end. Panics if it does not come.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        // Its outputs close when it ends, whatever signal it ends by.
        while self.lines.get_mut().unwrap().recv_timeout(PATIENCE).is_ok() {}
        match self.child.try_wait().unwrap() {
            Some(status) => status,
            // Closed its outputs a moment before; it is gone at once.
            None => self.child.wait().unwrap(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, and its end.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// SIGKILL, and its end.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGSTOP: it is there, and does nothing.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGSTOP, and returns when none of its threads does anything any more.
    pub(crate) fn stand_still(&self) {
        self.freeze();
        // Stopped, not ended: it is reaped by who kills it.
        waitid(WaitId::Pid(Pid::from_child(&self.child)), WaitIdOptions::STOPPED).unwrap();
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Reads what a program says, line by line, until it ends.
pub(crate) fn listen(output: impl Read + Send + 'static, lines: Sender<String>, said: Arc<Mutex<String>>) {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            *said.lock().unwrap() += &format!("{text}\n");
            // Nobody waits any more: the process is read on all the same, or it would block.
            let _unheard = lines.send(text);
        }
    });
}
