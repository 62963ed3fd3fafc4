//! Own retained publications: what this PC says about itself, for whoever asks the broker.
//!
//! Holds: the broker gets every change of a value, or the last of several quick ones, and everything anew
//! on every connection; a value that was given a life is renewed at half of it as long as its owner sets
//! it again and again, so that it outlives neither us nor an owner that hangs.
//!
//! Deliberately absent: the disk. After a restart the values are set again by whoever knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Pause after the broker refused a value.
const REST: Duration = Duration::from_secs(20);

/// How late the owner of a value may be on a busy machine.
const LATE: Duration = Duration::from_secs(5);

/// Values under way at a time: few enough to leave the client library's packet ids to others.
const MOST_UNDER_WAY: usize = 16;

/// The values. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    values: Mutex<Values>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Values {
    versions: u64,
    /// By topic.
    by_topic: BTreeMap<String, Value>,
}

#[derive(Debug)]
struct Value {
    payload: Vec<u8>,
    life: Option<Duration>,
    /// When its owner last set it, to this or to the same before.
    set: Instant,
    version: u64,
    state: State,
    said_refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be sent then.
    Due(Instant),
    /// Sent then, and not answered yet.
    UnderWay(Instant),
    /// The broker has it.
    Taken,
    /// Its owner has not set it again in time: the broker forgets it.
    Lapsed,
}

/// A value to be sent.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) life: Option<Duration>,
    pub(super) version: u64,
}

impl Board {
    /// Puts up a value of at most 8 KiB; an empty one takes it down. Never blocks.
    ///
    /// A value that is up already is not published again.
    pub fn set(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.put(topic, payload.into(), None);
    }

    /// Puts up a value that the broker forgets `life` (whole seconds, at least one) after we are gone, or
    /// at most one and a half lives and some seconds after it was last set.
    ///
    /// A value that is up already is not published again at once, but is vouched for anew.
    pub fn set_expiring(&self, topic: &str, payload: impl Into<Vec<u8>>, life: Duration) {
        self.put(topic, payload.into(), Some(life));
    }

    fn put(&self, topic: &str, payload: Vec<u8>, life: Option<Duration>) {
        let (mut values, set) = (self.lock(), Instant::now());
        let up = values.by_topic.get_mut(topic);
        if let Some(up) = up.filter(|up| up.payload == payload && up.life == life) {
            up.set = set;
            if up.state == State::Lapsed {
                up.state = State::Due(set);
                self.0.news.notify_one();
            }
            return;
        }
        values.versions += 1;
        let (version, state) = (values.versions, State::Due(set));
        let value = Value { payload, life, set, version, state, said_refused: false };
        values.by_topic.insert(topic.to_owned(), value);
        self.0.news.notify_one();
    }

    /// Leaves the value as the broker has it, and never sends it again.
    pub(super) fn forget(&self, topic: &str) {
        self.lock().by_topic.remove(topic);
    }

    /// A new connection: everything is sent again.
    pub(super) fn begin(&self) {
        for value in self.lock().by_topic.values_mut() {
            value.state = State::Due(Instant::now());
        }
    }

