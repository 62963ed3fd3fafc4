//! When the right car surely stands before the camera, and whether an exposure lies wholly within that time.

use std::time::Duration;

use crate::{Ending, Mono, Reason};

/// The interval in which a frame was exposed, by this PC's monotonic clock. A source that knows only
/// bounds gives bounds; the whole interval has to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    earliest: Mono,
    latest: Mono,
}

impl Exposure {
    /// Exposed at exactly `at`.
    pub fn measured(at: Mono) -> Exposure {
        Exposure { earliest: at, latest: at }
    }

    /// Exposed at some moment of the interval; the bounds may come in any order.
    pub fn between(a: Mono, b: Mono) -> Exposure {
        Exposure { earliest: a.min(b), latest: a.max(b) }
    }

    /// No part of the exposure was before this.
    pub fn earliest(&self) -> Mono {
        self.earliest
    }

    /// No part of the exposure was after this.
    pub fn latest(&self) -> Mono {
        self.latest
    }
}

/// What ended a vehicle's stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayEnd {
    /// It left, by the line's own word.
    Departed(Mono),
    /// Something arrived after it: another vehicle, or a message that could not be read.
    Superseded(Mono),
}

/// The time in which a vehicle surely stands before the camera, for one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    opens: Mono,
    closes: Mono,
    dwell_ends: Option<Mono>,
    ended: Option<StayEnd>,
}

impl Stay {
    /// From `received` + `delay`, for `within`, and never past `received` + `dwell`.
    ///
    /// `dwell` is counted from the receipt: what the event may have aged on its way is taken off already.
    ///
    /// The arrival's own time is not used: the car was there when the message was received, and only
    /// then is it known to be there.
    pub fn new(received: Mono, delay: Duration, within: Duration, dwell: Option<Duration>) -> Stay {
        let opens = received.plus(delay);
        let dwell_ends = dwell.map(|dwell| received.plus(dwell));
        let closes = opens.plus(within);
        Stay { opens, closes: dwell_ends.map_or(closes, |end| closes.min(end)), dwell_ends, ended: None }
    }

    /// The same stay, ended by what has become known since.
    #[must_use]
    pub fn ended_by(self, ended: Option<StayEnd>) -> Stay {
        Stay { ended, ..self }
    }

    /// No frame may be exposed before this.
    pub fn opens(&self) -> Mono {
        self.opens
    }

    /// No frame may be exposed after this.
    pub fn closes(&self) -> Mono {
        self.closes
    }

    /// Whether something is known to have ended the stay.
    ///
    /// # Errors
    /// The ending that the case must have.
    pub fn still_open(&self) -> Result<(), Ending> {
        match self.ended {
            None => Ok(()),
            Some(StayEnd::Departed(_)) => Err(Ending::new(Reason::Departed)),
            Some(StayEnd::Superseded(_)) => Err(Ending::new(Reason::Superseded)),
        }
    }

    /// Whether the whole exposure lies within the stay, by all that is known now.
    ///
    /// # Errors
    /// The ending that the case must have: `missed` with what came between.
    pub fn holds(&self, exposure: &Exposure) -> Result<(), Ending> {
        let ended_at = match self.ended {
            Some(StayEnd::Departed(at)) => Some((at, Reason::Departed)),
            Some(StayEnd::Superseded(at)) => Some((at, Reason::Superseded)),
            None => None,
        };
        if let Some((at, reason)) = ended_at
            && exposure.latest() >= at
        {
            return Err(Ending::new(reason));
        }
        if let Some(end) = self.dwell_ends
            && exposure.latest() > end
        {
            return Err(Ending::new(Reason::Dwell));
        }
        if exposure.earliest() < self.opens || exposure.latest() > self.closes {
            return Err(Ending::new(Reason::NoFrame));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    /// Received at 10 s, delay 1.5 s, within 20 s, dwell 15 s.
    fn stay() -> Stay {
        let [delay, within, dwell] = [1_500, 20_000, 15_000].map(Duration::from_millis);
        Stay::new(at(10_000), delay, within, Some(dwell))
    }

    #[test]
    fn only_an_exposure_wholly_within_the_stay_counts() {
        for (from, to, want) in [
            (11_499, 11_600, Err(Reason::NoFrame)),
            (11_500, 11_500, Ok(())),
            (24_900, 25_000, Ok(())),
            (24_900, 25_001, Err(Reason::Dwell)),
            (9_000, 26_000, Err(Reason::Dwell)),
        ] {
            let held = stay().holds(&Exposure::between(at(from), at(to)));
            assert_eq!(held.map_err(|e| e.reason()), want, "{from}..{to}");
        }
    }

    #[test]
    fn a_departure_or_the_next_arrival_ends_the_stay() {
        for (end, want) in [
            (StayEnd::Departed(at(12_000)), Reason::Departed),
            (StayEnd::Superseded(at(12_000)), Reason::Superseded),
        ] {
            let stay = stay().ended_by(Some(end));
            assert!(stay.holds(&Exposure::measured(at(11_999))).is_ok());
            let late = stay.holds(&Exposure::measured(at(12_000)));
            assert_eq!(late.unwrap_err().reason(), want);
        }
    }

    proptest! {
        #[test]
        fn what_holds_never_reaches_outside(
            received in 0u64..100_000, delay in 0u64..5_000, within in 1u64..30_000,
            dwell in proptest::option::of(1u64..60_000), end in proptest::option::of(0u64..200_000),
            a in 0u64..200_000, b in 0u64..200_000,
        ) {
            let ms = Duration::from_millis;
            let stay = Stay::new(at(received), ms(delay), ms(within), dwell.map(ms))
                .ended_by(end.map(|e| StayEnd::Departed(at(e))));
            let (from, to) = (a.min(b), a.max(b));
            let inside = from >= received + delay
                && to <= received + delay + within
                && dwell.is_none_or(|d| to <= received + d)
                && end.is_none_or(|e| to < e);
            prop_assert_eq!(stay.holds(&Exposure::between(at(a), at(b))).is_ok(), inside);
        }
    }
}
