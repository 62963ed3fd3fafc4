//! One connection's talk with the broker: subscriptions, messages, acknowledgements, publications.
//!
//! Holds: it is made for one connection and dropped with it; every message is told to the stays as it is
//! received, before anything that the broker sent after it, a returning pulse or another message.
//!
//! The receive maximum is kept here, too: mosquitto 2.0.11 sends a backlog faster than it was told to
//! (up to a receive maximum for every acknowledgement). No more than that many messages are in the
//! consumer's hands, so that their acknowledgements always find room; the rest waits here, in order.
//! Should room run out all the same, an acknowledgement waits for it; for want of room for anything else the
//! connection is given up, and what is unacknowledged comes again.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lineshot_domain::Clock;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Packet, Publish};
use rumqttc::v5::{AsyncClient, Event};
use tokio::sync::Notify;
use tokio::sync::mpsc::Permit;

use super::acks::{Acks, owed, sending};
use super::ask::{Asking, Wanted};
use super::errand::{self, Errand, Errands};
use super::line::Speech;
use super::link::{Link, ONLINE};
use super::pulse::Pulse;
use super::topic::{About, Topic};
use super::trouble::Trouble;
use super::{Ack, Heard, Subject};
use crate::stays::Stays;

/// Most that waits here, in bytes: some 100,000 events, as many as a broker can be made to queue.
const MOST_WAITING: usize = 64 * 1024 * 1024;

/// What a waiting message takes beside its payload, in bytes, rounded up.
const HEARD_OVERHEAD: usize = 512;

/// Most messages on topics of nobody that are unsubscribed from and told of. More come from an earlier
/// configuration's wildcard, which no message names.
const MOST_DISOWNED: usize = 16;

/// What listens, and by which clock.
#[derive(Clone)]
pub(super) struct Ears {
    pub(super) topics: Arc<[Topic]>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stays: Arc<Stays>,
}

/// One connection's state.
pub(super) struct Talk {
    client: AsyncClient,
    ears: Ears,
    /// Which connection it is, counted from 1.
    number: u64,
    receive_maximum: usize,
    pulse_topic: String,
    connection_topic: String,
    /// A message will not be acknowledged on this connection, or a request found no room.
    unacknowledged: Arc<Notify>,
    connected: bool,
    leaving: bool,
    heard: VecDeque<(Heard, Option<u16>)>,
    /// What waits in `heard`, in bytes.
    waiting: usize,
    /// Messages handed over whose acknowledgement has not been sent, by packet id.
    in_hand: HashSet<u16>,
    acks: Acks,
    /// Messages received, and how many of them were done with.
    received: u64,
    settled: Arc<AtomicU64>,
    asking: Asking,
    /// Publications under way.
    errands: Errands,
    disowned: usize,
    said_unsure: bool,
    said_dropped: bool,
}

impl Talk {
    pub(super) fn new(client: AsyncClient, link: &Link, ears: Ears, number: u64) -> Talk {
        Talk {
            client,
            ears,
            number,
            receive_maximum: usize::from(link.receive_maximum),
            pulse_topic: link.own("pulse"),
            connection_topic: link.own("connection"),
            unacknowledged: Arc::new(Notify::new()),
            connected: false,
            leaving: false,
            heard: VecDeque::new(),
            waiting: 0,
            in_hand: HashSet::new(),
            acks: Acks::default(),
            received: 0,
            settled: Arc::default(),
            asking: Asking::default(),
            errands: Errands::default(),
            disowned: 0,
            said_unsure: false,
            said_dropped: false,
        }
    }

