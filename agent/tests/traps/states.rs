//! States that are kept elsewhere: their last word comes at every start, and every change.

use lineshot_agent::plc::{Heard, SourceKind, Subject};

use crate::SUBACK;
use crate::agent::{ARRIVAL, Agent, SUBSCRIPTIONS, Setup, text_of};
use crate::broker::Broker;
use crate::relay::Relay;

fn source_of(heard: &Heard) -> Option<SourceKind> {
    match heard.subject {
        Subject::Source(source) => Some(source),
        Subject::Stay { .. } => None,
    }
}

#[tokio::test]
async fn a_state_comes_at_every_start_and_on_every_connection_although_the_session_exists() {
    let broker = Broker::open().await;
    let relay = Relay::open(broker.port).await;
    broker.publish("line/state", b"stands", &["-r"]);
    let sources = || vec![("line/state", SourceKind::LineState), ("line/state", SourceKind::LineState)];
    for start in 0..2 {
        let mut agent = Setup { sources: sources(), ..Setup::new(relay.port) }.start();
        for connection in 0..2 {
            let state = agent.hear_unacknowledged(&["stands"]).await.remove(0);
            assert_eq!((source_of(&state), state.retain), (Some(SourceKind::LineState), true));
            state.ack.done();
            let times = 2 * start + connection + 1;
            broker.log.wait(times, "Received PUBACK from trap").await;
            relay.cut();
            broker.log.wait(times, "trap closed its connection").await;
            relay.let_through();
        }
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_change_of_a_state_comes_in_order_with_the_arrivals() {
    let broker = Broker::open().await;
    let sources = vec![("line/state", SourceKind::LineState)];
    let mut agent = Setup { sources, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS + 1, SUBACK).await;
    agent.wait_until_current().await;
    broker.publish(ARRIVAL, b"1", &[]);
    broker.publish("line/state", b"runs", &["-r"]);
    broker.publish(ARRIVAL, b"2", &[]);
    let heard = agent.hear_unacknowledged(&["1", "runs", "2"]).await;
    assert_eq!(heard.iter().map(source_of).collect::<Vec<_>>(), [None, Some(SourceKind::LineState), None]);
    assert!(!heard[1].retain);
}

#[tokio::test]
async fn a_word_of_the_line_that_the_broker_kept_while_we_were_away_is_no_word_of_now() {
    for keeps_all in [false, true] {
        let settings = format!("allow_anonymous true\nqueue_qos0_messages {keeps_all}");
        let broker = Broker::start(&settings).await;
        let sources = || vec![("line/state", SourceKind::LineState)];
        let agent = Setup { sources: sources(), ..Setup::new(broker.port) }.start();
        broker.log.wait(SUBSCRIPTIONS + 1, SUBACK).await;
        agent.stop().await;
        broker.publish("line/state", b"AUTO", &[]);
        broker.publish(ARRIVAL, b"1", &[]);
        let mut agent = Setup { sources: sources(), ..Setup::new(broker.port) }.start();
        if keeps_all {
            assert!(agent.hear_unacknowledged(&["AUTO"]).await[0].retain);
        }
        agent.hear_unacknowledged(&["1"]).await.remove(0).ack.done();
        // Behind what was kept comes the pulse, and what is said after it counts.
        agent.wait_until_current().await;
        broker.publish("line/state", b"MANUAL", &[]);
        assert!(!agent.hear_unacknowledged(&["MANUAL"]).await[0].retain);
    }
}

#[tokio::test]
async fn orders_come_by_wildcard_and_say_which_they_are() {
    let broker = Broker::open().await;
    broker.publish("mes/order/17/facts", b"stored", &["-r"]);
    let sources = vec![("mes/order/+/facts", SourceKind::Orders)];
    let mut agent = Setup { sources, ..Setup::new(broker.port) }.start();
    let stored = agent.hear().await;
    broker.log.wait(SUBSCRIPTIONS + 1, SUBACK).await;
    broker.publish("mes/order/18/facts", b"live", &[]);
    let live = agent.hear().await;
    for (heard, topic, text, retain) in
        [(stored, "mes/order/17/facts", "stored", true), (live, "mes/order/18/facts", "live", false)]
    {
        assert_eq!(source_of(&heard), Some(SourceKind::Orders));
        assert_eq!((heard.topic.as_str(), text_of(&heard).as_str(), heard.retain), (topic, text, retain));
        heard.ack.done();
    }
}

#[tokio::test]
async fn a_deny_list_may_be_long_and_one_that_is_too_long_is_cut_where_it_shows() {
    let broker = Broker::open().await;
    let most = SourceKind::DenyList.max_payload();
    let sources = vec![("mes/denied", SourceKind::DenyList)];
    let mut agent = Setup { sources, ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS + 1, SUBACK).await;
    for (sent, comes) in [(most, most), (most + 1, most + 1), (2 * most, most + 1)] {
        broker.publish("mes/denied", &vec![b'x'; sent], &["-r"]);
        let heard = agent.hear().await;
        assert_eq!(heard.payload.len(), comes);
        heard.ack.done();
    }
    Agent::stop(agent).await;
}
