//! A broker that takes what we say and sends nothing: noticed although no event comes, and mended where a
//! new connection mends it.

use std::io::Write;

use lineshot_agent::plc::{Examined, Publishing, examine};
use lineshot_clock::MachineClock;

use crate::agent::{ARRIVAL, Agent, MOMENT, SUBSCRIPTIONS, Setup, proven};
use crate::broker::Broker;
use crate::log::Log;
use crate::{CONNACK, SUBACK};

const DEAF: &str = "the broker sends our pulses back no more";

/// More than a receive maximum of messages that the broker drops as too large: it counts them as in flight.
#[tokio::test]
async fn a_session_that_has_gone_deaf_is_heard_again_although_nobody_asks_for_a_proof() {
    let broker = Broker::open().await;
    let log = Log::listen();
    let mut agent = Agent::start(broker.port);
    agent.wait_until_current().await;
    for _ in 0..20 {
        broker.publish(ARRIVAL, &vec![b'y'; 4_500_000], &[]);
    }
    broker.publish(ARRIVAL, b"1", &[]);
    let heard = agent.hear_unacknowledged(&["1"]).await.remove(0);
    // The broker's log comes later than its words.
    broker.log.wait(2, CONNACK).await;
    assert_eq!((heard.connection, broker.log.count(CONNACK), log.count(DEAF)), (2, 2, 1));
    heard.ack.done();
    agent.wait_until_current().await;
}

/// mosquitto's own access list grants the subscription and sends nothing.
#[tokio::test]
async fn a_pulse_that_may_not_be_read_is_said_once_and_costs_no_arrival() {
    let mut rules = tempfile::NamedTempFile::new().unwrap();
    rules.write_all(b"topic readwrite plant/#\ntopic write lineshot/#\n").unwrap();
    let settings = format!("allow_anonymous true\nacl_file {}", rules.path().display());
    let broker = Broker::start(&settings).await;
    let log = Log::listen();
    let mut agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"1", &[]);
    agent.hear_unacknowledged(&["1"]).await.remove(0).ack.done();
    log.wait(DEAF).await;
    for connection in 2..4 {
        broker.log.wait(connection, CONNACK).await;
        broker.publish(ARRIVAL, b"2", &[]);
        let heard = agent.hear_unacknowledged(&["2"]).await.remove(0);
        assert_eq!(proven(&agent.proof, heard.connection, MOMENT).await, None);
        assert!(!agent.proof.is_current());
        heard.ack.done();
    }
    assert_eq!(log.count(DEAF), 1);
}

/// As `lineshot doctor` asks.
async fn examined(broker: &Broker) -> Examined {
    let setup = Setup::new(broker.port);
    let (link, topics) = (setup.link(), setup.topics());
    let examine = move || examine(&link, &topics, &[ARRIVAL.to_owned()], &MachineClock::start());
    tokio::task::spawn_blocking(examine).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_visit_finds_what_may_not_be_heard_and_what_may_be_said() {
    let broker = Broker::with_access_lists().await;
    let found = examined(&broker).await;
    assert!(found.deaf.len() == 3 && found.deaf[0] == ARRIVAL, "{found:?}");
    assert_eq!((&found.own, found.comes_back, found.too_much.len()), (&Publishing::Refused, false, 0));
    broker.allow("subscribe");
    let found = examined(&broker).await;
    assert_eq!((found.deaf.len(), &found.own), (0, &Publishing::Refused));
    broker.allow("publishClientSend");
    let found = examined(&broker).await;
    assert_eq!((&found.own, found.too_much), (&Publishing::Taken, vec![ARRIVAL.to_owned()]));
}
