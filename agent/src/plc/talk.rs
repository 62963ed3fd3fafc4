//! One connection's talk with the broker: subscriptions, messages, acknowledgements, publications.
//!
//! Holds: it is made for one connection and dropped with it; at most one subscription and one
//! publication of ours are under way, so that each answer has its question.
//!
//! The receive maximum is kept here, too: mosquitto 2.0.11 sends a backlog faster than it was told to
//! (up to a receive maximum for every acknowledgement). No more than that many messages are in the
//! consumer's hands, so that their acknowledgements always find room; the rest waits here, in order.
//! Should room run out all the same, the connection is given up, and what is unacknowledged comes again.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Clock;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, Filter, Packet, PubAck, PubAckReason, Publish, RetainForwardRule, SubAck, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, Event};
use tokio::sync::Notify;
use tokio::sync::mpsc::Permit;
use tokio::time::{Instant, sleep_until};

use super::event::MAX_PAYLOAD;
use super::link::{Link, is_topic_name};
use super::post::{Post, Publication};
use super::trouble::Trouble;
use crate::stays::Stays;

use super::{Ack, Heard, Topic};

/// A refused subscription is asked for again: access lists are mended without a reconnection.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Most that waits here, in bytes: some 100,000 events, as many as a broker can be made to queue.
const MOST_WAITING: usize = 64 * 1024 * 1024;

/// What a waiting message takes beside its payload, in bytes, rounded up.
const HEARD_OVERHEAD: usize = 512;

/// What a PUBLISH has beside topic and payload, at most: header, lengths, packet id, properties' length.
const PUBLISH_OVERHEAD: usize = 16;

/// One connection's state.
pub(super) struct Talk {
    client: AsyncClient,
    topics: Arc<[Topic]>,
    clock: Arc<dyn Clock>,
    stays: Arc<Stays>,
    /// Which connection it is, counted from 1.
    number: u64,
    receive_maximum: usize,
    /// A message will not be acknowledged on this connection, or a request found no room.
    unacknowledged: Arc<Notify>,
    connected: bool,
    leaving: bool,
    /// Largest packet that the broker takes, in bytes.
    largest: Option<u32>,
    heard: VecDeque<(Heard, QoS)>,
    /// What waits in `heard`, in bytes.
    waiting: usize,
    /// Messages handed over whose acknowledgement has not been sent.
    in_hand: usize,
    /// Topics to subscribe to; the first is under way.
    asking: VecDeque<Topic>,
    refused: Vec<Topic>,
    ask_again: Option<Instant>,
    said_unsure: bool,
    said_dropped: bool,
}

impl Talk {
    pub(super) fn new(
        client: AsyncClient,
        link: &Link,
        topics: Arc<[Topic]>,
        (clock, stays): (Arc<dyn Clock>, Arc<Stays>),
        number: u64,
    ) -> Talk {
        Talk {
            client,
            topics,
            clock,
            stays,
            number,
            receive_maximum: usize::from(link.receive_maximum),
            unacknowledged: Arc::new(Notify::new()),
            connected: false,
            leaving: false,
            largest: None,
            heard: VecDeque::new(),
            waiting: 0,
            in_hand: 0,
            asking: VecDeque::new(),
            refused: Vec::new(),
            ask_again: None,
            said_unsure: false,
            said_dropped: false,
        }
    }

