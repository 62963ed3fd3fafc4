//! The PLC: tells of cars in their order, and repeats an arrival until it hears that it was accepted or the car is gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use lineshot_domain::Wall;
use serde_json::Value;

use super::broker::Broker;
use super::plant;

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// A broker that held it up is quicker with us than it is with the broker again.
const RETRY: Duration = Duration::from_millis(1_500);
/// How often it says how the line runs.
const STATE: Duration = Duration::from_secs(10);

/// A message of its own, in order.
#[derive(Debug)]
struct Message {
    topic: &'static str,
    payload: Vec<u8>,
    /// The event that it tells of.
    event: Option<usize>,
}

/// The PLC.
#[derive(Debug, Default)]
pub(crate) struct Plc {
    messages: VecDeque<Message>,
    /// The arrival that no answer came to, and when it was sent last.
    open: Option<(usize, Vec<u8>, Duration)>,
    /// Events that a broker took from it.
    pub(crate) taken: BTreeSet<usize>,
    /// By the event's name, all that was said of it.
    pub(crate) words: BTreeMap<String, Vec<String>>,
    read: usize,
    pub(crate) is_manual: bool,
    next_state: Duration,
    /// The broker did not take it: it is not tried before this.
    retry_at: Duration,
}

impl Plc {
    /// A car came.
    pub(crate) fn arrived(&mut self, event: usize, car: usize, at: Wall) {
        let payload = plant::arrival(event, car, at);
        self.open = None;
        self.say(plant::ARRIVAL, payload, Some(event));
    }

    /// It left, or it is not told that it did.
    pub(crate) fn left(&mut self, car: usize, is_told: bool) {
        self.open = None;
        if is_told {
            self.say(plant::DEPARTURE, plant::departure(car), None);
        }
    }

    /// Anything else.
    pub(crate) fn say(&mut self, topic: &'static str, payload: Vec<u8>, event: Option<usize>) {
        self.messages.push_back(Message { topic, payload, event });
    }

    /// It runs by hand or not, from now on.
    pub(crate) fn run_by_hand(&mut self, is_manual: bool) {
        (self.is_manual, self.next_state) = (is_manual, Duration::ZERO);
    }

    /// What it does now.
    pub(crate) fn go_on(&mut self, broker: &mut Broker, now: Duration) {
        self.listen(broker);
        if now >= self.next_state && broker.publish(plant::STATE, &plant::state(!self.is_manual), true) {
            self.next_state = now + STATE;
        }
        if let Some((event, payload, sent)) = &mut self.open
            && now - *sent >= PATIENCE
        {
            *sent = now;
            let (event, payload) = (*event, payload.clone());
            self.say(plant::ARRIVAL, payload, Some(event));
        }
        while let Some(message) = self.messages.front() {
            if now < self.retry_at {
                return;
            }
            if !broker.publish(message.topic, &message.payload, false) {
                self.retry_at = now + RETRY;
                return;
            }
            let Message { payload, event, .. } = self.messages.pop_front().expect("it is there");
            if let Some(event) = event {
                self.taken.insert(event);
                if !self.words.contains_key(&plant::event(event)) && self.messages.is_empty() {
                    self.open = Some((event, payload, now));
                }
            }
        }
    }

    fn listen(&mut self, broker: &Broker) {
        for (topic, payload) in &broker.heard[self.read..] {
            if topic == plant::PHOTO
                && let Ok(word) = serde_json::from_slice::<Value>(payload)
                && let (Some(event), Some(said)) = (word["event"].as_str(), word["word"].as_str())
            {
                self.words.entry(event.to_owned()).or_default().push(said.to_owned());
            }
        }
        self.read = broker.heard.len();
        if self.open.as_ref().is_some_and(|(event, ..)| self.words.contains_key(&plant::event(*event))) {
            self.open = None;
        }
    }
}
