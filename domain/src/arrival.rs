//! An arrival: the PLC or MES says that a vehicle came to a station.

use std::time::Duration;

use crate::{EventId, Market, Mono, StationId, Vehicle, VehicleClass, Wall};

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

/// What an event claims about its order. It can only narrow what the order directory says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Where the car is sold.
    pub market: Option<Market>,
    /// What kind of vehicle it is.
    pub class: Option<VehicleClass>,
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
    /// What it says about the order.
    pub claims: Claims,
    /// The PLC's count of arrivals at this station, if it sends one.
    pub sequence: Option<u64>,
    /// A person made it up to try the station.
    pub simulated: bool,
    /// What proves that it is not an old event.
    pub age: EventAge,
    /// When this PC received it, by the wall clock.
    pub received_at: Wall,
    /// When this PC received it, by the monotonic clock.
    pub received: Mono,
}
