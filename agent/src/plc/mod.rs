//! The line's voice: one MQTT 5 connection to the broker, events in, publications out.
//!
//! Holds:
//! - a message is acknowledged only by [`Ack::done`], on the connection it came by; an [`Ack`] that
//!   outlives its connection, or is dropped, acknowledges nothing, and the broker delivers again;
//! - acknowledgements leave in the order in which the messages came, as MQTT wants it;
//! - messages are handed over in the broker's order, and a consumer that takes its time does not cost
//!   the connection;
//! - a publication is taken off the [`Outbox`] only after the broker has acknowledged it; consumers
//!   compare by event id, since it may be sent twice;
//! - what the [`Board`] shows is retained at the broker and true again after every connection;
//! - a [`LinkProof`] is given only when everything the broker had taken before it was asked for has been
//!   received (`pulse` says why, and where that ends);
//! - a [`Renewal`] exchanges link and topics between two connections; the broker keeps what comes meanwhile;
//! - nothing ends the [`Line`] but its shutdown signal: every trouble is named once, with its mend, and
//!   tried again.
//!
//! The client library is mentioned in `link`, `line`, `talk`, `acks`, `ask`, `errand`, `visit`, `examine`,
//! `overhear` and `trouble` alone.
//!
//! Deliberately absent: any decision about an event or a state, any memory of events (the book knows
//! duplicates; MQTT's `dup` flag and packet ids prove nothing).

mod acks;
mod ask;
mod board;
mod errand;
mod event;
mod examine;
mod json;
mod line;
mod link;
mod overhear;
mod pending;
mod post;
mod pulse;
mod talk;
mod topic;
mod trouble;
mod visit;

use std::fmt;
use std::time::Duration;

use lineshot_domain::{Mono, StationId, Wall};

use crate::stays::Unsettled;

pub use board::Board;
pub use event::{
    AgeMode, Event, EventError, Fields, Format, TimeFormat, age, is_of_century, parse, parse_departure,
    state_word,
};
pub use examine::{Examined, Publishing, examine};
pub use line::{Line, Renewal, Voice};
pub use link::{Link, LinkError, Secret, own_topic};
pub use overhear::{Overheard, overhear};
pub use pending::Pending;
pub use post::{Outbox, OutboxError, Publication, Wake};
pub use pulse::{LinkProof, Watch};
pub use topic::{About, Kind, SourceKind, Topic};

/// What a message is about.
#[derive(Debug)]
pub enum Subject {
    /// Who stands at a station.
    Stay {
        /// Which station.
        station: StationId,
        /// What it says.
        kind: Kind,
        /// Holds every answer about this station's stay until it is said what the message was.
        word: Unsettled,
    },
    /// A state; [`Heard::topic`] says which one of its kind.
    Source(SourceKind),
}

/// A message, as it came. Its payload may name a vehicle and is never printed.
pub struct Heard {
    /// What it is about.
    pub subject: Subject,
    /// The topic it was published on, without wildcards.
    pub topic: String,
    /// What [`parse`] takes; of a longer one only so much that `parse` finds it too long. For a state, see
    /// [`SourceKind::max_payload`].
    pub payload: Vec<u8>,
    /// The broker had stored it: it says nothing about who stands there now, but is the last word about a
    /// state. A line's state counts as stored until it is sure that nothing of before is on its way.
    pub retain: bool,
    /// What is left of the life its publisher gave it (MQTT 5, 3.3.2.3.3), in whole seconds.
    pub expiry: Option<Duration>,
    /// When it was received, by the wall clock.
    pub received_at: Wall,
    /// When it was received, by the monotonic clock.
    pub received: Mono,
    /// The connection it came by, counted from 1.
    pub connection: u64,
    /// To be used up when what the message says is durable.
    pub ack: Ack,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("subject", &self.subject)
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
