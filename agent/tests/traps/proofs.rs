//! When the line is proven, everything the broker had before is here; when it cannot be, it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lineshot_agent::plc::{Heard, Kind, SourceKind, Subject};
use lineshot_agent::stays::StayNumber;
use lineshot_domain::StayEnd;
use tokio::sync::mpsc;

use crate::agent::{ARRIVAL, Agent, DEPARTURE, MOMENT, PULSE, SUBSCRIPTIONS, Setup, marriage, proven};
use crate::broker::{Broker, DEADLINE, in_time};
use crate::plc::Plc;
use crate::relay::Relay;
use crate::{CONNACK, SUBACK};

/// In the broker's log: a publication of ours that is not retained.
const PULSED: &str = "Received PUBLISH from trap (d0, q1, r0";

#[tokio::test]
async fn a_live_line_is_proven_after_what_was_heard() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    let heard = agent.hear_unacknowledged(&["1"]).await.remove(0);
    let (connection, received) = (heard.connection, heard.received);
    heard.ack.done();
    assert!(proven(&agent.proof, connection, DEADLINE).await.unwrap() > received);
    for other in [connection - 1, connection + 1] {
        assert_eq!(proven(&agent.proof, other, DEADLINE).await, None);
    }
}

#[tokio::test]
async fn many_who_ask_at_once_share_pulses_and_all_are_answered() {
    let broker = Broker::open().await;
    let agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.signal("-STOP");
    let asked: Vec<_> = (0..100).map(|_| agent.proof.prove(1)).collect();
    let later = tokio::task::spawn_blocking(|| asked.into_iter().map(|each| each.wait(DEADLINE)).collect());
    broker.signal("-CONT");
    let answers: Vec<_> = in_time("all answers", later).await.unwrap();
    assert!(answers.iter().all(Option::is_some));
    // The first may have gone alone.
    assert!(broker.log.count(PULSED) <= 2);
}

#[tokio::test]
async fn a_broker_that_hangs_after_the_arrival_proves_nothing() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    let heard = agent.hear_unacknowledged(&["1"]).await.remove(0);
    broker.signal("-STOP");
    assert_eq!(proven(&agent.proof, heard.connection, MOMENT).await, None);
    broker.signal("-CONT");
    assert!(proven(&agent.proof, heard.connection, DEADLINE).await.is_some());
}

#[tokio::test]
async fn what_was_heard_on_an_earlier_connection_is_never_proven() {
    let broker = Broker::open().await;
    let relay = Relay::open(broker.port).await;
    let mut agent = Agent::start(relay.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    let heard = agent.hear_unacknowledged(&["1"]).await.remove(0);
    relay.hold_back();
    let pending = agent.proof.prove(heard.connection);
    relay.wait_sent(PULSE).await;
    broker.log.wait(1, "Sending PUBACK to trap").await;
    // The pulse has come back, but not to us: it dies with the connection.
    let waiting = tokio::task::spawn_blocking(move || pending.wait(DEADLINE));
    relay.lose();
    assert_eq!(in_time("an answer", waiting).await.unwrap(), None);
    relay.let_through();
    broker.log.wait(2, CONNACK).await;
    let again = agent.hear().await;
    assert_eq!(again.connection, heard.connection + 1);
    assert_eq!(proven(&agent.proof, heard.connection, DEADLINE).await, None);
    assert!(proven(&agent.proof, again.connection, DEADLINE).await.is_some());
}

/// Understands and acknowledges everything, in order; tells which stays began.
async fn admit(mut heard: mpsc::Receiver<Heard>, began: mpsc::UnboundedSender<(StayNumber, u64)>) {
    while let Some(message) = heard.recv().await {
        if let Subject::Stay { kind, word, .. } = message.subject {
            match kind {
                Kind::Arrival => {
                    let _test_is_over = began.send((word.arrived(None), message.connection)).is_err();
                }
                Kind::Departure => word.departed(None),
            }
        }
        message.ack.done();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_left_before_the_proof_was_asked_for_has_left_when_it_is_given() {
    let broker = Broker::open().await;
    let sources = vec![("orders/#", SourceKind::Orders)];
    let mut agent = Setup { sources, receive_maximum: 4, room: 4, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS + 1, SUBACK).await;
    let (began, mut stays_began) = mpsc::unbounded_channel();
    tokio::spawn(admit(agent.take_heard(), began));
    let over = Arc::new(AtomicBool::new(false));
    // The window is full nearly always: the broker holds messages back.
    let floods = ["flood-1", "flood-2"].map(|name| {
        let (over, mut plc) = (Arc::clone(&over), Plc::connect(broker.port, name));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                plc.publish("orders/1", "x");
            }
        })
    });
    let mut plc = Plc::connect(broker.port, "line");
    for turn in 0..300 {
        plc.publish(ARRIVAL, "");
        let (stay, connection) = in_time("an arrival", stays_began.recv()).await.unwrap();
        let left = turn % 3 > 0;
        if left {
            plc.publish(DEPARTURE, "");
        }
        let at = proven(&agent.proof, connection, DEADLINE).await.expect("the line lives");
        match agent.stays.end_of(&marriage(), stay) {
            Some(StayEnd::Departed(gone)) => assert!(left && gone < at, "{turn}"),
            other => assert!(!left && other.is_none(), "{turn}: {other:?}"),
        }
    }
    over.store(true, Ordering::Relaxed);
    for flood in floods {
        flood.join().unwrap();
    }
    assert_eq!(broker.log.count(CONNACK), 1);
}

/// The broker holds the departure back until something is acknowledged, and it must not be overtaken.
async fn nothing_is_proven_past_a_full_window(broker: &Broker, mut agent: Agent, mut held: Vec<Heard>) {
    broker.publish(DEPARTURE, b"gone", &[]);
    assert_eq!(proven(&agent.proof, 1, MOMENT).await, None);
    let pending = agent.proof.prove(1);
    let waiting = tokio::task::spawn_blocking(move || pending.wait(DEADLINE));
    // The line's own pulse came back; one has died in the queue.
    broker.log.wait(3, PULSED).await;
    held.remove(0).ack.done();
    let gone = agent.hear_unacknowledged(&["gone"]).await.remove(0);
    let received = gone.received;
    held.push(gone);
    for heard in held {
        heard.ack.done();
    }
    assert!(in_time("a proof", waiting).await.unwrap().unwrap() > received);
    assert_eq!(broker.log.count(CONNACK), 1);
}

#[tokio::test]
async fn a_departure_that_the_broker_holds_back_is_not_overtaken_by_the_proof() {
    let broker = Broker::open().await;
    let mut agent = Setup { receive_maximum: 2, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    broker.publish(ARRIVAL, b"2", &[]);
    let held = agent.hear_unacknowledged(&["1", "2"]).await;
    nothing_is_proven_past_a_full_window(&broker, agent, held).await;
}

/// mosquitto 2.0.11 counts what it drops as too large as in flight, so that its window is full long
/// before ours.
#[tokio::test]
async fn a_window_that_the_broker_alone_takes_for_full_is_not_overtaken_either() {
    let broker = Broker::open().await;
    let mut agent = Setup { receive_maximum: 3, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    for _ in 0..2 {
        broker.publish(ARRIVAL, &vec![b'y'; 4_500_000], &[]);
    }
    broker.publish(ARRIVAL, b"1", &[]);
    let held = agent.hear_unacknowledged(&["1"]).await;
    nothing_is_proven_past_a_full_window(&broker, agent, held).await;
}
