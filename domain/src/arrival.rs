//! An arrival: the PLC or MES says that a vehicle came to a station.

use std::time::Duration;

use crate::{EventId, Mono, StationId, Vehicle, Wall};

/// How an event proves how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventAge {
    /// It carries the time at which it happened.
    At(Wall),
    /// Its publisher let it live only so long, and this much of that life was left on delivery
    /// (MQTT 5 message expiry interval, section 3.3.2.3.3).
    Expires(Duration),
    /// It proves nothing.
    Unproven,
}

/// A vehicle came to a station. Read-only after the border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Where.
    pub station: StationId,
    /// Who.
    pub vehicle: Vehicle,
    /// The event's own id, if it has one.
    pub event: Option<EventId>,
    /// The event's own time, if it has one.
    pub time: Option<Wall>,
    /// What proves that it is not an old event.
    pub age: EventAge,
    /// When this PC received it, by the wall clock.
    pub received_at: Wall,
    /// When this PC received it, by the monotonic clock.
    pub received: Mono,
}
