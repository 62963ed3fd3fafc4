//! Whether the line's own events contradict each other: numbers sent twice, vehicles that follow too fast.

use std::time::Duration;

use crate::{Ending, Reason, Wall};

/// An arrival that was admitted before at the same station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Its number, if the PLC sends one.
    pub sequence: Option<u64>,
    /// When it was received.
    pub received: Wall,
}

/// What the arrivals before say about this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// Nothing against it.
    Follows,
    /// So many numbers are missing before it.
    Gap(u64),
    /// Its number was sent before, for another arrival.
    Doubled,
    /// The one before came so shortly ago that no vehicle can have left.
    TooSoon,
}

/// A PLC counter of 16 values or more never wraps within this many arrivals.
pub const SEQUENCE_MEMORY: usize = 8;

impl Sequence {
    /// Judges an arrival by those before it at the station, the newest first.
    ///
    /// `shortest` is the shortest time in which one vehicle can follow another. A number that falls is
    /// a counter that wrapped or was reset, unless it was just used: then the first arrival after the reset is in
    /// doubt, and those that count on from it are not.
    pub fn judge(
        before: &[Before],
        number: Option<u64>,
        received: Wall,
        shortest: Option<Duration>,
    ) -> Sequence {
        let recent = &before[..before.len().min(SEQUENCE_MEMORY)];
        // Once a counter that was reset counts on, its numbers were all used a while ago.
        let counts_on = matches!(
            (recent.first().and_then(|last| last.sequence), number),
            (Some(last), Some(number)) if last.checked_add(1) == Some(number)
        );
        if number.is_some() && !counts_on && recent.iter().any(|before| before.sequence == number) {
            return Sequence::Doubled;
        }
        let Some(last) = recent.first() else { return Sequence::Follows };
        if shortest.is_some_and(|shortest| received.since(last.received) < shortest) {
            return Sequence::TooSoon;
        }
        match (last.sequence, number) {
            (Some(last), Some(number)) if number > last.saturating_add(1) => Sequence::Gap(number - last - 1),
            _ => Sequence::Follows,
        }
    }

    /// A gap is a notice, a contradiction ends the case.
    pub(crate) fn is_sure(self) -> Result<(), Ending> {
        match self {
            Sequence::Follows | Sequence::Gap(_) => Ok(()),
            Sequence::Doubled | Sequence::TooSoon => Err(Ending::new(Reason::Sequence)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_numbers_and_vehicles_that_follow_too_fast_are_contradictions() {
        let before = |sequence, received| Before { sequence, received: Wall::from_unix_ms(received) };
        let shortest = Some(Duration::from_secs(10));
        let eight: Vec<Before> = (0..8).map(|i| before(Some(20 - i), 0)).collect();
        for (before, number, received, want) in [
            (vec![], Some(7), 0, Sequence::Follows),
            (vec![before(Some(6), 0)], Some(7), 10_000, Sequence::Follows),
            (vec![before(Some(6), 0)], Some(7), 9_999, Sequence::TooSoon),
            (vec![before(Some(6), 0)], Some(6), 60_000, Sequence::Doubled),
            (vec![before(Some(7), 0), before(Some(6), 0)], Some(6), 60_000, Sequence::Doubled),
            (vec![before(Some(6), 0)], Some(9), 60_000, Sequence::Gap(2)),
            (
                vec![before(Some(1), 0), before(Some(3), 0), before(Some(2), 0)],
                Some(2),
                60_000,
                Sequence::Follows,
            ),
            (vec![before(Some(255), 0)], Some(0), 60_000, Sequence::Follows),
            (vec![before(None, 0)], Some(9), 60_000, Sequence::Follows),
            (vec![before(Some(6), 0)], None, 60_000, Sequence::Follows),
            (eight.clone(), Some(13), 60_000, Sequence::Doubled),
            (eight, Some(12), 60_000, Sequence::Follows),
        ] {
            let said = Sequence::judge(&before, number, Wall::from_unix_ms(received), shortest);
            assert_eq!(said, want, "{before:?} then {number:?} at {received}");
        }
    }
}
