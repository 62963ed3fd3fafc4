//! A connection beside the agent's own, under a name of its own, for a person's question.
//!
//! Holds: nothing stays of it at the broker: no session, no will.

use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Filter, Packet, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, EventLoop};
use tokio::time::timeout;

use super::link::Link;
use super::trouble::Trouble;

/// A plant's broker answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Visit {
    pub(super) client: AsyncClient,
    events: EventLoop,
}

/// Under which client id: the broker would end the agent's connection if another one had its name.
pub(super) fn name(link: &Link, errand: &str) -> String {
    format!("{}-{errand}", link.client_id)
}

impl Visit {
    pub(super) async fn begin(link: &Link, errand: &str) -> Result<(Visit, ConnAck), Trouble> {
        let client_id = name(link, errand);
        let link = Link { client_id, session_expiry: Duration::from_secs(1), ..link.clone() };
        let mut options = link.options_without_will().map_err(|error| Trouble::of_file(&error))?;
        options.set_clean_start(true).set_manual_acks(false);
        let (client, events) = AsyncClient::new(options, 64);
        let mut visit = Visit { client, events };
        let answer = visit.until(|packet| match packet {
            Packet::ConnAck(answer) => Some(answer),
            _ => None,
        });
        let answer = answer.await?;
        Ok((visit, answer))
    }

    /// The next packet.
    pub(super) async fn next(&mut self) -> Result<Packet, Trouble> {
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(packet)) => return Ok(packet),
                Ok(Event::Outgoing(_)) => {}
                Err(error) => return Err(Trouble::of(&error)),
            }
        }
    }

    /// The next packet of a kind.
    pub(super) async fn until<T>(&mut self, mut is: impl FnMut(Packet) -> Option<T>) -> Result<T, Trouble> {
        let next = async {
            loop {
                if let Some(it) = is(self.next().await?) {
                    return Ok(it);
                }
            }
        };
        timeout(PATIENCE, next).await.unwrap_or(Err(Trouble::NoAnswer))
    }

    /// The topics that may not be listened to. `heard`: what comes meanwhile.
    pub(super) async fn subscribe(
        &mut self,
        topics: &[&str],
        qos: QoS,
        heard: &mut dyn FnMut(Packet),
    ) -> Result<Vec<String>, Trouble> {
        let mut deaf = Vec::new();
        for topic in topics {
            if self.client.try_subscribe_many([Filter::new(*topic, qos)]).is_err() {
                return Err(Trouble::Broken);
            }
            let answer = self.until(|packet| match packet {
                Packet::SubAck(answer) => Some(answer),
                other => {
                    heard(other);
                    None
                }
            });
            let is_granted = |code: &SubscribeReasonCode| matches!(code, SubscribeReasonCode::Success(_));
            if !answer.await?.return_codes.iter().all(is_granted) {
                deaf.push((*topic).to_owned());
            }
        }
        Ok(deaf)
    }
}
