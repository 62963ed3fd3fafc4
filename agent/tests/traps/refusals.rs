//! What the broker refuses: said once, with its mend, and tried again until a person has mended it.

use crate::agent::{ARRIVAL, Agent, MOMENT, Rows, SUBSCRIPTIONS, Setup, proven};
use crate::broker::{Broker, DEADLINE};
use crate::log::Log;
use crate::{CONNACK, SUBACK};

#[tokio::test]
async fn a_wrong_password_is_said_once_with_its_mend_and_tried_on() {
    const REFUSED: &str = "the broker refuses user or password: check both";
    let mut broker = Broker::start("allow_anonymous false").await;
    let log = Log::listen();
    let _agent = Setup { password: Some("hunter2"), ..Setup::new(broker.port) }.start();
    log.wait(REFUSED).await;
    broker.log.wait(2, "Sending CONNACK to").await;
    assert_eq!((log.count(REFUSED), log.count("hunter2")), (1, 0));

    broker.kill();
    broker.restart_with("allow_anonymous true").await;
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
}

#[tokio::test]
async fn a_broker_without_retained_messages_is_said_to_be_unfit() {
    let broker = Broker::start("allow_anonymous true\nretain_available false").await;
    let log = Log::listen();
    let _agent = Agent::start(broker.port);
    log.wait("the broker keeps no retained messages").await;
}

#[tokio::test]
async fn a_topic_that_may_not_be_used_is_named_and_used_as_soon_as_it_may() {
    // mosquitto's own ACL file never refuses a subscription; its plugin does, and refuses all at first.
    let broker = Broker::with_access_lists().await;
    let log = Log::listen();
    let rows = Rows::new([1]);
    let mut agent = Setup { rows: rows.clone(), ..Setup::new(broker.port) }.start();
    log.wait("the broker refuses the subscription").await;
    log.wait(ARRIVAL).await;
    log.wait("the broker refuses a publication").await;
    assert_eq!(proven(&agent.proof, 1, MOMENT).await, None);
    assert!(!agent.proof.is_current());

    broker.allow("subscribe");
    broker.allow("publishClientSend");
    rows.wait_until_empty().await;
    broker.log.wait(2 * SUBSCRIPTIONS, SUBACK).await;
    broker.publish(ARRIVAL, b"heard", &[]);
    agent.hear_unacknowledged(&["heard"]).await.remove(0).ack.done();
    agent.wait_until_current().await;
    assert!(proven(&agent.proof, 1, DEADLINE).await.is_some());
    assert_eq!(broker.log.count(CONNACK), 1);
}

#[tokio::test]
async fn a_pulse_that_may_not_be_sent_proves_nothing_and_is_said_once_with_its_mend() {
    const REFUSED: &str = "the broker refuses our pulse, so no picture is proven: allow this user";
    let broker = Broker::with_access_lists().await;
    broker.allow("subscribe");
    let log = Log::listen();
    let agent = Agent::start(broker.port);
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    for _ in 0..3 {
        assert_eq!(proven(&agent.proof, 1, DEADLINE).await, None);
    }
    assert_eq!(log.count(REFUSED), 1);

    broker.allow("publishClientSend");
    assert!(proven(&agent.proof, 1, DEADLINE).await.is_some());
    assert_eq!(broker.log.count(CONNACK), 1);
}
