//! Proof that the line to the broker lives, and that nothing waits in it: a pulse that goes to the broker
//! and comes back.
//!
//! The pulse is published with QoS 1 on a topic that this line itself is subscribed to. The broker puts it
//! behind everything it has queued for us; when it comes back on the same connection, all that the broker
//! had taken for us before the pulse has been received, and told to the stays, before it. So a departure
//! that the broker knew of when the proof was asked for is known here when the proof is given.
//!
//! The broker's acknowledgement alone would not prove that: it overtakes what the broker holds back while
//! a receive maximum of messages is unacknowledged, and how many the broker takes to be unacknowledged is
//! not known here (an acknowledgement of ours may be under way; mosquitto 2.0.11 counts messages that it
//! dropped as too large). Measured: with our own count as the condition, a departure was overtaken within
//! some twenty tries under load. So a pulse without a return proves nothing, whatever was acknowledged.
//!
//! A pulse that comes back says how the broker is now, and nothing of the time before: one that was held up
//! takes our pulse first when it goes on, and the departure from a PLC that has to connect anew later
//! (measured). So the line is watched from the arrival on, by pulses one after the other, and where more than
//! a second lies between two that came back, the watch is broken: no picture of that visit is proven. What
//! counts is the time from one return to the next, not how long one pulse was under way: a broker may freeze
//! just after the one and go on just after the next was sent.
//!
//! Holds: a proof is of a pulse sent after it was asked for; one that was asked for on an earlier
//! connection, or while a subscription is missing, is not given. A pulse goes out by itself, too: at once
//! when everything is subscribed to, and from time to time. Where they stop coming back although we owe
//! the broker nothing, the connection is given up: mosquitto 2.0.11 sends nothing more to a session for
//! which it dropped a receive maximum of messages as too large, and a new connection mends that (measured).
//!
//! Limits: a message with QoS 0 may be lost before the broker or behind it; one with QoS 2 counts from its
//! release; a broker of several nodes may take a message at one and queue it at another; what the PLC
//! sends late, or the broker refuses to queue, is beyond us.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_domain::Mono;
use tokio::select;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::pending::{Answer, Pending, Slot, Waiter};
use super::trouble::Trouble;

/// How long the broker may keep a pulse, and how long one is waited for before the next is sent: one that
/// was queued behind unacknowledged messages.
pub(super) const LIFE: Duration = Duration::from_secs(5);

/// How long after one pulse came back the next is sent, if nobody asks.
const EVERY: Duration = Duration::from_secs(20);

/// How often a line under watch is tried: a quarter of [`QUICK`], so that a broker may take some hundred
/// milliseconds for one.
const BEAT: Duration = Duration::from_millis(250);

/// Where nothing came back for longer, the broker held it up, and with it perhaps what others had to tell it:
/// who has to connect or to send anew is heard after our pulse. No vehicle leaves and is followed within this.
const QUICK: Duration = Duration::from_secs(1);

/// How long a pulse that came back speaks for the line: two that were sent for nobody, and one's life.
const CURRENT: Duration = Duration::from_secs(45);

/// So many lost pulses in a row are one too many: a single one may be lost by chance.
const MOST_LOST: u32 = 2;

/// Most that are waited for where connecting anew did not help: a connection in five minutes.
const MOST_LOST_IN_VAIN: u32 = 64;

/// The door to proofs of the line. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LinkProof(Arc<Door>);

#[derive(Debug, Default)]
struct Door {
    asked: Mutex<Asked>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Asked {
    /// The connection that is up.
    connection: Option<u64>,
    /// When the last pulse came back on it.
    returned: Option<Instant>,
    /// What the broker had kept for this connection.
    stored: Stored,
    /// Who waits for the next pulse.
    waiters: Vec<Waiter>,
    /// Held by every [`Watch`].
    watched: Arc<()>,
    /// Since when there was always one.
    watched_since: Option<Instant>,
    /// Pulses that were held up or lost.
    held_up: u64,
}

impl Asked {
    fn is_watched(&self) -> bool {
        Arc::strong_count(&self.watched) > 1
    }

