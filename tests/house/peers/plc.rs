//! The MQTT side of a PLC: one session, QoS 1, and everything again after a reconnection.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, Packet};
use rumqttc::v5::{Client, Connection, Event, MqttOptions};

/// Longer than a broker is away in any test.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two tries to reach the broker.
const PAUSE: Duration = Duration::from_millis(50);

/// A client that publishes what it is told to, whenever the broker is there, and keeps what it hears.
pub(crate) struct Plc {
    client: Client,
    heard: Receiver<(String, Vec<u8>)>,
    told: AtomicUsize,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    taken: Mutex<usize>,
    changed: Condvar,
    is_gone: AtomicBool,
}

impl Plc {
    /// Listens to `topics` from now on, if there are any.
    pub(crate) fn start(port: u16, id: &str, topics: &[&str]) -> Plc {
        let mut session = ConnectProperties::new();
        session.session_expiry_interval = Some(3600);
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_clean_start(false).set_keep_alive(Duration::from_secs(5)).set_connect_properties(session);
        let (client, connection) = Client::new(options, 1024);
        let (sender, heard) = channel();
        let line = Arc::new(Line::default());
        let theirs = Arc::clone(&line);
        let (ready, subscribed) = channel();
        thread::spawn(move || theirs.run(connection, &sender, &ready));
        for topic in topics {
            client.subscribe(*topic, QoS::AtLeastOnce).unwrap();
        }
        for topic in topics {
            subscribed.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no subscription to {topic}"));
        }
        Plc { client, heard, told: AtomicUsize::new(0), line }
    }

    /// Tells the broker as soon as it can.
    pub(crate) fn tell(&self, topic: &str, payload: &str) {
        self.publish(topic, payload, false);
    }

    /// The same, to be kept by the broker.
    pub(crate) fn tell_for_ever(&self, topic: &str, payload: &str) {
        self.publish(topic, payload, true);
    }

    fn publish(&self, topic: &str, payload: &str, retain: bool) {
        self.told.fetch_add(1, Ordering::Relaxed);
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload.to_owned()).unwrap();
    }

    /// Returns when the broker has taken all that it was told.
    pub(crate) fn until_taken(&self) {
        let told = self.told.load(Ordering::Relaxed);
        let taken = self.line.taken.lock().unwrap();
        let waiting = |taken: &mut usize| *taken < told;
        let (taken, waited) = self.line.changed.wait_timeout_while(taken, PATIENCE, waiting).unwrap();
        assert!(!waited.timed_out(), "the broker took {taken} of {told} messages");
    }

    /// The next message, as topic and payload, if one comes in time.
    pub(crate) fn hear(&self, within: Duration) -> Option<(String, Vec<u8>)> {
        match self.heard.recv_timeout(within) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the PLC's client has died"),
        }
    }
}

impl Drop for Plc {
    fn drop(&mut self) {
        self.line.is_gone.store(true, Ordering::Relaxed);
    }
}

impl Line {
    fn run(&self, mut connection: Connection, heard: &Sender<(String, Vec<u8>)>, subscribed: &Sender<()>) {
        for event in connection.iter() {
            if self.is_gone.load(Ordering::Relaxed) {
                return;
            }
            // Who asked may be gone; this client lives on until it is dropped itself.
            match event {
                Ok(Event::Incoming(Packet::PubAck(_))) => {
                    *self.taken.lock().unwrap() += 1;
                    self.changed.notify_all();
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => _ = subscribed.send(()),
                Ok(Event::Incoming(Packet::Publish(message))) => {
                    let topic = String::from_utf8_lossy(&message.topic).into_owned();
                    _ = heard.send((topic, message.payload.to_vec()));
                }
                Ok(_) => {}
                // Not a wait for anything: the pace of reconnections.
                Err(_) => thread::park_timeout(PAUSE),
            }
        }
    }
}
