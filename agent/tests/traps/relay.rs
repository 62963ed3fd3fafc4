//! A wire between client and broker that a test can watch, close, and let run full before it breaks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::in_time;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// New connections are closed at once.
    Closed,
    Open,
    /// What the broker sends is held back.
    Holding,
    /// What the broker sends goes on at some MB a second.
    Slow,
    /// As closed, and what was held back is lost.
    Lost,
}

impl Gate {
    fn is_shut(self) -> bool {
        matches!(self, Gate::Closed | Gate::Lost)
    }
}

pub(crate) struct Relay {
    pub(crate) port: u16,
    gate: watch::Sender<Gate>,
    /// All that the client sent.
    sent: watch::Receiver<Vec<u8>>,
    /// What is held back.
    held: watch::Receiver<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn closed(broker: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (gate, gated) = watch::channel(Gate::Closed);
        let (sender, sent) = watch::channel(Vec::new());
        let (holder, held) = watch::channel(Vec::new());
        let taps = Arc::new((sender, holder));
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if !gated.borrow().is_shut() {
                    tokio::spawn(carry(client, broker, gated.clone(), Arc::clone(&taps)));
                }
            }
        });
        Relay { port, gate, sent, held, task }
    }

    pub(crate) async fn open(broker: u16) -> Relay {
        let relay = Relay::closed(broker).await;
        relay.let_through();
        relay
    }

    /// What is held back never reaches the client, and the connection ends; new ones are closed at once.
    pub(crate) fn lose(&self) {
        self.gate.send_replace(Gate::Lost);
    }

    pub(crate) fn let_through(&self) {
        self.gate.send_replace(Gate::Open);
    }

    pub(crate) fn hold_back(&self) {
        self.gate.send_replace(Gate::Holding);
    }

    pub(crate) fn slow_down(&self) {
        self.gate.send_replace(Gate::Slow);
    }

    /// What is held back reaches the client in one burst with the end of the connection; new ones are
    /// closed at once.
    pub(crate) fn cut(&self) {
        self.gate.send_replace(Gate::Closed);
    }

    pub(crate) async fn wait_sent(&self, text: &str) {
        wait(&self.sent, text).await;
    }

    pub(crate) async fn wait_held(&self, text: &str) {
        wait(&self.held, text).await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn wait(tap: &watch::Receiver<Vec<u8>>, text: &str) {
    let mut tap = tap.clone();
    let there = tap.wait_for(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    in_time(text, there).await.unwrap();
}

async fn closed(gate: &mut watch::Receiver<Gate>) {
    let _test_is_over = gate.wait_for(|gate| gate.is_shut()).await.is_err();
}

type Taps = (watch::Sender<Vec<u8>>, watch::Sender<Vec<u8>>);

async fn carry(mut client: TcpStream, broker: u16, mut gate: watch::Receiver<Gate>, taps: Arc<Taps>) {
    let Ok(mut server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], broker))).await else { return };
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let (sent, held) = &*taps;
    loop {
        select! {
            biased;
            () = closed(&mut gate) => {
                let mut burst = held.send_replace(Vec::new());
                if *gate.borrow() == Gate::Lost {
                    burst.clear();
                }
                let _client_is_gone = client.write_all(&burst).await;
                break;
            }
            read = client.read(&mut up) => {
                let Ok(n @ 1..) = read else { break };
                sent.send_modify(|all| all.extend_from_slice(&up[..n]));
                if server.write_all(&up[..n]).await.is_err() {
                    break;
                }
            }
            read = server.read(&mut down) => {
                let Ok(n @ 1..) = read else { break };
                if *gate.borrow() == Gate::Slow {
                    tokio::time::sleep(Duration::from_micros(n as u64 / 4)).await;
                }
                if *gate.borrow() == Gate::Holding {
                    held.send_modify(|all| all.extend_from_slice(&down[..n]));
                } else if client.write_all(&down[..n]).await.is_err() {
                    break;
                }
            }
        }
    }
}
