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
    permitted_until: Option<(Mono, Reason)>,
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
        Stay {
            opens,
            closes: dwell_ends.map_or(closes, |end| closes.min(end)),
            dwell_ends,
            permitted_until: None,
            ended: None,
        }
    }

    /// The same stay, as far as the calendar is open, and the reason that it has to shut then.
    #[must_use]
    pub fn permitted_until(self, end: Option<(Mono, Reason)>) -> Stay {
        let closes = end.map_or(self.closes, |(end, _)| self.closes.min(end));
        Stay { closes, permitted_until: end, ..self }
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

    /// Whether nothing is known to have ended the stay, and the calendar is still open when it opens.
    ///
    /// # Errors
    /// The ending that the case must have.
    pub fn still_open(&self) -> Result<(), Ending> {
        match self.ended {
            None => match self.permitted_until {
                Some((end, reason)) if end <= self.opens => Err(Ending::new(reason)),
                _ => Ok(()),
            },
            Some(StayEnd::Departed(_)) => Err(Ending::new(Reason::Departed)),
            Some(StayEnd::Superseded(_)) => Err(Ending::new(Reason::Superseded)),
        }
    }

    /// Whether the whole exposure lies within the stay, by all that is known now.
    ///
    /// `alive` is when the broker link was proven alive. What was heard until then may have happened
    /// before the exposure, on its way through network and broker; what was not heard by then had not
    /// happened at the exposure.
    ///
    /// # Errors
    /// The ending that the case must have: `missed` with what came between, `refused` with what shut the
    /// calendar, or, if nothing else is wrong, `withheld(link)`.
    pub fn holds(&self, exposure: &Exposure, alive: Option<Mono>) -> Result<(), Ending> {
        let ended_at = match self.ended {
            Some(StayEnd::Departed(at)) => Some((at, Reason::Departed)),
            Some(StayEnd::Superseded(at)) => Some((at, Reason::Superseded)),
            None => None,
        };
        let sure_until = alive.unwrap_or(exposure.latest()).max(exposure.latest());
        if let Some((at, reason)) = ended_at
            && at <= sure_until
        {
            return Err(Ending::new(reason));
        }
        if let Some(end) = self.dwell_ends
            && exposure.latest() > end
        {
            return Err(Ending::new(Reason::Dwell));
        }
        if let Some((end, reason)) = self.permitted_until
            && exposure.latest() >= end
        {
            return Err(Ending::new(reason));
        }
        if exposure.earliest() < self.opens || exposure.latest() > self.closes {
            return Err(Ending::new(Reason::NoFrame));
        }
        if alive.is_none_or(|alive| alive < exposure.latest()) {
            return Err(Ending::new(Reason::Link));
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
            let held = stay().holds(&Exposure::between(at(from), at(to)), Some(at(30_000)));
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
            assert!(stay.holds(&Exposure::measured(at(11_998)), Some(at(11_999))).is_ok());
            let unsure = stay.holds(&Exposure::measured(at(11_998)), Some(at(12_000)));
            assert_eq!(unsure.unwrap_err().reason(), want, "it may have happened before the exposure");
            let late = stay.holds(&Exposure::measured(at(12_000)), None);
            assert_eq!(late.unwrap_err().reason(), want);
        }
    }

    #[test]
    fn without_a_sign_of_life_after_the_exposure_there_is_no_picture() {
        let exposure = Exposure::between(at(12_000), at(12_100));
        for (alive, want) in [
            (None, Err(Reason::Link)),
            (Some(at(12_099)), Err(Reason::Link)),
            (Some(at(12_100)), Ok(())),
            (Some(at(99_000)), Ok(())),
        ] {
            assert_eq!(stay().holds(&exposure, alive).map_err(|e| e.reason()), want, "{alive:?}");
        }
    }

    #[test]
    fn an_exposure_at_the_end_of_a_window_is_refused() {
        let stay = stay().permitted_until(Some((at(15_000), Reason::Window)));
        assert_eq!(stay.closes(), at(15_000));
        for (latest, want) in [(14_999, Ok(())), (15_000, Err(Reason::Window))] {
            let held = stay.holds(&Exposure::measured(at(latest)), Some(at(20_000)));
            assert_eq!(held.map_err(|e| e.reason()), want, "{latest}");
        }
        let early = stay.permitted_until(Some((at(11_500), Reason::ClosedPeriod)));
        assert_eq!(early.still_open().unwrap_err().reason(), Reason::ClosedPeriod);
    }

    proptest! {
        #[test]
        fn what_holds_never_reaches_outside(
            received in 0u64..100_000, delay in 0u64..5_000, within in 1u64..30_000,
            dwell in proptest::option::of(1u64..60_000), end in proptest::option::of(0u64..200_000),
            a in 0u64..200_000, b in 0u64..200_000, alive in proptest::option::of(0u64..250_000),
        ) {
            let ms = Duration::from_millis;
            let stay = Stay::new(at(received), ms(delay), ms(within), dwell.map(ms))
                .ended_by(end.map(|e| StayEnd::Departed(at(e))));
            let (from, to) = (a.min(b), a.max(b));
            let inside = from >= received + delay
                && to <= received + delay + within
                && dwell.is_none_or(|d| to <= received + d)
                && alive.is_some_and(|alive| alive >= to && end.is_none_or(|e| alive < e));
            let held = stay.holds(&Exposure::between(at(a), at(b)), alive.map(at));
            prop_assert_eq!(held.is_ok(), inside);
        }
    }
}
