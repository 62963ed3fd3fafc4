//! One connection's publications: what is under way, and what each is for.
//!
//! Holds: an answer finds its publication by the packet id. rumqttc 0.25.1 chooses the id when it sends,
//! and tells it in the order in which publications were requested, also if it had to wait with one.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{PubAck, PubAckReason, PublishProperties};

use super::board::Entry;
use super::line::Speech;
use super::link::OFFLINE;
use super::post::Publication;
use super::pulse;
use super::topic::is_topic_name;

/// What a PUBLISH has beside topic and payload, at most: header, lengths, packet id, message expiry.
const PUBLISH_OVERHEAD: usize = 16;

/// The mark's payload: no pulse.
pub(super) const MARK: &str = "mark";

/// A publication of ours, always with QoS 1.
pub(super) struct Errand {
    topic: String,
    payload: Vec<u8>,
    retain: bool,
    life: Option<Duration>,
    purpose: Purpose,
}

enum Purpose {
    /// The outbox's row under way.
    Row,
    /// The pulse with this nonce.
    Pulse(u64),
    /// This version of a topic's value.
    Entry(String, u64),
    /// The last word or a mark, whose answer nobody hears.
    Unanswered,
}

impl Errand {
    pub(super) fn row(row: Publication) -> Errand {
        let Publication { topic, payload, .. } = row;
        Errand { topic, payload, retain: false, life: None, purpose: Purpose::Row }
    }

    pub(super) fn pulse(topic: &str, nonce: u64) -> Errand {
        let (topic, payload) = (topic.to_owned(), nonce.to_string().into_bytes());
        Errand { topic, payload, retain: false, life: Some(pulse::LIFE), purpose: Purpose::Pulse(nonce) }
    }

    pub(super) fn entry(entry: Entry) -> Errand {
        let Entry { topic, payload, life, version } = entry;
        let purpose = Purpose::Entry(topic.clone(), version);
        Errand { topic, payload, retain: true, life, purpose }
    }

    pub(super) fn farewell(topic: &str) -> Errand {
        let (topic, payload) = (topic.to_owned(), OFFLINE.into());
        Errand { topic, payload, retain: true, life: None, purpose: Purpose::Unanswered }
    }
}

/// The publications under way.
#[derive(Default)]
pub(super) struct Errands {
    /// Largest packet that the broker takes, in bytes.
    pub(super) largest: Option<u32>,
    /// Requested and not sent yet.
    requested: VecDeque<Purpose>,
    /// Sent and not answered yet, by packet id.
    sent: HashMap<u16, Purpose>,
}

impl Errands {
    /// Whether the client library had room. What this broker would not take counts as refused.
    pub(super) fn send(&mut self, client: &AsyncClient, errand: Errand, speech: &mut Speech) -> bool {
        let Errand { topic, payload, retain, life, purpose } = errand;
        let size = topic.len() + payload.len() + PUBLISH_OVERHEAD;
        if self.largest.is_some_and(|largest| size > largest as usize) {
            tracing::error!(
                topic,
                bytes = size,
                most = self.largest,
                "a publication is larger than the broker takes and waits: raise the broker's max_packet_size"
            );
            refused(&purpose, None, speech);
            return true;
        }
        if !is_topic_name(&topic) {
            tracing::error!(
                topic,
                "a publication waits, since its topic has wildcards: mend the configured topic"
            );
            refused(&purpose, None, speech);
            return true;
        }
        let seconds = |life: Duration| u32::try_from(life.as_secs().max(1)).unwrap_or(u32::MAX);
        let properties =
            PublishProperties { message_expiry_interval: life.map(seconds), ..PublishProperties::default() };
        self.requested.push_back(purpose);
        client.try_publish_with_properties(topic, QoS::AtLeastOnce, retain, payload, properties).is_ok()
    }

    /// Retains the mark on `topic`, with QoS 0: see [`ask`](super::ask). Whether the client library had room.
    pub(super) fn mark(&mut self, client: &AsyncClient, topic: &str) -> bool {
        self.requested.push_back(Purpose::Unanswered);
        client.try_publish(topic, QoS::AtMostOnce, true, MARK).is_ok()
    }

    /// The oldest that was requested is on its way.
    pub(super) fn sent(&mut self, id: u16) {
        self.sent.extend(self.requested.pop_front().map(|purpose| (id, purpose)));
    }

    /// The broker's answer to one.
    pub(super) fn answered(&mut self, answer: &PubAck, speech: &mut Speech) {
        let Some(purpose) = self.sent.remove(&answer.pkid) else { return };
        match answer.reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => taken(&purpose, speech),
            reason => refused(&purpose, Some(reason), speech),
        }
    }
}

fn taken(purpose: &Purpose, speech: &mut Speech) {
    match purpose {
        Purpose::Row => speech.post.taken(),
        Purpose::Pulse(nonce) => speech.pulse.taken(*nonce),
        Purpose::Entry(topic, version) => speech.board.taken(topic, *version),
        Purpose::Unanswered => {}
    }
}

/// `reason` is the broker's; without one, it was said already.
fn refused(purpose: &Purpose, reason: Option<PubAckReason>, speech: &mut Speech) {
    match purpose {
        Purpose::Row => {
            if let Some(reason) = reason {
                tracing::error!(
                    ?reason,
                    "the broker refuses a publication, which waits: allow this user to write our topics"
                );
            }
            speech.post.rest();
        }
        Purpose::Pulse(nonce) => speech.pulse.refused(*nonce, &reason),
        Purpose::Entry(topic, version) => {
            let news = speech.board.refused(topic, *version);
            if let Some(reason) = reason.filter(|_| news) {
                tracing::error!(
                    topic,
                    ?reason,
                    "the broker refuses a retained publication, which waits: allow this user to write our topics"
                );
            }
        }
        Purpose::Unanswered => {}
    }
}
