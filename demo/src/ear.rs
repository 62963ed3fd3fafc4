//! The plant's own connection to the broker: what the PLC publishes and what the agent tells.
//!
//! Holds: it comes by the plant's side, which is never cut; it reads nothing but what any plant system may read
//! (`docs/contract/`).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use lineshot_domain::EventId;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::floor::Floor;
use crate::plant::{AGENT, SITE};

/// What the plant says. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Mouth(AsyncClient);

impl Mouth {
    /// Publishes for whoever listens now.
    pub(crate) async fn say(&self, topic: &str, payload: &str) -> Result<()> {
        let said = self.0.publish(topic, QoS::AtLeastOnce, false, payload.to_owned()).await;
        said.with_context(|| format!("publishing on {topic}"))
    }
}

/// Connects, and keeps listening: to what the agent tells of its state, which goes to the floor, and to
/// outcomes, whose event ids come out of the receiver.
pub(crate) async fn connect(
    broker: SocketAddr,
    floor: &Arc<Floor>,
) -> Result<(Mouth, mpsc::Receiver<String>)> {
    let mut options = MqttOptions::new("demo-plant", broker.ip().to_string(), broker.port());
    options.set_keep_alive(Duration::from_secs(30));
    let (client, talk) = AsyncClient::new(options, 64);
    for topic in [format!("lineshot/{SITE}/{AGENT}/#"), "line/+/photo".to_owned()] {
        client
            .subscribe(&topic, QoS::AtLeastOnce)
            .await
            .with_context(|| format!("subscribing to {topic}"))?;
    }
    let (outcomes, heard) = mpsc::channel(64);
    tokio::spawn(listen(talk, Arc::clone(floor), outcomes));
    Ok((Mouth(client), heard))
}

async fn listen(mut talk: EventLoop, floor: Arc<Floor>, outcomes: mpsc::Sender<String>) {
    loop {
        match talk.poll().await {
            Ok(Event::Incoming(Packet::Publish(message))) => {
                if let Some(event) = hear(&floor, &message)
                    && outcomes.send(event).await.is_err()
                {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!("the plant's connection to the demo's broker: {error}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// Takes in a message. Of an outcome, the event it answers.
fn hear(floor: &Floor, message: &Publish) -> Option<String> {
    let topic = String::from_utf8_lossy(&message.topic);
    let payload = String::from_utf8_lossy(&message.payload);
    let own = format!("lineshot/{SITE}/{AGENT}/");
    match topic.strip_prefix(&own) {
        Some("connection") => connection(floor, &payload),
        Some("outcome") => {
            let told: Value = serde_json::from_str(&payload).ok()?;
            let event = EventId::parse(told["data"]["event"].as_str()?).ok()?;
            return Some(event.as_str().to_owned());
        }
        Some(other) => alarm(floor, other, &payload),
        None => word(floor, &payload),
    }
    None
}

fn connection(floor: &Floor, says: &str) {
    let is_news = floor.change(|known| {
        let before = std::mem::replace(&mut known.connection, says.to_owned());
        before != says
    });
    if is_news {
        floor.note(match says {
            "ONLINE" => "The agent is connected to the broker and listens to the line.",
            "OFFLINE" => "The agent left the broker in good order.",
            _ => "The broker says: the connection to the agent broke (CONNECTIONBROKEN, its last will).",
        });
    }
}

fn alarm(floor: &Floor, topic: &str, payload: &str) {
    let Some(code) = topic.strip_prefix("alarm/") else { return };
    if !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        return;
    }
    let is_raised = !payload.is_empty();
    let told: Value = serde_json::from_str(payload).unwrap_or_default();
    let text = told["text"].as_str().unwrap_or_default().to_owned();
    let is_news = floor.change(|known| match is_raised {
        true => known.alarms.insert(code.to_owned(), text).is_none(),
        false => known.alarms.remove(code).is_some(),
    });
    match (is_news, is_raised) {
        (true, true) => floor.note(format!("The agent raises the alarm `{code}`.")),
        (true, false) => floor.note(format!("The alarm `{code}` is over.")),
        (false, _) => {}
    }
}

/// `accepted`, `done` …: what the PLC is told about an event.
fn word(floor: &Floor, payload: &str) {
    let Ok(told) = serde_json::from_str::<Value>(payload) else { return };
    if let (Some(event), Some(word)) = (told["event"].as_str(), told["word"].as_str()) {
        floor.change(|known| known.words.entry(event.to_owned()).or_default().push(word.to_owned()));
    }
}