    /// Until when the broker is known to have been quick, if the line is under watch: what came back last, or the begin
    /// of the watch.
    fn quick(&self) -> Option<Instant> {
        let since = self.watched_since.filter(|_| self.is_watched())?;
        Some(self.returned.map_or(since, |returned| returned.max(since)))
    }
}

/// A look at the line that lasts: as long as it is held, pulses go out, whoever asks.
#[derive(Debug)]
pub struct Watch {
    door: LinkProof,
    connection: u64,
    held_up: u64,
    _held: Arc<()>,
}

impl Watch {
    /// Whether the connection is the same, and no pulse was held up since the watch began: what was told to
    /// the broker meanwhile found it as quick as we did.
    #[must_use]
    pub fn is_unbroken(&self) -> bool {
        let asked = lock(&self.door.0.asked);
        asked.connection == Some(self.connection) && asked.held_up == self.held_up
    }
}

/// What the broker had kept for a connection: all that came before the first pulse.
#[derive(Debug, Default)]
struct Stored {
    messages: u64,
    /// How many messages the consumer has done with.
    settled: Arc<AtomicU64>,
}

impl LinkProof {
    /// The connection that is up.
    pub fn connection(&self) -> Option<u64> {
        lock(&self.0.asked).connection
    }

    /// Whether the line lives and speaks of now: on the connection that is up, everything is subscribed to,
    /// a pulse came back within the last 45 s, and all that the broker had stored or kept for us before the
    /// first one, such as every order, was done with by whoever takes the messages.
    pub fn is_current(&self) -> bool {
        let asked = lock(&self.0.asked);
        let is_taken_in = asked.stored.settled.load(Ordering::Acquire) >= asked.stored.messages;
        is_taken_in && asked.returned.is_some_and(|at| at.elapsed() < CURRENT)
    }

    /// Watches the line from now on.
    #[must_use]
    pub fn watch(&self, connection: u64) -> Watch {
        let mut asked = lock(&self.0.asked);
        if !asked.is_watched() {
            asked.watched_since = Some(Instant::now());
        }
        self.0.news.notify_one();
        Watch { door: self.clone(), connection, held_up: asked.held_up, _held: Arc::clone(&asked.watched) }
    }

    /// Asks for the proof that nothing waits on `connection` which the broker has taken before this call.
    /// Never blocks.
    pub fn prove(&self, connection: u64) -> Pending {
        let slot = Arc::new(Slot::default());
        let waiter = Waiter(Arc::clone(&slot));
        let mut asked = lock(&self.0.asked);
        if asked.connection == Some(connection) {
            asked.waiters.push(waiter);
            self.0.news.notify_one();
        }
        Pending(slot)
    }
}

/// The line's side: at most one pulse under way.
#[derive(Debug)]
pub(super) struct Pulse {
    door: LinkProof,
    under_way: Option<UnderWay>,
    /// When the last one was sent.
    began: Option<Instant>,
    /// When one is to be sent although nobody waits for it.
    owed: Instant,
    /// One came back on this connection.
    current: bool,
    /// How many were lost one after the other.
    lost: u32,
    /// How many of them end the connection.
    most_lost: u32,
    said_refused: bool,
    said_held: bool,
}

#[derive(Debug)]
struct UnderWay {
    nonce: u64,
    waiters: Vec<Waiter>,
    /// Until when the broker is known to have been quick; when this one was sent, if nobody watches.
    quick: Instant,
    /// When it was sent or, once the broker acknowledged it, when it did.
    since: Instant,
}

impl Pulse {
    pub(super) fn new(door: LinkProof) -> Pulse {
        Pulse {
            door,
            under_way: None,
            began: None,
            owed: Instant::now(),
            current: false,
            lost: 0,
            most_lost: MOST_LOST,
            said_refused: false,
            said_held: false,
        }
    }

    /// A new connection. `settled` counts the messages that the consumer has done with on it.
    pub(super) fn connected(&mut self, number: u64, settled: Arc<AtomicU64>) {
        let mut asked = lock(&self.door.0.asked);
        asked.connection = Some(number);
        asked.stored = Stored { messages: 0, settled };
        self.owed = Instant::now();
    }

    /// Whether all that the broker kept for us before this connection has come: a pulse came back since.
    pub(super) fn is_current(&self) -> bool {
        self.current
    }

    /// The connection is gone, and with it all that was asked for on it.
    pub(super) fn lost(&mut self) {
        let mut asked = lock(&self.door.0.asked);
        (asked.connection, asked.returned) = (None, None);
        asked.waiters.clear();
        (self.under_way, self.current, self.lost) = (None, false, 0);
    }

