//! One connection's subscriptions: asked for one after the other, so that each answer has its question.
//!
//! Whether all stored messages of a filter came is known by a mark: a retained message with QoS 0 on a
//! filter that is asked for behind it, in one request. mosquitto 2.0.11 sends all stored messages in one go
//! and drops, telling nobody, what comes while 1000 packets (`max_queued_messages`) wait beyond the
//! socket's buffer: the mark, too, then (measured: 5438 of 30,000 messages came at 50 MB/s, and no mark).
//! Of stored messages with QoS 1 it drops what exceeds that number at any speed.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, RetainForwardRule, SubAck, SubscribeReasonCode};
use tokio::time::{Instant, sleep_until};

/// A refused subscription is asked for again: access lists are mended without a reconnection.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// How long after the last stored message the mark is waited for.
const MARK: Duration = Duration::from_secs(10);

/// A subscription to ask for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// Whether to ask for what the broker has stored. A station's stored message says nothing about now.
    pub(super) stored: bool,
    /// Whether the broker is to keep its messages for us.
    pub(super) kept: bool,
    /// What to subscribe to behind it, so that the mark that is retained there comes last.
    pub(super) mark: Option<String>,
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
    /// The first was granted, and its mark is waited for until then.
    mark_by: Option<Instant>,
    /// The mark of the first came.
    marked: bool,
    said_unmarked: bool,
}

impl Asking {
    pub(super) fn new(wanted: impl Iterator<Item = Wanted>) -> Asking {
        Asking { wanted: wanted.collect(), ..Asking::default() }
    }

    /// What to send now, if anything.
    pub(super) fn filters(&self) -> Option<Vec<Filter>> {
        let wanted = self.wanted.front()?;
        let filter = |name: &str, qos, stored| {
            let mut filter = Filter::new(name, qos);
            filter.retain_forward_rule = match stored {
                true => RetainForwardRule::OnEverySubscribe,
                false => RetainForwardRule::Never,
            };
            filter
        };
        let first = filter(&wanted.name, wanted.qos(), wanted.stored);
        let mark = wanted.mark.iter().map(|mark| filter(mark, QoS::AtLeastOnce, true));
        Some([first].into_iter().chain(mark).collect())
    }

    /// Where the mark belongs that the first needs.
    pub(super) fn mark(&self) -> Option<&str> {
        self.wanted.front()?.mark.as_deref()
    }

    /// The broker's answer to the first. Whether the next may be asked for.
    pub(super) fn answered(&mut self, answer: &SubAck) -> bool {
        let Some(wanted) = self.wanted.front() else { return false };
        let granted =
            |code: &SubscribeReasonCode, qos| matches!(code, SubscribeReasonCode::Success(it) if *it == qos);
        let needs_mark = wanted.mark.is_some();
        let mut asked = vec![(&wanted.name, wanted.qos())];
        asked.extend(wanted.mark.iter().map(|mark| (mark, QoS::AtLeastOnce)));
        let mut codes = answer.return_codes.iter();
        let refused = asked.into_iter().find_map(|(topic, qos)| match codes.next() {
            Some(code) if granted(code, qos) => None,
            code => Some((topic, code)),
        });
        match refused {
            None if needs_mark && !self.marked => {
                self.mark_by = Some(Instant::now() + MARK);
                false
            }
            None => self.settle(true),
            Some((topic, code)) => {
                say_refused(topic, code);
                self.settle(false)
            }
        }
    }

    /// The mark of the first came: so did everything before it. Whether the next may be asked for.
    pub(super) fn marked(&mut self) -> bool {
        self.marked = true;
        self.mark_by.is_some() && self.settle(true)
    }

    /// A stored message came; the mark is still to be expected.
    pub(super) fn goes_on(&mut self) {
        if let Some(by) = &mut self.mark_by {
            *by = Instant::now() + MARK;
        }
    }

    /// The first is done with.
    fn settle(&mut self, granted: bool) -> bool {
        (self.mark_by, self.marked) = (None, false);
        if let Some(wanted) = self.wanted.pop_front().filter(|_| !granted) {
            self.refused.push(wanted);
            self.again = Some(Instant::now() + ASK_AGAIN);
        }
        true
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
        match (self.mark_by, self.again) {
            (Some(at), _) => sleep_until(at).await,
            (None, Some(at)) if self.is_done() => sleep_until(at).await,
            _ => pending().await,
        }
    }

    pub(super) fn again(&mut self) {
        if self.mark_by.is_some() {
            if !std::mem::replace(&mut self.said_unmarked, true) {
                tracing::error!(
                    topic = self.wanted.front().map(|wanted| &wanted.name),
                    "the broker does not send all that is stored there, so no picture is taken: let it queue \
                     more (mosquitto: max_queued_messages, above the number of orders), and allow this user \
                     to read and write its `pulse` topic"
                );
            }
            self.settle(false);
            return;
        }
        self.again = None;
        self.wanted = self.refused.drain(..).collect();
    }
}

fn say_refused(topic: &str, code: Option<&SubscribeReasonCode>) {
    match code {
        Some(SubscribeReasonCode::Success(_)) => tracing::error!(
            topic,
            "the broker grants no QoS 1, so messages can be lost and no picture is taken: raise its max_qos"
        ),
        code => tracing::error!(
            topic,
            ?code,
            "the broker refuses the subscription, so nothing is heard there and no picture is taken: \
             allow this user to read the topic"
        ),
    }
}
