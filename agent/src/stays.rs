//! Who stands where, by all that was heard: what bounds an exposure.
//!
//! Holds:
//! - a message counts from the moment it was received, before anybody has understood it: whoever asks
//!   how a stay ended waits until everything received so far is understood or lost;
//! - what cannot be understood on an arrival topic ends the stay before it: it may have been a car;
//! - a departure that surely names another vehicle ends nothing.
//!
//! Deliberately absent: any memory over a restart. A case that was open then is interrupted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_domain::{Clock, Mono, StationId, StayEnd, Vehicle};

use crate::threads;

/// Stays of a station that are remembered after their end: many more than cases can be open there.
const REMEMBERED: usize = 64;

/// How long a message may take from its receipt to its transaction before the stay is taken as ended:
/// a disk that needs longer is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names one stay of one vehicle at one station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StayNumber(u64);

/// A message that was received and is not understood yet.
///
/// Dropped without a word, it ends the stay: nobody knows what it would have said.
#[derive(Debug)]
#[must_use = "dropped without a word, it ends the stay"]
pub struct Unsettled {
    stays: Arc<Stays>,
    station: StationId,
    at: Mono,
    settled: bool,
}

impl Unsettled {
    /// It was nothing about now, such as a retained message.
    pub fn nothing(mut self) {
        self.settle(|_, _| ());
    }

    /// It was an arrival, or something unreadable on the arrival topic (`None`).
    pub fn arrived(mut self, vehicle: Option<&Vehicle>) -> StayNumber {
        self.settle(|place, at| {
            place.end(StayEnd::Superseded(at));
            place.numbers += 1;
            let number = StayNumber(place.numbers);
            place.here = Some(Here { number, vehicle: vehicle.cloned() });
            if let Some(lost) = place.lost.filter(|lost| *lost >= at) {
                place.end(StayEnd::Superseded(lost));
            }
            number
        })
    }

    /// It was an arrival whose cases exist already. If another vehicle was thought to be here, nobody
    /// knows who is.
    pub fn repeated(mut self, vehicle: &Vehicle) {
        self.settle(|place, at| {
            let here = place.here.as_ref().and_then(|here| here.vehicle.as_ref());
            if here.is_some_and(|here| here.surely_differs_from(vehicle)) {
                place.end(StayEnd::Superseded(at));
            }
        });
    }

    /// It was a departure of the named vehicle, or of whatever stands there.
    pub fn departed(mut self, vehicle: Option<&Vehicle>) {
        self.settle(|place, at| {
            let here = place.here.as_ref().and_then(|here| here.vehicle.as_ref());
            let another = matches!((here, vehicle), (Some(h), Some(v)) if h.surely_differs_from(v));
            if !another {
                place.end(StayEnd::Departed(at));
            }
        });
    }

    fn settle<T>(&mut self, change: impl FnOnce(&mut Place, Mono) -> T) -> T {
        let mut stations = self.stays.lock();
        let place = stations.entry(self.station.clone()).or_default();
        place.unsettled = place.unsettled.saturating_sub(1);
        let result = change(place, self.at);
        self.settled = true;
        drop(stations);
        self.stays.changed.notify_all();
        result
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(|place, at| {
                place.lost = place.lost.max(Some(at));
                place.end(StayEnd::Superseded(at));
            });
        }
    }
}

/// All stations of this PC.
#[derive(Debug, Default)]
pub struct Stays {
    stations: Mutex<HashMap<StationId, Place>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Place {
    /// Messages received and not understood yet.
    unsettled: usize,
    numbers: u64,
    here: Option<Here>,
    gone: VecDeque<(StayNumber, StayEnd)>,
    /// When the last message was received that nobody understood. It ends also a stay that began before
    /// it and is told of later.
    lost: Option<Mono>,
}

#[derive(Debug)]
struct Here {
    number: StayNumber,
    vehicle: Option<Vehicle>,
}

impl Place {
    fn end(&mut self, end: StayEnd) {
        if let Some(here) = self.here.take() {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back((here.number, end));
        }
    }
}

impl Stays {
    /// Something was received about this station at `at`. Whoever understands it says what it was.
    pub fn heard(self: &Arc<Stays>, station: &StationId, at: Mono) -> Unsettled {
        self.lock().entry(station.clone()).or_default().unsettled += 1;
        Unsettled { stays: self.clone(), station: station.clone(), at, settled: false }
    }

    /// What has ended a stay, by everything that was received before this call.
    ///
    /// Blocks until that is understood. A stay that is not remembered, or whose station stays
    /// misunderstood for too long, ended at the beginning of time.
    pub fn end_of(&self, station: &StationId, number: StayNumber) -> Option<StayEnd> {
        let unknown = Some(StayEnd::Superseded(Mono::from_start(Duration::ZERO)));
        let is_settled = |stations: &HashMap<StationId, Place>| {
            stations.get(station).is_none_or(|place| place.unsettled == 0)
        };
        let stations = threads::wait_until(&self.stations, &self.changed, PATIENCE, is_settled);
        let Some(place) = stations.get(station).filter(|place| place.unsettled == 0) else { return unknown };
        if place.here.as_ref().is_some_and(|here| here.number == number) {
            return None;
        }
        let gone = place.gone.iter().find(|(gone, _)| *gone == number);
        gone.map_or(unknown, |(_, end)| Some(*end))
    }

