//! Stations that somebody looks at to draw their views (`lineshot-commission`).
//!
//! Holds: as long as that program keeps its connection to the door, nothing of the station is sealed and nothing of it
//! leaves; whoever dies has ended it. Each still is in the ledger before the program may show it. Nobody looks while
//! photographs are stopped.
//!
//! Deliberately absent: whether they may look. What is asked here only closes; who looks proves it to the program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_domain::{Mono, Reason, StationId, StopState};
use lineshot_spool::{Notice, NoticeKind};
use serde::Deserialize;

use crate::door::Answer;
use crate::house::House;

/// Nobody draws for longer than a permission lasts.
const LONGEST: Duration = Duration::from_hours(8);
/// Lines of the ledger for one station in an hour: stills, covered pictures and arrivals of one who draws fast.
const MOST: u32 = 2000;
const HOUR: Duration = Duration::from_secs(3600);
/// Each has a place at the door for hours, which has four.
const AT_ONCE: usize = 2;
/// A sentence for the ledger, in bytes.
const LINE: u64 = 1024;

/// Who wants to draw the views of which station.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    station: String,
    person: String,
}

/// What is said while it goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    note: String,
}

/// The stations that are closed for it, and how much was noted of each since when.
#[derive(Debug, Default)]
pub(crate) struct Commissioned(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    closed: BTreeSet<StationId>,
    notes: BTreeMap<StationId, (Mono, u32)>,
}

/// One of them, until dropped.
struct Hold<'a>(&'a Commissioned, StationId);

impl Commissioned {
    pub(crate) fn is_on(&self, station: &StationId) -> bool {
        self.lock().closed.contains(station)
    }

    pub(crate) fn stations(&self) -> Vec<StationId> {
        self.lock().closed.iter().cloned().collect()
    }

    fn begin(&self, station: &StationId) -> Result<Hold<'_>, String> {
        let closed = &mut self.lock().closed;
        if closed.len() >= AT_ONCE {
            return Err(format!(
                "{AT_ONCE} stations are set up at once already: the door stays free for others"
            ));
        }
        match closed.insert(station.clone()) {
            true => Ok(Hold(self, station.clone())),
            false => Err(format!("somebody is setting up the station {station} already")),
        }
    }

    /// Whether one more line of the ledger is well spent; whoever asks, however often they begin.
    fn may_note(&self, station: &StationId, now: Mono) -> bool {
        let notes = &mut self.lock().notes;
        let (since, count) = notes.entry(station.clone()).or_insert((now, 0));
        if now.since(*since) > HOUR {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= MOST
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.lock().closed.remove(&self.1);
    }
}

/// Closes the station until the connection ends, and writes down what is said meanwhile.
///
/// # Errors
/// The inner one is what the asker is told.
pub(crate) fn hold(
    asked: &Asked,
    uid: u32,
    (stream, house): (&UnixStream, &House),
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let stations = house.stations();
    let is_here = |id: &StationId| stations.ready.contains_key(id) || stations.shut.contains(id);
    let Some(id) = StationId::parse(&asked.station).ok().filter(is_here) else {
        return Ok(Err(format!(
            "this agent has no station {:?}: add its file and reload the agent",
            asked.station
        )));
    };
    let hold = match house.commissioned.begin(&id) {
        Ok(hold) => hold,
        Err(no) => return Ok(Err(no)),
    };
    house.closings.closed(Some(&id), Reason::Commissioning);
    let said = during(&id, asked, uid, (stream, house), say);
    drop(hold);
    if let Err(error) = tell_uploader(house) {
        tracing::error!("{error}");
    }
    if let Err(error) = note(house, &id, "over".to_owned()) {
        tracing::error!("the end of a commissioning is not on record: {error}");
    }
    said
}

fn during(
    id: &StationId,
    asked: &Asked,
    uid: u32,
    (stream, house): (&UnixStream, &House),
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let person = plain(&asked.person);
    if let Err(no) = tell_uploader(house) {
        return Ok(Err(no));
    }
    tracing::warn!(station = %id, uid, "somebody sets up this station: it is closed until they end that");
    if let Err(no) = may_go_on(house)
        .and_then(|()| note(house, id, format!("begun by user {uid}, who says to be {person}")))
    {
        return Ok(Err(no));
    }
    say(&Answer::Text(format!("{id} is closed")))?;
    let begun = house.clock.mono();
    let mut lines = BufReader::new(stream);
    loop {
        let left = LONGEST.saturating_sub(house.clock.mono().since(begun));
        if left.is_zero() {
            return Ok(Err("a commissioning lasts 8 hours at most: begin anew".to_owned()));
        }
        stream.set_read_timeout(Some(left))?;
        let mut text = String::new();
        if (&mut lines).take(LINE).read_line(&mut text)? == 0 {
            return Ok(Ok(()));
        }
        let Ok(Line { note: text }) = serde_json::from_str(&text) else {
            return Ok(Err("what is to be noted cannot be read".to_owned()));
        };
        // Nothing to note: whether it may go on is asked.
        let noted = |()| match plain(&text) {
            text if text.is_empty() => Ok(()),
            text => note(house, id, format!("{text}, for {person}, user {uid}")),
        };
        if let Err(no) = may_go_on(house).and_then(noted) {
            return Ok(Err(no));
        }
        say(&Answer::Text("noted".to_owned()))?;
    }
}

fn may_go_on(house: &House) -> Result<(), String> {
    match house.halt.state(&house.front, house.clock.wall()) {
        StopState::Stopped => {
            Err("photographs are stopped: nobody looks through a camera until they go on".to_owned())
        }
        StopState::Going | StopState::Paused => Ok(()),
    }
}

fn note(house: &House, station: &StationId, text: String) -> Result<(), String> {
    if !house.commissioned.may_note(station, house.clock.mono()) {
        return Err("too much was noted of this station in an hour: wait".to_owned());
    }
    let notice = Notice::new(NoticeKind::Commissioning, Some(station.clone()), text);
    house.front.note(&notice).map_err(|error| format!("it is not on record, so it does not go on: {error}"))
}

fn tell_uploader(house: &House) -> Result<(), String> {
    house
        .write_state()
        .map_err(|error| format!("the uploader cannot be told which stations are closed: {error}"))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}
