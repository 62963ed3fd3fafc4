//! What the broker keeps for us, what it may not send, and what comes with a message.

use std::time::Duration;

use lineshot_agent::plc::{Heard, Kind, Subject};

use crate::SUBACK;
use crate::agent::{ARRIVAL, Agent, DEPARTURE, SUBSCRIPTIONS, Setup, marriage, text_of};
use crate::broker::Broker;
use crate::log::Log;

#[tokio::test]
async fn what_a_killed_process_did_not_acknowledge_comes_to_the_next_in_order() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    agent.wait_until_current().await;
    for text in ["1", "2", "3"] {
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
    }
    let mut heard = agent.hear_unacknowledged(&["1", "2", "3"]).await;
    heard.remove(0).ack.done();
    broker.log.wait(1, "Received PUBACK from trap (Mid: 2").await;
    agent.kill().await;
    broker.publish(ARRIVAL, b"4", &[]);
    Agent::start(broker.port).hear_unacknowledged(&["2", "3", "4"]).await;
}

#[tokio::test]
async fn what_was_acknowledged_before_the_stop_does_not_come_again() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    agent.hear_unacknowledged(&["1"]).await.remove(0).ack.done();
    agent.stop().await;
    broker.log.wait(1, "Received DISCONNECT from trap").await;
    broker.publish(ARRIVAL, b"2", &[]);
    Agent::start(broker.port).hear_unacknowledged(&["2"]).await;
}

#[tokio::test]
async fn a_retained_message_never_comes_however_often_we_subscribe() {
    let broker = Broker::open().await;
    broker.publish(ARRIVAL, b"retained", &["-r"]);
    for (starts, text) in [(1, "live"), (2, "live again")] {
        let mut agent = Agent::start(broker.port);
        broker.log.wait(starts * SUBSCRIPTIONS, SUBACK).await;
        broker.publish(ARRIVAL, text.as_bytes(), &[]);
        let heard = agent.hear_unacknowledged(&[text]).await.remove(0);
        assert!(!heard.retain);
        heard.ack.done();
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_message_says_what_it_is_when_it_came_and_how_long_it_had_to_live() {
    let broker = Broker::open().await;
    let mut agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"short", &["-D", "publish", "message-expiry-interval", "100"]);
    broker.publish(DEPARTURE, b"", &[]);
    let arrival = agent.hear().await;
    let left = arrival.expiry.unwrap();
    assert!(Duration::ZERO < left && left <= Duration::from_secs(100), "{left:?}");
    assert_eq!((kind_of(&arrival), arrival.topic.as_str()), (Some(Kind::Arrival), ARRIVAL));
    let departure = agent.hear().await;
    assert_eq!((kind_of(&departure), departure.expiry), (Some(Kind::Departure), None));
    assert_eq!((departure.topic.as_str(), text_of(&departure)), (DEPARTURE, String::new()));
    assert!(arrival.received < departure.received && arrival.received_at < departure.received_at);
}

fn kind_of(heard: &Heard) -> Option<Kind> {
    match &heard.subject {
        Subject::Stay { station, kind, .. } if *station == marriage() => Some(*kind),
        _ => None,
    }
}

#[tokio::test]
async fn a_topic_that_is_no_longer_configured_is_unsubscribed_and_stands_in_nobodys_way() {
    let broker = Broker::open().await;
    let log = Log::listen();
    let agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    agent.stop().await;
    broker.publish(DEPARTURE, b"old", &[]);
    broker.publish(ARRIVAL, b"new", &[]);
    let topics = vec![(ARRIVAL, Kind::Arrival)];
    let mut agent = Setup { topics, ..Setup::new(broker.port) }.start();
    agent.hear_unacknowledged(&["new"]).await;
    broker.log.wait(1, "Received UNSUBSCRIBE from trap").await;
    // It might have been an order's.
    assert_eq!((log.count("configured no more"), log.count("departure"), log.count("marriage")), (1, 0, 0));
    broker.log.wait(1, "Received PUBACK from trap (Mid: 1").await;
}