    /// Returns when a pulse is to be sent. May be dropped and called again at any time.
    ///
    /// `is_idle`: the broker waits for no acknowledgement of ours, so that it has no reason to hold a pulse
    /// back.
    ///
    /// # Errors
    /// [`Trouble::Deaf`] if pulses do not come back.
    pub(super) async fn due(&mut self, is_idle: bool) -> Result<(), Trouble> {
        loop {
            if let Some(UnderWay { since, .. }) = &self.under_way {
                sleep_until(*since + LIFE).await;
                self.gave_up(is_idle)?;
            } else if self.somebody_waits() {
                return Ok(());
            } else {
                select! {
                    () = sleep_until(self.next_beat()) => return Ok(()),
                    () = self.door.0.news.notified() => {}
                }
            }
        }
    }

    fn somebody_waits(&self) -> bool {
        let mut asked = lock(&self.door.0.asked);
        asked.waiters.retain(Waiter::is_there);
        !asked.waiters.is_empty()
    }

    /// When the line is to be tried though nobody waits for the answer.
    fn next_beat(&self) -> Instant {
        match self.began {
            Some(began) if lock(&self.door.0.asked).is_watched() => self.owed.min(began + BEAT),
            _ => self.owed,
        }
    }

    fn gave_up(&mut self, is_idle: bool) -> Result<(), Trouble> {
        if let Some(lost) = self.under_way.take() {
            let mut asked = lock(&self.door.0.asked);
            asked.waiters.extend(lost.waiters);
            asked.held_up += 1;
        }
        self.owed = Instant::now();
        if is_idle {
            self.lost += 1;
        } else if !self.said_held {
            self.said_held = true;
            tracing::error!(
                "the broker holds our pulse back while events wait to be recorded, so pictures are not \
                 proven: see whether disk or processor is overloaded"
            );
        }
        if self.lost < self.most_lost {
            return Ok(());
        }
        if !self.current {
            self.most_lost = (2 * self.most_lost).min(MOST_LOST_IN_VAIN);
        }
        Err(Trouble::Deaf)
    }

    /// A pulse for all who have asked until now; its nonce.
    pub(super) fn begin(&mut self) -> u64 {
        let nonce = fastrand::u64(..);
        let now = Instant::now();
        self.began = Some(now);
        let mut asked = lock(&self.door.0.asked);
        let waiters = std::mem::take(&mut asked.waiters);
        let quick = asked.quick().unwrap_or(now);
        drop(asked);
        self.under_way = Some(UnderWay { nonce, waiters, quick, since: now });
        nonce
    }

    /// The broker took the pulse.
    pub(super) fn taken(&mut self, nonce: u64) {
        if let Some(pulse) = self.under_way.as_mut().filter(|pulse| pulse.nonce == nonce) {
            pulse.since = Instant::now();
        }
    }

    /// The broker refuses the pulse: nobody who waits for it gets a proof.
    pub(super) fn refused(&mut self, nonce: u64, reason: &dyn fmt::Debug) {
        if self.under_way.take_if(|pulse| pulse.nonce == nonce).is_none() {
            return;
        }
        self.owed = Instant::now() + EVERY;
        if !self.said_refused {
            self.said_refused = true;
            tracing::error!(
                ?reason,
                "the broker refuses our pulse, so no picture is proven: \
                 allow this user to read and write its `pulse` topic"
            );
        }
    }

