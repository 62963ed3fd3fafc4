//! A visit at the broker under a name of its own: what may this PC do there, and what may it do too much?
//!
//! Holds: nothing stays: no session, no will, no retained message. What is published is empty.

use std::time::Duration;

use lineshot_domain::Clock;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Packet, PubAckReason};
use tokio::time::timeout;

use super::link::Link;
use super::topic::Topic;
use super::trouble::Trouble;
use super::visit::{Visit, name};

/// What the visitor calls himself.
const ERRAND: &str = "doctor";
/// What is there already, or has been taken, comes at once.
const MOMENT: Duration = Duration::from_secs(2);

/// What became of an attempt to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishing {
    /// The broker took it.
    Taken,
    /// It said no, or ended the connection.
    Refused,
    /// It said nothing.
    Unanswered,
}

/// What the broker lets this PC do.
#[derive(Clone, Debug)]
pub struct Examined {
    /// How long connecting took.
    pub took: Duration,
    /// Under which client id.
    pub client_id: String,
    /// What the broker cannot do that is needed, each as a sentence.
    pub lacks: Vec<&'static str>,
    /// Topics that may not be listened to.
    pub deaf: Vec<String>,
    /// Whether a message on a topic of this PC's own is taken.
    pub own: Publishing,
    /// Whether it comes back to this PC, as the pulse has to by which the agent proves its line.
    pub comes_back: bool,
    /// Topics of others on which a message was taken.
    pub too_much: Vec<String>,
    /// Topics of others of which it did not say whether it takes one.
    pub unanswered: Vec<String>,
    /// What the agent's own connection last said of itself, if anything is known.
    pub agent: Option<String>,
}

/// Goes there, asks for `topics`, and tries to publish on its own topic and on those that are others'.
///
/// # Errors
/// Why there is no connection, as a sentence with its mend.
pub fn examine(
    link: &Link,
    topics: &[Topic],
    others: &[String],
    clock: &dyn Clock,
) -> Result<Examined, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| format!("this system gives no runtime for the network: {error}"))?;
    runtime.block_on(async {
        let own = link.own("doctor");
        let began = clock.mono();
        let (mut visit, answer) = Visit::begin(link, ERRAND).await.map_err(|trouble| trouble.to_string())?;
        let took = clock.mono().since(began);
        let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        let mut deaf = visit
            .subscribe(&names, QoS::AtLeastOnce, &mut drop)
            .await
            .map_err(|trouble| trouble.to_string())?;
        let agent = visit.retained(&link.own("connection")).await;
        deaf.extend(
            visit
                .subscribe(&[&own], QoS::AtLeastOnce, &mut drop)
                .await
                .map_err(|trouble| trouble.to_string())?,
        );
        let (answer_to_own, comes_back) = visit.publish(&own, true).await;
        let mut tried = Vec::new();
        for topic in others {
            // A broker that ends the connection has said no, and the next question needs a new one.
            let (mut visit, _) = Visit::begin(link, ERRAND).await.map_err(|trouble| trouble.to_string())?;
            tried.push((topic.clone(), visit.publish(topic, false).await.0));
        }
        let which = |answer: Publishing| -> Vec<String> {
            tried.iter().filter(|(_, it)| *it == answer).map(|(topic, _)| topic.clone()).collect()
        };
        Ok(Examined {
            took,
            client_id: name(link, ERRAND),
            lacks: lacks(&answer),
            deaf,
            own: answer_to_own,
            comes_back,
            too_much: which(Publishing::Taken),
            unanswered: which(Publishing::Unanswered),
            agent,
        })
    })
}

fn lacks(answer: &ConnAck) -> Vec<&'static str> {
    let Some(properties) = &answer.properties else { return Vec::new() };
    let mut lacks = Vec::new();
    if properties.retain_available == Some(0) {
        lacks.push("it keeps no retained messages (mosquitto: retain_available)");
    }
    if properties.max_qos == Some(0) {
        lacks.push("it takes nothing with QoS 1 (mosquitto: max_qos)");
    }
    if properties.session_expiry_interval == Some(0) {
        lacks.push("it keeps no sessions, so that events are lost while the line is down");
    }
    lacks
}

impl Visit {
    /// What is retained on a topic, if that may be read and comes at once.
    async fn retained(&mut self, topic: &str) -> Option<String> {
        // Asked for twice: what the broker has is sent before it answers to the second.
        self.client.try_subscribe(topic, QoS::AtMostOnce).ok()?;
        self.client.try_subscribe(topic, QoS::AtMostOnce).ok()?;
        let mut answers = 0;
        let text = self.until(|packet| match packet {
            Packet::Publish(message) if message.topic == topic.as_bytes() => {
                Some(Some(String::from_utf8_lossy(&message.payload).into_owned()))
            }
            Packet::SubAck(_) => {
                answers += 1;
                (answers == 2).then_some(None)
            }
            _ => None,
        });
        timeout(MOMENT, text).await.ok()?.ok()?
    }

    /// Empty and unretained, so that it changes nothing anywhere. What becomes of it, and whether it comes back.
    async fn publish(&mut self, topic: &str, is_subscribed: bool) -> (Publishing, bool) {
        if self.client.try_publish(topic, QoS::AtLeastOnce, false, "").is_err() {
            return (Publishing::Refused, false);
        }
        let mut comes_back = false;
        let answer = self.until(|packet| match packet {
            Packet::PubAck(answer) => Some(answer.reason),
            other => {
                comes_back |= is_message(&other, topic);
                None
            }
        });
        match answer.await {
            Ok(PubAckReason::Success) => {}
            // Nobody listens there, not even we.
            Ok(PubAckReason::NoMatchingSubscribers) => return (Publishing::Taken, false),
            Err(Trouble::NoAnswer) => return (Publishing::Unanswered, false),
            Ok(_) | Err(_) => return (Publishing::Refused, false),
        }
        if is_subscribed && !comes_back {
            let echo = self.until(|packet| is_message(&packet, topic).then_some(()));
            comes_back = matches!(timeout(MOMENT, echo).await, Ok(Ok(())));
        }
        (Publishing::Taken, comes_back)
    }
}

fn is_message(packet: &Packet, topic: &str) -> bool {
    matches!(packet, Packet::Publish(message) if message.topic == topic.as_bytes())
}