    pub(super) fn take(
        &mut self,
        event: Event,
        post: &mut Post,
        subscribed: &mut bool,
    ) -> Result<(), Trouble> {
        match event {
            Event::Incoming(Packet::ConnAck(answer)) => self.begin(&answer, subscribed),
            Event::Incoming(Packet::SubAck(answer)) => self.answered(&answer, subscribed),
            Event::Incoming(Packet::PubAck(answer)) => settle(&answer, post),
            Event::Outgoing(Outgoing::PubAck(_)) => self.in_hand -= 1,
            Event::Incoming(Packet::Publish(message)) if !self.leaving => return self.hear(message),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, answer: &ConnAck, subscribed: &mut bool) {
        tracing::info!(session = answer.session_present, "the line to the broker is up");
        self.connected = true;
        self.largest = answer.properties.as_ref().and_then(|properties| properties.max_packet_size);
        if *subscribed && !answer.session_present {
            tracing::warn!(
                "the broker has forgotten our session and what it held for us: \
                 let it keep sessions on disk (mosquitto: persistence, autosave_on_changes, autosave_interval 1)"
            );
        }
        if !answer.session_present {
            *subscribed = false;
        }
        if *subscribed {
            tracing::info!(topics = self.topics.len(), "listening to the line");
        } else {
            self.asking = self.topics.iter().cloned().collect();
            self.ask();
        }
    }

    /// Subscribes to the first of the topics to ask for. Retained messages are never asked for: they say
    /// nothing about now.
    fn ask(&mut self) {
        let Some(topic) = self.asking.front() else { return };
        let mut filter = Filter::new(&topic.name, QoS::AtLeastOnce);
        filter.retain_forward_rule = RetainForwardRule::Never;
        if self.client.try_subscribe_many([filter]).is_err() {
            self.unacknowledged.notify_one();
        }
    }

    fn answered(&mut self, answer: &SubAck, subscribed: &mut bool) {
        let Some(topic) = self.asking.pop_front() else { return };
        match answer.return_codes.first() {
            Some(SubscribeReasonCode::Success(QoS::AtLeastOnce)) => {}
            Some(SubscribeReasonCode::Success(_)) => tracing::error!(
                station = %topic.station, topic = topic.name,
                "the broker grants no QoS 1, so events can be lost: raise its max_qos"
            ),
            code => {
                tracing::error!(
                    station = %topic.station, topic = topic.name, ?code,
                    "the broker refuses the subscription, so the station hears nothing: \
                     allow this user to read the topic"
                );
                self.refused.push(topic);
            }
        }
        if self.asking.is_empty() {
            *subscribed = self.refused.is_empty();
            self.ask_again = (!*subscribed).then(|| Instant::now() + ASK_AGAIN);
            if *subscribed {
                tracing::info!(topics = self.topics.len(), "listening to the line");
            }
        }
        self.ask();
    }

    pub(super) async fn time_to_ask_again(&self) {
        match self.ask_again {
            Some(at) => sleep_until(at).await,
            None => pending().await,
        }
    }

    pub(super) fn ask_again(&mut self) {
        self.ask_again = None;
        self.asking = self.refused.drain(..).collect();
        self.ask();
    }

    fn hear(&mut self, message: Publish) -> Result<(), Trouble> {
        let ack = self.ack(&message);
        let topics = Arc::clone(&self.topics);
        let Some(topic) = topics.iter().find(|topic| topic.name.as_bytes() == message.topic) else {
            self.disown(&message, ack);
            return Ok(());
        };
        let received = self.clock.mono();
        let word = self.stays.heard(&topic.station, received);
        let cut = message.payload.len().min(MAX_PAYLOAD + 1);
        let size = cut + HEARD_OVERHEAD;
        let full = self.waiting + size > MOST_WAITING;
        if message.qos == QoS::AtMostOnce {
            self.say_unsure(topic, full);
        }
        match (full, message.qos) {
            (true, QoS::AtMostOnce) => return Ok(()),
            (true, _) => return Err(Trouble::Overrun),
            (false, _) => self.waiting += size,
        }
        let properties = message.properties.as_ref();
        let expiry = properties.and_then(|properties| properties.message_expiry_interval);
        let heard = Heard {
            station: topic.station.clone(),
            kind: topic.kind,
            payload: message.payload[..cut].to_vec(),
            retain: message.retain,
            expiry: expiry.map(|seconds| Duration::from_secs(seconds.into())),
            received_at: self.clock.wall(),
            received,
            connection: self.number,
            word,
            ack,
        };
        self.heard.push_back((heard, message.qos));
        Ok(())
    }

    /// Once for a connection each.
    fn say_unsure(&mut self, topic: &Topic, dropped: bool) {
        let (station, topic) = (&topic.station, &topic.name);
        if dropped && !self.said_dropped {
            self.said_dropped = true;
            tracing::error!(%station, topic, "events with QoS 0 come faster than they are recorded; some are lost");
        }
        if !self.said_unsure {
            self.said_unsure = true;
            tracing::warn!(
                %station, topic,
                "an event came with QoS 0 and is lost if anything breaks: let its sender publish with QoS 1"
            );
        }
    }

    fn ack(&self, message: &Publish) -> Ack {
        let (client, unacknowledged) = (self.client.clone(), Arc::clone(&self.unacknowledged));
        let stub = Publish { pkid: message.pkid, qos: message.qos, ..Publish::default() };
        Ack::new(move |given| {
            let sure = stub.qos == QoS::AtLeastOnce;
            // Sending fails, too, if the connection is gone; nobody waits for the notice then.
            if sure && !(given && client.try_ack(&stub).is_ok()) {
                unacknowledged.notify_one();
            }
        })
    }

    /// An earlier configuration's subscription lives on in the session.
    fn disown(&mut self, message: &Publish, ack: Ack) {
        let topic = String::from_utf8_lossy(&message.topic).into_owned();
        tracing::warn!(topic, "a message on a topic of no station is ignored; unsubscribing");
        if self.client.try_unsubscribe(topic).is_err() {
            self.unacknowledged.notify_one();
        }
        self.in_hand += usize::from(message.qos == QoS::AtLeastOnce);
        ack.done();
    }

    /// Waits until a message will not be acknowledged on this connection, so that it takes a new one.
    pub(super) async fn unacknowledged(&self) {
        self.unacknowledged.notified().await;
    }

    /// Whether there is a message that may be handed over now.
    pub(super) fn has_heard(&self) -> bool {
        !self.heard.is_empty() && self.in_hand < self.receive_maximum
    }

    pub(super) fn hand_over(&mut self, room: Permit<'_, Heard>) {
        if let Some((heard, qos)) = self.heard.pop_front() {
            self.waiting -= heard.payload.len() + HEARD_OVERHEAD;
            self.in_hand += usize::from(qos == QoS::AtLeastOnce);
            room.send(heard);
        }
    }

    pub(super) fn may_publish(&self) -> bool {
        self.connected && self.asking.is_empty()
    }

    /// Whether the row went on its way; if not, this broker will not take it now.
    pub(super) fn publish(&self, row: &Publication) -> bool {
        let size = row.topic.len() + row.payload.len() + PUBLISH_OVERHEAD;
        if self.largest.is_some_and(|largest| size > largest as usize) {
            tracing::error!(
                topic = row.topic,
                bytes = size,
                most = self.largest,
                "a publication is larger than the broker takes and waits: raise the broker's max_packet_size"
            );
            return false;
        }
        if !is_topic_name(&row.topic) {
            tracing::error!(
                topic = row.topic,
                "a publication waits, since its topic has wildcards: mend the configured topic"
            );
            return false;
        }
        if self.client.try_publish(&row.topic, QoS::AtLeastOnce, false, row.payload.clone()).is_err() {
            self.unacknowledged.notify_one();
        }
        true
    }

    /// Whether a DISCONNECT went on its way, behind all acknowledgements made so far. Nothing is heard
    /// after it.
    pub(super) fn leave(&mut self) -> bool {
        self.leaving = true;
        self.connected && self.client.try_disconnect().is_ok()
    }
}

/// The broker's answer to the publication under way.
fn settle(answer: &PubAck, post: &mut Post) {
    match answer.reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => post.taken(),
        reason => {
            tracing::error!(
                ?reason,
                "the broker refuses a publication, which waits: allow this user to write our topics"
            );
            post.rest();
        }
    }
}
