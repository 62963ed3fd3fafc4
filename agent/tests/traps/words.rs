//! What we say about ourselves: true for whoever asks the broker, at any time.

use std::time::Duration;

use lineshot_agent::plc::Board;

use crate::agent::{CONNECTION, SUBSCRIPTIONS, Setup};
use crate::broker::Broker;
use crate::relay::Relay;
use crate::{CONNACK, SUBACK};

const READY: &str = "lineshot/plant/line1/ready";
const ALARM: &str = "lineshot/plant/line1/alarm/camera";

#[tokio::test]
async fn what_is_up_is_up_again_after_the_broker_forgot_it_and_is_else_said_once() {
    let mut broker = Broker::open().await;
    let board = Board::default();
    board.set(READY, "yes");
    board.set(ALARM, "raised");
    let _agent = Setup { board: board.clone(), ..Setup::new(broker.port) }.start();
    let witness = broker.subscribe("lineshot/#").await;
    witness.lines.wait(1, "yes").await;
    witness.lines.wait(1, "raised").await;
    board.set(READY, "yes");
    board.set(ALARM, "");
    board.set(READY, "no");
    witness.lines.wait(1, "no").await;
    assert_eq!(witness.lines.count("yes"), 1);

    broker.kill();
    broker.restart().await;
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    let witness = broker.subscribe("lineshot/#").await;
    witness.lines.wait(1, "no").await;
    witness.lines.wait(1, "ONLINE").await;
    // It was taken down for good.
    assert_eq!((witness.lines.count("raised"), broker.stored(ALARM)), (0, None));
}

#[tokio::test]
async fn a_word_that_must_not_outlive_us_is_forgotten_by_the_broker_and_renewed_by_us() {
    let broker = Broker::open().await;
    let board = Board::default();
    let vouch = || board.set_expiring(READY, "yes", Duration::from_secs(2));
    vouch();
    let agent = Setup { board: board.clone(), ..Setup::new(broker.port) }.start();
    let witness = broker.subscribe(READY).await;
    for renewals in 1..4 {
        witness.lines.wait(renewals, "yes").await;
        vouch();
    }
    agent.kill().await;
    wait_until_forgotten(&broker);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_whose_owner_hangs_is_forgotten_by_the_broker_although_the_line_lives() {
    let broker = Broker::open().await;
    let board = Board::default();
    board.set_expiring(READY, "yes", Duration::from_secs(2));
    let agent = Setup { board: board.clone(), ..Setup::new(broker.port) }.start();
    let witness = broker.subscribe(READY).await;
    witness.lines.wait(1, "yes").await;
    wait_until_forgotten(&broker);
    let said = witness.lines.count("yes");
    agent.wait_until_current().await;
    assert_eq!(broker.log.count(CONNACK), 1);
    board.set_expiring(READY, "yes", Duration::from_secs(2));
    witness.lines.wait(said + 1, "yes").await;
}

fn wait_until_forgotten(broker: &Broker) {
    let asked = (0..10_000).take_while(|_| broker.stored(READY).is_some()).count();
    assert!(asked < 10_000);
}

#[tokio::test]
async fn a_broken_line_is_known_to_be_broken_and_one_that_was_ended_to_be_ended() {
    let broker = Broker::open().await;
    let relay = Relay::open(broker.port).await;
    let witness = broker.subscribe(CONNECTION).await;
    let agent = Setup::new(relay.port).start();
    witness.lines.wait(1, "ONLINE").await;
    relay.cut();
    witness.lines.wait(1, "CONNECTIONBROKEN").await;
    relay.let_through();
    witness.lines.wait(2, "ONLINE").await;
    agent.kill().await;
    witness.lines.wait(2, "CONNECTIONBROKEN").await;
    let agent = Setup::new(relay.port).start();
    witness.lines.wait(3, "ONLINE").await;
    agent.stop().await;
    witness.lines.wait(1, "OFFLINE").await;
    broker.log.wait(1, "Received DISCONNECT from trap").await;
    let late = broker.subscribe_as("late", CONNECTION).await;
    late.lines.wait(1, "OFFLINE").await;
    let broken = ["ONLINE", "CONNECTIONBROKEN"];
    assert_eq!(witness.lines.all(), [&broken[..], &broken, &["ONLINE", "OFFLINE"]].concat());
}

#[tokio::test]
async fn the_last_values_go_out_before_the_end_is_said() {
    let broker = Broker::open().await;
    let board = Board::default();
    board.set(READY, "yes");
    board.set(ALARM, "raised");
    let agent = Setup { board: board.clone(), ..Setup::new(broker.port) }.start();
    let witness = broker.subscribe("lineshot/#").await;
    witness.lines.wait(1, "yes").await;
    witness.lines.wait(1, "raised").await;
    witness.lines.wait(1, "ONLINE").await;
    board.set(READY, "no");
    board.set(ALARM, "");
    agent.stop().await;
    witness.lines.wait(1, "OFFLINE").await;
    let said = witness.lines.all();
    assert_eq!(said[said.len() - 2..], ["no", "OFFLINE"]);
    assert_eq!(broker.stored(ALARM), None);
}
