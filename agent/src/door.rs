//! The CLI's door: a Unix socket for what a person of the group may ask of the running agent.
//!
//! One JSON line in, JSON lines out, closed. Who asks is known by the kernel (SO_PEERCRED) and goes into
//! the ledger.
//!
//! Holds: what is asked here is marked as such on everything that comes of it, and only where the agent
//! runs on trial.
//!
//! Deliberately absent: the network, and anything that widens what may be photographed.

use std::fs::{self, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use lineshot_domain::{Clock, Reason};
use lineshot_spool::{Notice, NoticeKind};
use serde::{Deserialize, Serialize};

use crate::bench::{self, Look};
use crate::commissioned;
use crate::house::House;

mod angle;
mod card;
mod simulate;
mod snapshot;

pub(crate) use angle::Aimed;
pub(crate) use card::Seen;
use card::card;
use simulate::{Simulate, simulate};
use snapshot::snapshot;

/// The value of `schema` that is understood here.
const SCHEMA: &str = "lineshot/ask/1";

/// Longest question, in bytes.
const LONGEST: usize = 16 * 1024;

/// A person asks one thing at a time.
const MOST: usize = 4;

/// A question that does not come within this time is none.
const QUESTION: Duration = Duration::from_secs(5);

/// Until the system has room again.
const REST: Duration = Duration::from_secs(1);

/// What can be asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    schema: String,
    simulate: Option<Simulate>,
    /// One picture of one view.
    snapshot: Option<snapshot::Asked>,
    /// What can be read in one view's pictures.
    card: Option<snapshot::Asked>,
    /// Where one view's camera points, until it points right.
    aim: Option<snapshot::Asked>,
    /// What never moves before one view's camera.
    enrol: Option<angle::Enrol>,
    /// A look at the cameras of all stations.
    cameras: Option<Cameras>,
    /// No photographs until somebody signs a resume.
    stop: Option<StopAsked>,
    /// None for a while.
    pause: Option<PauseAsked>,
    /// A station closed, as long as the connection stays.
    commission: Option<commissioned::Asked>,
}

/// Which cameras: all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cameras {}

/// A stop, or with `show` a look at those that hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StopAsked {
    reason: String,
    show: bool,
}

/// A pause of so many minutes; of none: the end of the asker's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseAsked {
    minutes: u32,
}

/// A line of the answer.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Text(String),
    Look(Look),
    Card(Seen),
    Aim(Aimed),
    /// Of a picture, in base64; the parts of one come one after the other.
    Part(String),
    Done(bool),
    Error(String),
}

/// The open door; closed and taken away when dropped.
pub(crate) struct Door {
    path: PathBuf,
}

impl Door {
    /// Opens the door at `path`, for the group of the agent's own socket folder.
    ///
    /// # Errors
    /// A folder that is not there or not writable.
    pub(crate) fn open(path: &Path, house: Arc<House>) -> anyhow::Result<Door> {
        // One that an agent left behind when it was killed: the lock on the data folder says that no
        // other agent is running on it.
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} is in the way", path.display())),
        }
        let listener = UnixListener::bind(path)
            .with_context(|| format!("the socket {} cannot be made; is its folder there?", path.display()))?;
        fs::set_permissions(path, Permissions::from_mode(0o660))
            .with_context(|| format!("the socket {} cannot be opened to the group", path.display()))?;
        let busy = Arc::new(AtomicUsize::new(0));
        let serve = move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    // Out of file descriptors, most likely; whoever asks waits in the queue meanwhile.
                    std::thread::park_timeout(REST);
                    continue;
                };
                let Some(seat) = Seat::take(&busy) else { continue };
                let house = house.clone();
                let talk = move || {
                    let _seat = seat;
                    if let Err(error) = talk(&stream, &house) {
                        tracing::debug!(%error, "somebody who asked went away");
                    }
                };
                if let Err(error) = std::thread::Builder::new().name("door".to_owned()).spawn(talk) {
                    tracing::warn!(%error, "no thread for somebody who asks");
                }
            }
        };
        std::thread::Builder::new()
            .name("doors".to_owned())
            .spawn(serve)
            .context("no thread for the door")?;
        Ok(Door { path: path.to_owned() })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// One of the few who may ask at a time, until dropped.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(busy: &Arc<AtomicUsize>) -> Option<Seat> {
        let seat = Seat(busy.clone());
        (busy.fetch_add(1, Ordering::SeqCst) < MOST).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The first line, or as much of it as is read.
fn question(mut stream: &UnixStream, clock: &dyn Clock) -> io::Result<Vec<u8>> {
    let deadline = clock.mono().plus(QUESTION);
    let (mut question, mut part) = (Vec::new(), [0; 1024]);
    while question.len() < LONGEST && !question.contains(&b'\n') {
        let left = deadline.since(clock.mono());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part)? {
            0 => break,
            read => question.extend_from_slice(&part[..read]),
        }
    }
    question.truncate(question.iter().position(|byte| *byte == b'\n').unwrap_or(question.len()));
    Ok(question)
}

