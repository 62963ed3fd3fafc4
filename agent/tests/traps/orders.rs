//! Orders: more of them than a broker queues for a client, and all of them known before the line is current.

use std::collections::BTreeMap;

use lineshot_agent::plc::SourceKind;
use tokio::select;

use crate::agent::{Agent, Setup};
use crate::broker::{Broker, in_time};
use crate::log::Log;
use crate::plc::Plc;
use crate::relay::Relay;

/// What mosquitto does if it is told nothing else.
const DEFAULTS: &str = "allow_anonymous true\nmax_inflight_messages 20\nmax_queued_messages 1000";

const ORDERS: usize = 3_000;

fn topic(order: usize) -> String {
    format!("mes/order/K{order}K/facts")
}

/// What was heard of each order until the line is current.
async fn hear_until_current(agent: &mut Agent) -> BTreeMap<String, String> {
    let mut orders = BTreeMap::new();
    let proof = agent.proof.clone();
    loop {
        select! {
            heard = agent.hear() => {
                assert!(!proof.is_current(), "{} heard", orders.len());
                orders.insert(heard.topic, String::from_utf8(heard.payload).unwrap());
                heard.ack.done();
            }
            () = wait_until(|| proof.is_current()) => return orders,
        }
    }
}

async fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_stored_order_is_heard_before_the_line_is_current_on_every_connection() {
    let broker = Broker::start(DEFAULTS).await;
    let log = Log::listen();
    let mut mes = Plc::connect(broker.port, "mes");
    let mut want = BTreeMap::new();
    let mut store = |orders: std::ops::Range<usize>, text: &str, want: &mut BTreeMap<_, _>| {
        for order in orders {
            mes.store(&topic(order), text);
            want.insert(topic(order), text.to_owned());
        }
    };
    store(0..ORDERS, "first", &mut want);
    let relay = Relay::open(broker.port).await;
    let sources = vec![("mes/order/+/facts", SourceKind::Orders)];
    let mut agent = Setup { sources, ..Setup::new(relay.port) }.start();
    assert!(hear_until_current(&mut agent).await == want);
    relay.cut();
    let proof = agent.proof.clone();
    in_time("the line is not current", wait_until(|| !proof.is_current())).await;
    store(1_000..2_100, "changed", &mut want);
    relay.let_through();
    assert!(hear_until_current(&mut agent).await == want);
    // QoS 0 is as it should be, and an order's number is nobody's business.
    assert_eq!((log.count("QoS"), log.count("K17K")), (0, 0));
}

/// A broker sends what is stored in one go, and drops what the wire does not take.
#[tokio::test]
async fn a_line_for_which_the_broker_dropped_stored_orders_is_never_current_and_it_is_said() {
    const DROPPED: &str = "the broker does not send all that is stored there";
    let mut broker = Broker::start(DEFAULTS).await;
    let log = Log::listen();
    let mut mes = Plc::connect(broker.port, "mes");
    let facts = "x".repeat(8_000);
    for order in 0..ORDERS {
        mes.store(&topic(order), &facts);
    }
    let relay = Relay::open(broker.port).await;
    relay.slow_down();
    let sources = vec![("mes/order/+/facts", SourceKind::Orders)];
    let mut agent = Setup { sources, ..Setup::new(relay.port) }.start();
    let mut count = 0;
    loop {
        select! {
            heard = agent.hear() => heard.ack.done(),
            () = log.wait(DROPPED) => break,
        }
        count += 1;
    }
    assert!(count < ORDERS, "{count}");
    assert!(!agent.proof.is_current());
    // Who has mended it restarts the broker.
    broker.kill();
    broker.restart_with("allow_anonymous true").await;
    agent.wait_until_current().await;
    assert_eq!(log.count(DROPPED), 1);
}
