//! What every case needs beside itself: the doors, and what is known of stations and release.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use lineshot_domain::{
    Belonging, Blackout, Clock, ClockKeeper, ClockState, Conditions, Facts, LineState, ReleaseState, Sequence, Source,
    StationId, StationState, Stay, StopState,
};
use lineshot_spool::{Case, Front};

use crate::plc::Wake;
use crate::station::{Station, View};
use crate::stays::Stays;

/// The house as a case finds it.
pub(crate) struct House {
    /// The spool.
    pub(crate) front: Front,
    /// Who stands where.
    pub(crate) stays: Arc<Stays>,
    /// The machine's clocks.
    pub(crate) clock: Arc<dyn Clock>,
    /// What allows photographs at all.
    pub(crate) release: ReleaseState,
    /// The stations of this PC.
    pub(crate) stations: HashMap<StationId, Station>,
    /// Told when the outbox has something new.
    pub(crate) news: Wake,
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("stations", &self.stations.keys()).finish_non_exhaustive()
    }
}

impl House {
    /// All that the decision about `case` is made from.
    pub(crate) fn facts<'a>(&self, case: &'a Case, view: &'a View, stay: Stay) -> Facts<'a> {
        Facts {
            case: case.id(),
            arrival: case.arrival(),
            conditions: Conditions {
                now: self.clock.wall(),
                mono: self.clock.mono(),
                stop: StopState::Going,
                station: if view.tested { StationState::Ready } else { StationState::Closed },
                release: self.release,
                ledger: self.front.ledger(),
                clock: ClockState {
                    keeper: ClockKeeper::Unchecked,
                    steady: true,
                    behind: std::time::Duration::ZERO,
                },
                line: LineState { source: Source::Unasked, permits: true },
                rules: &view.rules,
                blackout: Blackout::None,
                orders: Source::Unasked,
                deny: Source::Unasked,
            },
            max_age: view.max_age,
            belonging: Belonging { owner: None, changed: false, denied: false },
            photographed: false,
            sequence: Sequence::Follows,
            stay,
        }
    }
}
