//! The line's voice: one MQTT 5 connection to the broker, events in, publications out.
//!
//! Holds:
//! - a message is acknowledged only by [`Ack::done`], on the connection it came by; an [`Ack`] that
//!   outlives its connection, or is dropped, acknowledges nothing, and the broker delivers again;
//! - messages are handed over in the broker's order, and a consumer that takes its time does not cost
//!   the connection;
//! - a publication is taken off the [`Outbox`] only after the broker has acknowledged it; consumers
//!   compare by event id, since it may be sent twice;
//! - nothing ends the [`Line`] but its shutdown signal: every trouble is named once, with its mend, and
//!   tried again.
//!
//! The client library is mentioned in `link`, `line`, `talk` and `trouble` alone.
//!
//! Deliberately absent: any decision about an event, any memory of events (the book knows duplicates;
//! MQTT's `dup` flag and packet ids prove nothing), TLS, last will.

mod event;
mod json;
mod line;
mod link;
mod post;
mod talk;
mod trouble;

use std::fmt;
use std::time::Duration;

use lineshot_domain::{Mono, StationId, Wall};

use crate::stays::Unsettled;

pub use event::{AgeMode, Event, EventError, Fields, Format, age, parse, parse_departure};
pub use line::Line;
pub use link::{Link, LinkError, Secret};
pub use post::{Outbox, OutboxError, Publication, Wake};

/// What a topic's messages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A vehicle came to the station.
    Arrival,
    /// It left.
    Departure,
}

/// A topic to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its full name, without wildcards.
    pub name: String,
    /// The station its messages are about.
    pub station: StationId,
    /// What they say.
    pub kind: Kind,
}

/// A message, as it came. Its payload may name a vehicle and is never printed.
pub struct Heard {
    /// The station it is about.
    pub station: StationId,
    /// What it says.
    pub kind: Kind,
    /// What [`parse`] takes; of a longer one only so much that `parse` finds it too long.
    pub payload: Vec<u8>,
    /// The broker had stored it: it says nothing about now.
    pub retain: bool,
    /// What is left of the life its publisher gave it (MQTT 5, 3.3.2.3.3), in whole seconds.
    pub expiry: Option<Duration>,
    /// When it was received, by the wall clock.
    pub received_at: Wall,
    /// When it was received, by the monotonic clock.
    pub received: Mono,
    /// The connection it came by, counted from 1.
    pub connection: u64,
    /// Holds every answer about this station's stay until it is said what the message was.
    pub word: Unsettled,
    /// To be used up when what the message says is durable.
    pub ack: Ack,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("station", &self.station)
            .field("kind", &self.kind)
            .field("bytes", &self.payload.len())
            .field("retain", &self.retain)
            .finish_non_exhaustive()
    }
}

/// The right to acknowledge one message, once.
///
/// It belongs to the connection the message came by. Packet ids start again with every session, so an
/// acknowledgement sent on a later connection could take away a message that nobody has seen.
///
/// Dropped, it says that the message could not be recorded. A broker delivers again only on a new
/// connection, so the line then makes one, after a pause.
#[must_use = "a message that is not acknowledged costs the connection and is delivered again"]
pub struct Ack(Option<Answer>);

/// What is done with an acknowledgement: given (true) or dropped (false).
type Answer = Box<dyn FnOnce(bool) + Send + Sync>;

impl Ack {
    /// An acknowledgement that tells `answer` whether it was given (true) or dropped (false): the line's
    /// own, or a simulation's.
    pub fn new(answer: impl FnOnce(bool) + Send + Sync + 'static) -> Ack {
        Ack(Some(Box::new(answer)))
    }

    /// Acknowledges; without effect if the message's connection is gone.
    pub fn done(mut self) {
        self.answer(true);
    }

    fn answer(&mut self, given: bool) {
        if let Some(answer) = self.0.take() {
            answer(given);
        }
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        self.answer(false);
    }
}

impl fmt::Debug for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ack")
    }
}
