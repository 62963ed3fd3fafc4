//! How many frames a second, exactly: cameras count in fractions, people in decimals.

use std::fmt;

/// Frames a second, as an exact fraction.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    frames: u32,
    seconds: u32,
}

/// Why something is no rate.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a number of frames a second from 0.1 to 1000")]
pub struct RateError(pub f64);

/// Rates that differ by less are the same, written or counted another way: UVC counts in steps of 100 ns, which moves
/// 120 by 4 millionths; 29.97 and 30 differ by a thousandth.
const SAME: u128 = 5_000;

/// Rates of which television takes a thousandth off.
const TELEVISION: [u32; 5] = [24, 30, 48, 60, 120];

impl Rate {
    /// So many frames in so many seconds, from 0.1 to 1000 a second.
    ///
    /// # Errors
    /// [`RateError`].
    pub fn new(frames: u32, seconds: u32) -> Result<Rate, RateError> {
        let (many, long) = (u64::from(frames), u64::from(seconds));
        if seconds == 0 || many * 10 < long || many > 1000 * long {
            return Err(RateError(f64::from(frames) / f64::from(seconds)));
        }
        let common = greatest_common_divisor(frames, seconds);
        Ok(Rate { frames: frames / common, seconds: seconds / common })
    }

    /// Reads what people write: 15, 7.5, and 29.97 or 23.98 for the fractions of television (30000/1001, 24000/1001).
    ///
    /// # Errors
    /// [`RateError`].
    pub fn parse(fps: f64) -> Result<Rate, RateError> {
        if !(0.1..=1000.0).contains(&fps) {
            return Err(RateError(fps));
        }
        // To two decimals, as they are written: 23.98 is 23.976.
        let television = TELEVISION.iter().find(|&&whole| (fps - f64::from(whole) / 1.001).abs() < 0.0045);
        match television {
            Some(whole) => Rate::new(whole * 1000, 1001),
            None => Rate::new((fps * 100_000.0).round() as u32, 100_000),
        }
    }

    /// In a second, for what people read.
    pub fn fps(self) -> f64 {
        f64::from(self.frames) / f64::from(self.seconds)
    }

    /// Frames, and the seconds that they take.
    pub(super) fn fraction(self) -> (u32, u32) {
        (self.frames, self.seconds)
    }

    /// Whether a camera that delivers the other does what is wanted.
    pub(super) fn is(self, other: Rate) -> bool {
        let [one, two] =
            [(self, other), (other, self)].map(|(of, by)| u128::from(of.frames) * u128::from(by.seconds));
        one.abs_diff(two) * SAME <= two
    }
}

impl fmt::Display for Rate {
    /// To as many decimals as it takes to be read back as the same rate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.fps() < 5.0 { 5 } else { 3 };
        let text = format!("{:.decimals$}", self.fps());
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_the_fraction_that_cameras_count_in() {
        for (written, frames, seconds) in [
            (15.0, 15, 1),
            (7.5, 15, 2),
            (12.5, 25, 2),
            (29.97, 30_000, 1001),
            (59.94, 60_000, 1001),
            (23.976, 24_000, 1001),
            (23.98, 24_000, 1001),
            (30.0, 30, 1),
            (29.5, 59, 2),
            (0.1, 1, 10),
            (1000.0, 1000, 1),
        ] {
            assert_eq!(Rate::parse(written).unwrap().fraction(), (frames, seconds), "{written}");
        }
        for wrong in [0.0, -15.0, 0.09, 1000.1, f64::NAN, f64::INFINITY] {
            assert!(Rate::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Rate::new(1, 0).is_err());
        assert!(Rate::new(u32::MAX, 1).is_err());
    }

    #[test]
    fn a_rate_is_found_among_what_cameras_list_and_no_neighbour_is_taken_for_it() {
        let rate = |frames, seconds| Rate::new(frames, seconds).unwrap();
        // As uvcvideo lists an interval of 333667 × 100 ns.
        assert!(Rate::parse(29.97).unwrap().is(rate(2997, 100)));
        assert!(Rate::parse(120.0).unwrap().is(rate(10_000_000, 83_333)));
        assert!(!Rate::parse(29.97).unwrap().is(rate(30, 1)));
        assert!(!Rate::parse(24.0).unwrap().is(rate(24_000, 1001)));
        assert!(!Rate::parse(15.0).unwrap().is(rate(30, 1)));
    }

    proptest! {
        #[test]
        fn a_rate_that_a_camera_lists_is_read_back_from_how_it_is_printed(interval in 10_000_u32..=100_000_000) {
            // UVC: an interval in steps of 100 ns.
            let listed = Rate::new(10_000_000, interval);
            prop_assume!(listed.is_ok());
            let listed = listed.unwrap();
            let read = Rate::parse(listed.to_string().parse().unwrap()).unwrap();
            prop_assert!(read.is(listed), "{listed:?} {read:?}");
        }
    }
}
