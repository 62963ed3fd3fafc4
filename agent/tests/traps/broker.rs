//! A real mosquitto on a port of its own, its log as the clock that tests wait for, and its two tools.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;

/// Nothing here takes a second on an idle machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Who may change a broker's access lists.
const ADMIN: [&str; 2] = ["admin", "secret"];

/// Fails the test, naming what never happened.
pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, happens).await {
        Ok(it) => it,
        Err(_) => panic!("never happened: {what}"),
    }
}

/// Lines that a process writes.
pub(crate) struct Lines(watch::Receiver<Vec<String>>);

impl Lines {
    fn of(output: impl Read + Send + 'static) -> Lines {
        let (sender, lines) = watch::channel(Vec::new());
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Lines(lines)
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.0.borrow().iter().filter(|line| line.contains(text)).count()
    }

    pub(crate) async fn wait(&self, times: usize, text: &str) {
        let mut lines = self.0.clone();
        let enough = lines.wait_for(|lines| lines.iter().filter(|line| line.contains(text)).count() >= times);
        if in_time(&format!("{times} x {text:?}"), enough).await.is_err() {
            let said = self.all();
            panic!("the process ended before {text:?}: {:#?}", &said[said.len().saturating_sub(10)..]);
        }
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// The broker. Killed when dropped.
pub(crate) struct Broker {
    pub(crate) port: u16,
    pub(crate) log: Lines,
    dir: TempDir,
    child: Child,
}

impl Broker {
    /// Starts one that forgets everything when killed, with `settings` besides.
    pub(crate) async fn start(settings: &str) -> Broker {
        Broker::start_in(tempfile::tempdir().unwrap(), settings).await
    }

    /// Starts one that takes everybody and everything.
    pub(crate) async fn open() -> Broker {
        Broker::start("allow_anonymous true").await
    }

    /// Starts one that takes everybody, but no subscription and no publication until it is told to.
    pub(crate) async fn with_access_lists() -> Broker {
        let dir = tempfile::tempdir().unwrap();
        let lists = dir.path().join("lists.json");
        let mut init = Command::new("mosquitto_ctrl");
        run(init.args(["dynsec", "init"]).arg(&lists).args(ADMIN).stdout(Stdio::null()), b"");
        let plugin = std::fs::read_dir("/usr/lib")
            .unwrap()
            .map(|folder| folder.unwrap().path().join("mosquitto_dynamic_security.so"))
            .find(|file| file.exists())
            .expect("mosquitto comes with its access list plugin");
        let settings = format!(
            "allow_anonymous true\nplugin {}\nplugin_opt_config_file {}",
            plugin.display(),
            lists.display()
        );
        Broker::start_in(dir, &settings).await
    }

    /// Tells the access lists to allow `subscribe` or `publishClientSend` to everybody, without a
    /// reconnection.
    pub(crate) fn allow(&self, what: &str) {
        let mut command = self.publisher("$CONTROL/dynamic-security/v1");
        command.args(["-u", ADMIN[0], "-P", ADMIN[1], "-m"]).arg(format!(
            r#"{{"commands": [{{"command": "setDefaultACLAccess",
                "acls": [{{"acltype": "{what}", "allow": true}}]}}]}}"#
        ));
        run(&mut command, b"");
    }

    async fn start_in(dir: TempDir, settings: &str) -> Broker {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        configure(&dir, port, settings);
        let (child, log) = launch(&dir).await;
        Broker { port, log, dir, child }
    }

    /// SIGKILL: session, queue and connections are gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn restart(&mut self) {
        (self.child, self.log) = launch(&self.dir).await;
    }

    pub(crate) async fn restart_with(&mut self, settings: &str) {
        configure(&self.dir, self.port, settings);
        self.restart().await;
    }

    pub(crate) fn signal(&self, signal: &str) {
        run(Command::new("kill").args([signal, &self.child.id().to_string()]), b"");
    }

    /// Publishes with QoS 1 and waits for the broker's acknowledgement.
    pub(crate) fn publish(&self, topic: &str, payload: &[u8], options: &[&str]) {
        let input = if payload.is_empty() { "-n" } else { "-s" };
        run(self.publisher(topic).args(options).arg(input), payload);
    }

    pub(crate) fn publish_lines(&self, topic: &str, lines: &str) {
        run(self.publisher(topic).arg("-l"), lines.as_bytes());
    }

    fn publisher(&self, topic: &str) -> Command {
        let mut command = Command::new("mosquitto_pub");
        command.args([
            "-V",
            "mqttv5",
            "-h",
            "127.0.0.1",
            "-q",
            "1",
            "-t",
            topic,
            "-p",
            &self.port.to_string(),
        ]);
        command
    }

    /// What is retained on a topic.
    pub(crate) fn stored(&self, topic: &str) -> Option<String> {
        let mut command = Command::new("mosquitto_sub");
        command.args(["-V", "mqttv5", "-h", "127.0.0.1", "-C", "1", "-W", "1", "-t", topic]);
        let output = command.args(["-p", &self.port.to_string()]).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// A subscriber, already subscribed; it prints each payload on a line.
    pub(crate) async fn subscribe(&self, filter: &str) -> Subscriber {
        self.subscribe_as("witness", filter).await
    }

    pub(crate) async fn subscribe_as(&self, name: &str, filter: &str) -> Subscriber {
        let mut child = Command::new("mosquitto_sub")
            .args(["-V", "mqttv5", "-h", "127.0.0.1", "-q", "1", "-i", name, "-t", filter])
            .args(["-p", &self.port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Lines::of(child.stdout.take().unwrap());
        self.log.wait(1, &format!("Sending SUBACK to {name}")).await;
        Subscriber { lines, child }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

pub(crate) struct Subscriber {
    pub(crate) lines: Lines,
    child: Child,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

async fn launch(dir: &TempDir) -> (Child, Lines) {
    let mut child = Command::new("/usr/sbin/mosquitto")
        .arg("-c")
        .arg(dir.path().join("mosquitto.conf"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("mosquitto is installed (apt-get install mosquitto mosquitto-clients)");
    let log = Lines::of(child.stderr.take().unwrap());
    log.wait(1, "running").await;
    (child, log)
}

fn run(command: &mut Command, input: &[u8]) {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    assert!(child.wait().unwrap().success(), "{command:?}");
}

#[expect(clippy::disallowed_methods, reason = "a test's own settings, outside any data folder")]
fn configure(dir: &TempDir, port: u16, settings: &str) {
    let text = format!(
        "listener {port} 127.0.0.1\nuser root\npersistence false\nlog_dest stderr\nlog_type all\n\
         max_queued_messages 100000\nmax_inflight_messages 0\n{settings}\n"
    );
    std::fs::write(dir.path().join("mosquitto.conf"), text).unwrap();
}
