//! One connection's subscriptions: asked for one after the other, so that each answer has its question.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, RetainForwardRule, SubAck, SubscribeReasonCode};
use tokio::time::{Instant, sleep_until};

/// A refused subscription is asked for again: access lists are mended without a reconnection.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// A subscription to ask for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// Whether to ask for what the broker has stored. A station's stored message says nothing about now.
    pub(super) stored: bool,
    /// Whether the broker is to keep its messages for us.
    pub(super) kept: bool,
}

impl Wanted {
    fn qos(&self) -> QoS {
        if self.kept { QoS::AtLeastOnce } else { QoS::AtMostOnce }
    }
}

/// What is asked for, and what was refused.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// The first is under way.
    wanted: VecDeque<Wanted>,
    refused: Vec<Wanted>,
    again: Option<Instant>,
}

impl Asking {
    pub(super) fn new(wanted: impl Iterator<Item = Wanted>) -> Asking {
        Asking { wanted: wanted.collect(), ..Asking::default() }
    }

    /// What to send now, if anything.
    pub(super) fn filter(&self) -> Option<Filter> {
        let wanted = self.wanted.front()?;
        let mut filter = Filter::new(&wanted.name, wanted.qos());
        filter.retain_forward_rule = match wanted.stored {
            true => RetainForwardRule::OnEverySubscribe,
            false => RetainForwardRule::Never,
        };
        Some(filter)
    }

    /// The broker's answer to the first.
    pub(super) fn answered(&mut self, answer: &SubAck) {
        let Some(wanted) = self.wanted.pop_front() else { return };
        let topic = &wanted.name;
        match answer.return_codes.first() {
            Some(SubscribeReasonCode::Success(granted)) if *granted == wanted.qos() => return,
            Some(SubscribeReasonCode::Success(_)) => tracing::error!(
                topic,
                "the broker grants no QoS 1, so messages can be lost and no picture is taken: \
                 raise its max_qos"
            ),
            code => tracing::error!(
                topic,
                ?code,
                "the broker refuses the subscription, so nothing is heard there and no picture is taken: \
                 allow this user to read the topic"
            ),
        }
        self.refused.push(wanted);
        self.again = Some(Instant::now() + ASK_AGAIN);
    }

    /// Whether every question has its answer.
    pub(super) fn is_done(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Whether every answer was yes.
    pub(super) fn is_granted(&self) -> bool {
        self.is_done() && self.refused.is_empty()
    }

    pub(super) async fn time_to_ask_again(&self) {
        match self.again {
            Some(at) if self.is_done() => sleep_until(at).await,
            _ => pending().await,
        }
    }

    pub(super) fn again(&mut self) {
        self.again = None;
        self.wanted = self.refused.drain(..).collect();
    }
}
