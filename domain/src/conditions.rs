//! What must be so before anybody asks about a vehicle: stop, station, release, clock, line, calendar.

use std::time::Duration;

use crate::source::Closing;
use crate::{CalendarState, ClockState, Ending, Mono, Reason, Rules, Source, Wall};

/// Whether somebody stopped photographs altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopState {
    /// Nobody did.
    Going,
    /// Somebody did, until a signed resume.
    Stopped,
    /// An operator did, for at most a shift.
    Paused,
}

/// Whether the station can be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationState {
    /// Its configuration was read and its darkroom passed the self-test.
    Ready,
    /// It was not, or did not.
    Closed,
    /// Somebody is looking at it to draw its views.
    Commissioned,
}

/// What allows the station to be photographed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// A person started the agent with `--unreleased`: trial pictures, marked as such.
    Trial,
    /// A signed release does.
    Released,
    /// Nothing does.
    Absent,
    /// What is there does not, for this reason.
    Void(Reason),
}

/// Whether what was recorded so far can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerState {
    /// The chain verified.
    Intact,
    /// It did not.
    Broken,
}

/// What the line says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineState {
    /// How fresh it is.
    pub source: Source,
    /// Whether it is one of the states that permit; of no meaning unless the source has told one.
    pub permits: bool,
}

/// Whether a blackout is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blackout {
    /// None was declared.
    None,
    /// Until this moment.
    Until(Wall),
    /// A word about one could not be read.
    Broken,
}

/// All that the decision is made from beside the vehicle.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<'a> {
    /// Now, by the wall clock.
    pub now: Wall,
    /// Now, by the monotonic clock.
    pub mono: Mono,
    /// Whether somebody stopped photographs.
    pub stop: StopState,
    /// Whether the station can be used.
    pub station: StationState,
    /// What allows it.
    pub release: ReleaseState,
    /// Whether the record is intact.
    pub ledger: LedgerState,
    /// What is known of the clock.
    pub clock: ClockState,
    /// What the line says.
    pub line: LineState,
    /// What the station permits.
    pub rules: &'a Rules,
    /// Whether a blackout is on.
    pub blackout: Blackout,
    /// How fresh the order directory is.
    pub orders: Source,
    /// How fresh the deny list is.
    pub deny: Source,
}

const LINE: Closing =
    Closing { missing: Reason::LineMissing, stale: Reason::LineStale, broken: Reason::LineBroken };
const ORDERS: Closing =
    Closing { missing: Reason::OrdersMissing, stale: Reason::OrdersStale, broken: Reason::OrdersBroken };
const DENY: Closing =
    Closing { missing: Reason::DenyMissing, stale: Reason::DenyStale, broken: Reason::DenyBroken };

impl Conditions<'_> {
    /// Whether any vehicle that came now could be photographed: what the PLC is told as `ready`.
    ///
    /// # Errors
    /// The ending that every case would have.
    pub fn permit(&self) -> Result<(), Ending> {
        self.house()?;
        self.place()?;
        self.orders_hold()?;
        self.deny_holds()
    }

    /// Stop, station, release, ledger, clock: what is so for hours.
    pub(crate) fn house(&self) -> Result<(), Ending> {
        let no = |reason| Err(Ending::new(reason));
        match self.stop {
            StopState::Going => {}
            StopState::Stopped => return no(Reason::Stopped),
            StopState::Paused => return no(Reason::Paused),
        }
        match self.station {
            StationState::Ready => {}
            StationState::Closed => return no(Reason::Config),
            StationState::Commissioned => return no(Reason::Commissioning),
        }
        match self.release {
            ReleaseState::Trial | ReleaseState::Released => {}
            ReleaseState::Absent => return no(Reason::Unreleased),
            ReleaseState::Void(reason) => return no(reason),
        }
        if self.ledger == LedgerState::Broken {
            return no(Reason::Ledger);
        }
        self.clock.is_trusted()
    }

    /// Line state, windows, closed periods, blackout. Says for how long the calendar stays open, and what
    /// shuts it then.
    pub(crate) fn place(&self) -> Result<Option<(Duration, Reason)>, Ending> {
        let no = |reason| Err(Ending::new(reason));
        self.line.source.holds(&LINE)?;
        if self.line.source != Source::Unasked && !self.line.permits {
            return no(Reason::LineState);
        }
        let calendar = &self.rules.calendar;
        let state = calendar.at(self.now);
        if let Some(reason) = shut(state) {
            return no(reason);
        }
        let open_for = match state {
            CalendarState::Open { until: Some(until) } => {
                shut(calendar.at(until)).map(|reason| (until.since(self.now), reason))
            }
            _ => None,
        };
        match self.blackout {
            Blackout::Broken => no(Reason::BlackoutBroken),
            Blackout::Until(end) if self.now < end => no(Reason::Blackout),
            Blackout::Until(_) | Blackout::None => Ok(open_for),
        }
    }

    pub(crate) fn orders_hold(&self) -> Result<(), Ending> {
        self.orders.holds(&ORDERS)
    }

    pub(crate) fn deny_holds(&self) -> Result<(), Ending> {
        self.deny.holds(&DENY)
    }
}

fn shut(state: CalendarState) -> Option<Reason> {
    match state {
        CalendarState::Open { .. } => None,
        CalendarState::OutsideWindows { .. } => Some(Reason::Window),
        CalendarState::Closed { .. } => Some(Reason::ClosedPeriod),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, ClockKeeper, Keep, Zone};

    fn rules(calendar: Calendar) -> Rules {
        Rules { calendar, photos: None, journey: Vec::new(), classes: None, keep: Keep::First }
    }

    fn well(rules: &Rules) -> Conditions<'_> {
        Conditions {
            now: Wall::from_unix_ms(1_795_413_600_000),
            mono: Mono::from_start(Duration::from_secs(1)),
            stop: StopState::Going,
            station: StationState::Ready,
            release: ReleaseState::Released,
            ledger: LedgerState::Intact,
            clock: ClockState { keeper: ClockKeeper::Synchronised, steady: true, behind: Duration::ZERO },
            line: LineState { source: Source::Unasked, permits: false },
            rules,
            blackout: Blackout::None,
            orders: Source::Unasked,
            deny: Source::Unasked,
        }
    }

    #[test]
    fn the_plc_is_told_ready_exactly_if_nothing_is_against_any_car() {
        let rules = rules(Calendar::always(Zone::parse("Etc/UTC").unwrap()));
        let well = well(&rules);
        assert_eq!(well.permit(), Ok(()));
        let clock = |behind| ClockState { behind, ..well.clock };
        assert_eq!(
            Conditions { clock: clock(crate::CLOCK_SKEW), ..well }.permit(),
            Ok(()),
            "as far as clocks differ"
        );
        let later = crate::CLOCK_SKEW + Duration::from_millis(1);
        for (against, reason) in [
            (Conditions { stop: StopState::Paused, ..well }, Reason::Paused),
            (Conditions { clock: clock(later), ..well }, Reason::ClockBehind),
            (Conditions { blackout: Blackout::Broken, ..well }, Reason::BlackoutBroken),
            (Conditions { orders: Source::Missing, ..well }, Reason::OrdersMissing),
            (Conditions { deny: Source::Missing, ..well }, Reason::DenyMissing),
        ] {
            assert_eq!(against.permit(), Err(Ending::new(reason)));
        }
    }
}
