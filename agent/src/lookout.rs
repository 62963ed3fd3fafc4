//! The look-out: once a second over clock, files and stations, and what is to be told of them.
//!
//! Holds: what the PLC reads as `ready` is the gate's own answer; it expires at the broker soon after
//! this process is gone, and says no if this thread fails.
//!
//! Deliberately absent: any decision that the gate does not make anew for each vehicle.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use lineshot_domain::{CalendarState, Mono, Reason, StationId, StopState, Wall};
use lineshot_spool::{Notice, NoticeKind};
use serde::Serialize;

use crate::alarms::Found;
use crate::angle;
use crate::cameras;
use crate::house::House;
use crate::plc::Board;
use crate::releases::ends_within;

/// A window's edge is told within this time.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// How long `ready`, `health` and alarms outlive this process at the broker.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

/// How often what was told is told again if nothing changes in it: sooner than the board would repeat the old one.
pub(crate) const RENEWAL: Duration = Duration::from_secs(20);

/// Whether a vehicle that came now could be photographed.
#[derive(Serialize)]
struct ReadyText<'a> {
    schema: &'static str,
    station: &'a str,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

/// How this PC is.
#[derive(Serialize)]
struct HealthText<'a> {
    schema: &'static str,
    version: &'static str,
    at: String,
    unreleased: bool,
    open: u64,
    waiting: u64,
    stations: BTreeMap<&'a str, StationHealth>,
}

#[derive(Serialize)]
struct StationHealth {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_arrival: Option<String>,
}

/// Where this PC tells how it is.
pub(crate) struct Told {
    /// The board.
    pub(crate) board: Board,
    /// The topic of `health`.
    pub(crate) health: String,
    /// The topic of `cameras`.
    pub(crate) cameras: String,
    /// Pictures without a release.
    pub(crate) unreleased: bool,
}

/// What the last look found.
#[derive(Default)]
pub(crate) struct Before {
    stop: Option<StopState>,
    /// When `health` was told last, and what it said of the stations.
    health: Option<(Mono, Answers)>,
    /// Since when each station should have been heard of.
    awaited: HashMap<StationId, Mono>,
    /// Whose release ends within so many days, as was said.
    ending: HashMap<StationId, u64>,
    /// Views whose camera was moved.
    moved: BTreeMap<String, StationId>,
    /// Views that get worse.
    drifting: BTreeMap<String, StationId>,
    cameras: cameras::Seen,
}

/// Why each station takes no picture now, or that it does.
type Answers = BTreeMap<StationId, Option<Reason>>;

/// The look-out's own thread.
pub(crate) struct Lookout {
    end: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Lookout {
    /// Looks for the first time now, and then every second.
    ///
    /// # Errors
    /// A system without a thread to give.
    pub(crate) fn begin(house: Arc<House>, told: Told) -> anyhow::Result<Lookout> {
        let end = Arc::<(Mutex<bool>, Condvar)>::default();
        let theirs = end.clone();
        let mut before = Before::default();
        look(&house, &told, &mut before);
        let watch = move || {
            let (over, changed) = &*theirs;
            loop {
                let over = over.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = changed.wait_timeout_while(over, LOOK, |over| !*over);
                if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                    break nothing_is_ready(&house, &told, Reason::Restart);
                }
                if catch_unwind(AssertUnwindSafe(|| look(&house, &told, &mut before))).is_err() {
                    tracing::error!("a fault of the program: the look-out failed and tries again");
                    nothing_is_ready(&house, &told, Reason::Internal);
                }
            }
        };
        let thread = std::thread::Builder::new().name("lookout".to_owned()).spawn(watch)?;
        Ok(Lookout { end, thread: Some(thread) })
    }
}

