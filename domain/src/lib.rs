//! Facts and decisions: vehicle, arrival, exposure, permit, reason, identity, geometry.
//!
//! Holds:
//! - every value was parsed once, at the border; what is here is valid;
//! - a [`Permit`] is made by [`decide`] alone;
//! - the same facts always give the same decision: time is an argument.
//!
//! Deliberately absent: I/O, clocks, async, serialisation (each contract has its own types where it
//! is written or read), and any way to read a VIN, an order number or the site key back out.

mod arrival;
mod calendar;
mod caption;
mod clock_watch;
mod conditions;
mod deny;
mod directory;
mod geometry;
mod identity;
mod names;
mod permit;
mod reason;
mod rules;
mod sequence;
mod source;
mod stay;
mod time;
mod vehicle;

pub use arrival::{Arrival, Claims, EventAge};
pub use calendar::{
    Calendar, CalendarError, CalendarState, ClosedPeriod, Days, LocalDate, TimeOfDay, Window, Zone,
};
pub use caption::{Caption, CaptionError};
pub use clock_watch::{ClockKeeper, ClockState, ClockWatch};
pub use conditions::{Blackout, Conditions, LedgerState, LineState, ReleaseState, StationState, StopState};
pub use deny::{DenyError, DenyList};
pub use directory::{Directory, Order, Owner};
pub use geometry::{
    Crop, FILL_TOLERANCE, Fill, FillError, Fraction, GeometryError, Mask, Point, Polygon, Scene, Show, Size,
    lock_tolerance,
};
pub use identity::{AlbumId, CaseId, IdError, Pseudonym, PublicId, SiteKey, SiteKeyError};
pub use names::{AgentName, EventId, Market, NameError, SiteName, StationId, VehicleClass, ViewId};
pub use permit::{Belonging, Facts, Permit, decide, is_discreet};
pub use reason::{Class, Delivery, Ending, Outcome, Reason, RecordState};
pub use rules::{Keep, MarketRule, Rules};
pub use sequence::{Before, SEQUENCE_MEMORY, Sequence};
pub use source::Source;
pub use stay::{Exposure, Stay, StayEnd};
pub use time::{CLOCK_SKEW, Clock, Mono, Wall};
pub use vehicle::{BodyNumber, OrderNumber, Vehicle, VehicleError, Vin};