    /// The next value to send, as soon as there is one. May be dropped and called again at any time.
    pub(super) async fn next(&self) -> Entry {
        loop {
            let due = match self.lock().take_due(Instant::now(), MOST_UNDER_WAY) {
                Ok(entry) => return entry,
                Err(due) => due,
            };
            let in_time = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = in_time => {}
                () = self.0.news.notified() => {}
            }
        }
    }

    /// Everything that is to be sent now.
    pub(super) fn rest(&self) -> Vec<Entry> {
        let (mut values, now) = (self.lock(), Instant::now());
        std::iter::from_fn(|| values.take_due(now, usize::MAX).ok()).collect()
    }

    /// The broker took this version of a value.
    pub(super) fn taken(&self, topic: &str, version: u64) {
        let mut values = self.lock();
        let Some(value) = values.by_topic.get_mut(topic).filter(|value| value.version == version) else {
            return;
        };
        let State::UnderWay(sent) = value.state else { return };
        value.said_refused = false;
        value.state = value.life.map_or(State::Taken, |life| State::Due(sent + life / 2));
        if value.payload.is_empty() {
            values.by_topic.remove(topic);
        }
    }

    /// The broker refused this version of a value, which is sent again after a pause. Whether that is
    /// news.
    pub(super) fn refused(&self, topic: &str, version: u64) -> bool {
        let mut values = self.lock();
        let value = values.by_topic.get_mut(topic).filter(|value| value.version == version);
        value.is_some_and(|value| {
            value.state = State::Due(Instant::now() + REST);
            !std::mem::replace(&mut value.said_refused, true)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.0.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Value {
    /// Whether it may still be said: nothing is known of a value whose owner hangs.
    fn is_vouched_for(&self, now: Instant) -> bool {
        self.life.is_none_or(|life| now.duration_since(self.set) <= life / 2 + LATE)
    }
}

impl Values {
    /// A value that is due, or when the next will be.
    fn take_due(&mut self, now: Instant, most: usize) -> Result<Entry, Option<Instant>> {
        let under_way = |value: &&Value| matches!(value.state, State::UnderWay(_));
        if self.by_topic.values().filter(under_way).count() >= most {
            return Err(None);
        }
        let mut next: Option<Instant> = None;
        for (topic, value) in &mut self.by_topic {
            let State::Due(at) = value.state else { continue };
            if at <= now && !value.is_vouched_for(now) {
                value.state = State::Lapsed;
                continue;
            }
            if at <= now {
                value.state = State::UnderWay(now);
                let (topic, payload) = (topic.clone(), value.payload.clone());
                return Ok(Entry { topic, payload, life: value.life, version: value.version });
            }
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        Err(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(board: &Board, after: Duration) -> Vec<(String, String, u64)> {
        let (mut values, now) = (board.lock(), Instant::now() + after);
        let text = |entry: Entry| (entry.topic, String::from_utf8(entry.payload).unwrap(), entry.version);
        std::iter::from_fn(|| values.take_due(now, usize::MAX).ok().map(text)).collect()
    }

    fn value(topic: &str, payload: &str, version: u64) -> (String, String, u64) {
        (topic.into(), payload.into(), version)
    }

    const NOW: Duration = Duration::ZERO;
    const LATER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_value_is_sent_once_until_it_changes_or_the_connection_does() {
        let board = Board::default();
        board.set("a", "1");
        assert_eq!(due(&board, NOW), [value("a", "1", 1)]);
        board.set("a", "1");
        board.taken("a", 1);
        assert_eq!(due(&board, LATER), []);
        board.begin();
        assert_eq!(due(&board, NOW), [value("a", "1", 1)]);
        board.set("a", "2");
        board.set("a", "3");
        assert_eq!(due(&board, NOW), [value("a", "3", 3)]);
        board.taken("a", 1);
        board.begin();
        assert_eq!(due(&board, NOW), [value("a", "3", 3)]);
    }

    #[test]
    fn a_value_that_is_taken_down_is_forgotten_once_the_broker_knows() {
        let board = Board::default();
        board.set("a", "");
        for _ in 0..2 {
            board.begin();
            assert_eq!(due(&board, NOW), [value("a", "", 1)]);
        }
        board.taken("a", 1);
        board.begin();
        assert_eq!(due(&board, LATER), []);
    }

    #[test]
    fn a_value_with_a_life_is_renewed_at_half_of_it_and_one_without_never() {
        let board = Board::default();
        board.set("for ever", "1");
        board.set_expiring("ready", "yes", Duration::from_secs(60));
        for (topic, _, version) in due(&board, NOW) {
            board.taken(&topic, version);
        }
        assert_eq!(due(&board, Duration::from_secs(29)), []);
        assert_eq!(due(&board, Duration::from_secs(31)), [value("ready", "yes", 2)]);
    }

    #[test]
    fn a_value_whose_owner_hangs_is_renewed_no_more_until_he_sets_it_again() {
        let (board, life) = (Board::default(), Duration::from_secs(60));
        let ready = || [value("ready", "yes", 1)];
        board.set_expiring("ready", "yes", life);
        assert_eq!(due(&board, NOW), ready());
        board.taken("ready", 1);
        board.set_expiring("ready", "yes", life);
        assert_eq!(due(&board, NOW), [], "it is up already");
        assert_eq!(due(&board, life / 2), ready());
        board.taken("ready", 1);
        assert_eq!(due(&board, life), []);
        // A new connection is no reason to believe it again.
        board.lock().by_topic.get_mut("ready").unwrap().set -= life;
        board.begin();
        assert_eq!(due(&board, NOW), []);
        for again in 1..3 {
            board.set_expiring("ready", "yes", life);
            assert_eq!(due(&board, NOW).len(), usize::from(again == 1));
        }
    }

    #[test]
    fn a_refused_value_is_news_once_and_sent_again_after_a_pause() {
        let board = Board::default();
        board.set("a", "1");
        let sent = due(&board, NOW);
        assert!(board.refused("a", 1));
        assert_eq!(due(&board, NOW), []);
        assert_eq!(due(&board, REST), sent);
        assert!(!board.refused("a", 1));
    }

    #[test]
    fn no_more_than_some_values_are_under_way() {
        let board = Board::default();
        for n in 0..100 {
            board.set(&format!("{n}"), "1");
        }
        let mut values = board.lock();
        let sent = std::iter::from_fn(|| values.take_due(Instant::now(), MOST_UNDER_WAY).ok()).count();
        assert_eq!(sent, MOST_UNDER_WAY);
    }
}
