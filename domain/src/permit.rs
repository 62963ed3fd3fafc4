//! The gate: may this case be photographed here and now?

use std::time::Duration;

use crate::{Arrival, CaseId, Ending, EventAge, Exposure, Reason, Stay, StayEnd};

/// The future that a clock may be off by, between PLC and line PC: two seconds are what both reach by
/// NTP over a plant network.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// Whether the station can be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationState {
    /// Its configuration was read and its darkroom passed the self-test.
    Ready,
    /// It was not, or did not.
    Closed,
}

/// What allows the station to be photographed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// A person started the agent with `--unreleased`: trial pictures, marked as such.
    Trial,
    /// Nothing does.
    Absent,
}

/// Whether what was recorded so far can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerState {
    /// The chain verified.
    Intact,
    /// It did not.
    Broken,
}

/// All that the decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The case that asks.
    pub case: &'a CaseId,
    /// What arrived.
    pub arrival: &'a Arrival,
    /// Whether the station can be used.
    pub station: StationState,
    /// What allows it.
    pub release: ReleaseState,
    /// Whether the record is intact.
    pub ledger: LedgerState,
    /// How old an event may be on receipt.
    pub max_age: Duration,
    /// The stay, with all that is known to have ended it.
    pub stay: Stay,
}

/// The decision that one case may be photographed. Made by [`decide`] alone, used up when the picture
/// is sealed; it cannot be copied.
#[derive(Debug)]
#[must_use = "a permit is used up by sealing; dropping it means no picture"]
pub struct Permit {
    case: CaseId,
    stay: Stay,
}

impl Permit {
    /// The one case it is for.
    pub fn case(&self) -> &CaseId {
        &self.case
    }

    /// When the camera may be asked for frames, from and to.
    pub fn stay(&self) -> &Stay {
        &self.stay
    }

    /// Whether a frame so exposed shows the permitted vehicle, given all that has ended its stay
    /// since the permit was made.
    ///
    /// # Errors
    /// The ending that the case must have.
    pub fn admits(&self, exposure: &Exposure, ended: Option<StayEnd>) -> Result<(), Ending> {
        self.stay.ended_by(ended).holds(exposure)
    }
}

/// Answers for one case: cheapest and most telling question first, the first "no" is the answer.
///
/// # Errors
/// The ending that the case must have.
pub fn decide(facts: &Facts<'_>) -> Result<Permit, Ending> {
    let no = |reason| Err(Ending::new(reason));
    if facts.station == StationState::Closed {
        return no(Reason::Config);
    }
    if facts.release == ReleaseState::Absent {
        return no(Reason::Unreleased);
    }
    if facts.ledger == LedgerState::Broken {
        return no(Reason::Ledger);
    }
    fresh(facts.arrival, facts.max_age)?;
    facts.stay.still_open()?;
    Ok(Permit { case: facts.case.clone(), stay: facts.stay })
}

/// Judged at the receipt: what happened to the case afterwards does not make the event older.
fn fresh(arrival: &Arrival, max_age: Duration) -> Result<(), Ending> {
    let no = |reason| Err(Ending::new(reason));
    match arrival.age {
        EventAge::Unproven => no(Reason::EventAgeless),
        // A longer life than `max_age` would prove nothing about the event's age.
        EventAge::Expires(left) if left > max_age => no(Reason::EventAgeless),
        EventAge::Expires(_) => Ok(()),
        EventAge::At(time) if time.since(arrival.received_at) > CLOCK_SKEW => no(Reason::EventFuture),
        EventAge::At(time) if arrival.received_at.since(time) > max_age => no(Reason::Stale),
        EventAge::At(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claims, Mono, StationId, Vehicle, Vin, Wall};

    const RECEIVED: i64 = 1_790_000_000_000;

    fn verdict(change: impl FnOnce(&mut Arrival, &mut Facts<'_>)) -> Result<CaseId, Reason> {
        let case = CaseId::parse("0123456789abcdef").unwrap();
        let received = Mono::from_start(Duration::from_secs(10));
        let second = Duration::from_secs(1);
        let base = Arrival {
            station: StationId::parse("marriage").unwrap(),
            vehicle: Vehicle::new(Some(Vin::parse("WP0ZZZ99ZTS390000").unwrap()), None, None).unwrap(),
            event: None,
            time: None,
            claims: Claims::default(),
            sequence: None,
            simulated: false,
            age: EventAge::Expires(5 * second),
            received_at: Wall::from_unix_ms(RECEIVED),
            received,
        };
        let mut facts = Facts {
            case: &case,
            arrival: &base,
            station: StationState::Ready,
            release: ReleaseState::Trial,
            ledger: LedgerState::Intact,
            max_age: 5 * second,
            stay: Stay::new(received, second, 20 * second, None),
        };
        let mut arrival = base.clone();
        change(&mut arrival, &mut facts);
        let facts = Facts { arrival: &arrival, ..facts };
        decide(&facts).map(|p| p.case().clone()).map_err(|e| e.reason())
    }

    #[test]
    fn without_a_release_nothing_is_permitted() {
        assert_eq!(verdict(|_, f| f.release = ReleaseState::Absent), Err(Reason::Unreleased));
    }

    #[test]
    fn a_closed_station_and_a_broken_ledger_permit_nothing() {
        assert_eq!(verdict(|_, f| f.station = StationState::Closed), Err(Reason::Config));
        assert_eq!(verdict(|_, f| f.ledger = LedgerState::Broken), Err(Reason::Ledger));
    }

    #[test]
    fn an_event_must_prove_that_it_is_young() {
        let at = |ms| EventAge::At(Wall::from_unix_ms(RECEIVED + ms));
        let ms = Duration::from_millis;
        for (age, want) in [
            (EventAge::Unproven, Err(Reason::EventAgeless)),
            (EventAge::Expires(ms(5_000)), Ok(())),
            (EventAge::Expires(ms(5_001)), Err(Reason::EventAgeless)),
            (at(-5_000), Ok(())),
            (at(-5_001), Err(Reason::Stale)),
            (at(2_000), Ok(())),
            (at(2_001), Err(Reason::EventFuture)),
        ] {
            assert_eq!(verdict(|a, _| a.age = age).map(|_| ()), want, "{age:?}");
        }
    }

    #[test]
    fn a_vehicle_that_left_or_was_followed_is_missed() {
        let at = Mono::from_start(Duration::from_secs(11));
        for (end, want) in
            [(StayEnd::Departed(at), Reason::Departed), (StayEnd::Superseded(at), Reason::Superseded)]
        {
            assert_eq!(verdict(|_, f| f.stay = f.stay.ended_by(Some(end))), Err(want));
        }
    }
}
