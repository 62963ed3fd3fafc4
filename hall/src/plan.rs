//! A line on which exactly the cars stand that it says: which order comes where, when, and for how long. It
//! also says which camera was knocked.
//!
//! Holds:
//! - at one position there is never more than one car in the picture;
//! - what [`Plan`] writes it reads back as the same plan, and it reads nothing else.
//!
//! Deliberately absent: files, the present, any word on where an order may come from or go to: a car may be
//! at two positions at once if a plan says so.

mod text;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Wall;

use self::text::HEADER;
use crate::car::{Car, looks};
use crate::nudge::Nudge;
use crate::schedule::{Position, Run};

/// Milliseconds from the first to the last moment that a plan may name: the years 1970 to 9999.
const LAST: i64 = 253_402_300_799_999;

/// The largest number that four digits show.
const LAST_ORDER: u32 = 9_999;

/// One car's stand at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Visit {
    /// 1 to 9999.
    pub order: u32,
    /// Where it stands.
    pub position: Position,
    /// When it has come to rest.
    pub arrives: Wall,
    /// When it begins to move, at least a millisecond later.
    pub leaves: Wall,
}

impl Visit {
    /// How long before it arrives a car comes into the picture.
    pub const DRIVES_IN: Duration = Duration::from_millis(900);
    /// How long after it left a car is still in the picture.
    pub const DRIVES_OUT: Duration = Duration::from_millis(900);
    /// How long after one car left the next may arrive at the same position.
    pub const GAP: Duration = Duration::from_millis(1_800);

    fn enters(&self) -> Wall {
        Wall::from_unix_ms(self.arrives.unix_ms() - Self::DRIVES_IN.as_millis() as i64)
    }

    fn gone(&self) -> Wall {
        self.leaves.plus(Self::DRIVES_OUT)
    }

    fn checked(&self) -> Result<(), PlanError> {
        if !(1..=LAST_ORDER).contains(&self.order) {
            return Err(PlanError::Order(*self));
        }
        let (arrives, leaves) = (self.arrives.unix_ms(), self.leaves.unix_ms());
        if 0 <= arrives && arrives < leaves && leaves <= LAST { Ok(()) } else { Err(PlanError::Times(*self)) }
    }
}

/// Why something is no plan. Visits are named as in a plan's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No roof shows such a number.
    #[error("the visit `{0}` is of no order that a roof can show: number orders from 1 to 9999")]
    Order(Visit),
    /// It ends before it begins, or at no time that can be written.
    #[error(
        "the visit `{0}` has no time to stand: let it leave after it arrives, both between 0 and {LAST} ms \
         since 1970"
    )]
    Times(Visit),
    /// Two cars would be in the picture at once.
    #[error(
        "the visits `{0}` and `{1}` meet at their position: let the later one arrive at least {GAP:?} after \
         the other leaves, or change its position",
        GAP = Visit::GAP
    )]
    Overlap(Visit, Visit),
    /// More than [`Plan::MOST_VISITS`].
    #[error("there are more than {most} visits: leave out those that are long over", most = Plan::MOST_VISITS)]
    TooMany,
    /// It is something else.
    #[error("the first line is not `{HEADER}`: write it so, or name the file that was meant")]
    Header,
    /// This line, counted from 1, names no visit.
    #[error(
        "line {0} is no visit: write `<order> <position, 0 to 15> <arrives> <leaves>`, whole numbers with one \
         blank between, times in milliseconds since 1970"
    )]
    Line(usize),
    /// This line, counted from 1, begins as a nudge and is none.
    #[error(
        "line {0} is no nudge: write `nudge <position, 0 to 15> <right> <down> <turn> <zoom>`, whole numbers with \
         one blank between, right and down within {shift} tenths of a pixel, turn within {turn} thousandths of a \
         degree, zoom within {zoom} millionths",
        shift = Nudge::MOST_SHIFT,
        turn = Nudge::MOST_TURN,
        zoom = Nudge::MOST_ZOOM
    )]
    NudgeLine(usize),
    /// Which of its two nudges counts is not said.
    #[error("position {} is nudged twice: leave out one of the two", .0.number())]
    NudgedTwice(Position),
    /// As if the rest were missing.
    #[error("the last line does not end: write the text whole, with a line break at its end")]
    Unended,
}

/// Every visit to a line, at whatever position, and the nudge of each position's camera that was knocked. Copies
/// share the visits.
///
/// As text it has the first line `lineshot-plan-1` and then one line a visit: `<order> <position> <arrives>
/// <leaves>`, times in milliseconds since 1970; and one line a nudge: `nudge <position> <right> <down> <turn>
/// <zoom>`, in the units of [`Nudge::new`], at most one a position. `Display` writes it, [`Plan::parse`] reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// By position, then by time.
    visits: Arc<[Visit]>,
    nudges: BTreeMap<Position, Nudge>,
}

impl Plan {
    /// So many visits are kept and searched without a thought for their number.
    pub const MOST_VISITS: usize = 4_096;
    /// One for each position.
    const MOST_NUDGES: usize = 16;

    /// The plan with these visits, in whatever order, and no nudge. Without visits nothing ever stands on the line.
    ///
    /// # Errors
    /// [`PlanError::Order`], [`PlanError::Times`], [`PlanError::Overlap`] or [`PlanError::TooMany`].
    pub fn new(mut visits: Vec<Visit>) -> Result<Plan, PlanError> {
        if visits.len() > Plan::MOST_VISITS {
            return Err(PlanError::TooMany);
        }
        visits.iter().try_for_each(Visit::checked)?;
        visits.sort_unstable_by_key(|visit| (visit.position, visit.arrives, visit.leaves, visit.order));
        for pair in visits.windows(2) {
            if pair[0].position == pair[1].position && pair[0].gone() > pair[1].enters() {
                return Err(PlanError::Overlap(pair[0], pair[1]));
            }
        }
        Ok(Plan { visits: visits.into(), nudges: BTreeMap::new() })
    }

    /// The plan on which the camera at `position` was knocked so, whatever it was before.
    #[must_use]
    pub fn nudged(mut self, position: Position, nudge: Nudge) -> Plan {
        self.nudges.insert(position, nudge);
        self
    }

    /// Every visit, by position and then by time.
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// How the camera at `position` was knocked, if it was.
    pub(crate) fn nudge(&self, position: Position) -> Option<Nudge> {
        self.nudges.get(&position).copied()
    }

    fn at(&self, position: Position) -> &[Visit] {
        let from = self.visits.partition_point(|visit| visit.position < position);
        let visits = &self.visits[from..];
        &visits[..visits.partition_point(|visit| visit.position == position)]
    }

    /// The number of the first visit to `position` whose car is not gone.
    pub(crate) fn number(&self, position: Position, at: Wall) -> i64 {
        self.at(position).partition_point(|visit| visit.gone() <= at) as i64
    }

    pub(crate) fn run(&self, seed: u64, position: Position, number: i64) -> Option<Run> {
        let visit = self.at(position).get(usize::try_from(number).ok()?)?;
        let (colour, shape) = looks(seed, visit.order);
        Some(Run {
            car: Car { order: visit.order, colour, shape },
            enters: visit.enters(),
            arrives: visit.arrives,
            leaves: visit.leaves,
            gone: visit.gone(),
        })
    }
}

#[cfg(test)]
mod tests;
