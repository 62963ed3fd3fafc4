//! A broker for one agent: MQTT 5 as far as the agent needs it, with the ways in which brokers and networks fail.
//!
//! It keeps a session and what is retained, sends again what was not acknowledged, keeps the receive maximum, and
//! forgets what has expired.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, ConnectReturnCode, Filter, Packet, PubAck, Publish, PublishProperties, RetainForwardRule,
    SubAck, Subscribe, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, Request, StateError};

use super::time::Time;

/// What the agent announces.
const RECEIVE_MAXIMUM: usize = 16;
/// The client library gives up a connection that says nothing for so long.
const SILENCE: Duration = Duration::from_secs(20);

thread_local! {
    static REACHED: RefCell<Option<Arc<Mutex<Broker>>>> = const { RefCell::new(None) };
}

/// A message that waits for the agent.
#[derive(Clone, Debug)]
struct Message {
    topic: String,
    payload: Vec<u8>,
    qos: QoS,
    retain: bool,
    expires: Option<Duration>,
    is_again: bool,
}

/// The broker, and the line to it.
#[derive(Debug)]
pub(crate) struct Broker {
    time: Arc<Time>,
    /// Nothing answers there.
    pub(crate) is_down: bool,
    /// It holds everything up since then.
    frozen: Option<Duration>,
    has_session: bool,
    subscribed: BTreeMap<String, QoS>,
    queue: VecDeque<Message>,
    unacknowledged: VecDeque<(u16, Message)>,
    packet_ids: u16,
    retained: BTreeMap<String, Vec<u8>>,
    /// The connection that is up, counted from 1.
    connection: Option<u64>,
    connections: u64,
    events: VecDeque<Event>,
    /// What the agent published, in order.
    pub(crate) heard: Vec<(String, Vec<u8>)>,
}

/// The agent's end of one connection.
pub(crate) struct Events {
    broker: Arc<Mutex<Broker>>,
    requests: flume::Receiver<Request>,
    number: Option<u64>,
    sent: u16,
}

/// A connection to the broker of the simulation that this thread directs.
pub(crate) fn dial() -> Option<(AsyncClient, Events)> {
    let broker = REACHED.with(|it| it.borrow().clone())?;
    let (sender, requests) = flume::bounded(1024);
    Some((AsyncClient::from_senders(sender), Events { broker, requests, number: None, sent: 0 }))
}

impl Events {
    pub(crate) async fn poll(&mut self) -> Result<Event, ConnectionError> {
        poll_fn(|_| {
            let broker = self.broker.clone();
            let mut broker = broker.lock().unwrap();
            match self.next(&mut broker) {
                Ok(Some(event)) => Poll::Ready(Ok(event)),
                // The director asks again with every step.
                Ok(None) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            }
        })
        .await
    }

    fn next(&mut self, broker: &mut Broker) -> Result<Option<Event>, ConnectionError> {
        let Some(number) = self.number else {
            if broker.is_down {
                return Err(ConnectionError::Io(io::ErrorKind::ConnectionRefused.into()));
            }
            if broker.frozen.is_none() {
                self.number = Some(broker.connect());
            }
            return Ok(broker.events.pop_front());
        };
        if broker.connection != Some(number) {
            return Err(ConnectionError::Io(io::ErrorKind::ConnectionReset.into()));
        }
        if let Some(since) = broker.frozen {
            if broker.time.now() - since > SILENCE {
                broker.connection = None;
                return Err(ConnectionError::MqttState(StateError::AwaitPingResp));
            }
            return Ok(None);
        }
        while let Ok(request) = self.requests.try_recv() {
            self.take(request, broker);
        }
        broker.deliver();
        Ok(broker.events.pop_front())
    }

    fn take(&mut self, request: Request, broker: &mut Broker) {
        match request {
            Request::Publish(message) => {
                let id = match message.qos {
                    QoS::AtMostOnce => 0,
                    _ => self.sent % 60 + 1,
                };
                self.sent = id.max(self.sent % 60);
                broker.tell(Event::Outgoing(Outgoing::Publish(id)));
                if id > 0 {
                    broker.tell(Event::Incoming(Packet::PubAck(PubAck::new(id, None))));
                }
                broker.hear(&message);
            }
            Request::PubAck(answer) => {
                broker.tell(Event::Outgoing(Outgoing::PubAck(answer.pkid)));
                broker.unacknowledged.retain(|(id, _)| *id != answer.pkid);
            }
            Request::Subscribe(asked) => broker.subscribe(&asked),
            Request::Unsubscribe(asked) => {
                broker.subscribed.retain(|topic, _| !asked.filters.contains(topic));
            }
            Request::Disconnect => broker.connection = None,
            other => panic!("the agent sends {other:?}"),
        }
    }
}

