//! A plan as text.
//!
//! Holds: what a [`Plan`] writes it reads back as the same plan, and it reads nothing else but for the order of
//! lines.

use std::collections::BTreeMap;
use std::fmt;

use lineshot_domain::Wall;

use super::{Plan, PlanError, Visit};
use crate::nudge::Nudge;
use crate::schedule::Position;

/// The first line of a plan's text.
pub(super) const HEADER: &str = "lineshot-plan-1";

impl Plan {
    /// No plan's text is longer: a visit's line has at most 40 bytes, a nudge's at most 36.
    pub const MOST_BYTES: usize = HEADER.len() + 1 + Plan::MOST_VISITS * 40 + Plan::MOST_NUDGES * 36;

    /// Reads what `Display` writes; the visits and nudges may be in any order.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn parse(text: &str) -> Result<Plan, PlanError> {
        let mut lines = text.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(PlanError::Header);
        }
        if lines.next_back() != Some("") {
            return Err(PlanError::Unended);
        }
        let (mut visits, mut nudges) = (Vec::new(), BTreeMap::new());
        // With one line more than fit there are too many visits, or two nudges of one position.
        for (number, line) in (2..).zip(lines).take(Plan::MOST_VISITS + Plan::MOST_NUDGES + 1) {
            let Some(words) = line.strip_prefix("nudge ") else {
                visits.push(Visit::parse(line).ok_or(PlanError::Line(number))?);
                continue;
            };
            let (position, nudge) = nudge(words).ok_or(PlanError::NudgeLine(number))?;
            if nudges.insert(position, nudge).is_some() {
                return Err(PlanError::NudgedTwice(position));
            }
        }
        Ok(Plan { nudges, ..Plan::new(visits)? })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        self.visits.iter().try_for_each(|visit| writeln!(f, "{visit}"))?;
        let mut nudges = self.nudges.iter();
        nudges.try_for_each(|(position, nudge)| writeln!(f, "nudge {} {nudge}", position.number()))
    }
}

impl Visit {
    fn parse(line: &str) -> Option<Visit> {
        let [order, position, arrives, leaves] = numbers(line)?;
        let [arrives, leaves] = [arrives, leaves].map(Wall::from_unix_ms);
        Some(Visit { order: u32::try_from(order).ok()?, position: place(position)?, arrives, leaves })
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Visit { order, position, arrives, leaves } = self;
        write!(f, "{order} {} {} {}", position.number(), arrives.unix_ms(), leaves.unix_ms())
    }
}

/// The whole numbers of a line, with one blank between. There is one way to write each: no plus, no leading
/// zero.
fn numbers<const COUNT: usize>(line: &str) -> Option<[i64; COUNT]> {
    let number = |word: &str| word.parse().ok().filter(|number: &i64| number.to_string() == word);
    line.split(' ').map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn place(position: i64) -> Option<Position> {
    Position::new(u8::try_from(position).ok()?).ok()
}

/// What follows the word `nudge`.
fn nudge(words: &str) -> Option<(Position, Nudge)> {
    let [position, by @ ..] = numbers::<5>(words)?;
    let [right, down, turn, zoom] = by.map(|number| i32::try_from(number).ok());
    Some((place(position)?, Nudge::new(right?, down?, turn?, zoom?).ok()?))
}
