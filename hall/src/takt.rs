//! The endless line: a car moves on every takt.
//!
//! Car *n* is at position *p* in takt *n + p*, counted from the Unix epoch. Within a takt the station is
//! empty for a moment, the car drives in, stands, and drives out; now and then a worker walks through. All
//! of it follows from seed, takt, position and wall time.

use std::time::Duration;

use lineshot_domain::Wall;

use crate::car::car;
use crate::chance::{Ask, chance};
use crate::schedule::{Position, Run};

/// The shortest and longest takt: cars must be able to stop, and arithmetic to be exact.
const TAKTS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));

/// A car stands for this share of the takt, in thousandths; the seed chooses.
const LEAST_SHARE: u64 = 650;
const MOST_SHARE: u64 = 800;

/// A worker crosses the picture in at most so long...
const LONGEST_WALK: i64 = 9_000;
/// ...about once in so many takts.
const TAKTS_PER_WALK: u64 = 8;

/// What runs on an endless line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Takt {
    seed: u64,
    /// In milliseconds.
    length: i64,
}

impl Takt {
    pub(crate) fn new(seed: u64, length: Duration) -> Takt {
        let length = length.clamp(TAKTS.0, TAKTS.1).as_millis();
        Takt { seed, length: i64::try_from(length).expect("a day has fewer milliseconds") }
    }

    /// The number of the takt in which `at` lies.
    pub(crate) fn number(self, at: Wall) -> i64 {
        at.unix_ms().div_euclid(self.length)
    }

    /// What the car of this takt does at `position`.
    pub(crate) fn run(self, position: Position, takt: i64) -> Run {
        let times = self.times(position, takt);
        let moment = |ms: i64| Wall::from_unix_ms(takt.saturating_mul(self.length).saturating_add(ms));
        Run {
            car: car(self.seed, takt - i64::from(position.number())),
            enters: moment(times.enters),
            arrives: moment(times.arrives),
            leaves: moment(times.leaves),
            gone: moment(self.length),
        }
    }

    fn times(self, position: Position, takt: i64) -> Times {
        let choice = chance(self.seed, Ask::Share, takt, position.number()) % (MOST_SHARE - LEAST_SHARE + 1);
        let stands = self.length * (LEAST_SHARE + choice) as i64 / 1000;
        let moves = self.length - stands;
        // The station is empty for an eighth of the moving time; the rest is half in, half out.
        let enters = moves / 8;
        let arrives = enters + (moves - enters) / 2;
        Times { enters, arrives, leaves: arrives + stands }
    }

    /// The worker who walks through at this moment, if one does.
    pub(crate) fn walk(self, position: Position, at: Wall) -> Option<Walk> {
        let takt = self.number(at);
        let ask = |ask| chance(self.seed, ask, takt, position.number());
        if !ask(Ask::Walk).is_multiple_of(TAKTS_PER_WALK) {
            return None;
        }
        let lasts = (self.length * 6 / 10).min(LONGEST_WALK);
        let begins = (ask(Ask::WalkStart) % (self.length - lasts) as u64) as i64;
        let ms = at.unix_ms().rem_euclid(self.length) - begins;
        let side = ask(Ask::WalkSide);
        (0..lasts).contains(&ms).then(|| Walk {
            part: ms as f32 / lasts as f32,
            seconds: ms as f32 / 1000.0,
            in_front: side & 1 == 1,
            leftwards: side & 2 == 2,
        })
    }
}

/// Milliseconds from the beginning of a takt.
struct Times {
    enters: i64,
    arrives: i64,
    leaves: i64,
}

