//! When which car is where: the takt of the line.
//!
//! Car *n* is at position *p* in takt *n + p*, counted from the Unix epoch. Within a takt the station is
//! empty for a moment, the car drives in, stands, and drives out. All of it follows from seed, takt,
//! position and wall time, so that processes that share these four agree without talking to each other.

use std::time::Duration;

use lineshot_domain::Wall;

use crate::car::{Colour, Shape, car};
use crate::chance::{Ask, chance};

/// The shortest and longest takt: cars must be able to stop, and arithmetic to be exact.
const TAKTS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));

/// A car stands for this share of the takt, in thousandths; the seed chooses.
const LEAST_SHARE: u64 = 650;
const MOST_SHARE: u64 = 800;

/// A worker crosses the picture in at most so long...
const LONGEST_WALK: i64 = 9_000;
/// ...about once in so many takts.
const TAKTS_PER_WALK: u64 = 8;

/// Not a place on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line has the positions 0 to 15, not {0}")]
pub struct PositionError(pub u8);

/// A station's place on the line, counted in takts from the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u8);

impl Position {
    /// 0 to 15.
    ///
    /// # Errors
    /// [`PositionError`].
    pub fn new(position: u8) -> Result<Position, PositionError> {
        if position <= 15 { Ok(Position(position)) } else { Err(PositionError(position)) }
    }

    /// From 0 to 15.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// One car at rest at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Four digits, as on the roof; the same at every position.
    pub order: u32,
    /// The car's paint.
    pub colour: Colour,
    /// The car's outline.
    pub shape: Shape,
    /// When it has come to rest.
    pub arrives: Wall,
    /// When it begins to move. It stands from `arrives` up to, but not including, this moment.
    pub leaves: Wall,
}

/// A production line: what is where is a function of this and of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hall {
    seed: u64,
    takt: i64,
}

impl Hall {
    /// The line that `seed` chooses, on which a car moves on every `takt`, from a second to a day: a takt
    /// beyond these counts as the nearest of them, and parts of a millisecond are dropped.
    pub fn new(seed: u64, takt: Duration) -> Hall {
        let takt = takt.clamp(TAKTS.0, TAKTS.1).as_millis();
        Hall { seed, takt: i64::try_from(takt).expect("a day has fewer milliseconds") }
    }

    /// The car that stands at `position`, if one does.
    pub fn standing(&self, position: Position, at: Wall) -> Option<Stand> {
        let stand = self.stand(position, self.takt_at(at));
        (stand.arrives <= at && at < stand.leaves).then_some(stand)
    }

    /// Every stand at `position` of which some moment lies between `from` and `to`, in the order of time.
    /// With an end that is far away it is as good as endless.
    pub fn stands(&self, position: Position, from: Wall, to: Wall) -> impl Iterator<Item = Stand> + use<> {
        let hall = *self;
        (self.takt_at(from)..)
            .map(move |takt| hall.stand(position, takt))
            .skip_while(move |stand| stand.leaves <= from)
            .take_while(move |stand| stand.arrives < to)
    }

    /// The number of the takt in which `at` lies.
    fn takt_at(&self, at: Wall) -> i64 {
        at.unix_ms().div_euclid(self.takt)
    }

    fn stand(&self, position: Position, takt: i64) -> Stand {
        let index = takt - i64::from(position.0);
        let (order, colour, shape) = car(self.seed, index);
        let times = self.times(position, takt);
        let moment = |ms: i64| Wall::from_unix_ms(takt.saturating_mul(self.takt).saturating_add(ms));
        Stand { order, colour, shape, arrives: moment(times.arrives), leaves: moment(times.leaves) }
    }

    fn times(&self, position: Position, takt: i64) -> Times {
        let choice = chance(self.seed, Ask::Share, takt, position.0) % (MOST_SHARE - LEAST_SHARE + 1);
        let stands = self.takt * (LEAST_SHARE + choice) as i64 / 1000;
        let moves = self.takt - stands;
        // The station is empty for an eighth of the moving time; the rest is half in, half out.
        let enters = moves / 8;
        let arrives = enters + (moves - enters) / 2;
        Times { enters, arrives, leaves: arrives + stands }
    }

    /// Where the car of this moment is.
    pub(crate) fn passage(&self, position: Position, at: Wall) -> Passage {
        let takt = self.takt_at(at);
        let times = self.times(position, takt);
        let ms = at.unix_ms().rem_euclid(self.takt);
        let part = |from: i64, to: i64| (ms - from) as f32 / (to - from) as f32;
        let way = if ms < times.enters {
            return Passage { stand: None, way: 0.0 };
        } else if ms < times.arrives {
            -(1.0 - part(times.enters, times.arrives)).powi(2)
        } else if ms < times.leaves {
            0.0
        } else {
            part(times.leaves, self.takt).powi(2)
        };
        Passage { stand: Some(self.stand(position, takt)), way }
    }

