//! When which car is where. Either the line is endless, and a car moves on every takt, or a plan names each
//! visit. Processes that share seed, takt or plan, position and wall time agree without talking to each other.

use std::time::Duration;

use lineshot_domain::Wall;

use crate::car::{Car, Colour, Shape};
use crate::nudge::Nudge;
use crate::plan::Plan;
use crate::station::Station;
use crate::takt::{Takt, Walk};

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
    /// As on the roof, which shows it with four digits; the same at every position.
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

/// A production line: what is where is a function of this and of time. Copies share their plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hall {
    runs: Runs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Runs {
    Endless(Takt),
    Planned { seed: u64, plan: Plan },
}

impl Hall {
    /// The endless line that `seed` chooses, on which a car moves on every `takt`, from a second to a day: a
    /// takt beyond these counts as the nearest of them, and parts of a millisecond are dropped.
    pub fn new(seed: u64, takt: Duration) -> Hall {
        Hall { runs: Runs::Endless(Takt::new(seed, takt)) }
    }

    /// The line on which the cars of `plan` stand and no others, and nobody walks through. An order looks as
    /// [`looks`](crate::looks) says, as far as it is built: at position 0 it has no paint yet, at 1 no wheels, glass
    /// and lamps.
    pub fn planned(seed: u64, plan: Plan) -> Hall {
        Hall { runs: Runs::Planned { seed, plan } }
    }

    /// The car that stands at `position`, if one does.
    pub fn standing(&self, position: Position, at: Wall) -> Option<Stand> {
        let stand = self.run(position, self.number(position, at))?.stand();
        (stand.arrives <= at && at < stand.leaves).then_some(stand)
    }

    /// Every stand at `position` of which some moment lies between `from` and `to`, in the order of time.
    /// Without a plan, and with an end that is far away, it is as good as endless.
    pub fn stands(&self, position: Position, from: Wall, to: Wall) -> impl Iterator<Item = Stand> + use<> {
        let hall = self.clone();
        (self.number(position, from)..)
            .map_while(move |number| Some(hall.run(position, number)?.stand()))
            .skip_while(move |stand| stand.leaves <= from)
            .take_while(move |stand| stand.arrives < to)
    }

    /// The number of the first run that is not over.
    fn number(&self, position: Position, at: Wall) -> i64 {
        match &self.runs {
            Runs::Endless(takt) => takt.number(at),
            Runs::Planned { plan, .. } => plan.number(position, at),
        }
    }

    fn run(&self, position: Position, number: i64) -> Option<Run> {
        match &self.runs {
            Runs::Endless(takt) => Some(takt.run(position, number)),
            Runs::Planned { seed, plan } => plan.run(*seed, position, number),
        }
    }

    /// The car that is in the picture at this moment, if one is.
    pub(crate) fn passage(&self, position: Position, at: Wall) -> Option<Passage> {
        let Run { car, enters, arrives, leaves, gone } = self.run(position, self.number(position, at))?;
        let part = |from: Wall, to: Wall| {
            let [passed, whole] = [at, to].map(|moment| moment.unix_ms() - from.unix_ms());
            passed as f32 / whole as f32
        };
        if at < enters {
            return None;
        }
        let way = if at < arrives {
            -(1.0 - part(enters, arrives)).powi(2)
        } else if at < leaves {
            0.0
        } else {
            part(leaves, gone).powi(2)
        };
        Some(Passage { car, way })
    }

    /// What the picture of `position` shows, whatever the time.
    pub(crate) fn station(&self, position: Position) -> Station {
        match self.runs {
            Runs::Endless(_) => Station::Endless,
            Runs::Planned { .. } => Station::Planned(position),
        }
    }

    /// How the camera at `position` was knocked, if it was.
    pub(crate) fn nudge(&self, position: Position) -> Option<Nudge> {
        match &self.runs {
            Runs::Endless(_) => None,
            Runs::Planned { plan, .. } => plan.nudge(position),
        }
    }

    /// The worker who walks through at this moment, if one does.
    pub(crate) fn walk(&self, position: Position, at: Wall) -> Option<Walk> {
        match &self.runs {
            Runs::Endless(takt) => takt.walk(position, at),
            Runs::Planned { .. } => None,
        }
    }
}

/// One car's way through one position, with its four moments.
pub(crate) struct Run {
    pub(crate) car: Car,
    /// It comes into the picture...
    pub(crate) enters: Wall,
    /// ...stands...
    pub(crate) arrives: Wall,
    /// ...moves on...
    pub(crate) leaves: Wall,
    /// ...and is no longer in the picture.
    pub(crate) gone: Wall,
}

impl Run {
    pub(crate) fn stand(&self) -> Stand {
        let Car { order, colour, shape } = self.car;
        Stand { order, colour, shape, arrives: self.arrives, leaves: self.leaves }
    }
}

/// The car that is in the picture, and how far from its place.
pub(crate) struct Passage {
    pub(crate) car: Car,
    /// -1 just enters, 0 stands, 1 is just gone.
    pub(crate) way: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_sixteen_positions() {
        assert!(Position::new(15).is_ok());
        assert_eq!(Position::new(16), Err(PositionError(16)));
    }
}
