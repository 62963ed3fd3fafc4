//! What somebody has to mend, as retained topics: `alarm/<code>`, one a code, cleared when it is over.
//!
//! Holds: an alarm names its code, since when, where and what to do; it never names a vehicle. One that an
//! earlier run put up is taken down by this one, and the broker forgets it soon after this PC is gone.
//!
//! Deliberately absent: refusals that are as they should be, such as a closed window.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use lineshot_domain::{Class, Reason, StationId, ViewId, Wall};
use serde::Serialize;

use crate::lookout::{LIFE, rfc3339};
use crate::plc::Board;

/// The value of `schema` in the version written here.
const SCHEMA: &str = "lineshot/alarm/1";

/// The code of the alarm that is no reason: nothing was heard although something should have been.
pub(crate) const SILENCE: &str = "silence";

/// Nor is this one: the configuration on disk could not be read anew.
pub(crate) const RELOAD: &str = "reload";

/// Nor this: a release that holds will not for long.
pub(crate) const RELEASE_ENDS: &str = "release_ends";

/// Nor this: a camera's pictures get worse.
pub(crate) const VIEW_DRIFT: &str = "view_drift";

/// An alarm as it is published.
#[derive(Serialize)]
struct AlarmText<'a> {
    schema: &'static str,
    code: &'a str,
    since: String,
    stations: Vec<&'a str>,
    text: String,
    mend: &'static str,
}

#[derive(Default)]
struct Inner {
    /// What failed last in each view.
    views: BTreeMap<(StationId, ViewId), Reason>,
    /// The configuration on disk is not the one that holds.
    not_reloaded: bool,
    /// Which alarms are up, since when and where.
    up: BTreeMap<&'static str, (Wall, BTreeSet<StationId>)>,
}

/// All alarms of this PC.
pub(crate) struct Alarms {
    board: Board,
    /// `lineshot/<site>/<agent>/alarm/`
    topic: String,
    inner: Mutex<Inner>,
}

impl Alarms {
    /// None is up; the topics begin with `topic`.
    pub(crate) fn new(board: Board, topic: String) -> Alarms {
        let reasons = Reason::ALL.iter().copied();
        let calls =
            |reason: &Reason| needs_somebody(*reason) || fails(*reason) || *reason == Reason::ViewMoved;
        let codes = reasons.filter(calls).map(Reason::told);
        for code in codes.chain([SILENCE, RELOAD, RELEASE_ENDS, VIEW_DRIFT]) {
            board.set(&format!("{topic}{code}"), Vec::new());
        }
        Alarms { board, topic, inner: Mutex::default() }
    }

    /// A case of this view ended: with a picture (`None`), or without.
    pub(crate) fn ended(&self, station: &StationId, view: &ViewId, reason: Option<Reason>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (station.clone(), view.clone());
        match reason {
            Some(reason) if fails(reason) => {
                inner.views.insert(place, reason);
            }
            None => {
                inner.views.remove(&place);
            }
            Some(_) => {}
        }
    }

    /// The configuration was read anew: whether it holds now, and which stations there are.
    pub(crate) fn reloaded(&self, holds: bool, is_there: impl Fn(&StationId) -> bool) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.not_reloaded = !holds;
        inner.views.retain(|(station, _), _| is_there(station));
    }

    /// Puts up and takes down what has changed.
    pub(crate) fn show(&self, found: &Found, now: Wall) {
        let Found { answers, missed, silent, ending, moved, drifting } = *found;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wanted: BTreeMap<&'static str, BTreeSet<StationId>> = BTreeMap::new();
        let closed = answers.iter().filter_map(|(station, reason)| Some((station, (*reason)?)));
        for (station, reason) in closed.filter(|(_, reason)| needs_somebody(*reason)) {
            wanted.entry(reason.told()).or_default().insert(station.clone());
        }
        for ((station, _), reason) in &inner.views {
            wanted.entry(reason.told()).or_default().insert(station.clone());
        }
        for (station, reason) in missed {
            wanted.entry(reason.told()).or_default().insert(station.clone());
        }
        if inner.not_reloaded {
            wanted.entry(RELOAD).or_default();
        }
        for station in ending {
            wanted.entry(RELEASE_ENDS).or_default().insert(station.clone());
        }
        for station in silent {
            wanted.entry(SILENCE).or_default().insert(station.clone());
        }
        let mut words: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        let by_angle = moved.iter().map(|it| (Reason::ViewMoved.told(), it));
        for (code, (station, said)) in by_angle.chain(drifting.iter().map(|it| (VIEW_DRIFT, it))) {
            wanted.entry(code).or_default().insert(station.clone());
            words.entry(code).or_default().push(said);
        }
        let over: Vec<&'static str> =
            inner.up.keys().copied().filter(|code| !wanted.contains_key(code)).collect();
        for code in over {
            inner.up.remove(code);
            tracing::info!(code, "an alarm is over");
            self.board.set(&format!("{}{code}", self.topic), Vec::new());
        }
        for (code, stations) in wanted {
            let (since, up) = inner.up.entry(code).or_insert_with(|| {
                let (text, mend) = sentences(code);
                tracing::error!(code, ?stations, "alarm: {text} {mend}");
                (now, BTreeSet::new())
            });
            *up = stations;
            let said = words.remove(code).unwrap_or_default();
            self.board.set_expiring(&format!("{}{code}", self.topic), text(code, *since, up, &said), LIFE);
        }
    }
}

