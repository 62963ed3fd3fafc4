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
//! Holds: a proof is of a pulse sent after it was asked for; one that was asked for on an earlier
//! connection, or while a subscription is missing, is not given.
//!
//! Limits: a message with QoS 0 may be lost before the broker or behind it; one with QoS 2 counts from its
//! release; a broker of several nodes may take a message at one and queue it at another; what the PLC
//! sends late, or the broker refuses to queue, is beyond us.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_domain::Mono;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long the broker may keep a pulse, and how long one that it took is waited for before the next is
/// sent: one that was queued behind unacknowledged messages.
pub(super) const LIFE: Duration = Duration::from_secs(5);

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
    /// Who waits for the next pulse.
    waiters: Vec<Waiter>,
}

/// A proof that was asked for.
#[derive(Debug)]
#[must_use = "a proof that nobody waits for proves nothing"]
pub struct Pending(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    answer: Mutex<Answer>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Answer {
    #[default]
    Open,
    Proven(Mono),
    Never,
}

/// The line's end of a [`Pending`]; dropped without an answer, there will be none.
#[derive(Debug)]
struct Waiter(Arc<Slot>);

impl Waiter {
    fn answer(&self, answer: Answer) {
        let mut now = lock(&self.0.answer);
        if *now == Answer::Open {
            *now = answer;
            self.0.changed.notify_all();
        }
    }

    fn is_there(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.answer(Answer::Never);
    }
}

impl LinkProof {
    /// The connection that is up.
    pub fn connection(&self) -> Option<u64> {
        lock(&self.0.asked).connection
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

impl Pending {
    /// When the proof came: everything that the broker had taken when it was asked for was heard before.
    ///
    /// Blocks until then, but no longer than `patience`. `None`: the connection is gone, the broker
    /// refuses, or does not answer in time.
    #[must_use]
    pub fn wait(self, patience: Duration) -> Option<Mono> {
        let open = |answer: &mut Answer| *answer == Answer::Open;
        let waited = self.0.changed.wait_timeout_while(lock(&self.0.answer), patience, open);
        match *waited.unwrap_or_else(PoisonError::into_inner).0 {
            Answer::Proven(at) => Some(at),
            Answer::Open | Answer::Never => None,
        }
    }
}

/// The line's side: at most one pulse under way.
#[derive(Debug)]
pub(super) struct Pulse {
    door: LinkProof,
    under_way: Option<UnderWay>,
    /// One is to be sent although nobody waits for it.
    owed: bool,
    /// One came back on this connection.
    current: bool,
    said_refused: bool,
    said_lost: bool,
}

#[derive(Debug)]
struct UnderWay {
    nonce: u64,
    waiters: Vec<Waiter>,
    /// When the broker acknowledged it.
    taken: Option<Instant>,
}

impl Pulse {
    pub(super) fn new(door: LinkProof) -> Pulse {
        Pulse { door, under_way: None, owed: false, current: false, said_refused: false, said_lost: false }
    }

    /// A new connection. `owed`: somebody has to know when all that the broker kept for us has come.
    pub(super) fn connected(&mut self, number: u64, owed: bool) {
        lock(&self.door.0.asked).connection = Some(number);
        self.owed = owed;
    }

    /// Whether all that the broker kept for us before this connection has come: a pulse came back since.
    pub(super) fn is_current(&self) -> bool {
        self.current
    }

    /// The connection is gone, and with it all that was asked for on it.
    pub(super) fn lost(&mut self) {
        let mut asked = lock(&self.door.0.asked);
        asked.connection = None;
        asked.waiters.clear();
        (self.under_way, self.owed, self.current) = (None, false, false);
    }

    /// Returns when a pulse is to be sent. May be dropped and called again at any time.
    pub(super) async fn due(&mut self) {
        loop {
            match &self.under_way {
                Some(UnderWay { taken: None, .. }) => std::future::pending().await,
                Some(UnderWay { taken: Some(at), .. }) => {
                    sleep_until(*at + LIFE).await;
                    self.gave_up();
                }
                None if self.owed || self.somebody_waits() => return,
                None => self.door.0.news.notified().await,
            }
        }
    }

    fn somebody_waits(&self) -> bool {
        let mut asked = lock(&self.door.0.asked);
        asked.waiters.retain(Waiter::is_there);
        !asked.waiters.is_empty()
    }

    fn gave_up(&mut self) {
        if !self.said_lost {
            self.said_lost = true;
            tracing::error!(
                "the broker took our pulse and did not send it back in time, so pictures are not proven: \
                 allow this user to read and write its `pulse` topic, and see why messages wait unacknowledged"
            );
        }
        if let Some(lost) = self.under_way.take() {
            lock(&self.door.0.asked).waiters.extend(lost.waiters);
        }
    }

    /// A pulse for all who have asked until now; its nonce.
    pub(super) fn begin(&mut self) -> u64 {
        let nonce = fastrand::u64(..);
        let waiters = std::mem::take(&mut lock(&self.door.0.asked).waiters);
        self.under_way = Some(UnderWay { nonce, waiters, taken: None });
        nonce
    }

    /// The broker took the pulse.
    pub(super) fn taken(&mut self, nonce: u64) {
        if let Some(pulse) = self.under_way.as_mut().filter(|pulse| pulse.nonce == nonce) {
            pulse.taken = Some(Instant::now());
        }
    }

    /// The broker refuses the pulse: nobody who waits for it gets a proof.
    pub(super) fn refused(&mut self, nonce: u64, reason: &dyn fmt::Debug) {
        let refused = self.under_way.take_if(|pulse| pulse.nonce == nonce).is_some();
        self.owed &= !refused;
        if refused && !self.said_refused {
            self.said_refused = true;
            tracing::error!(
                ?reason,
                "the broker refuses our pulse, so no picture is proven: \
                 allow this user to read and write its `pulse` topic"
            );
        }
    }

    /// A pulse came back at `at`; one that is not under way says nothing.
    pub(super) fn came_back(&mut self, nonce: u64, at: Mono) {
        if let Some(pulse) = self.under_way.take_if(|pulse| pulse.nonce == nonce) {
            (self.said_refused, self.said_lost) = (false, false);
            (self.owed, self.current) = (false, true);
            for waiter in pulse.waiters {
                waiter.answer(Answer::Proven(at));
            }
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.lost();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::ZERO;

    fn connected() -> (LinkProof, Pulse) {
        let door = LinkProof::default();
        let mut pulse = Pulse::new(door.clone());
        pulse.connected(1, false);
        (door, pulse)
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
        pulse.came_back(first, at(1));
        let second = pulse.begin();
        assert_eq!(early.wait(MOMENT), Some(at(1)));
        pulse.came_back(first, at(2));
        pulse.came_back(second, at(3));
        assert_eq!(late.map(|late| late.wait(MOMENT)), [Some(at(3)); 2]);
    }

    #[test]
    fn what_was_asked_for_on_a_connection_is_not_proven_on_another() {
        let (door, mut pulse) = connected();
        let (under_way, nonce, waiting) = (door.prove(1), pulse.begin(), door.prove(1));
        pulse.lost();
        let between = door.prove(1);
        pulse.connected(2, false);
        pulse.came_back(nonce, at(1));
        let next = pulse.begin();
        pulse.came_back(next, at(2));
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
        let (_door, mut pulse) = connected();
        for number in 2..4 {
            pulse.lost();
            pulse.connected(number, true);
            assert!(pulse.owed && !pulse.is_current());
            let nonce = pulse.begin();
            pulse.came_back(nonce + 1, at(1));
            assert!(!pulse.is_current(), "another one's");
            pulse.came_back(nonce, at(2));
            assert!(!pulse.owed && pulse.is_current());
        }
    }

    #[test]
    fn a_refused_pulse_that_nobody_waits_for_is_not_sent_for_ever() {
        let (_door, mut pulse) = connected();
        pulse.connected(2, true);
        let nonce = pulse.begin();
        pulse.refused(nonce, &"no");
        assert!(!pulse.owed && !pulse.is_current());
    }

    #[test]
    fn a_pulse_that_the_broker_took_and_lost_is_sent_again_for_those_who_still_wait() {
        let (door, mut pulse) = connected();
        let (patient, impatient) = (door.prove(1), door.prove(1));
        let lost = pulse.begin();
        pulse.taken(lost);
        assert_eq!(impatient.wait(MOMENT), None);
        pulse.gave_up();
        assert!(pulse.somebody_waits());
        assert_eq!(lock(&door.0.asked).waiters.len(), 1);
        let next = pulse.begin();
        pulse.came_back(next, at(1));
        assert_eq!(patient.wait(MOMENT), Some(at(1)));
        assert!(!pulse.somebody_waits());
    }
}