fn talk(stream: &UnixStream, house: &Arc<House>) -> io::Result<()> {
    stream.set_write_timeout(Some(QUESTION))?;
    let who = rustix::net::sockopt::socket_peercred(stream)?;
    let question = question(stream, &*house.clock)?;
    let mut to = stream;
    let mut say = |answer: &Answer| {
        let mut line = serde_json::to_vec(answer).expect("plain data is JSON");
        line.push(b'\n');
        to.write_all(&line)
    };
    match answer(&question, who.uid.as_raw(), (stream, house), &mut say)? {
        Ok(()) => say(&Answer::Done(true)),
        Err(error) => say(&Answer::Error(error)),
    }
}

/// The inner result is what the asker is told.
fn answer(
    question: &[u8],
    uid: u32,
    (stream, house): (&UnixStream, &Arc<House>),
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let ask: Ask = match serde_json::from_slice(question) {
        Ok(ask) => ask,
        Err(error) => return Ok(Err(format!("the question cannot be read: {error}"))),
    };
    if ask.schema != SCHEMA {
        return Ok(Err("agent and lineshot are of different versions: install the same one of both".into()));
    }
    let Ask {
        schema: _,
        simulate: vehicle,
        snapshot: picture,
        card: view,
        aim,
        enrol,
        cameras,
        stop: halt,
        pause: rest,
        commission,
    } = ask;
    let asked = [
        vehicle.is_some(),
        picture.is_some(),
        view.is_some(),
        aim.is_some(),
        enrol.is_some(),
        cameras.is_some(),
        halt.is_some(),
        rest.is_some(),
        commission.is_some(),
    ];
    if asked.into_iter().filter(|asked| *asked).count() != 1 {
        let one =
            "ask for one thing: simulate, cameras, snapshot, card, aim, enrol, stop, pause or commission";
        return Ok(Err(one.into()));
    }
    if let Some(vehicle) = vehicle {
        return simulate(vehicle, uid, house, say);
    }
    if let Some(asked) = picture {
        return snapshot(&asked, uid, house, say);
    }
    if let Some(asked) = view {
        return card(&asked, uid, house, say);
    }
    if let Some(asked) = aim {
        return angle::aim(&asked, uid, house, say);
    }
    if let Some(asked) = enrol {
        return angle::enrol(&asked, uid, house, say);
    }
    if let Some(asked) = halt {
        return stop(&asked, uid, house, say);
    }
    if let Some(asked) = rest {
        return pause(&asked, uid, house, say);
    }
    if let Some(asked) = commission {
        return commissioned::hold(&asked, uid, (stream, house), say);
    }
    look_at_cameras(uid, house, say)
}

/// By anybody of the group: it only narrows. Says the number that a resume must name.
fn stop(
    asked: &StopAsked,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    if !asked.show {
        let reason: String = asked.reason.chars().filter(|c| !c.is_control()).take(200).collect();
        let stopped = house.halt.by_person(uid, &reason, &house.front);
        house.stopped();
        if let Err(error) = stopped {
            return Ok(Err(format!(
                "stopped, but not on record yet, so that nobody can lift it before the book takes it: {error}"
            )));
        }
    }
    match house.front.stops() {
        Ok(stops) if stops.is_empty() => say(&Answer::Text("no stop holds".to_owned()))?,
        Ok(stops) => {
            for stop in stops {
                say(&Answer::Text(format!("stopped: {}  by {}", stop.number, stop.door)))?;
            }
        }
        Err(error) => return Ok(Err(error.to_string())),
    }
    Ok(Ok(()))
}

fn pause(
    asked: &PauseAsked,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let now = house.clock.wall();
    if asked.minutes == 0 {
        return Ok(house.halt.end_pause(uid, &house.front, now));
    }
    let length = Duration::from_secs(u64::from(asked.minutes) * 60);
    let until = match house.halt.pause(uid, length, &house.front, now) {
        Ok(until) => until,
        Err(no) => return Ok(Err(no)),
    };
    house.closings.closed(None, Reason::Paused);
    say(&Answer::Text(format!("paused until {}", crate::lookout::rfc3339(until))))?;
    Ok(Ok(()))
}

/// By the bench permit: numbers alone, never when stopped, and each time on record.
fn look_at_cameras(
    uid: u32,
    house: &Arc<House>,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    if let Err(no) = house.bench.permit(house, house.stations().ready.values().map(|it| &**it)) {
        return Ok(Err(no));
    }
    let notice = Notice::new(NoticeKind::Bench, None, format!("cameras, by user {uid}"));
    if let Err(error) = house.front.note(&notice) {
        return Ok(Err(error.to_string()));
    }
    let stations = house.stations();
    let mut ready: Vec<_> = stations.ready.values().collect();
    ready.sort_by(|a, b| a.id.cmp(&b.id));
    for station in ready {
        for view in &station.views {
            say(&Answer::Look(bench::look(station, view, &*house.clock)))?;
        }
    }
    Ok(Ok(()))
}
