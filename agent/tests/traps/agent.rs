//! The line under test, as the agent would run it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lineshot_agent::plc::{
    About, Board, Heard, Kind, Line, Link, LinkProof, Outbox, OutboxError, Publication, Renewal, Secret,
    SourceKind, Topic, Voice, Wake,
};
use lineshot_agent::stays::Stays;
use lineshot_domain::{AgentName, Clock, Mono, SiteName, StationId, Wall};
use lineshot_tls::Trust;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::broker::in_time;

pub(crate) const ARRIVAL: &str = "plant/marriage/arrival";
pub(crate) const DEPARTURE: &str = "plant/marriage/departure";
pub(crate) const RECEIVE_MAXIMUM: u16 = 16;
pub(crate) const PULSE: &str = "lineshot/plant/line1/pulse";
pub(crate) const CONNECTION: &str = "lineshot/plant/line1/connection";
/// Long enough for a broker to answer, were it to.
pub(crate) const MOMENT: Duration = Duration::from_millis(300);
/// Arrival, departure and pulse.
pub(crate) const SUBSCRIPTIONS: usize = 3;

pub(crate) fn marriage() -> StationId {
    StationId::parse("marriage").unwrap()
}

/// Goes on by a millisecond whenever it is asked.
struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn mono(&self) -> Mono {
        Mono::from_start(Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(1_795_428_000_000).plus(self.mono().since(Mono::from_start(Duration::ZERO)))
    }
}

/// An outbox in memory, whose rows outlive the line.
#[derive(Clone)]
pub(crate) struct Rows(watch::Sender<VecDeque<i64>>);

impl Rows {
    pub(crate) fn new(ids: impl IntoIterator<Item = i64>) -> Rows {
        Rows(watch::channel(ids.into_iter().collect()).0)
    }

    pub(crate) fn add(&self, ids: impl IntoIterator<Item = i64>) {
        self.0.send_modify(|rows| rows.extend(ids));
    }

    pub(crate) async fn wait_until_empty(&self) {
        in_time("the outbox is empty", self.0.subscribe().wait_for(VecDeque::is_empty)).await.unwrap();
    }
}

impl Outbox for Rows {
    fn next(&mut self) -> Result<Option<Publication>, OutboxError> {
        Ok(self.0.borrow().front().map(|id| Publication {
            id: *id,
            topic: "own/outcome".into(),
            payload: format!("row-{id}.").into_bytes(),
        }))
    }

    fn done(&mut self, id: i64) -> Result<(), OutboxError> {
        self.0.send_modify(|rows| rows.retain(|row| *row != id));
        Ok(())
    }
}

pub(crate) struct Setup {
    pub(crate) port: u16,
    pub(crate) password: Option<&'static str>,
    pub(crate) tls: Option<Trust>,
    pub(crate) topics: Vec<(&'static str, Kind)>,
    pub(crate) sources: Vec<(&'static str, SourceKind)>,
    pub(crate) board: Board,
    pub(crate) receive_maximum: u16,
    pub(crate) rows: Rows,
    pub(crate) room: usize,
}

impl Setup {
    pub(crate) fn new(port: u16) -> Setup {
        let topics = vec![(ARRIVAL, Kind::Arrival), (DEPARTURE, Kind::Departure)];
        Setup {
            port,
            password: None,
            tls: None,
            topics,
            sources: Vec::new(),
            board: Board::default(),
            receive_maximum: RECEIVE_MAXIMUM,
            rows: Rows::new([]),
            room: usize::from(RECEIVE_MAXIMUM),
        }
    }

    pub(crate) fn link(&self) -> Link {
        Link {
            host: "127.0.0.1".into(),
            port: self.port,
            tls: self.tls.clone(),
            site: SiteName::parse("plant").unwrap(),
            agent: AgentName::parse("line1").unwrap(),
            client_id: "trap".into(),
            user: self.password.map(|password| ("agent".into(), Secret::new(password.into()))),
            session_expiry: Duration::from_secs(86_400),
            keep_alive: Duration::from_secs(5),
            receive_maximum: self.receive_maximum,
        }
    }

    pub(crate) fn topics(&self) -> Vec<Topic> {
        let stay = |&(name, kind): &(&str, Kind)| Topic {
            name: name.into(),
            about: About::Stay { station: marriage(), kind },
        };
        let source = |&(name, kind): &(&str, _)| Topic { name: name.into(), about: About::Source(kind) };
        self.topics.iter().map(stay).chain(self.sources.iter().map(source)).collect()
    }

    pub(crate) fn start(self) -> Agent {
        let (link, topics) = (self.link(), self.topics());
        let (sender, heard) = mpsc::channel(self.room);
        let (stop, stopped) = watch::channel(false);
        let clock: Arc<dyn Clock> = Arc::new(Ticks(AtomicU64::new(0)));
        let (stays, wake, proof) = (Arc::new(Stays::default()), Wake::default(), LinkProof::default());
        let voice = Voice {
            outbox: Box::new(self.rows),
            news: wake.clone(),
            board: self.board,
            proof: proof.clone(),
        };
        let (renewals, renewed) = mpsc::channel(1);
        let line = Line::new(link, topics, clock, stays.clone(), voice, sender, renewed).unwrap();
        Agent { renewals, heard, wake, stays, proof, stop, task: tokio::spawn(line.run(stopped)) }
    }
}

pub(crate) struct Agent {
    pub(crate) heard: mpsc::Receiver<Heard>,
    pub(crate) renewals: mpsc::Sender<Renewal>,
    pub(crate) wake: Wake,
    pub(crate) stays: Arc<Stays>,
    pub(crate) proof: LinkProof,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Agent {
    pub(crate) fn start(port: u16) -> Agent {
        Setup::new(port).start()
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        in_time("a message", self.heard.recv()).await.expect("the line ended")
    }

    /// For a consumer of its own.
    pub(crate) fn take_heard(&mut self) -> mpsc::Receiver<Heard> {
        std::mem::replace(&mut self.heard, mpsc::channel(1).1)
    }

    /// The next messages, none of them acknowledged.
    pub(crate) async fn hear_unacknowledged(&mut self, texts: &[&str]) -> Vec<Heard> {
        let mut all = Vec::new();
        for text in texts {
            let heard = self.hear().await;
            assert_eq!(text_of(&heard), *text);
            all.push(heard);
        }
        all
    }

    pub(crate) async fn wait_until_current(&self) {
        in_time("the line is current", async {
            while !self.proof.is_current() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// As SIGKILL would end it: nothing is said to the broker.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        in_time("the line ends", self.task).await.unwrap();
    }
}

/// Blocks no other task while it waits.
pub(crate) async fn proven(proof: &LinkProof, connection: u64, patience: Duration) -> Option<Mono> {
    let pending = proof.prove(connection);
    tokio::task::spawn_blocking(move || pending.wait(patience)).await.unwrap()
}

pub(crate) fn text_of(heard: &Heard) -> String {
    String::from_utf8(heard.payload.clone()).unwrap()
}
