//! What is done to a car where a picture is taken, and what hangs there.
//!
//! Holds: an endless line shows finished cars everywhere and no sign; only a planned one builds them.

use crate::canvas::Rgb;
use crate::schedule::Position;

/// How much of a car is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Bare metal on a skid.
    Shell,
    /// Painted, and open still; the powertrain comes from below.
    Marriage,
    /// Whatever there is.
    Finished,
}

/// A place on a line as its picture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    /// All places look the same.
    Endless,
    /// A planned line's.
    Planned(Position),
}

/// The hues of the stations, in turn: wainscot and sign.
const HUES: [Rgb; 3] = [[40.0, 92.0, 150.0], [206.0, 116.0, 24.0], [38.0, 122.0, 84.0]];

impl Station {
    pub(crate) fn stage(self) -> Stage {
        match self {
            Station::Planned(position) if position.number() == 0 => Stage::Shell,
            Station::Planned(position) if position.number() == 1 => Stage::Marriage,
            Station::Planned(_) | Station::Endless => Stage::Finished,
        }
    }

    /// The number on its sign, and the sign's hue. People count from 1.
    pub(crate) fn sign(self) -> Option<(u8, Rgb)> {
        match self {
            Station::Planned(position) => {
                let number = position.number();
                Some((number + 1, HUES[usize::from(number) % HUES.len()]))
            }
            Station::Endless => None,
        }
    }
}