    /// The worker who walks through at this moment, if one does.
    pub(crate) fn walk(&self, position: Position, at: Wall) -> Option<Walk> {
        let takt = self.takt_at(at);
        let ask = |ask| chance(self.seed, ask, takt, position.0);
        if !ask(Ask::Walk).is_multiple_of(TAKTS_PER_WALK) {
            return None;
        }
        let lasts = (self.takt * 6 / 10).min(LONGEST_WALK);
        let begins = (ask(Ask::WalkStart) % (self.takt - lasts) as u64) as i64;
        let ms = at.unix_ms().rem_euclid(self.takt) - begins;
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

/// The car that is in the picture, and how far from its place.
pub(crate) struct Passage {
    pub(crate) stand: Option<Stand>,
    /// -1 just enters, 0 stands, 1 is just gone.
    pub(crate) way: f32,
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

    fn hall() -> impl Strategy<Value = Hall> {
        (any::<u64>(), 1_000..3_600_000_u64).prop_map(|(seed, ms)| Hall::new(seed, Duration::from_millis(ms)))
    }

    fn position() -> impl Strategy<Value = Position> {
        (0..=15_u8).prop_map(|n| Position::new(n).unwrap())
    }

    fn at() -> impl Strategy<Value = Wall> {
        (-1_000_000_000_000..4_000_000_000_000_i64).prop_map(Wall::from_unix_ms)
    }

    proptest! {
        #[test]
        fn one_car_after_the_other_stands_for_most_of_its_takt(hall in hall(), position in position(), at in at()) {
            let stands: Vec<_> = hall.stands(position, at, Wall::from_unix_ms(i64::MAX)).take(20).collect();
            for pair in stands.windows(2) {
                prop_assert!(pair[0].leaves < pair[1].arrives);
                prop_assert_ne!(pair[0].order, pair[1].order);
            }
            for stand in stands {
                let share = stand.leaves.since(stand.arrives).as_millis() * 1000 / hall.takt as u128;
                prop_assert!((649..=800).contains(&share), "{share}");
            }
        }

        #[test]
        fn a_car_stands_from_its_arrival_to_just_before_it_leaves(hall in hall(), position in position(), at in at()) {
            let stand = hall.stands(position, at, Wall::from_unix_ms(i64::MAX)).next().unwrap();
            let ms = |at: Wall, by: i64| Wall::from_unix_ms(at.unix_ms() + by);
            prop_assert_eq!(hall.standing(position, ms(stand.arrives, -1)), None);
            prop_assert_eq!(hall.standing(position, stand.arrives), Some(stand));
            prop_assert_eq!(hall.standing(position, ms(stand.leaves, -1)), Some(stand));
            prop_assert_eq!(hall.standing(position, stand.leaves), None);
        }

        #[test]
        fn the_stands_of_a_time_are_those_with_a_moment_in_it(
            hall in hall(), position in position(), at in at(), takts in 0..5_i64, more in 0..1000_i64,
        ) {
            let to = Wall::from_unix_ms(at.unix_ms() + takts * hall.takt + more * hall.takt / 1000);
            let found: Vec<_> = hall.stands(position, at, to).collect();
            let around = hall.takt_at(at) - 2..=hall.takt_at(to) + 2;
            let expected: Vec<_> = around
                .map(|takt| hall.stand(position, takt))
                .filter(|stand| stand.leaves > at && stand.arrives < to)
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_car_visits_one_position_after_the_other(hall in hall(), at in at(), takts in 1..15_u8) {
            let stand = hall.stands(Position(0), at, Wall::from_unix_ms(i64::MAX)).next().unwrap();
            let later = Wall::from_unix_ms(stand.arrives.unix_ms().div_euclid(hall.takt) * hall.takt)
                .plus(Duration::from_millis(hall.takt as u64) * u32::from(takts));
            let again = hall.stands(Position(takts), later, Wall::from_unix_ms(i64::MAX)).next().unwrap();
            let same = |stand: Stand| (stand.order, stand.colour, stand.shape);
            prop_assert_eq!(same(again), same(stand));
        }

        #[test]
        fn a_car_drives_in_and_out_without_a_jump(hall in hall(), position in position(), at in at()) {
            let (now, next) = (hall.passage(position, at), hall.passage(position, at.plus(Duration::from_millis(1))));
            let stands = hall.standing(position, at).is_some();
            prop_assert!(!stands || now.way == 0.0);
            if now.stand.is_some() && now.stand == next.stand {
                prop_assert!((0.0..0.05).contains(&(next.way - now.way)), "{} {}", now.way, next.way);
            }
        }
    }

    #[test]
    fn a_worker_walks_through_in_about_one_takt_of_eight() {
        let hall = Hall::new(7, Duration::from_secs(12));
        let walks = (0..4000)
            .filter(|takt| {
                (0..24).any(|half| {
                    hall.walk(Position(1), Wall::from_unix_ms(takt * 12_000 + half * 500)).is_some()
                })
            })
            .count();
        assert!((400..600).contains(&walks), "{walks}");
    }

    #[test]
    fn a_line_has_sixteen_positions() {
        assert!(Position::new(15).is_ok());
        assert_eq!(Position::new(16), Err(PositionError(16)));
    }
}
