//! One connection's acknowledgements, sent in the order in which the messages came.
//!
//! MQTT 5, 4.6 (MQTT-4.6.0-2): a client must send the PUBACKs in the order of the PUBLISHes. Brokers rely on
//! it: rumqttd 0.20 ends the connection on the first that comes out of turn. A pulse is done with at once and
//! an arrival when it is durable, so what is done with waits here for what came before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The acknowledgements that a connection owes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Acks(Arc<Mutex<VecDeque<Owed>>>);

#[derive(Debug)]
struct Owed {
    id: u16,
    is_done: bool,
}

impl Acks {
    /// A message with QoS 1 came.
    pub(super) fn owe(&self, id: u16) {
        self.with(|owed| owed.push_back(Owed { id, is_done: false }));
    }

    /// It is done with. `send` is given, oldest first, every packet id whose turn has come; what it cannot
    /// send stays owed. Whether it could send all of them.
    pub(super) fn done(&self, id: u16, mut send: impl FnMut(u16) -> bool) -> bool {
        self.with(|owed| {
            if let Some(it) = owed.iter_mut().find(|it| it.id == id && !it.is_done) {
                it.is_done = true;
            }
            while owed.front().is_some_and(|oldest| oldest.is_done) {
                if !send(owed[0].id) {
                    return false;
                }
                owed.pop_front();
            }
            true
        })
    }

    /// Whether nothing is owed.
    pub(super) fn is_empty(&self) -> bool {
        self.with(|owed| owed.is_empty())
    }

    fn with<T>(&self, what: impl FnOnce(&mut VecDeque<Owed>) -> T) -> T {
        // A panic between lock and unlock leaves an acknowledgement unsent: the message comes again.
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(sent: &mut Vec<u16>) -> impl FnMut(u16) -> bool {
        |id| {
            sent.push(id);
            true
        }
    }

    #[test]
    fn what_is_done_out_of_turn_waits_for_what_came_before_it() {
        let (acks, mut sent) = (Acks::default(), Vec::new());
        for id in [7, 3, 9] {
            acks.owe(id);
        }
        assert!(acks.done(9, all(&mut sent)) && sent.is_empty());
        assert!(acks.done(7, all(&mut sent)) && sent == [7]);
        assert!(!acks.is_empty());
        assert!(acks.done(3, all(&mut sent)) && sent == [7, 3, 9]);
        assert!(acks.is_empty());
    }

    #[test]
    fn what_found_no_room_stays_owed_and_nothing_overtakes_it() {
        let (acks, mut sent) = (Acks::default(), Vec::new());
        for id in [1, 2] {
            acks.owe(id);
        }
        assert!(!acks.done(1, |_| false));
        assert!(acks.done(2, all(&mut sent)) && sent == [1, 2]);
    }

    #[test]
    fn a_packet_id_may_come_again_once_it_was_acknowledged() {
        let (acks, mut sent) = (Acks::default(), Vec::new());
        for _ in 0..2 {
            acks.owe(5);
            assert!(acks.done(5, all(&mut sent)));
        }
        assert_eq!(sent, [5, 5]);
    }
}
