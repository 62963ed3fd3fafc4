//! A real mosquitto on a port of its own, its publisher, and a witness who hears everything.

use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use lineshot_tls::testing::{Authority, Valid};
use serde_json::Value;
use tempfile::TempDir;

use crate::lines::{Line, Lines};

/// The broker. Killed when dropped.
pub(crate) struct Broker {
    pub(crate) port: u16,
    /// For the agent.
    pub(crate) url: String,
    log: Lines,
    child: Child,
    folder: TempDir,
}

/// What the PC of the guarded door may do.
pub(crate) const RIGHTS: &str = "user pc\ntopic read line/+/arrival\ntopic read line/+/departure\n\
                                 topic write line/+/photo\ntopic readwrite lineshot/site/pc-01/#\n";
pub(crate) const PASSWORD: &str = "hush-hush";

/// A message as a subscriber gets it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// When the subscriber printed it.
    pub(crate) at: Timestamp,
    pub(crate) topic: String,
    pub(crate) retain: bool,
    pub(crate) payload: String,
}

impl Message {
    fn of(line: &Line) -> Message {
        let json: Value = serde_json::from_str(&line.text).unwrap();
        Message {
            at: line.at,
            topic: json["topic"].as_str().unwrap().to_owned(),
            retain: json["retain"] == 1,
            payload: json["payload"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Its payload; null if that is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap_or_default()
    }
}

impl Broker {
    pub(crate) fn start() -> Broker {
        let mut broker = Broker::listening(tempfile::tempdir().unwrap(), "");
        broker.url = format!("mqtt://127.0.0.1:{}", broker.port);
        broker
    }

    /// The same, with a second door for a PC: with a certificate and a password, and with the rights of
    /// `acl.txt` in its folder.
    pub(crate) fn guarded(valid: Valid) -> Broker {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let port = free_port();
        let shown = Authority::new(folder.path(), "ca").issue("broker", &["127.0.0.1"], valid);
        std::fs::write(path("acl.txt"), RIGHTS).unwrap();
        let mut passwords = Command::new("mosquitto_passwd");
        passwords.args(["-b", "-c"]).arg(path("passwords")).args(["pc", PASSWORD]).stderr(Stdio::null());
        assert!(passwords.status().unwrap().success());
        let more = format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\nacl_file {}\ncertfile {}\n\
             keyfile {}\nqueue_qos0_messages true\n",
            path("passwords").display(),
            path("acl.txt").display(),
            shown.certificate.display(),
            shown.key.display()
        );
        let mut broker = Broker::listening(folder, &more);
        broker.url = format!("mqtts://127.0.0.1:{port}");
        broker
    }

    fn listening(folder: TempDir, more: &str) -> Broker {
        let port = free_port();
        let settings = folder.path().join("mosquitto.conf");
        let text = format!(
            "per_listener_settings true\nuser root\nlog_dest stderr\nlog_type all\nmax_queued_messages 10000\n\
             listener {port} 127.0.0.1\nallow_anonymous true\nqueue_qos0_messages true\npersistence false\n{more}"
        );
        std::fs::write(&settings, text).unwrap();
        let mut child = Command::new("/usr/sbin/mosquitto")
            .arg("-c")
            .arg(settings)
            .stderr(Stdio::piped())
            .spawn()
            .expect("mosquitto is installed (apt-get install mosquitto mosquitto-clients)");
        let log = Lines::default();
        log.follow(child.stderr.take().unwrap());
        let broker = Broker { port, url: String::new(), log, child, folder };
        broker.wait(0, "running");
        broker
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Lets the PC have other rights from its next connection on.
    pub(crate) fn grant(&self, rights: &str) {
        let from = self.said();
        std::fs::write(self.path("acl.txt"), rights).unwrap();
        let id = self.child.id().to_string();
        // Once is not always enough: it looks at the signal between two rounds of its own.
        for _ in 0..60 {
            assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
            let known = self.said();
            if self.log.all().iter().skip(from).any(|line| line.text.contains("Reloading config")) {
                return;
            }
            self.log.wait_for_more_than(known);
        }
        self.wait(from, "Reloading config");
    }

    /// How much it has said.
    pub(crate) fn said(&self) -> usize {
        self.log.len()
    }

    /// Waits for a line of its log.
    pub(crate) fn wait(&self, from: usize, text: &str) {
        self.log.wait(text, from, |line| line.text.contains(text).then_some(()));
    }

    /// Publishes with QoS 1 and waits for the broker's acknowledgement.
    pub(crate) fn publish(&self, topic: &str, payload: &[u8], options: &[&str]) {
        let port = self.port.to_string();
        let mut command = Command::new("mosquitto_pub");
        command.args(["-V", "mqttv5", "-h", "127.0.0.1", "-q", "1", "-p", &port, "-t", topic]);
        command.args(options).arg(if payload.is_empty() { "-n" } else { "-s" });
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(payload).unwrap();
        assert!(child.wait().unwrap().success(), "{command:?}");
    }

    /// What is retained on a topic.
    pub(crate) fn stored(&self, topic: &str) -> Option<String> {
        let port = self.port.to_string();
        let mut command = Command::new("mosquitto_sub");
        command.args(["-V", "mqttv5", "-h", "127.0.0.1", "-C", "1", "-W", "1", "-t", topic, "-p", &port]);
        let output = command.stderr(Stdio::null()).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }

    /// A witness of everything from now on, and of all that is retained.
    pub(crate) fn witness(&self) -> Witness {
        let from = self.said();
        let mut child = Command::new("mosquitto_sub")
            .args(["-V", "mqttv5", "-h", "127.0.0.1", "-q", "1", "-i", "witness", "-t", "#"])
            .args(["--retain-as-published", "-F", "%j", "-p", &self.port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Lines::default();
        lines.follow(child.stdout.take().unwrap());
        self.wait(from, "Sending SUBACK to witness");
        Witness { lines, child }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Hears everything.
pub(crate) struct Witness {
    lines: Lines,
    child: Child,
}

impl Witness {
    /// How many messages it has heard: from here on is what follows.
    pub(crate) fn heard(&self) -> usize {
        self.lines.len()
    }

    /// All messages from number `from` on.
    pub(crate) fn since(&self, from: usize) -> Vec<Message> {
        self.lines.all().iter().skip(from).map(Message::of).collect()
    }

    /// The first message from number `from` on of which `is_it` holds.
    pub(crate) fn wait(&self, what: &str, from: usize, is_it: impl Fn(&Message) -> bool) -> Message {
        self.lines.wait(what, from, |line| Some(Message::of(line)).filter(&is_it))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}