    pub(super) fn take(
        &mut self,
        event: Event,
        speech: &mut Speech,
        subscribed: &mut bool,
    ) -> Result<(), Trouble> {
        if matches!(event, Event::Outgoing(_)) {
            // The client library has room again.
            self.acks.send(sending(&self.client));
        }
        match event {
            Event::Incoming(Packet::ConnAck(answer)) => self.begin(&answer, speech, subscribed),
            Event::Incoming(Packet::SubAck(answer)) => {
                let may_go_on = self.asking.answered(&answer);
                self.go_on(may_go_on, speech, subscribed);
            }
            Event::Incoming(Packet::PubAck(answer)) => self.errands.answered(&answer, speech),
            Event::Outgoing(Outgoing::PubAck(id)) => {
                self.in_hand.remove(&id);
            }
            Event::Outgoing(Outgoing::Publish(id)) => self.errands.sent(id),
            Event::Incoming(Packet::Publish(message)) if !self.leaving => {
                return self.hear(message, speech, subscribed);
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, answer: &ConnAck, speech: &mut Speech, subscribed: &mut bool) {
        tracing::info!(session = answer.session_present, "the line to the broker is up");
        self.connected = true;
        self.errands.largest = answer.properties.as_ref().and_then(|properties| properties.max_packet_size);
        if *subscribed && !answer.session_present {
            tracing::warn!(
                "the broker has forgotten our session and what it held for us: \
                 let it keep sessions on disk (mosquitto: persistence, autosave_on_changes, autosave_interval 1)"
            );
        }
        let all = !(*subscribed && answer.session_present);
        *subscribed = !all;
        speech.pulse.connected(self.number, Arc::clone(&self.settled));
        speech.board.forget(&self.connection_topic);
        speech.board.begin();
        self.asking = Asking::new(self.wanted(all).into_iter());
        self.ask(speech, subscribed);
    }

    /// What is to be subscribed to: states first, since arrivals are judged by them. Our own pulse is
    /// last: nothing is proven before everything else is heard.
    fn wanted(&self, all: bool) -> Vec<Wanted> {
        let of = |state: bool| {
            let mine = self.ears.topics.iter().filter(move |topic| topic.is_state() == state);
            let mine = mine.filter(move |topic| all || topic.is_state());
            mine.map(|topic| Wanted {
                name: topic.name.clone(),
                stored: topic.is_state(),
                kept: topic.is_kept(),
                mark: topic.is_many().then(|| self.pulse_topic.clone()),
            })
        };
        let pulse = Wanted { name: self.pulse_topic.clone(), stored: false, kept: true, mark: None };
        of(true).chain(of(false)).chain(all.then_some(pulse)).collect()
    }

    fn go_on(&mut self, may_go_on: bool, speech: &Speech, subscribed: &mut bool) {
        if may_go_on {
            self.ask(speech, subscribed);
        }
    }

    /// Subscribes to the first of the topics to ask for.
    fn ask(&mut self, speech: &Speech, subscribed: &mut bool) {
        if let Some(filters) = self.asking.filters() {
            let mark = self.asking.mark();
            let marked = mark.is_none_or(|topic| self.errands.mark(&self.client, topic));
            if !marked || self.client.try_subscribe_many(filters).is_err() {
                self.unacknowledged.notify_one();
            }
            return;
        }
        *subscribed = self.asking.is_granted();
        if *subscribed {
            tracing::info!(topics = self.ears.topics.len(), "listening to the line");
            speech.board.set(&self.connection_topic, ONLINE);
        }
    }

    pub(super) async fn time_to_ask_again(&self) {
        self.asking.time_to_ask_again().await;
    }

    pub(super) fn ask_again(&mut self, speech: &Speech, subscribed: &mut bool) {
        self.asking.again();
        self.ask(speech, subscribed);
    }

    fn hear(&mut self, message: Publish, speech: &mut Speech, subscribed: &mut bool) -> Result<(), Trouble> {
        let name = String::from_utf8_lossy(&message.topic).into_owned();
        if name == self.pulse_topic {
            let may_go_on = message.retain && message.payload == errand::MARK && self.asking.marked();
            self.go_on(may_go_on, speech, subscribed);
            self.hear_pulse(&message, &mut speech.pulse);
            return Ok(());
        }
        let topics = Arc::clone(&self.ears.topics);
        let Some(topic) = topics.iter().find(|topic| topic.takes(&name)) else {
            self.disown(&message, name);
            return Ok(());
        };
        if topic.is_many() {
            self.asking.goes_on();
        }
        let ack = self.ack(&message);
        let received = self.ears.clock.mono();
        let subject = match &topic.about {
            About::Stay { station, kind } => Subject::Stay {
                station: station.clone(),
                kind: *kind,
                word: self.ears.stays.heard(station, received),
            },
            About::Source(source) => Subject::Source(*source),
        };
        let cut = message.payload.len().min(topic.max_payload() + 1);
        let size = cut + HEARD_OVERHEAD;
        let full = self.waiting + size > MOST_WAITING;
        let unsure = message.qos == QoS::AtMostOnce && !topic.is_state();
        if unsure {
            self.say_unsure(&topic.name, full);
        }
        match (full, unsure) {
            (true, true) => return Ok(()),
            (true, false) => return Err(Trouble::Overrun),
            (false, _) => self.waiting += size,
        }
        let properties = message.properties.as_ref();
        let expiry = properties.and_then(|properties| properties.message_expiry_interval);
        let heard = Heard {
            subject,
            topic: name,
            payload: message.payload[..cut].to_vec(),
            retain: message.retain || topic.is_live() && !speech.pulse.is_current(),
            expiry: expiry.map(|seconds| Duration::from_secs(seconds.into())),
            received_at: self.ears.clock.wall(),
            received,
            connection: self.number,
            ack,
        };
        self.heard.push_back((heard, owed(&message)));
        Ok(())
    }

    /// Everything that stood before it in the broker's queue has been heard.
    fn hear_pulse(&mut self, message: &Publish, pulse: &mut Pulse) {
        self.acknowledge(message);
        let nonce = std::str::from_utf8(&message.payload).ok().and_then(|text| text.parse().ok());
        if let Some(nonce) = nonce
            && self.is_granted()
            && message.qos == QoS::AtLeastOnce
        {
            pulse.came_back(nonce, self.ears.clock.mono(), self.received);
        }
    }

    /// Once for a connection each.
    fn say_unsure(&mut self, topic: &str, dropped: bool) {
        if dropped && !self.said_dropped {
            self.said_dropped = true;
            tracing::error!(topic, "events with QoS 0 come faster than they are recorded; some are lost");
        }
        if !self.said_unsure {
            self.said_unsure = true;
            tracing::warn!(
                topic,
                "an event came with QoS 0 and is lost if anything breaks: let its sender publish with QoS 1"
            );
        }
    }

    fn ack(&mut self, message: &Publish) -> Ack {
        self.received += 1;
        let (client, unacknowledged) = (self.client.clone(), Arc::clone(&self.unacknowledged));
        let settled = Arc::clone(&self.settled);
        let (owed, acks) = (owed(message), self.acks.clone());
        if let Some(id) = owed {
            acks.owe(id);
        }
        Ack::new(move |given| {
            settled.fetch_add(1, Ordering::Release);
            let Some(id) = owed else { return };
            if given {
                acks.done(id, sending(&client));
            } else {
                unacknowledged.notify_one();
            }
        })
    }

    /// Acknowledges what goes no further than this.
    fn acknowledge(&mut self, message: &Publish) {
        self.ack(message).done();
    }

    /// An earlier configuration's subscription lives on in the session.
    fn disown(&mut self, message: &Publish, topic: String) {
        self.acknowledge(message);
        self.disowned += 1;
        if self.disowned <= MOST_DISOWNED {
            // It may name an order, if orders once came by wildcard, so it is not told.
            tracing::warn!(
                levels = topic.split('/').count(),
                characters = topic.chars().count(),
                "a message on a topic that is configured no more is ignored; unsubscribing"
            );
            if self.client.try_unsubscribe(topic).is_err() {
                self.unacknowledged.notify_one();
            }
        }
    }

    /// Waits until a message will not be acknowledged on this connection, so that it takes a new one.
    pub(super) async fn unacknowledged(&self) {
        self.unacknowledged.notified().await;
    }

    /// Whether there is a message that may be handed over now.
    pub(super) fn has_heard(&self) -> bool {
        !self.heard.is_empty() && self.in_hand.len() < self.receive_maximum
    }

    pub(super) fn hand_over(&mut self, room: Permit<'_, Heard>) {
        if let Some((heard, owed)) = self.heard.pop_front() {
            self.waiting -= heard.payload.len() + HEARD_OVERHEAD;
            self.in_hand.extend(owed);
            room.send(heard);
        }
    }

    pub(super) fn may_publish(&self) -> bool {
        self.connected && self.asking.is_done()
    }

    /// Whether everything is subscribed to, so that a returning pulse proves something.
    pub(super) fn is_granted(&self) -> bool {
        self.connected && self.asking.is_granted()
    }

    /// Whether the broker waits for no acknowledgement of ours.
    pub(super) fn is_idle(&self) -> bool {
        self.in_hand.is_empty() && self.heard.is_empty() && self.acks.is_empty()
    }

    pub(super) fn publish(&mut self, errand: Errand, speech: &mut Speech) {
        if !self.errands.send(&self.client, errand, speech) {
            self.unacknowledged.notify_one();
        }
    }

    pub(super) fn publish_pulse(&mut self, speech: &mut Speech) {
        let nonce = speech.pulse.begin();
        self.publish(Errand::pulse(&self.pulse_topic, nonce), speech);
    }

    /// Whether a DISCONNECT went on its way, behind all acknowledgements made and values put up so far.
    /// Nothing is heard after it.
    pub(super) fn leave(&mut self, speech: &mut Speech) -> bool {
        self.leaving = true;
        if !self.connected {
            return false;
        }
        speech.board.forget(&self.connection_topic);
        for entry in speech.board.rest() {
            self.publish(Errand::entry(entry), speech);
        }
        self.publish(Errand::farewell(&self.connection_topic), speech);
        self.client.try_disconnect().is_ok()
    }
}
