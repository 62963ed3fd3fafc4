//! The broker a plant would run: mosquitto, with the settings that lose nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::process::{Process, free_port};

/// A broker on a port of its own, which it keeps over restarts, as its folder with the sessions.
pub(crate) struct Mosquitto {
    folder: PathBuf,
    port: u16,
    account: Option<(String, String)>,
    process: Process,
}

/// Somebody who listens to topics.
pub(crate) struct Ear(Process);

impl Ear {
    /// Waits for a message whose line, `topic payload`, contains `text`, and gives that line.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |line| line.contains(text))
    }

    /// Waits for a message of whose line this holds; `wanted` says what, should it never come.
    pub(crate) fn wait_until(&self, wanted: &str, is_it: impl Fn(&str) -> bool) -> String {
        // What the client tells of itself names topics too.
        self.0.wait_until(wanted, |line| !line.starts_with("Client ") && is_it(line))
    }
}

impl Mosquitto {
    /// Starts a broker that anybody may talk to, and keeps its state below `folder`.
    pub(crate) fn start(folder: &Path) -> Mosquitto {
        Mosquitto::with(folder, None)
    }

    /// Starts a broker that knows one account and nobody else.
    pub(crate) fn start_with_password(folder: &Path, user: &str, password: &str) -> Mosquitto {
        Mosquitto::with(folder, Some((user.to_owned(), password.to_owned())))
    }

    fn with(folder: &Path, account: Option<(String, String)>) -> Mosquitto {
        let folder = folder.join("mosquitto");
        fs::create_dir_all(&folder).unwrap();
        let port = free_port();
        lay_out(&folder, port, account.as_ref());
        let process = run(&folder);
        Mosquitto { folder, port, account, process }
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// SIGTERM, as an update would: it writes its sessions down first.
    pub(crate) fn stop(&mut self) {
        self.process.stop();
    }

    /// SIGKILL, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// It holds its connections and does nothing: a link that is half open.
    pub(crate) fn freeze(&self) {
        self.process.freeze();
    }

    /// The end of [`Mosquitto::freeze`].
    pub(crate) fn thaw(&self) {
        self.process.thaw();
    }

    /// After [`Mosquitto::stop`] or [`Mosquitto::kill`]: the same port, the same sessions.
    pub(crate) fn restart(&mut self) {
        self.process = run(&self.folder);
    }

    /// What it said since it was last started: every connection, subscription and packet.
    pub(crate) fn said(&self) -> String {
        self.process.said()
    }

    /// Waits until it says this, as in `SUBACK` or `as lineshot-agent`.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.process.wait_for(text)
    }

    /// Publishes with QoS 1 and returns when the broker has it. `arguments` are mosquitto_pub's: `-r` retains,
    /// `-V 5 -D publish message-expiry-interval 5` lets it expire.
    pub(crate) fn publish(&self, topic: &str, payload: &str, arguments: &[&str]) {
        let said = self
            .client("mosquitto_pub")
            .args(["-q", "1", "-t", topic, "-m", payload])
            .args(arguments)
            .output();
        let said: Output = said.expect("mosquitto-clients are among the peers");
        assert!(said.status.success(), "mosquitto_pub: {}", String::from_utf8_lossy(&said.stderr));
    }

    /// Starts listening to a filter.
    pub(crate) fn listen(&self, filter: &str) -> Ear {
        // Its own words would wait in its buffer until the first message.
        let mut client = Command::new("stdbuf");
        client.args(["-oL", "mosquitto_sub"]).args(self.words_for_a_client());
        // Its pings would be words for whoever waits, and he would wait for ever.
        let quiet = ["-k", "3600"];
        let process = Process::start(client.args(quiet).args(["-d", "-v", "-q", "1", "-t", filter]));
        process.wait_for("Subscribed");
        Ear(process)
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client.args(self.words_for_a_client());
        client
    }

    fn words_for_a_client(&self) -> Vec<String> {
        let mut words = vec!["-h".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), self.port.to_string()];
        if let Some((user, password)) = &self.account {
            words.extend(["-u".to_owned(), user.clone(), "-P".to_owned(), password.clone()]);
        }
        words
    }
}

fn lay_out(folder: &Path, port: u16, account: Option<&(String, String)>) {
    let place = folder.display();
    let access = match account {
        None => "allow_anonymous true".to_owned(),
        Some((user, password)) => {
            let list = folder.join("passwords");
            fs::write(&list, "").unwrap();
            let mut passwd = Command::new("mosquitto_passwd");
            let made = passwd.arg("-b").arg(&list).args([user, password]).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            format!("allow_anonymous false\npassword_file {place}/passwords")
        }
    };
    // Run by root it would become another user, who may not write here.
    let user = if rustix::process::geteuid().is_root() { "user root\n" } else { "" };
    let settings = format!(
        "{user}listener {port} 127.0.0.1\n{access}\npersistence true\npersistence_location {place}/\n\
         autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 100000\nlog_type all\n"
    );
    fs::write(folder.join("mosquitto.conf"), settings).unwrap();
}

fn run(folder: &Path) -> Process {
    // Debian keeps it where only root's PATH leads.
    let installed =
        ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].into_iter().find(|at| Path::new(at).exists());
    let mut command = Command::new(installed.unwrap_or("mosquitto"));
    let process = Process::start(command.arg("-v").arg("-c").arg(folder.join("mosquitto.conf")));
    process.wait_for(" running");
    process
}