    /// A pulse came back at `at`, behind so many `messages` of this connection; one that is not under way
    /// says nothing.
    pub(super) fn came_back(&mut self, nonce: u64, at: Mono, messages: u64) {
        let Some(pulse) = self.under_way.take_if(|pulse| pulse.nonce == nonce) else { return };
        (self.said_refused, self.said_held) = (false, false);
        (self.lost, self.most_lost) = (0, MOST_LOST);
        let now = Instant::now();
        self.owed = now + EVERY;
        let mut asked = lock(&self.door.0.asked);
        asked.returned = Some(now);
        if now - pulse.quick > QUICK {
            asked.held_up += 1;
        }
        if !std::mem::replace(&mut self.current, true) {
            asked.stored.messages = messages;
        }
        for waiter in pulse.waiters {
            waiter.answer(Answer::Proven(at));
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.lost();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::ZERO;

    fn connected() -> (LinkProof, Pulse) {
        let door = LinkProof::default();
        let mut pulse = Pulse::new(door.clone());
        pulse.connected(1, Arc::default());
        (door, pulse)
    }

    /// The next pulse is sent, and is never heard of again.
    fn lose(pulse: &mut Pulse, is_idle: bool) -> Result<(), Trouble> {
        let _nonce = pulse.begin();
        pulse.gave_up(is_idle)
    }

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    #[test]
    fn a_pulse_that_was_sent_before_somebody_asked_is_no_proof_for_him() {
        let (door, mut pulse) = connected();
        let early = door.prove(1);
        let first = pulse.begin();
        let late = [door.prove(1), door.prove(1)];
        pulse.came_back(first, at(1), 0);
        let second = pulse.begin();
        assert_eq!(early.wait(MOMENT), Some(at(1)));
        pulse.came_back(first, at(2), 0);
        pulse.came_back(second, at(3), 0);
        assert_eq!(late.map(|late| late.wait(MOMENT)), [Some(at(3)); 2]);
    }

    #[test]
    fn a_watch_is_broken_by_a_pulse_that_was_held_up_or_by_another_connection_and_by_nothing_else() {
        let (door, mut pulse) = connected();
        let watch = door.watch(1);
        let quick = pulse.begin();
        pulse.came_back(quick, at(1), 0);
        assert!(watch.is_unbroken());
        let slow = pulse.begin();
        let returned = || lock(&door.0.asked).returned;
        assert_eq!(Some(pulse.under_way.as_ref().unwrap().quick), returned(), "from one return to the next");
        pulse.under_way.as_mut().unwrap().quick -= QUICK + BEAT;
        pulse.came_back(slow, at(2), 0);
        assert!(!watch.is_unbroken());
        drop(watch);
        let unwatched = pulse.begin();
        assert_ne!(Some(pulse.under_way.as_ref().unwrap().quick), returned(), "nobody looked meanwhile");
        pulse.came_back(unwatched, at(3), 0);
        let again = door.watch(1);
        let _first = pulse.begin();
        assert_ne!(Some(pulse.under_way.as_ref().unwrap().quick), returned(), "nobody looked before");
        drop(again);
        pulse.under_way = None;
        let later = door.watch(1);
        assert!(later.is_unbroken());
        lose(&mut pulse, true).unwrap();
        assert!(!later.is_unbroken(), "a pulse that never came back");
        let last = door.watch(1);
        pulse.lost();
        assert!(!last.is_unbroken());
        pulse.connected(2, Arc::default());
        assert!(!last.is_unbroken());
    }

    #[test]
    fn the_line_beats_as_long_as_somebody_watches_it() {
        let (door, mut pulse) = connected();
        let nonce = pulse.begin();
        pulse.came_back(nonce, at(1), 0);
        assert_eq!(pulse.next_beat(), pulse.owed);
        let watch = door.watch(1);
        assert_eq!(pulse.next_beat(), pulse.began.unwrap() + BEAT);
        drop(watch);
        assert_eq!(pulse.next_beat(), pulse.owed);
    }

    #[test]
    fn what_was_asked_for_on_a_connection_is_not_proven_on_another() {
        let (door, mut pulse) = connected();
        let (under_way, nonce, waiting) = (door.prove(1), pulse.begin(), door.prove(1));
        pulse.lost();
        let between = door.prove(1);
        pulse.connected(2, Arc::default());
        pulse.came_back(nonce, at(1), 0);
        let next = pulse.begin();
        pulse.came_back(next, at(2), 0);
        for pending in [under_way, waiting, between, door.prove(1)] {
            assert_eq!(pending.wait(MOMENT), None);
        }
    }

    #[test]
    fn nobody_waits_for_a_line_that_is_gone_or_a_pulse_that_was_refused() {
        let forever = Duration::MAX;
        let (door, mut pulse) = connected();
        let refused = door.prove(1);
        let nonce = pulse.begin();
        pulse.refused(nonce, &"no");
        assert_eq!(refused.wait(forever), None);
        let dropped = door.prove(1);
        drop(pulse);
        assert_eq!((dropped.wait(forever), door.prove(1).wait(forever)), (None, None));
        assert_eq!(LinkProof::default().prove(1).wait(forever), None);
    }

    #[test]
    fn a_connection_is_current_once_a_pulse_came_back_on_it() {
        let (door, mut pulse) = connected();
        for number in 2..4 {
            pulse.lost();
            assert!(!door.is_current());
            pulse.connected(number, Arc::default());
            assert!(pulse.owed <= Instant::now() && !pulse.is_current());
            let nonce = pulse.begin();
            pulse.came_back(nonce + 1, at(1), 0);
            assert!(!pulse.is_current() && !door.is_current(), "another one's");
            pulse.came_back(nonce, at(2), 0);
            assert!(pulse.owed > Instant::now() && pulse.is_current() && door.is_current());
        }
    }

    #[test]
    fn a_pulse_that_came_back_speaks_for_some_time() {
        let (door, mut pulse) = connected();
        let nonce = pulse.begin();
        pulse.came_back(nonce, at(1), 0);
        for (age, current) in [(44, true), (46, false)] {
            lock(&door.0.asked).returned = Instant::now().checked_sub(Duration::from_secs(age));
            assert_eq!(door.is_current(), current, "{age} s");
        }
    }

    #[test]
    fn what_the_broker_had_kept_is_done_with_before_the_line_is_current_and_later_messages_change_nothing() {
        let (door, mut pulse) = connected();
        let settled = Arc::new(AtomicU64::new(0));
        pulse.connected(2, Arc::clone(&settled));
        let nonce = pulse.begin();
        pulse.came_back(nonce, at(1), 2);
        for current in [false, false, true] {
            assert_eq!(door.is_current(), current);
            settled.fetch_add(1, Ordering::Release);
        }
        let nonce = pulse.begin();
        pulse.came_back(nonce, at(2), 9);
        assert!(door.is_current());
    }

    #[test]
    fn a_refused_pulse_that_nobody_waits_for_is_sent_again_later_only() {
        let (door, mut pulse) = connected();
        let nonce = pulse.begin();
        pulse.refused(nonce, &"no");
        assert!(pulse.owed > Instant::now() && !pulse.is_current() && !door.is_current());
    }

    #[test]
    fn two_lost_pulses_in_a_row_end_the_connection_and_one_does_not() {
        let (_door, mut pulse) = connected();
        for _ in 0..2 {
            assert_eq!(lose(&mut pulse, true), Ok(()));
            let nonce = pulse.begin();
            pulse.came_back(nonce, at(1), 0);
        }
        assert_eq!([(); 2].map(|()| lose(&mut pulse, true)), [Ok(()), Err(Trouble::Deaf)]);
    }

    #[test]
    fn pulses_that_may_be_held_back_for_our_own_slowness_end_no_connection() {
        let (_door, mut pulse) = connected();
        for _ in 0..100 {
            assert_eq!(lose(&mut pulse, false), Ok(()));
        }
    }

    #[test]
    fn a_broker_that_never_sends_a_pulse_back_costs_ever_fewer_connections() {
        let (_door, mut pulse) = connected();
        let mut lost_before_each = Vec::new();
        for _ in 0..8 {
            let held = (1..1_000).find(|_| lose(&mut pulse, true).is_err());
            lost_before_each.extend(held);
            pulse.lost();
            pulse.connected(2, Arc::default());
        }
        assert_eq!(lost_before_each, [2, 4, 8, 16, 32, 64, 64, 64]);
        let nonce = pulse.begin();
        pulse.came_back(nonce, at(1), 0);
        assert_eq!((1..1_000).find(|_| lose(&mut pulse, true).is_err()), Some(2));
    }

    #[test]
    fn a_pulse_that_the_broker_took_and_lost_is_sent_again_for_those_who_still_wait() {
        let (door, mut pulse) = connected();
        let (patient, impatient) = (door.prove(1), door.prove(1));
        let lost = pulse.begin();
        pulse.taken(lost);
        assert_eq!(impatient.wait(MOMENT), None);
        assert_eq!(pulse.gave_up(true), Ok(()));
        assert!(pulse.somebody_waits());
        assert_eq!(lock(&door.0.asked).waiters.len(), 1);
        let next = pulse.begin();
        pulse.came_back(next, at(1), 0);
        assert_eq!(patient.wait(MOMENT), Some(at(1)));
        assert!(!pulse.somebody_waits());
    }
}
