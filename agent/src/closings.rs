//! What closed a station in between: words that forbid count even if the next one permits again.
//!
//! The gate is asked before the camera and again before the seal. A state that forbade just between the
//! two would be forgotten; here it is not.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lineshot_domain::{Reason, StationId};

/// A moment in the count of closings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(u64);

#[derive(Debug, Default)]
struct Inner {
    count: u64,
    /// The last closing of each station, and of all (`None`).
    last: HashMap<Option<StationId>, (u64, Reason)>,
}

/// All closings since the start.
#[derive(Debug, Default)]
pub(crate) struct Closings(Mutex<Inner>);

impl Closings {
    /// Something forbade photographs at `station`, or everywhere.
    pub(crate) fn closed(&self, station: Option<&StationId>, reason: Reason) {
        let mut inner = self.lock();
        inner.count += 1;
        let now = (inner.count, reason);
        inner.last.insert(station.cloned(), now);
    }

    /// Now.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.lock().count)
    }

    /// What forbade photographs at `station` after `mark`.
    pub(crate) fn since(&self, mark: Mark, station: &StationId) -> Option<Reason> {
        let inner = self.lock();
        let after = |place: &Option<StationId>| {
            inner.last.get(place).filter(|(count, _)| *count > mark.0).map(|(_, reason)| *reason)
        };
        after(&Some(station.clone())).or_else(|| after(&None))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_counts_for_its_station_or_for_all_and_only_after_the_mark() {
        let [here, there] = ["marriage", "paint"].map(|id| StationId::parse(id).unwrap());
        let closings = Closings::default();
        closings.closed(Some(&here), Reason::LineState);
        let mark = closings.mark();
        assert_eq!(closings.since(mark, &here), None);
        closings.closed(Some(&there), Reason::LineBroken);
        assert_eq!(closings.since(mark, &here), None);
        assert_eq!(closings.since(mark, &there), Some(Reason::LineBroken));
        closings.closed(None, Reason::Blackout);
        assert_eq!(closings.since(mark, &here), Some(Reason::Blackout));
    }
}