impl Broker {
    /// One that runs, and that the calling thread's agent reaches.
    pub(crate) fn reached(time: &Arc<Time>) -> Arc<Mutex<Broker>> {
        let broker = Arc::new(Mutex::new(Broker {
            time: time.clone(),
            is_down: false,
            frozen: None,
            has_session: false,
            subscribed: BTreeMap::new(),
            queue: VecDeque::new(),
            unacknowledged: VecDeque::new(),
            packet_ids: 0,
            retained: BTreeMap::new(),
            connection: None,
            connections: 0,
            events: VecDeque::new(),
            heard: Vec::new(),
        }));
        REACHED.with(|it| *it.borrow_mut() = Some(broker.clone()));
        broker
    }

    /// The calling thread's agent reaches none.
    pub(crate) fn leave() {
        REACHED.with(|it| *it.borrow_mut() = None);
    }

    /// A device of the plant publishes; `false`: nobody took it.
    #[must_use]
    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) -> bool {
        if self.is_down || self.frozen.is_some() {
            return false;
        }
        self.route(topic, payload, retain, None);
        true
    }

    /// The network breaks the connection.
    pub(crate) fn cut(&mut self) {
        self.connection = None;
    }

    /// SIGKILL. What was not on its disk is gone.
    pub(crate) fn kill(&mut self, forgets: bool) {
        (self.connection, self.is_down) = (None, true);
        if forgets {
            self.has_session = false;
            self.subscribed.clear();
            self.queue.clear();
            self.unacknowledged.clear();
            self.retained.clear();
        }
    }

    /// It hangs, or goes on.
    pub(crate) fn freeze(&mut self, is_frozen: bool) {
        self.frozen = is_frozen.then(|| self.time.now());
    }

    /// Somebody had it retained long ago.
    pub(crate) fn store(&mut self, topic: &str, payload: &[u8]) {
        self.retained.insert(topic.to_owned(), payload.to_owned());
    }

    fn connect(&mut self) -> u64 {
        self.connections += 1;
        self.connection = Some(self.connections);
        self.events.clear();
        let answer =
            ConnAck { session_present: self.has_session, code: ConnectReturnCode::Success, properties: None };
        self.tell(Event::Incoming(Packet::ConnAck(answer)));
        self.has_session = true;
        for (_, mut message) in std::mem::take(&mut self.unacknowledged).into_iter().rev() {
            message.is_again = true;
            self.queue.push_front(message);
        }
        self.connections
    }

    fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn subscribe(&mut self, asked: &Subscribe) {
        let granted = asked.filters.iter().map(|filter| SubscribeReasonCode::Success(filter.qos)).collect();
        self.tell(Event::Incoming(Packet::SubAck(SubAck {
            pkid: 1,
            return_codes: granted,
            properties: None,
        })));
        for Filter { path, qos, retain_forward_rule, .. } in &asked.filters {
            self.subscribed.insert(path.clone(), *qos);
            let stored = self.retained.get(path).cloned();
            if let Some(payload) =
                stored.filter(|_| *retain_forward_rule == RetainForwardRule::OnEverySubscribe)
            {
                let (topic, qos) = (path.clone(), *qos);
                let message = Message { topic, payload, qos, retain: true, expires: None, is_again: false };
                self.queue.push_back(message);
            }
        }
    }

    /// What the agent published.
    fn hear(&mut self, message: &Publish) {
        let topic = String::from_utf8(message.topic.to_vec()).unwrap();
        let life = message.properties.as_ref().and_then(|it| it.message_expiry_interval);
        let expires = life.map(|seconds| self.time.now() + Duration::from_secs(seconds.into()));
        self.route(&topic, &message.payload, message.retain, expires);
        self.heard.push((topic, message.payload.to_vec()));
    }

    fn route(&mut self, topic: &str, payload: &[u8], retain: bool, expires: Option<Duration>) {
        if retain && payload.is_empty() {
            self.retained.remove(topic);
        } else if retain {
            self.retained.insert(topic.to_owned(), payload.to_owned());
        }
        let Some(qos) = self.subscribed.get(topic).copied() else { return };
        // What the session does not keep is for who is there.
        if qos == QoS::AtMostOnce && self.connection.is_none() {
            return;
        }
        let (topic, payload) = (topic.to_owned(), payload.to_owned());
        self.queue.push_back(Message { topic, payload, qos, retain: false, expires, is_again: false });
    }

    fn deliver(&mut self) {
        let now = self.time.now();
        self.queue.retain(|message| message.expires.is_none_or(|at| now < at));
        while self.unacknowledged.len() < RECEIVE_MAXIMUM {
            let Some(message) = self.queue.pop_front() else { return };
            let left = message.expires.map(|at| u32::try_from((at - now).as_secs()).unwrap());
            let properties =
                PublishProperties { message_expiry_interval: left, ..PublishProperties::default() };
            let mut publish =
                Publish::new(&message.topic, message.qos, message.payload.clone(), Some(properties));
            (publish.retain, publish.dup) = (message.retain, message.is_again);
            if message.qos == QoS::AtLeastOnce {
                self.packet_ids = self.packet_ids % 1000 + 1;
                publish.pkid = self.packet_ids;
                self.unacknowledged.push_back((self.packet_ids, message));
            }
            self.tell(Event::Incoming(Packet::Publish(publish)));
        }
    }
}
