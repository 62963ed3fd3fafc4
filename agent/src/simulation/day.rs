//! A day on the line, drawn by a number: which cars come, and what breaks.
//!
//! Holds: everything that a day does is written in its list, so that a shorter list is a smaller day.

use std::time::Duration;

use fastrand::Rng;
use lineshot_spool::model::Loss;

use super::store::Mood;

/// A car stays at least this long away from the one before: no line is quicker.
const GAP: u64 = 2_500;

/// What hangs for less than this between two pulses is not noticed, as `docs/promises.md` says.
const SHORTEST_HOLD: u64 = 1_300;

/// What happens, and when.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Duration,
    pub(crate) what: What,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Visit(Visit),
    Fault(Fault),
}

/// A car comes to the station and goes.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Which car; one that was here before comes again for rework.
    pub(crate) car: usize,
    /// Names its event.
    pub(crate) event: usize,
    pub(crate) stays: Duration,
    /// How long after it came its arrival is told.
    pub(crate) told_after: Duration,
    /// How often the event is sent again although it was accepted.
    pub(crate) again: usize,
    /// Whether it is told that it left.
    pub(crate) leave_is_told: bool,
}

/// Something that breaks, and for how long.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// SIGKILL of the agent at the change after so many more.
    KillAgent(usize),
    KillUploader(usize),
    /// Both at the change of the agent after so many more, and the disk forgets.
    PowerCut(usize, Loss),
    /// The network breaks the connection to the broker.
    Cut,
    /// The broker is killed; whether it forgets its session.
    KillBroker(bool, Duration),
    FreezeBroker(Duration),
    Store(Mood, Duration),
    FullDisk(Duration),
    Dark(Duration),
    /// The wall clock is set by so many milliseconds, and back.
    Clock(i64, Duration),
    /// The line runs by hand.
    Manual(Duration),
    /// Somebody stops by a message, and lifts it by a signature; whether what waits is destroyed.
    Stop(bool, Duration),
    /// What no reader understands, on the topic of arrivals.
    Rubbish,
    /// An old arrival that the broker had stored.
    Retained,
}

/// The day of this number.
pub(crate) fn day(seed: u64) -> Vec<Entry> {
    let mut rng = Rng::with_seed(seed);
    let (mut entries, mut now) = (Vec::new(), 60_000);
    // Some days are quiet: what is promised of them is more.
    let most_faults = [0, 3, 8, 20][rng.usize(..4)];
    for event in 0..rng.usize(10..40) {
        let mut visit = visit(&mut rng, event);
        let mut gap = GAP + rng.u64(0..30_000);
        if most_faults > 0 && rng.u8(..) < 50 {
            (visit.stays, visit.leave_is_told, gap) =
                (Duration::from_millis(rng.u64(1_500..9_000)), true, GAP);
            hurried(&mut rng, now, &mut entries);
        }
        let leaves = now + millis(visit.stays);
        entries.push(Entry { at: Duration::from_millis(now), what: What::Visit(visit) });
        now = leaves + gap;
    }
    for _ in 0..rng.usize(0..=most_faults) {
        // Most of them while a case is under way.
        let near = rng.usize(..entries.len());
        let at = millis(entries[near].at) + rng.u64(0..12_000);
        let what = What::Fault(fault(&mut rng));
        entries.push(Entry { at: Duration::from_millis(at), what });
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

/// A car that goes soon, and another comes at once; meanwhile the camera is late, and so are the words of the line.
fn hurried(rng: &mut Rng, now: u64, entries: &mut Vec<Entry>) {
    let mut time = |least: u64, most: u64| Duration::from_millis(rng.u64(least..most));
    let (dark, held, after) = (time(500, 9_000), time(SHORTEST_HOLD, 12_000), time(0, 5_000));
    let line = match rng.u8(..4) {
        0 => Fault::Cut,
        1 | 2 => Fault::FreezeBroker(held),
        _ => Fault::KillBroker(false, held),
    };
    for (at, fault) in [(Duration::ZERO, Fault::Dark(dark)), (after, line)] {
        entries.push(Entry { at: Duration::from_millis(now) + at, what: What::Fault(fault) });
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

fn visit(rng: &mut Rng, event: usize) -> Visit {
    let is_rework = event > 0 && rng.u8(..) < 25;
    let is_short = rng.u8(..) < 40;
    let stays = if is_short { rng.u64(1_500..60_000) } else { rng.u64(62_000..120_000) };
    Visit {
        car: if is_rework { rng.usize(..event) } else { event },
        event,
        stays: Duration::from_millis(stays),
        told_after: Duration::from_millis(if rng.u8(..) < 40 { rng.u64(0..1_400) } else { rng.u64(0..200) }),
        again: if rng.u8(..) < 40 { rng.usize(1..4) } else { 0 },
        // Who stays shorter than `dwell` must be heard to leave.
        leave_is_told: stays < 60_000 || rng.u8(..) < 200,
    }
}

fn fault(rng: &mut Rng) -> Fault {
    let mut seconds = |most: u64| Duration::from_millis(rng.u64(200..most * 1000));
    let (short, long) = (seconds(8), seconds(400));
    let loss = Loss { names: rng.usize(..=1000), contents: rng.usize(..=1000) };
    match rng.u8(..28) {
        0..4 => Fault::KillAgent(rng.usize(..60)),
        4..7 => Fault::KillUploader(rng.usize(..30)),
        7..11 => Fault::PowerCut(rng.usize(..60), loss),
        11 => Fault::Cut,
        12..14 => Fault::KillBroker(rng.bool(), long / 4),
        14 => Fault::FreezeBroker(short * 4 + Duration::from_millis(SHORTEST_HOLD)),
        15 => Fault::Store(Mood::Away, long),
        16 => Fault::Store(Mood::Mute, short),
        17 => Fault::Store(Mood::Denies, long),
        18 => Fault::Store(Mood::Vague, short),
        19 => Fault::Store(Mood::Picky, short),
        20 => Fault::FullDisk(long / 4),
        21 => Fault::Dark(long / 8),
        22 => Fault::Clock(rng.i64(-7_200_000..7_200_000), long),
        23 => Fault::Manual(long / 4),
        24 | 25 => Fault::Stop(rng.bool(), long / 4),
        26 => Fault::Rubbish,
        _ => Fault::Retained,
    }
}