/// What the look-out found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    /// Why each station permits nothing now, or that it does.
    pub(crate) answers: &'a BTreeMap<StationId, Option<Reason>>,
    /// Those that miss a camera.
    pub(crate) missed: &'a [(StationId, Reason)],
    /// Those from which nothing is heard.
    pub(crate) silent: &'a [StationId],
    /// Those whose release ends soon.
    pub(crate) ending: &'a [StationId],
    /// Those with a camera that was moved: view and what was seen, in words.
    pub(crate) moved: &'a [(StationId, String)],
    /// Those with a camera that gets worse.
    pub(crate) drifting: &'a [(StationId, String)],
}

/// Whether a station that is closed for this reason stays closed until somebody does something.
fn needs_somebody(reason: Reason) -> bool {
    use Reason as R;
    matches!(
        reason,
        R::Config
            | R::Stopped
            | R::ReleaseTrust
            | R::ReleaseUnreadable
            | R::ReleaseSignature
            | R::ReleaseRevoked
            | R::ReleaseHost
            | R::ReleaseRollback
            | R::ReleaseDarkroom
            | R::ReleaseExpired
            | R::ReleaseSettings
            | R::Ledger
            | R::ClockUnreadable
            | R::ClockUntrusted
            | R::ClockUnstable
            | R::ClockBehind
            | R::LineMissing
            | R::LineStale
            | R::LineBroken
            | R::BlackoutBroken
            | R::OrdersMissing
            | R::OrdersStale
            | R::OrdersBroken
            | R::DenyMissing
            | R::DenyStale
            | R::DenyBroken
    )
}

/// A picture that was lost for this reason points at something to mend.
fn fails(reason: Reason) -> bool {
    matches!(reason.class(), Class::Failed)
        || matches!(reason, Reason::Link | Reason::Sequence | Reason::Proof | Reason::ViewUnverifiable)
}

fn text(code: &str, since: Wall, stations: &BTreeSet<StationId>, said: &[&str]) -> Vec<u8> {
    let (text, mend) = sentences(code);
    let said = said.iter().map(|said| format!(" {said}."));
    let alarm = AlarmText {
        schema: SCHEMA,
        code,
        since: rfc3339(since),
        stations: stations.iter().map(StationId::as_str).collect(),
        text: std::iter::once(text.to_owned()).chain(said).collect(),
        mend,
    };
    serde_json::to_vec(&alarm).expect("plain data is JSON")
}

pub(crate) fn sentences(code: &str) -> (&'static str, &'static str) {
    match Reason::from_code(code) {
        Some(reason) => (reason.sentence(), reason.mend()),
        None if code == RELOAD => (
            "The configuration on disk could not be read anew: the earlier one still holds.",
            "Run `lineshot check`, mend what it names, and reload again.",
        ),
        None if code == RELEASE_ENDS => (
            "A release ends within 30 days; after that nothing is photographed there.",
            "Prepare the next one with `lineshot release prepare` and have it signed.",
        ),
        None if code == VIEW_DRIFT => (
            "A camera's pictures get worse; they still count.",
            "See to it before they do not: `lineshot aim` shows how the camera stands.",
        ),
        None => (
            "No arrival was heard for longer than `expect_every`, although the window is open.",
            "Look whether the line stands; if not, whether PLC and broker still send.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_written_as_its_contract_says() {
        let stations = ["marriage", "paint"].map(|id| StationId::parse(id).unwrap()).into();
        let since = Wall::from_unix_ms(1_795_428_000_000);
        let said = text("camera_unreachable", since, &stations, &[]);
        let golden = include_str!("../golden/alarm.json");
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&said).unwrap(),
            serde_json::from_str::<serde_json::Value>(golden).unwrap()
        );
    }

    #[test]
    fn only_what_somebody_can_mend_is_an_alarm() {
        for calls in Reason::ALL.iter().filter(|reason| needs_somebody(**reason) || fails(**reason)) {
            assert!(!calls.mend().starts_with("Nothing"), "{calls:?} calls somebody who can do nothing");
            assert_ne!(calls.told(), "not_permitted", "{calls:?} is nobody's business");
        }
    }
}
