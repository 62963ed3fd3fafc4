//! The ways to lose messages, each against a real broker: stale acknowledgements, forgotten
//! publications, packets that come for ever, bursts, sessions, refusals. And what is said about the line
//! when it is broken, half open or blocked.
//!
//! Nothing sleeps: tests wait for what the broker's log, the wire or the line shows.
#![expect(clippy::unwrap_used, reason = "this whole crate is tests")]

mod agent;
mod broker;
mod deaf;
mod log;
mod orders;
mod plc;
mod proofs;
mod refusals;
mod relay;
mod secret;
mod sessions;
mod states;
mod words;

use std::collections::VecDeque;

use agent::{ARRIVAL, Agent, RECEIVE_MAXIMUM, Rows, SUBSCRIPTIONS, Setup, text_of};
use broker::Broker;
use lineshot_agent::plc::{EventError, Format, Heard, parse};
use relay::Relay;

const CONNACK: &str = "Sending CONNACK to trap";
const SUBACK: &str = "Sending SUBACK to trap";

/// The broker has lost the session, and new messages come with the packet ids of old ones. The old ones
/// are acknowledged only now: the new ones must be delivered to the next process all the same.
async fn acknowledge_late(broker: &Broker, mut agent: Agent, rows: &Rows, mut old: Vec<Heard>) {
    let mut new = Vec::new();
    // The line's own pulse has the first packet id, here as on the earlier connection.
    agent.wait_until_current().await;
    for text in ["new-1", "new-2", "new-3"] {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    while new.len() < 3 {
        let heard = agent.hear().await;
        if text_of(&heard).starts_with("old") { old.push(heard) } else { new.push(heard) }
    }
    for heard in old {
        heard.ack.done();
    }
    // A publication goes the same way: what was said before it has arrived when the broker answers.
    rows.add([1]);
    agent.wake.wake();
    rows.wait_until_empty().await;
    agent.kill().await;

    let mut next = Agent::start(broker.port);
    next.hear_unacknowledged(&["new-1", "new-2", "new-3"]).await;
}

#[tokio::test]
async fn an_acknowledgement_of_an_earlier_connection_takes_no_new_message_away() {
    let mut broker = Broker::open().await;
    let (relay, rows) = (Relay::open(broker.port).await, Rows::new([]));
    let mut agent = Setup { rows: rows.clone(), ..Setup::new(relay.port) }.start();
    agent.wait_until_current().await;
    let texts = ["old-1", "old-2", "old-3"];
    for text in texts {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    let old = agent.hear_unacknowledged(&texts).await;
    relay.cut();
    broker.kill();
    broker.restart().await;
    relay.let_through();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    acknowledge_late(&broker, agent, &rows, old).await;
}

#[tokio::test]
async fn a_message_read_in_the_moment_the_connection_breaks_takes_no_new_message_away() {
    let mut broker = Broker::open().await;
    let (relay, rows) = (Relay::open(broker.port).await, Rows::new([]));
    let agent = Setup { rows: rows.clone(), ..Setup::new(relay.port) }.start();
    agent.wait_until_current().await;
    relay.hold_back();
    for text in ["old-1", "old-2", "old-3"] {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    relay.wait_held("old-3").await;
    relay.cut();
    broker.kill();
    broker.restart().await;
    relay.let_through();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    acknowledge_late(&broker, agent, &rows, Vec::new()).await;
}

#[tokio::test]
async fn a_publication_that_the_broker_did_not_acknowledge_is_published_again() {
    let mut broker = Broker::open().await;
    let relay = Relay::closed(broker.port).await;
    let witness = broker.subscribe("own/#").await;
    relay.let_through();
    let rows = Rows::new(0..10);
    let agent = Setup { rows: rows.clone(), ..Setup::new(relay.port) }.start();
    witness.lines.wait(1, "row-9.").await;
    rows.wait_until_empty().await;

    broker.signal("-STOP");
    rows.add(10..30);
    agent.wake.wake();
    relay.wait_sent("row-10.").await;
    relay.cut();
    // It would come back under the same name, and drive the next one out.
    drop(witness);
    broker.kill();
    broker.restart().await;
    let witness = broker.subscribe("own/#").await;
    relay.let_through();
    rows.wait_until_empty().await;
    witness.lines.wait(1, "row-29.").await;
    let want: Vec<String> = (10..30).map(|id| format!("row-{id}.")).collect();
    assert_eq!(witness.lines.all(), want);
}

#[tokio::test]
async fn a_message_too_large_to_be_an_event_stops_no_other() {
    let broker = Broker::open().await;
    let agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    agent.stop().await;
    // The first kind is delivered, cut and acknowledged, more of them than may be in flight; the second
    // is dropped by the broker.
    let publish = |good: &[u8]| {
        for _ in 0..=RECEIVE_MAXIMUM {
            broker.publish(ARRIVAL, &vec![b'x'; 200_000], &[]);
        }
        broker.publish(ARRIVAL, &vec![b'y'; 4_500_000], &[]);
        broker.publish(ARRIVAL, good, &[]);
    };
    publish(b"while away");
    let mut agent = Agent::start(broker.port);
    for good in ["while away", "while here"] {
        for _ in 0..=RECEIVE_MAXIMUM {
            let heard = agent.hear().await;
            assert_eq!(parse(&Format::Text, &heard.payload), Err(EventError::Large));
            heard.ack.done();
        }
        agent.hear_unacknowledged(&[good]).await.remove(0).ack.done();
        if good == "while away" {
            publish(b"while here");
        }
    }
    assert_eq!(broker.log.count(CONNACK), 2);
}

/// What piled up at the broker while we were away: more than the client library has room for.
async fn backlog(broker: &Broker) -> Vec<String> {
    let agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    agent.stop().await;
    let backlog: Vec<String> = (0..1_500).map(|n| format!("event-{n}")).collect();
    broker.publish_lines(ARRIVAL, &backlog.join("\n"));
    backlog
}

async fn all_of_it_is_acknowledged_on_one_connection(broker: &Broker, agent: Agent, backlog: &[String]) {
    broker.log.wait(backlog.len(), "Received PUBACK from trap").await;
    // Some of these were for pulses of the line's own.
    agent.wait_until_current().await;
    assert_eq!(broker.log.count(CONNACK), 2);
    agent.stop().await;
    broker.publish(ARRIVAL, b"last", &[]);
    let _last = Agent::start(broker.port).hear_unacknowledged(&["last"]).await;
}

#[tokio::test]
async fn a_long_backlog_is_acknowledged_as_it_comes_and_none_of_it_comes_again() {
    let broker = Broker::open().await;
    let backlog = backlog(&broker).await;
    let mut agent = Agent::start(broker.port);
    for text in &backlog {
        agent.hear_unacknowledged(&[text]).await.remove(0).ack.done();
    }
    all_of_it_is_acknowledged_on_one_connection(&broker, agent, &backlog).await;
}

/// mosquitto answers each acknowledgement of a backlog with a receive maximum of messages, so that a
/// consumer could come to hold them all and then acknowledge them at once.
#[tokio::test]
async fn a_consumer_that_holds_what_it_gets_is_given_no_more_than_it_can_acknowledge() {
    let broker = Broker::open().await;
    let backlog = backlog(&broker).await;
    let mut agent = Setup { room: 2_000, ..Setup::new(broker.port) }.start();
    let mut held = VecDeque::new();
    for text in &backlog {
        held.extend(agent.hear_unacknowledged(&[text]).await);
        if held.len() >= usize::from(RECEIVE_MAXIMUM) && agent.heard.is_empty() {
            held.pop_front().unwrap().ack.done();
        }
    }
    for heard in held {
        heard.ack.done();
    }
    all_of_it_is_acknowledged_on_one_connection(&broker, agent, &backlog).await;
}

#[tokio::test]
async fn a_consumer_that_takes_its_time_does_not_cost_the_connection() {
    let broker = Broker::open().await;
    let mut agent = Setup { room: 1, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    let texts = ["1", "2", "3", "4", "5", "6", "7", "8"];
    for text in texts {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    broker.log.wait(2, "Sending PINGRESP to trap").await;
    let _unacknowledged = agent.hear_unacknowledged(&texts).await;
    assert_eq!(broker.log.count(CONNACK), 1);
}

#[tokio::test]
async fn a_message_that_could_not_be_recorded_is_delivered_again() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    agent.wait_until_current().await;
    broker.publish(ARRIVAL, b"1", &[]);
    broker.publish(ARRIVAL, b"2", &[]);
    let mut heard = agent.hear_unacknowledged(&["1", "2"]).await;
    heard.remove(1).ack.done();
    drop(heard);
    // What was recorded behind it was not acknowledged either: that would have been out of turn.
    for again in agent.hear_unacknowledged(&["1", "2"]).await {
        again.ack.done();
    }
    broker.publish(ARRIVAL, b"3", &[]);
    agent.hear_unacknowledged(&["3"]).await.remove(0).ack.done();
    assert_eq!(broker.log.count(CONNACK), 2);
}

/// MQTT 5, 4.6: whatever is recorded first.
#[tokio::test]
async fn acknowledgements_leave_in_the_order_in_which_the_messages_came() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    agent.wait_until_current().await;
    let texts = ["1", "2", "3", "4"];
    for text in texts {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    let mut heard = agent.hear_unacknowledged(&texts).await;
    for place in [3, 1, 0, 0] {
        heard.remove(place).ack.done();
    }
    // The line's own pulse was the first message of the session.
    broker.log.wait(1 + texts.len(), "Received PUBACK from trap").await;
    let order: Vec<String> =
        broker.log.all().into_iter().filter(|line| line.contains("Received PUBACK from trap")).collect();
    for (line, id) in order.iter().zip(1..) {
        assert!(line.contains(&format!("(Mid: {id}")), "{order:?}");
    }
}