/// A worker on the way through the picture.
pub(crate) struct Walk {
    /// From 0 to 1.
    pub(crate) part: f32,
    pub(crate) seconds: f32,
    pub(crate) in_front: bool,
    pub(crate) leftwards: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Hall, Stand};

    fn takt() -> impl Strategy<Value = Takt> {
        (any::<u64>(), 1_000..3_600_000_u64).prop_map(|(seed, ms)| Takt::new(seed, Duration::from_millis(ms)))
    }

    fn hall(takt: Takt) -> Hall {
        Hall::new(takt.seed, Duration::from_millis(takt.length as u64))
    }

    fn position() -> impl Strategy<Value = Position> {
        (0..=15_u8).prop_map(|n| Position::new(n).unwrap())
    }

    fn at() -> impl Strategy<Value = Wall> {
        (-1_000_000_000_000..4_000_000_000_000_i64).prop_map(Wall::from_unix_ms)
    }

    const EVER: Wall = Wall::from_unix_ms(i64::MAX);

    proptest! {
        #[test]
        fn one_car_after_the_other_stands_for_most_of_its_takt(takt in takt(), position in position(), at in at()) {
            let stands: Vec<_> = hall(takt).stands(position, at, EVER).take(20).collect();
            for pair in stands.windows(2) {
                prop_assert!(pair[0].leaves < pair[1].arrives);
                prop_assert_ne!(pair[0].order, pair[1].order);
            }
            for stand in stands {
                let share = stand.leaves.since(stand.arrives).as_millis() * 1000 / takt.length as u128;
                prop_assert!((649..=800).contains(&share), "{share}");
            }
        }

        #[test]
        fn a_car_stands_from_its_arrival_to_just_before_it_leaves(takt in takt(), position in position(), at in at()) {
            let hall = hall(takt);
            let stand = hall.stands(position, at, EVER).next().unwrap();
            let ms = |at: Wall, by: i64| Wall::from_unix_ms(at.unix_ms() + by);
            prop_assert_eq!(hall.standing(position, ms(stand.arrives, -1)), None);
            prop_assert_eq!(hall.standing(position, stand.arrives), Some(stand));
            prop_assert_eq!(hall.standing(position, ms(stand.leaves, -1)), Some(stand));
            prop_assert_eq!(hall.standing(position, stand.leaves), None);
        }

        #[test]
        fn the_stands_of_a_time_are_those_with_a_moment_in_it(
            takt in takt(), position in position(), at in at(), takts in 0..5_i64, more in 0..1000_i64,
        ) {
            let to = Wall::from_unix_ms(at.unix_ms() + takts * takt.length + more * takt.length / 1000);
            let found: Vec<_> = hall(takt).stands(position, at, to).collect();
            let around = takt.number(at) - 2..=takt.number(to) + 2;
            let expected: Vec<_> = around
                .map(|number| takt.run(position, number).stand())
                .filter(|stand| stand.leaves > at && stand.arrives < to)
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_car_visits_one_position_after_the_other(takt in takt(), at in at(), takts in 1..15_u8) {
            let hall = hall(takt);
            let first = |position, from| hall.stands(Position::new(position).unwrap(), from, EVER).next().unwrap();
            let stand = first(0, at);
            let later = Wall::from_unix_ms(takt.number(stand.arrives) * takt.length)
                .plus(Duration::from_millis(takt.length as u64) * u32::from(takts));
            let same = |stand: Stand| (stand.order, stand.colour, stand.shape);
            prop_assert_eq!(same(first(takts, later)), same(stand));
        }

        #[test]
        fn a_car_drives_in_and_out_without_a_jump(takt in takt(), position in position(), at in at()) {
            let hall = hall(takt);
            let (now, next) = (hall.passage(position, at), hall.passage(position, at.plus(Duration::from_millis(1))));
            let stands = hall.standing(position, at).is_some();
            prop_assert!(!stands || now.as_ref().unwrap().way == 0.0);
            if let (Some(now), Some(next)) = (now, next) && now.car == next.car {
                prop_assert!((0.0..0.05).contains(&(next.way - now.way)), "{} {}", now.way, next.way);
            }
        }
    }

    #[test]
    fn a_worker_walks_through_in_about_one_takt_of_eight() {
        let (hall, position) = (Hall::new(7, Duration::from_secs(12)), Position::new(1).unwrap());
        let walks = (0..4000)
            .filter(|takt| {
                (0..24)
                    .any(|half| hall.walk(position, Wall::from_unix_ms(takt * 12_000 + half * 500)).is_some())
            })
            .count();
        assert!((400..600).contains(&walks), "{walks}");
    }
}