impl Drop for Lookout {
    /// The last that is put up is that nothing is ready any more.
    fn drop(&mut self) {
        *self.end.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One look.
pub(crate) fn look(house: &House, told: &Told, before: &mut Before) {
    let now = house.clock.wall();
    if let Some(step) = house.watched.look() {
        tracing::error!(milliseconds = step, "the clock was set: nothing is photographed for a minute");
        note(house, &Notice::new(NoticeKind::ClockStepped, None, format!("by {step} ms")));
    }
    for notice in house.sources.look(now) {
        note(house, &notice);
    }
    let stations = house.stations();
    house.releases.look(stations.ready.values().map(|it| &it.judgement), &house.front, &*house.clock, false);
    house.halt.look(&house.front, &*house.clock);
    stop(house, before);
    let mut answers: Answers = stations.shut.iter().map(|id| (id.clone(), Some(Reason::Config))).collect();
    let (mut silent, mut ending) = (Vec::new(), Vec::new());
    let (mut moved, mut drifting) = (Vec::new(), Vec::new());
    let known = house.known();
    for station in stations.ready.values() {
        let answer = house.conditions(station, &known).permit().err().map(|ending| ending.reason());
        cameras::keep(station, answer.is_none());
        // Nobody hears the arrival, or every picture would be withheld.
        let answer = answer.or_else(|| (!house.link.is_current()).then_some(Reason::Link));
        if let Some(days) = ends_within(&station.judgement, now) {
            if before.ending.insert(station.id.clone(), days) != Some(days) {
                tracing::warn!(station = %station.id, "its release ends within {days} day(s)");
            }
            ending.push(station.id.clone());
        } else {
            before.ending.remove(&station.id);
        }
        if is_silent(house, station, before) {
            silent.push(station.id.clone());
        }
        for view in &station.views {
            let Some(angle) = &view.angle else { continue };
            let named = |said: &str| (station.id.clone(), format!("{}/{}: {said}", station.id, view.id));
            moved.extend(angle.moved().map(|seen| named(&seen.in_words())));
            drifting.extend(angle.drift().map(|drift| named(angle::sentence(drift))));
        }
        if let Some(topic) = &station.place.ready {
            told.board.set_expiring(topic, ready_text(&station.id, answer), LIFE);
        }
        answers.insert(station.id.clone(), answer);
    }
    let missed = cameras::look(house, told, &mut before.cameras);
    angles(house, &moved, &drifting, before);
    let found = Found {
        answers: &answers,
        missed: &missed,
        silent: &silent,
        ending: &ending,
        moved: &moved,
        drifting: &drifting,
    };
    house.alarms.show(&found, now);
    health(house, told, before, answers, now);
}

/// What changed about a camera's angle is on record.
fn angles(
    house: &House,
    moved: &[(StationId, String)],
    drifting: &[(StationId, String)],
    before: &mut Before,
) {
    let of = |(_, said): &(StationId, String)| said.split(':').next().unwrap_or_default().to_owned();
    for (is, was, over) in [
        (moved, &mut before.moved, "looks along its angle again"),
        (drifting, &mut before.drifting, "does not get worse any more"),
    ] {
        for it in is.iter().filter(|it| was.insert(of(it), it.0.clone()).is_none()) {
            tracing::warn!(station = %it.0, "{}", it.1);
            note(house, &Notice::new(NoticeKind::Angle, Some(it.0.clone()), it.1.clone()));
        }
        was.retain(|view, station| {
            let holds = is.iter().any(|it| of(it) == *view);
            if !holds {
                let told = format!("{view} {over}");
                tracing::warn!(%station, "{told}");
                note(house, &Notice::new(NoticeKind::Angle, Some(station.clone()), told));
            }
            holds
        });
    }
}

/// What changed about a stop is told to the uploader at once.
fn stop(house: &House, before: &mut Before) {
    let stop = house.halt.state(&house.front, house.clock.wall());
    let was = before.stop.replace(stop);
    if was.is_some_and(|was| was != stop)
        && let Err(error) = house.write_state()
    {
        tracing::error!(error = &error as &dyn std::error::Error, "the uploader is told with the next round");
    }
    match (was, stop) {
        (Some(StopState::Stopped | StopState::Paused), StopState::Going) => {
            tracing::warn!("photographs go on");
            note(house, &Notice::new(NoticeKind::Going, None, "neither stopped nor paused"));
        }
        (None | Some(StopState::Going | StopState::Paused), StopState::Stopped) => {
            house.closings.closed(None, Reason::Stopped);
            tracing::warn!("photographs are stopped; `lineshot stop --show` says by whom");
        }
        _ => {}
    }
}

/// Whether nothing arrived for longer than expected, while the calendar was open all the time.
fn is_silent(house: &House, station: &crate::station::Station, before: &mut Before) -> bool {
    let Some(most) = station.trigger.expect_every else { return false };
    let now = house.clock.mono();
    if !matches!(station.rules.calendar.at(house.clock.wall()), CalendarState::Open { .. }) {
        before.awaited.remove(&station.id);
        return false;
    }
    let opened = *before.awaited.entry(station.id.clone()).or_insert(now);
    let since = house.last_heard(&station.id).map_or(opened, |(heard, _)| heard.max(opened));
    now.since(since) > most
}

/// Told when a station's answer changes, and else from time to time.
fn health(house: &House, told: &Told, before: &mut Before, answers: Answers, now: Wall) {
    let mono = house.clock.mono();
    let as_told = |(last, was): &(Mono, Answers)| mono.since(*last) < RENEWAL && *was == answers;
    if before.health.as_ref().is_some_and(as_told) {
        return;
    }
    let (open, waiting) = house.front.counts().unwrap_or_default();
    let stations = answers.iter().map(|(id, reason)| {
        let last_arrival = house.last_heard(id).map(|(_, at)| rfc3339(at));
        let reason = reason.map(Reason::told);
        (id.as_str(), StationHealth { ready: reason.is_none(), reason, last_arrival })
    });
    let text = HealthText {
        schema: "lineshot/health/1",
        version: env!("CARGO_PKG_VERSION"),
        at: rfc3339(now),
        unreleased: told.unreleased,
        open,
        waiting,
        stations: stations.collect(),
    };
    told.board.set_expiring(&told.health, json(&text), LIFE);
    before.health = Some((mono, answers));
}

fn nothing_is_ready(house: &House, told: &Told, reason: Reason) {
    for station in house.stations().ready.values() {
        cameras::keep(station, false);
        if let Some(topic) = &station.place.ready {
            told.board.set_expiring(topic, ready_text(&station.id, Some(reason)), LIFE);
        }
    }
}

fn ready_text(station: &StationId, reason: Option<Reason>) -> Vec<u8> {
    json(&ReadyText {
        schema: "lineshot/ready/1",
        station: station.as_str(),
        ready: reason.is_none(),
        reason: reason.map(Reason::told),
        text: reason.map(|reason| match reason {
            Reason::Restart => "The agent is not running.",
            _ => reason.sentence(),
        }),
    })
}

fn note(house: &House, notice: &Notice) {
    if let Err(error) = house.front.note(notice) {
        tracing::error!(error = &error as &dyn std::error::Error, "a notice could not be written");
    }
}

/// A moment for people and programs, RFC 3339 in UTC.
pub(crate) fn rfc3339(at: Wall) -> String {
    Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default().to_string()
}

pub(crate) fn json(text: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(text).expect("plain data is JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn golden(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn said(text: &[u8]) -> Value {
        serde_json::from_slice(text).unwrap()
    }

    #[test]
    fn ready_and_health_are_written_as_their_contracts_say() {
        let marriage = StationId::parse("marriage").unwrap();
        let ready = ready_text(&marriage, None);
        assert_eq!(said(&ready), golden(include_str!("../golden/ready.json")));
        let closed = ready_text(&marriage, Some(Reason::Window));
        assert_eq!(said(&closed), golden(include_str!("../golden/ready-closed.json")));
        let at = Wall::from_unix_ms(1_795_428_000_000);
        let last = Some(rfc3339(Wall::from_unix_ms(1_795_427_940_000)));
        let health = HealthText {
            schema: "lineshot/health/1",
            version: "0.1.0",
            at: rfc3339(at),
            unreleased: true,
            open: 1,
            waiting: 2,
            stations: BTreeMap::from([
                ("marriage", StationHealth { ready: true, reason: None, last_arrival: last }),
                ("paint", StationHealth { ready: false, reason: Some("config"), last_arrival: None }),
            ]),
        };
        assert_eq!(said(&json(&health)), golden(include_str!("../golden/health.json")));
    }
}