    /// Returns at `until`, or as soon as the stay has ended.
    pub fn wait_until(&self, station: &StationId, number: StayNumber, until: Mono, clock: &dyn Clock) {
        let has_ended = |stations: &HashMap<StationId, Place>| {
            let here = stations.get(station).and_then(|place| place.here.as_ref());
            here.is_none_or(|here| here.number != number)
        };
        drop(threads::wait_until(&self.stations, &self.changed, until.since(clock.mono()), has_ended));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StationId, Place>> {
        self.stations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::Vin;

    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    fn vehicle(last: char) -> Vehicle {
        let vin = Vin::parse(&format!("WP0ZZZ99ZTS39000{last}")).unwrap();
        Vehicle::new(Some(vin), None, None).unwrap()
    }

    fn arrive(stays: &Arc<Stays>, station: &StationId, vehicle: Option<&Vehicle>, ms: u64) -> StayNumber {
        stays.heard(station, at(ms)).arrived(vehicle)
    }

    #[test]
    fn the_next_arrival_ends_the_stay_before_even_if_it_cannot_be_read() {
        let stays = Arc::new(Stays::default());
        let station = StationId::parse("marriage").unwrap();
        let first = arrive(&stays, &station, Some(&vehicle('1')), 1_000);
        assert_eq!(stays.end_of(&station, first), None);
        let second = arrive(&stays, &station, None, 2_000);
        assert_eq!(stays.end_of(&station, first), Some(StayEnd::Superseded(at(2_000))));
        assert_eq!(stays.end_of(&station, second), None);
    }

    #[test]
    fn only_a_departure_that_surely_names_another_vehicle_is_passed_over() {
        let station = StationId::parse("marriage").unwrap();
        for (leaver, ends) in [(None, true), (Some('1'), true), (Some('2'), false)] {
            let stays = Arc::new(Stays::default());
            let stay = arrive(&stays, &station, Some(&vehicle('1')), 1_000);
            stays.heard(&station, at(2_000)).departed(leaver.map(vehicle).as_ref());
            let ended = stays.end_of(&station, stay);
            assert_eq!(ended, ends.then_some(StayEnd::Departed(at(2_000))), "{leaver:?}");
        }
    }

    #[test]
    fn a_message_counts_from_its_receipt_not_from_when_it_is_understood() {
        let stays = Arc::new(Stays::default());
        let station = StationId::parse("marriage").unwrap();
        let first = arrive(&stays, &station, Some(&vehicle('1')), 1_000);
        let word = stays.heard(&station, at(1_500));
        let asking = std::thread::spawn({
            let (stays, station) = (stays.clone(), station.clone());
            move || stays.end_of(&station, first)
        });
        word.arrived(Some(&vehicle('2')));
        assert_eq!(asking.join().unwrap(), Some(StayEnd::Superseded(at(1_500))));
    }

    #[test]
    fn a_message_that_is_lost_before_it_is_understood_ends_the_stay() {
        let stays = Arc::new(Stays::default());
        let station = StationId::parse("marriage").unwrap();
        let stay = arrive(&stays, &station, Some(&vehicle('1')), 1_000);
        stays.heard(&station, at(1_200)).nothing();
        assert_eq!(stays.end_of(&station, stay), None);
        drop(stays.heard(&station, at(1_500)));
        assert_eq!(stays.end_of(&station, stay), Some(StayEnd::Superseded(at(1_500))));
    }

    #[test]
    fn a_lost_message_ends_also_a_stay_that_began_before_it_and_is_understood_later() {
        let stays = Arc::new(Stays::default());
        let station = StationId::parse("marriage").unwrap();
        let first = stays.heard(&station, at(1_000));
        drop(stays.heard(&station, at(1_500)));
        let stay = first.arrived(Some(&vehicle('1')));
        assert_eq!(stays.end_of(&station, stay), Some(StayEnd::Superseded(at(1_500))));
        let next = arrive(&stays, &station, Some(&vehicle('2')), 2_000);
        assert_eq!(stays.end_of(&station, next), None);
    }

    #[test]
    fn a_vehicle_that_is_said_to_be_here_again_ends_another_ones_stay_but_not_its_own() {
        let station = StationId::parse("marriage").unwrap();
        for (again, ends) in [('1', false), ('2', true)] {
            let stays = Arc::new(Stays::default());
            let stay = arrive(&stays, &station, Some(&vehicle('1')), 1_000);
            stays.heard(&station, at(2_000)).repeated(&vehicle(again));
            let ended = stays.end_of(&station, stay);
            assert_eq!(ended, ends.then_some(StayEnd::Superseded(at(2_000))), "{again}");
        }
    }

    #[test]
    fn a_stay_that_is_not_remembered_has_ended() {
        let stays = Arc::new(Stays::default());
        let station = StationId::parse("marriage").unwrap();
        let first = arrive(&stays, &station, None, 0);
        for ms in 1..=100 {
            arrive(&stays, &station, None, ms);
        }
        let ended = stays.end_of(&station, first);
        assert_eq!(ended, Some(StayEnd::Superseded(at(0))));
    }
}
