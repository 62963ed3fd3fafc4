//! One connection's acknowledgements, sent in the order in which the messages came.
//!
//! MQTT 5, 4.6 (MQTT-4.6.0-2): a client must send the PUBACKs in the order of the PUBLISHes. Brokers rely on
//! it: rumqttd 0.20 ends the connection on the first that comes out of turn. A pulse is done with at once and
//! an arrival when it is durable, so what is done with waits here for what came before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Publish;

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

    /// It is done with, and [sent](Acks::send) if its turn has come.
    pub(super) fn done(&self, id: u16, send: impl FnMut(u16) -> bool) {
        self.with(|owed| {
            if let Some(it) = owed.iter_mut().find(|it| it.id == id && !it.is_done) {
                it.is_done = true;
            }
        });
        self.send(send);
    }

    /// Gives `send`, oldest first, every packet id whose turn has come. What finds no room stays owed until
    /// this is called again.
    pub(super) fn send(&self, mut send: impl FnMut(u16) -> bool) {
        self.with(|owed| {
            while owed.front().is_some_and(|oldest| oldest.is_done) && send(owed[0].id) {
                owed.pop_front();
            }
        });
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

/// Hands an acknowledgement to the client library, if that has room. Nobody waits for it once the connection
/// is gone.
pub(super) fn sending(client: &AsyncClient) -> impl FnMut(u16) -> bool {
    |pkid| client.try_ack(&Publish { pkid, qos: QoS::AtLeastOnce, ..Publish::default() }).is_ok()
}

/// The packet id that is to be acknowledged, if any is.
pub(super) fn owed(message: &Publish) -> Option<u16> {
    (message.qos == QoS::AtLeastOnce).then_some(message.pkid)
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
        acks.done(9, all(&mut sent));
        assert!(sent.is_empty());
        acks.done(7, all(&mut sent));
        assert_eq!(sent, [7]);
        assert!(!acks.is_empty());
        acks.done(3, all(&mut sent));
        assert_eq!(sent, [7, 3, 9]);
        assert!(acks.is_empty());
    }

    #[test]
    fn what_found_no_room_stays_owed_and_nothing_overtakes_it() {
        let (acks, mut sent) = (Acks::default(), Vec::new());
        for id in [1, 2] {
            acks.owe(id);
        }
        acks.done(1, |_| false);
        assert!(!acks.is_empty());
        acks.send(all(&mut sent));
        assert_eq!(sent, [1]);
        acks.done(2, all(&mut sent));
        assert_eq!(sent, [1, 2]);
    }

    #[test]
    fn a_packet_id_may_come_again_once_it_was_acknowledged() {
        let (acks, mut sent) = (Acks::default(), Vec::new());
        for _ in 0..2 {
            acks.owe(5);
            acks.done(5, all(&mut sent));
        }
        assert_eq!(sent, [5, 5]);
    }
}
