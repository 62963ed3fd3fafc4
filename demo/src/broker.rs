//! The embedded MQTT broker: rumqttd, behind a door through which the agent comes.
//!
//! Holds: it listens on loopback alone, on free ports. The plant's side is always open; the line PC's side can
//! be cut, and the broker then keeps the agent's session and what comes for it, as a plant's broker would.
//!
//! Deliberately absent: users, TLS, a memory that outlives the process. It is in no package.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::{Context, Result, bail};
use rumqttd::{Config, ConnectionSettings, RouterConfig, ServerSettings};
use tokio::net::TcpStream;
use tokio::time::{Duration, sleep};

use crate::door::Door;

/// As a plant's broker is set up: payloads up to a mebibyte.
const MOST_PAYLOAD: usize = 1024 * 1024;

/// How often, and how many times, a broker that was just started is tried.
const TRY_EVERY: Duration = Duration::from_millis(20);
const TRIES: u32 = 250;

/// A running broker. It ends with the process.
#[derive(Debug)]
pub struct Broker {
    plant: SocketAddr,
    line: Door,
}

impl Broker {
    /// Starts a broker on free ports.
    ///
    /// # Errors
    /// If no port is free or the broker does not answer.
    pub async fn start() -> Result<Broker> {
        let plant = free_port()?;
        let mut broker = rumqttd::Broker::new(config(plant));
        thread::Builder::new()
            .name("broker".to_owned())
            .spawn(move || {
                if let Err(error) = broker.start() {
                    tracing::error!("the demo's broker ended: {error}");
                }
            })
            .context("starting the broker's thread")?;
        answering(plant).await?;
        Ok(Broker { plant, line: Door::open(plant).await? })
    }

    /// Where the plant's programs connect; never cut.
    pub fn plant(&self) -> SocketAddr {
        self.plant
    }

    /// Where the line PC connects.
    pub fn line(&mut self) -> &mut Door {
        &mut self.line
    }
}

/// A port that was free a moment ago: rumqttd wants to be told one.
fn free_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    listener.local_addr().context("asking for the free port")
}

async fn answering(address: SocketAddr) -> Result<()> {
    for _ in 0..TRIES {
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        sleep(TRY_EVERY).await;
    }
    bail!(
        "the embedded broker does not answer on {address}: another program may have taken the port; start again"
    )
}

fn config(listen: SocketAddr) -> Config {
    let connections = ConnectionSettings {
        connection_timeout_ms: 10_000,
        max_payload_size: MOST_PAYLOAD,
        max_inflight_count: 100,
        auth: None,
        external_auth: None,
        dynamic_filters: false,
    };
    let server = ServerSettings {
        name: "plant".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 0,
        connections,
    };
    let router = RouterConfig {
        max_connections: 64,
        max_outgoing_packet_count: 200,
        max_segment_size: 8 * MOST_PAYLOAD,
        max_segment_count: 4,
        ..RouterConfig::default()
    };
    Config { router, v5: Some(HashMap::from([("plant".to_owned(), server)])), ..Config::default() }
}
