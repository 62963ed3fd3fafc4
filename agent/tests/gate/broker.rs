//! A real mosquitto on a port of its own, its publisher, and a witness who hears everything.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::lines::{Line, Lines};

/// The broker. Killed when dropped.
pub(crate) struct Broker {
    pub(crate) port: u16,
    log: Lines,
    child: Child,
    _folder: TempDir,
}

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
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = folder.path().join("mosquitto.conf");
        let text = format!(
            "listener {port} 127.0.0.1\nuser root\npersistence false\nlog_dest stderr\nlog_type all\n\
             allow_anonymous true\nqueue_qos0_messages true\nmax_queued_messages 10000\n"
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
        let broker = Broker { port, log, child, _folder: folder };
        broker.wait(0, "running");
        broker
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
