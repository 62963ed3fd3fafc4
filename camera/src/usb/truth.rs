//! What is known of a frame beside its bytes, and whether it is to be believed.
//!
//! Holds:
//! - an exposure is never said to have begun later than it can have: where a driver does not tell when it began, the
//!   view's signed latency bounds it;
//! - a frame that its driver marks as damaged, that comes again, or that comes from the future or out of order is
//!   refused.
//!
//! Deliberately absent: clocks, devices, bytes.

use std::fmt;
use std::time::Duration;

use lineshot_domain::{Exposure, Mono};

/// Frames after opening that are never given: the first may be the rest of an older transfer, and what was set just
/// before takes hold two frames later (a sensor exposes one frame while it reads out another).
pub(super) const FIRST: u32 = 3;

/// A moment, with how well it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) earliest: Mono,
    pub(super) latest: Mono,
}

/// What a driver says about when a frame was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// The exposure began then.
    Began(Moment),
    /// Its first bytes reached this PC then.
    Reached(Moment),
    /// It was all there then.
    Ended(Moment),
    /// Nothing, or by another clock.
    Unknown,
}

impl Stamp {
    fn earliest(self) -> Option<Mono> {
        match self {
            Stamp::Began(at) | Stamp::Reached(at) | Stamp::Ended(at) => Some(at.earliest),
            Stamp::Unknown => None,
        }
    }
}

/// What is told of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) stamp: Stamp,
    /// The same as the driver's clock has it, to be compared with other frames of the stream.
    pub(super) driver_time: Option<Duration>,
    /// The driver's count, where there is one.
    pub(super) sequence: Option<u32>,
    /// The driver says that its bytes are not whole.
    pub(super) is_damaged: bool,
    /// It came to this PC after this: there was no frame to be had then.
    pub(super) since: Mono,
    /// It had come by then.
    pub(super) until: Mono,
}

impl Told {
    /// When it was exposed, with every uncertainty in it. `latency` is the longest time from the begin of an exposure
    /// until the frame reaches this PC.
    pub(super) fn exposure(&self, latency: Duration) -> Exposure {
        match self.stamp {
            Stamp::Began(at) => Exposure::between(at.earliest, self.until),
            Stamp::Reached(at) => Exposure::between(at.earliest.minus(latency), self.until),
            Stamp::Ended(at) => Exposure::between(at.earliest.minus(latency), at.latest.min(self.until)),
            Stamp::Unknown => Exposure::between(self.since.minus(latency), self.until),
        }
    }
}

/// Why a frame is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is one of the first.
    First,
    /// The driver says so.
    Damaged,
    /// The driver's count did not go on.
    SameCount,
    /// The driver's count or clock went back.
    Backwards,
    /// It says to be taken later than now.
    Future,
    /// Its bytes are those of the frame before.
    SameBytes,
    /// Not as many bytes as such a frame has.
    Length { expected: usize, found: usize },
    /// Not from the begin of a JPEG to the end of one.
    NotWhole(&'static str),
}

impl Refusal {
    /// Whether it means that the picture stands still.
    pub(super) fn is_frozen(&self) -> bool {
        matches!(self, Refusal::SameCount | Refusal::SameBytes)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::First => f.write_str("it is one of the first after opening"),
            Refusal::Damaged => f.write_str("its driver marks it as damaged"),
            Refusal::SameCount => f.write_str("its number is that of the frame before"),
            Refusal::Backwards => f.write_str("its number or time lies before that of the frame before"),
            Refusal::Future => f.write_str(
                "its time lies in the future, as if its driver counted by another clock than CLOCK_MONOTONIC",
            ),
            Refusal::SameBytes => f.write_str("its bytes are those of the frame before"),
            Refusal::Length { expected, found } => {
                write!(f, "it has {found} bytes, and a whole one {expected}")
            }
            Refusal::NotWhole(what) => f.write_str(what),
        }
    }
}

/// What is to be told of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How many frames the driver lost just before it.
    pub(super) lost: u32,
    /// Its exposure, or why it is not given.
    pub(super) outcome: Result<Exposure, Refusal>,
}

/// Judges one frame after the other.
#[derive(Debug)]
pub(super) struct Judge {
    latency: Duration,
    /// How many are still refused because they are the first.
    first: u32,
    sequence: Option<u32>,
    driver_time: Option<Duration>,
}

impl Judge {
    /// For a stream that was just opened.
    pub(super) fn new(latency: Duration) -> Judge {
        Judge { latency, first: FIRST, sequence: None, driver_time: None }
    }

    /// What is told of the next frame.
    pub(super) fn judge(&mut self, told: &Told) -> Verdict {
        let step = match (self.sequence, told.sequence) {
            (Some(before), Some(now)) => Some(now.wrapping_sub(before).cast_signed()),
            _ => None,
        };
        let lost = step.map_or(0, |step| u32::try_from(step.saturating_sub(1)).unwrap_or(0));
        let is_future = told.stamp.earliest().is_some_and(|at| at > told.until);
        let refusal = if is_future { Some(Refusal::Future) } else { self.refusal(told, step) };
        let outcome = refusal.map_or_else(|| Ok(told.exposure(self.latency)), Err);
        self.first = self.first.saturating_sub(1);
        if step.is_none_or(|step| step > 0) {
            self.sequence = told.sequence.or(self.sequence);
        }
        if !is_future {
            self.driver_time = self.driver_time.max(told.driver_time);
        }
        Verdict { lost, outcome }
    }

    fn refusal(&self, told: &Told, step: Option<i32>) -> Option<Refusal> {
        if self.first > 0 {
            return Some(Refusal::First);
        }
        if told.is_damaged {
            return Some(Refusal::Damaged);
        }
        if step == Some(0) {
            return Some(Refusal::SameCount);
        }
        let went_back = match (self.driver_time, told.driver_time) {
            (Some(before), Some(now)) => now <= before,
            _ => false,
        };
        (went_back || step.is_some_and(|step| step < 0)).then_some(Refusal::Backwards)
    }
}

#[cfg(test)]
mod tests;
